"""What the event log keeps about records, as one reader may see it: the same scope and field rules as anywhere else."""

from collections.abc import Mapping, Sequence
from typing import Any

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.access.subjects import CLEAR, HIDDEN, MASKED, FieldReading, Reading, StoredChanges
from kezhi.core.events import Json
from kezhi.records.fields import RecordField
from kezhi.records.linking import titles_loaded
from kezhi.records.presenting import Presented, Presenter
from kezhi.records.registry import RecordType


def read_changes_for(
    record_type: RecordType, stored: Sequence[StoredChanges], actor: Actor, *, is_revealed: bool
) -> list[Reading]:
    """Stored values in words, for each event; records outside the actor's scope give nothing.

    A record that is gone for good is seen by those who see every record of its type. ``is_revealed`` lifts masks, never
    what a field rule hides. A fixed number of queries.
    """
    presenter = Presenter(record_type, actor)
    rows = record_type.model.objects.get_queryset().visible_to(actor)  # those in the recycle bin too
    rows = rows.filter(pk__in={row.record_id for row in stored}).select_related(*record_type.related_load)
    found: dict[int, Any] = {row.pk: row for row in rows}
    sees_all = actor.owners(record_type.key, "view") is None
    seen = [row for row in stored if row.record_id in found or sees_all]
    with titles_loaded(_linked(presenter, seen), actor):
        return [_reading(presenter, row, found.get(row.record_id), sees_all, is_revealed) for row in stored]


def _reading(presenter: Presenter, stored: StoredChanges, record: Any, sees_all: bool, is_revealed: bool) -> Reading:
    if record is None and not sees_all:
        return Reading(is_seen=False)
    fields = [_field(presenter, key, pair, record, is_revealed) for key, pair in stored.pairs.items()]
    return Reading(True, Presented(record, presenter).title if record is not None else "", fields)


def _field(
    presenter: Presenter, key: str, pair: tuple[Json, Json] | None, record: Any, is_revealed: bool
) -> FieldReading:
    known = presenter.fields.get(key)
    if known is None:  # a field that was removed takes its rules along
        return FieldReading(key, key, HIDDEN)
    state = presenter.state(record, key) if record is not None else _state_of_gone(presenter, key)
    if state == MASKED and is_revealed:
        state = CLEAR
    if state == HIDDEN or pair is None:
        return FieldReading(key, known.label, HIDDEN if state == HIDDEN else MASKED)
    shown = known.text if state == CLEAR else known.mask
    before, after = (shown(known.from_json(value)) for value in pair)
    return FieldReading(key, known.label, state, before, after)


def _state_of_gone(presenter: Presenter, key: str) -> str:
    level = presenter.levels.get(key, FieldLevel.HIDDEN)
    if level in (FieldLevel.WRITE, FieldLevel.READ):
        return CLEAR
    return HIDDEN if level == FieldLevel.HIDDEN else MASKED


def _linked(presenter: Presenter, stored: Sequence[StoredChanges]) -> Mapping[str, set[int]]:
    wanted: dict[str, set[int]] = {}
    for row in stored:
        for key, pair in row.pairs.items():
            known = presenter.fields.get(key)
            if isinstance(known, RecordField) and pair is not None:
                wanted.setdefault(known.to, set()).update(int(str(value)) for value in pair if value)
    return wanted
