"""Writing rules: drafting, publishing, rolling back, switching on and off, removing, reviewing (AUTO-3)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.models import Department
from kezhi.access.policies import require_area
from kezhi.automation import kinds
from kezhi.automation.definition import definition_json, read_definition
from kezhi.automation.dispatching import make_records
from kezhi.automation.models import Rule, RuleRun, RuleVersion, RunState
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.running import run_rules
from kezhi.automation.scanning import scan_rule
from kezhi.automation.texts import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, EventKind, Json, record_event
from kezhi.core.jobs import enqueue
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import RecordType, find_record_type

SUBJECT, ACTION = "automation", "edit"


def type_of_rule(rule: Rule) -> RecordType:
    """The record type a rule is about.

    Raises:
        DefinitionProblem: it no longer exists.
    """
    found = find_record_type(rule.record_type)
    if found is None:
        raise DefinitionProblem(_("规则的对象已不存在"))
    return found


@transaction.atomic
def make_rule(
    record_type: RecordType, *, name_zh: str, name_en: str = "", draft: Mapping[str, Any], actor: Actor
) -> Rule:
    """A new rule as a draft, switched off. The draft need not be complete yet."""
    require_area(actor, SUBJECT, ACTION)
    if not name_zh.strip() and not name_en.strip():
        raise InvalidRecord({"name_zh": _("请给规则起个名字")})
    rule = Rule.objects.create(
        record_type=record_type.key,
        name_zh=(name_zh.strip() or name_en.strip())[:120],
        name_en=name_en.strip()[:120],
        draft=dict(draft),
        draft_by_id=actor.user_id,
        draft_at=now(),
        position=Rule.objects.count() + 1,
        created_at=now(),
    )
    _record(kinds.MADE, rule, actor, name=rule.name_zh)
    return rule


@transaction.atomic
def save_draft(
    rule: Rule, draft: Mapping[str, Any], *, actor: Actor, name_zh: str = "", name_en: str | None = None
) -> Rule:
    """Keep what is being edited; nothing takes effect before it is published."""
    require_area(actor, SUBJECT, ACTION)
    stored = Rule.objects.select_for_update().get(pk=rule.pk)
    stored.draft, stored.draft_by_id, stored.draft_at = dict(draft), actor.user_id, now()
    if name_zh.strip():
        stored.name_zh = name_zh.strip()[:120]
    if name_en is not None:
        stored.name_en = name_en.strip()[:120]
    stored.save(update_fields=["draft", "draft_by", "draft_at", "name_zh", "name_en"])
    epochs.bump(EPOCH)
    _record(kinds.DRAFTED, stored, actor)
    return stored


@transaction.atomic
def drop_draft(rule: Rule, *, actor: Actor) -> None:
    """Throw the draft away; the version in force stays."""
    require_area(actor, SUBJECT, ACTION)
    Rule.objects.filter(pk=rule.pk).update(draft=None, draft_by=None, draft_at=None)


@transaction.atomic
def publish_rule(rule: Rule, *, note: str = "", actor: Actor) -> RuleVersion:
    """Make the draft the version in force; runs that wait go on with the version they began with.

    Raises:
        DefinitionProblem: the draft is not complete or not valid; nothing changes.
        InvalidRecord: there is no draft.
    """
    require_area(actor, SUBJECT, ACTION)
    stored = Rule.objects.select_for_update().get(pk=rule.pk)
    if stored.draft is None:
        raise InvalidRecord({"draft": _("没有可以发布的改动")})
    definition = read_definition(stored.draft, type_of_rule(stored))
    return _store_version(stored, definition_json(definition), note, actor)


@transaction.atomic
def roll_back(rule: Rule, version: RuleVersion, *, actor: Actor) -> RuleVersion:
    """Publish an earlier version again, as a new one.

    Raises:
        DefinitionProblem: it names fields or actions that no longer exist.
    """
    require_area(actor, SUBJECT, ACTION)
    stored = Rule.objects.select_for_update().get(pk=rule.pk)
    definition = read_definition(version.definition, type_of_rule(stored))
    note = _("回到第 %(number)s 版") % {"number": version.number}
    return _store_version(stored, definition_json(definition), note, actor)


@transaction.atomic
def switch_on(rule: Rule, *, pilot: Department | None = None, actor: Actor) -> Rule:
    """Let a published rule run, for everybody or on trial for one department; time rules look at once.

    Raises:
        DefinitionProblem: nothing is published, or it no longer loads.
    """
    require_area(actor, SUBJECT, ACTION)
    stored = Rule.objects.select_for_update(of=("self",)).select_related("current").get(pk=rule.pk)
    if stored.current is None:
        raise DefinitionProblem(_("请先发布规则，再启用"))
    definition = read_definition(stored.current.definition, type_of_rule(stored))
    stored.is_on, stored.off_reason, stored.pilot = True, "", pilot
    stored.turned_at, stored.turned_by_id, stored.scanned_at = now(), actor.user_id, None
    if definition.trigger.on == "schedule":
        stored.scanned_at = now()
    stored.save(update_fields=["is_on", "off_reason", "pilot", "turned_at", "turned_by", "scanned_at"])
    epochs.bump(EPOCH)
    if definition.trigger.on == "time":
        enqueue(scan_rule, unique_key=f"scan:{stored.pk}", rule_id=stored.pk)
    _record(kinds.SWITCHED_ON, stored, actor, pilot=pilot.pk if pilot else None)
    return stored


@transaction.atomic
def switch_off(rule: Rule, *, reason: str, actor: Actor) -> Rule:
    """Stop a rule; what waits in it does not go on.

    Raises:
        InvalidRecord: no reason.
    """
    require_area(actor, SUBJECT, ACTION)
    if len(reason.strip()) < 2:
        raise InvalidRecord({"reason": _("请写明停用的原因")})
    stored = Rule.objects.select_for_update().get(pk=rule.pk)
    stored.is_on, stored.off_reason = False, reason.strip()[:300]
    stored.turned_at, stored.turned_by_id = now(), actor.user_id
    stored.save(update_fields=["is_on", "off_reason", "turned_at", "turned_by"])
    RuleRun.objects.filter(rule=stored, state__in=(RunState.WAITING, RunState.READY)).update(
        state=RunState.STOPPED, finished_at=now(), wake_at=None, error=_("规则已停用")
    )
    epochs.bump(EPOCH)
    _record(kinds.SWITCHED_OFF, stored, actor, reason=stored.off_reason)
    return stored


@transaction.atomic
def remove_rule(rule: Rule, *, reason: str, actor: Actor) -> None:
    """Take a rule away; its runs stay readable. A shipped rule does not come back.

    Raises:
        InvalidRecord: no reason.
    """
    switch_off(rule, reason=reason, actor=actor)
    Rule.objects.filter(pk=rule.pk).update(deleted_at=now())
    _record(kinds.REMOVED, rule, actor, reason=reason.strip()[:300])


@transaction.atomic
def mark_reviewed(rule: Rule, *, actor: Actor) -> None:
    """Somebody has looked at the rule and found it still right (AUTO-6)."""
    require_area(actor, SUBJECT, ACTION)
    Rule.objects.filter(pk=rule.pk).update(reviewed_at=now())
    _record(kinds.REVIEWED, rule, actor)


@transaction.atomic
def run_again(run: RuleRun, *, actor: Actor) -> bool:
    """Let a failed run go on where it failed, with its attempts back; False when it is not failed any more."""
    require_area(actor, SUBJECT, ACTION)
    if run.record_id == 0 and run.event_id:
        # Nothing was made of a webhook: it is read again from the beginning.
        gone, _rows = RuleRun.objects.filter(pk=run.pk, state=RunState.FAILED).delete()
        if gone:
            enqueue(make_records, event_id=run.event_id, rule_id=run.rule_id)
            _record(kinds.RAN_AGAIN, run.rule, actor, run=run.pk)
        return gone == 1
    changed = RuleRun.objects.filter(pk=run.pk, state=RunState.FAILED).update(
        state=RunState.READY, attempts=0, error="", finished_at=None
    )
    if changed:
        enqueue(run_rules, run_ids=[run.pk])
        _record(kinds.RAN_AGAIN, run.rule, actor, run=run.pk)
    return changed == 1


def _store_version(rule: Rule, definition: dict[str, Any], note: str, actor: Actor) -> RuleVersion:
    last = rule.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = RuleVersion.objects.create(
        rule=rule,
        number=last + 1,
        definition=definition,
        note=note.strip()[:300],
        created_at=now(),
        created_by_id=actor.user_id,
    )
    rule.current, rule.draft, rule.draft_by, rule.draft_at = version, None, None, None
    rule.scanned_at = None if definition["when"]["on"] == "time" else now()
    rule.save(update_fields=["current", "draft", "draft_by", "draft_at", "scanned_at"])
    epochs.bump(EPOCH)
    if rule.is_on and definition["when"]["on"] == "time":
        enqueue(scan_rule, unique_key=f"scan:{rule.pk}", rule_id=rule.pk)
    _record(kinds.PUBLISHED, rule, actor, version=version.number, note=version.note)
    return version


def _record(kind: EventKind, rule: Rule, actor: Actor, **facts: Json) -> None:
    record_event(
        EventDraft(
            kind=kind.key,
            record_type="rule",
            record_id=rule.pk,
            actor=actor.ref,
            facts={"name": rule.name_zh, **facts},
        )
    )
