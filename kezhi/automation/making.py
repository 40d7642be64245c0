"""Records that a webhook brings: found by number, by the fields that make them the same, or else created.

What is created goes through the usual operation with the rule as actor, so masks, checks, required fields and the log
are those of everybody. All of one message is one transaction with the runs it starts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.automation.catalogue import LiveRule
from kezhi.automation.definition import rule_catalogue, rule_reader
from kezhi.automation.models import Rule
from kezhi.automation.running import rule_actor
from kezhi.core.conditions import ConditionProblem, parse, to_q
from kezhi.core.events import ActorRef, Json, read_changes
from kezhi.core.models import Event
from kezhi.records.behaviour import Draft
from kezhi.records.operations.writing import draft_new, store_new
from kezhi.records.registry import RecordType

_MOST = 100
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Made:
    """A record that was found or created; without one, why not."""

    record_id: int = 0
    problem: str = ""


def payload_of(event: Event) -> Json:
    """What a webhook brought, whole."""
    return read_changes(event).get("payload", (None, None))[1]


def find_or_make(rule: LiveRule, event: Event, payload: Json) -> Iterator[Made]:
    """One record per message, or per entry where the message is a list; the first hundred."""
    base = rule_actor(
        Rule(pk=rule.id, name_zh=rule.label_zh), rule.version, None, ActorRef("rule", "", "rule").operation
    )
    actor = replace(base, ref=replace(base.ref, cause_id=event.pk, depth=event.depth + 1))
    entries = payload if isinstance(payload, list) else [payload]
    for entry in entries[:_MOST]:
        if isinstance(entry, dict):
            yield _one(rule, entry, actor)


def value_at(payload: Json, place: str) -> str:
    """What stands at a place such as "company.name" or "lines.0.amount", as text; "" where nothing does."""
    found: Json = payload
    for name in place.split("."):
        if isinstance(found, dict):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return ""
    if found is None or isinstance(found, dict | list):
        return ""
    return ("true" if found else "false") if isinstance(found, bool) else str(found)[:_LONGEST].strip()


def _one(rule: LiveRule, entry: Mapping[str, Json], actor: Actor) -> Made:
    record_type, trigger = rule.definition.record_type, rule.definition.trigger
    if known := _by_number(record_type, entry):
        return Made(known)
    values = {key: words for key, place in trigger.make.items() if (words := value_at(dict(entry), place))}
    with transaction.atomic():
        [draft] = draft_new(record_type, [values], actor=actor)
        if draft.problems:
            key, sentence = next(iter(draft.problems.items()))
            field = record_type.field(key)
            named = {"field": field.label if field else key, "problem": sentence}
            return Made(problem=_("%(field)s：%(problem)s") % named)
        if known := _the_same(record_type, trigger.match, draft):
            return Made(known)
        return Made(store_new(record_type, [draft], actor=actor)[0].pk)


def _by_number(record_type: RecordType, entry: Mapping[str, Json]) -> int:
    number = str(entry.get("number") or "")[:40]
    if not number:
        return 0
    rows = record_type.model.objects.ungated("rules").filter(number=number, deleted_at__isnull=True)
    return rows.values_list("pk", flat=True).first() or 0


def _the_same(record_type: RecordType, keys: tuple[str, ...], draft: Draft) -> int:
    """A record whose fields say the same, by the conditions lists use (blind indexes included)."""
    tests = []
    for key in keys:
        field = record_type.field(key)
        value = field.to_json(field.get(draft.record)) if field else None
        if value in (None, "", []):
            continue
        tests.append({"field": key, "op": "is", "value": value})
    if not tests:
        return 0
    catalogue = rule_catalogue(record_type)
    rows = record_type.model.objects.ungated("rules").filter(deleted_at__isnull=True)
    try:
        q = to_q(parse({"all": tests}, catalogue), catalogue, rule_reader().condition_context())
    except ConditionProblem:
        for test in tests:
            field = record_type.field(str(test["field"]))
            if field is not None and field.custom_id is None:
                rows = rows.filter(**{field.attribute: field.get(draft.record)})
        return rows.order_by("pk").values_list("pk", flat=True).first() or 0
    return rows.filter(q).order_by("pk").values_list("pk", flat=True).first() or 0
