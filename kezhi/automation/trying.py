"""Trying a rule before it counts (AUTO-3): what would happen to which records, and why not to others."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.automation.actions.base import Action, Step, Target
from kezhi.automation.definition import Branch, Definition, Do, Part, Stop, Wait, rule_catalogue, rule_reader
from kezhi.automation.models import Rule
from kezhi.automation.reach import count_reach
from kezhi.automation.running import rule_actor
from kezhi.automation.scanning import is_due, moment_of, time_filter
from kezhi.automation.selecting import pilot_filter
from kezhi.automation.texts import places
from kezhi.core.clock import now
from kezhi.core.conditions import Condition, Group, Not, Test, fields_used, plain_text, sentence, to_q
from kezhi.core.events import read_facts
from kezhi.core.models import Event
from kezhi.records.presenting import Presented, present_all
from kezhi.records.registry import RecordType, find_record_type

_DETAILS = 50
_MISSES = 20
_EVENTS = 20_000


@dataclass(slots=True)
class Tried:
    """One record: what would happen, or why nothing would."""

    shown: Presented
    fires: bool
    would: list[str] = field(default_factory=list)
    why_not: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Trial:
    """The outcome of a dry run.

    ``matching`` of ``looked_at`` records would fire now; ``acts`` counts per action (over all of them); ``people`` is
    how many colleagues would be told, ``messages`` how many messages that makes. ``rows`` are examples, those that fire
    first, only of records the asker may see.
    """

    looked_at: int = 0
    matching: int = 0
    acts: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    people: int = 0
    rows: list[Tried] = field(default_factory=list)
    at: datetime = field(default_factory=now)
    days: int | None = None
    at_least: bool = False
    is_chosen: bool = False

    @property
    def blast(self) -> str:
        """How far it would reach, in a sentence."""
        sentence = self._sentence()
        return (
            gettext("%(sentence)s实际还会更多：有的收件人要到那时才知道。") % {"sentence": sentence}
            if self.at_least
            else sentence
        )

    def _sentence(self) -> str:
        words = {"matching": f"{self.matching:,}", "messages": f"{self.messages:,}", "people": self.people}
        if self.is_chosen:
            words["looked_at"] = f"{self.looked_at:,}"
            return (
                gettext(
                    "选中的 %(looked_at)s 条里会触发 %(matching)s 条，发出 %(messages)s 条消息，通知 %(people)s 人。"
                )
                % words
            )
        if self.days is not None:
            words["days"] = self.days
            if not self.matching:
                return gettext("过去 %(days)s 天里没有记录会触发。") % words
            return (
                gettext("过去 %(days)s 天里会触发 %(matching)s 条记录，发出 %(messages)s 条消息，通知 %(people)s 人。")
                % words
            )
        if not self.matching:
            return gettext("现在没有记录会触发。")
        if self.messages:
            return gettext("现在会触发 %(matching)s 条记录，发出 %(messages)s 条消息，通知 %(people)s 人。") % words
        return gettext("现在会触发 %(matching)s 条记录，不发消息。") % words


def try_rule(
    definition: Definition,
    *,
    actor: Actor,
    rule: Rule | None = None,
    ids: Sequence[int] | None = None,
    days: int | None = None,
    pilot_id: int | None = None,
) -> Trial:
    """Work out what a rule would do.

    ``ids`` limits it to chosen records; ``days`` (rules by event only) to those its event happened to in the last days
    – else it looks at all records there are. Only reads, and takes no lock.
    """
    if not definition.trigger.event_kinds:
        days = None
    record_type = definition.record_type
    at = now()
    context = rule_reader().condition_context()
    base = record_type.model.objects.ungated("rules").filter(deleted_at__isnull=True)
    base = base.filter(_scope(definition, at, ids, days))
    condition = to_q(definition.condition, rule_catalogue(record_type), context)
    matching = base.filter(condition).filter(**pilot_filter(pilot_id, record_type.owner_path))
    known = record_type.field(definition.trigger.date_field) if definition.trigger.on == "time" else None
    if known is not None:
        matching = matching.filter(time_filter(definition.trigger, known, at))
    trial = Trial(looked_at=base.count(), at=at, days=days, is_chosen=ids is not None)
    if known is not None and definition.trigger.span.unit.startswith("work"):
        rows = matching.values_list("pk", known.attribute, "created_at")
        due = [pk for pk, value, made in rows if is_due(definition.trigger, moment_of(value) or made, at)]
        matching = record_type.model.objects.ungated("rules").filter(pk__in=due[:30_000])
        trial.matching = len(due)
    else:
        trial.matching = matching.count()
    reach = count_reach(definition, matching, trial.matching)
    trial.acts, trial.messages, trial.people, trial.at_least = reach.acts, reach.messages, reach.people, reach.at_least
    seen = Q(pk__in=record_type.model.objects.visible_to(actor).values("pk"))
    hits = list(matching.filter(seen).select_related(*record_type.related_load).order_by("-pk")[:_DETAILS])
    misses = list(
        base.filter(seen)
        .exclude(pk__in=matching.values("pk"))
        .select_related(*record_type.related_load)
        .order_by("-pk")[:_MISSES]
    )
    _tell_hits(trial, definition, rule, hits, actor)
    _tell_misses(trial, definition, misses, actor, at, pilot_id)
    return trial


def _scope(definition: Definition, at: datetime, ids: Sequence[int] | None, days: int | None) -> Q:
    scope = Q() if ids is None else Q(pk__in=list(ids))
    if days is None:
        return scope
    trigger = definition.trigger
    events = Event.objects.filter(
        kind__in=trigger.event_kinds, record_type=definition.record_type.key, at__gte=at - timedelta(days=days)
    )
    found = {
        event.record_id
        for event in events.order_by("-pk")[:_EVENTS]
        if trigger.wants(event, frozenset(json.loads(event.changes)), read_facts(event))
    }
    return scope & Q(pk__in=found)


def _tell_hits(trial: Trial, definition: Definition, rule: Rule | None, hits: Sequence[Any], actor: Actor) -> None:
    record_type = definition.record_type
    shadow = rule or Rule(name_zh=gettext("试运行"), pk=0)
    would: dict[int, list[str]] = {record.pk: [] for record in hits}
    targets = [Target(record, rule_actor(shadow, 0, None, "0" * 24), None) for record in hits]
    _foresee(definition, definition.parts, targets, shadow, would, [0], actor)
    for shown in present_all(hits, record_type, actor):
        trial.rows.append(Tried(shown, True, would=would[shown.id]))


def _foresee(
    definition: Definition,
    parts: tuple[Part, ...],
    targets: list[Target],
    rule: Rule,
    would: dict[int, list[str]],
    number: list[int],
    asker: Actor,
) -> list[Target]:
    """Walk the program as it would run now; behind a wait, conditions are those of now. Gives those that go on."""
    for part in parts:
        number[0] += 1
        if not targets:
            return []
        match part:
            case Do(action, params):
                step = Step(rule.pk or 0, rule.name_zh, 0, number[0], definition.record_type, params)
                action.foresee(step, targets)
                is_open = _may_be_told(params, definition.record_type, asker)
                for target in targets:
                    told = action.told(target.did, definition.record_type) if is_open else _closed(action)
                    would[target.record.pk].append(told)
                    target.did = {}
            case Wait(span):
                for target in targets:
                    would[target.record.pk].append(gettext("等%(span)s") % {"span": span.words})
            case Branch(condition, then, otherwise):
                held = _held(definition, condition, targets)
                first = [target for target in targets if target.record.pk in held]
                second = [target for target in targets if target.record.pk not in held]
                first = _foresee(definition, then, first, rule, would, number, asker)
                targets = [*first, *_foresee(definition, otherwise, second, rule, would, number, asker)]
            case Stop():
                return []
    return targets


def _may_be_told(params: Mapping[str, Any], record_type: RecordType, asker: Actor) -> bool:
    """Whether what an action would do says nothing the asker may not read: the field it sets, the fields in its value.

    A rule copies with its own rights; whoever tries it must not read by that what is hidden or masked for them.
    """
    named = {str(params["field"])} if params.get("field") else set()
    values = params.get("values") if isinstance(params.get("values"), Mapping) else {}
    for words in (params.get("value"), *(values or {}).values()):
        if isinstance(words, str):
            named |= {key for key in places(words) if record_type.field(key.partition(".")[0]) is not None}
    return all(_reads(record_type, key, asker) for key in named)


def _closed(action: Action) -> str:
    return gettext("%(act)s（含您看不到的字段）") % {"act": action.label}


def _held(definition: Definition, condition: Condition, targets: Sequence[Target]) -> set[int]:
    record_type = definition.record_type
    rows = record_type.model.objects.ungated("rules").filter(pk__in=[target.record.pk for target in targets])
    rows = rows.filter(to_q(condition, rule_catalogue(record_type), rule_reader().condition_context()))
    return set(rows.values_list("pk", flat=True))


def _tell_misses(
    trial: Trial,
    definition: Definition,
    misses: Sequence[Any],
    actor: Actor,
    at: datetime,
    pilot_id: int | None,
) -> None:
    """Which part of the rule each record does not meet; one query per part, not per record."""
    record_type = definition.record_type
    ids = [record.pk for record in misses]
    reasons: dict[int, list[str]] = {pk: [] for pk in ids}
    for words, found, _fields in _parts_met(definition, ids, at, pilot_id):
        for pk in ids:
            if pk not in found:
                reasons[pk].append(words)
    for shown in present_all(misses, record_type, actor):
        trial.rows.append(Tried(shown, False, why_not=reasons[shown.id]))


def _parts_met(
    definition: Definition, ids: Sequence[int], at: datetime, pilot_id: int | None
) -> Iterator[tuple[str, set[int], set[str]]]:
    """Each part that must hold: in words, which of the records meet it, the fields it looks at."""
    record_type = definition.record_type
    catalogue, context = rule_catalogue(record_type), rule_reader().condition_context()
    rows = record_type.model.objects.ungated("rules").filter(pk__in=ids)
    if definition.trigger.on == "time" and (known := record_type.field(definition.trigger.date_field)):
        met = set(rows.filter(time_filter(definition.trigger, known, at)).values_list("pk", flat=True))
        yield gettext("时间还没到"), met, {known.key}
    if pilot_id is not None:
        limited = rows.filter(**pilot_filter(pilot_id, record_type.owner_path))
        yield gettext("不在试点部门"), set(limited.values_list("pk", flat=True)), set()
    for part in _single(definition.condition):
        words = plain_text(sentence(part, catalogue))
        met = set(rows.filter(to_q(part, catalogue, context)).values_list("pk", flat=True))
        yield gettext("不满足：%(condition)s") % {"condition": words}, met, set(fields_used(part))


def _single(condition: Condition) -> list[Condition]:
    """The parts that must all hold."""
    if isinstance(condition, Group) and condition.mode == "all":
        return [inner for part in condition.parts for inner in _single(part)]
    if isinstance(condition, Group | Not | Test):
        return [condition]
    return []


def why_not(definition: Definition, record_id: int, pilot_id: int | None, reader: Actor) -> list[str] | None:
    """What one record does not meet now, empty where it meets everything.

    None where the rule looks at a field the reader may not read in the clear: the answer would tell its value.
    """
    record_type = definition.record_type
    unmet: list[str] = []
    for words, found, fields in _parts_met(definition, [record_id], now(), pilot_id):
        if not all(_reads(record_type, key, reader) for key in fields):
            return None
        if record_id not in found:
            unmet.append(words)
    return unmet


def _reads(record_type: RecordType, key: str, reader: Actor) -> bool:
    own, _dot, rest = key.partition(".")
    if record_type.level(own, reader) not in (FieldLevel.READ, FieldLevel.WRITE):
        return False
    other = find_record_type(getattr(record_type.field(own), "to", "")) if rest else None
    return not rest or (other is not None and other.level(rest, reader) in (FieldLevel.READ, FieldLevel.WRITE))


def compare_reach(before: Trial | None, after: Trial) -> str:
    """How many more or fewer records than another version, in words."""
    if before is None:
        return ""
    difference = after.matching - before.matching
    if not difference:
        return gettext("与现行版本一样多")
    if difference > 0:
        return gettext("比现行版本多 %(count)s 条") % {"count": difference}
    return gettext("比现行版本少 %(count)s 条") % {"count": -difference}
