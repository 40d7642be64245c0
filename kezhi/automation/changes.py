"""What happened to a record, as rules look at it: merged, and about which records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kezhi.automation.catalogue import LiveRule, RulesByEvent
from kezhi.automation.making import payload_of
from kezhi.automation.triggers import WEBHOOK_EVENT
from kezhi.core.events import Json, read_changes, read_facts
from kezhi.core.models import Event, EventSubject
from kezhi.records import kinds
from kezhi.records.registry import find_record_type


@dataclass(slots=True)
class Change:
    """What happened to one record, maybe in several events by one person; ``event`` is the last of them."""

    event: Event
    keys: frozenset[str]
    record_id: int
    before: dict[str, Json] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


def cared_for(events: Sequence[Event], by_event: RulesByEvent) -> list[Event]:
    """Those that may start rules: about the event's own record or, where it is none, about records it names."""
    named = {kind for _record_type, kind in by_event}
    return [
        event
        for event in events
        if (event.record_type, event.kind) in by_event or (event.kind in named and _speaks_of_others(event))
    ]


def _speaks_of_others(event: Event) -> bool:
    """An approval is no record rules could be about; what happens to it happens to the record it is asked for."""
    return find_record_type(event.record_type) is None


def merged(events: Sequence[Event]) -> Change | None:
    """Several events on one record as one change: values before the first, everything that changed."""
    if not events:
        return None
    before: dict[str, Json] = {}
    after: dict[str, Json] = {}
    for event in events:
        for key, (old, new) in read_changes(event).items():
            before.setdefault(key, old)
            after[key] = new
    keys = frozenset(key for key in after if len(events) == 1 or before[key] != after[key])
    if events[-1].kind == kinds.CHANGED.key and not keys:
        return None  # changed and changed back
    return Change(events[-1], keys, events[-1].record_id, before, read_facts(events[-1]))


def records_of(
    changes: Sequence[Change], wanted: Mapping[tuple[str, str], Sequence[LiveRule]]
) -> Iterable[tuple[tuple[str, str], Change]]:
    """Each change with the kind of record and event by which rules are found, once for every record it is about."""
    for change in changes:
        if change.event.kind == WEBHOOK_EVENT:
            yield from _named_by_webhook(change, wanted)
        elif not _speaks_of_others(change.event):
            yield (change.event.record_type, change.event.kind), change
    yield from _named_by_events(changes)


def _named_by_webhook(
    change: Change, wanted: Mapping[tuple[str, str], Sequence[LiveRule]]
) -> Iterable[tuple[tuple[str, str], Change]]:
    """The records a webhook is about: those of a rule's type whose number it names as ``number``."""
    payload = payload_of(change.event)
    numbers = payload.get("number") if isinstance(payload, dict) else None
    texts = [str(each)[:40] for each in (numbers if isinstance(numbers, list) else [numbers]) if each][:100]
    for key in wanted:
        record_type = find_record_type(key[0])
        if key[1] != WEBHOOK_EVENT or record_type is None or not texts:
            continue
        rows = record_type.model.objects.ungated("rules").filter(number__in=texts, deleted_at__isnull=True)
        for pk in rows.values_list("pk", flat=True):
            yield key, Change(change.event, frozenset(), pk, {}, change.facts)


def _named_by_events(changes: Sequence[Change]) -> Iterable[tuple[tuple[str, str], Change]]:
    """The records that events about something else name, an approval's say."""
    others = {
        change.event.pk: change
        for change in changes
        if change.event.kind != WEBHOOK_EVENT and _speaks_of_others(change.event)
    }
    if not others:
        return
    subjects = EventSubject.objects.filter(event_id__in=list(others)).order_by("event_id", "id")
    for event_id, record_type, record_id in subjects.values_list("event_id", "record_type", "record_id"):
        change = others[event_id]
        yield (record_type, change.event.kind), replace(change, record_id=record_id)
