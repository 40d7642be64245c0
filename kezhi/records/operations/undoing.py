"""Taking an act back: whatever nobody changed since returns to what it was; the rest is named."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed, allows
from kezhi.core.events import Json, read_changes, read_facts
from kezhi.core.models import Event
from kezhi.records import kinds
from kezhi.records.operations.deleting import ALONG, delete_records, restore_records
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.operations.writing import draft_changes, store_changes
from kezhi.records.registry import RecordType, find_record_type

_BATCH = 300


@dataclass(slots=True)
class UndoResult:
    """How many records went back, and which did not and why, as (record type, id) → reason.

    ``withdrawn`` is how many tasks, promises and reminders that came of it were taken back with them.
    """

    undone: int = 0
    kept: dict[tuple[str, int], str | Promise] = field(default_factory=dict)
    withdrawn: int = 0


# Takes back what came of these events, in their transaction; gives how many things.
Consequence = Callable[[Sequence[Event], Actor], int]
_consequences: list[Consequence] = []


def register_consequence(consequence: Consequence) -> None:
    """Let apps above take back what came of events that are undone."""
    if consequence not in _consequences:
        _consequences.append(consequence)


def undo_operation(operation: str, *, actor: Actor, only: tuple[str, int] | None = None) -> UndoResult:
    """Take back every change, creation and deletion of one act.

    With ``only`` (record type, id) what it did to that record alone.

    A field goes back only if it still holds what the act put there; a created record goes to the recycle bin only if
    nobody changed it since.

    Raises:
        NotAllowed: the act was somebody else's and the actor may not undo it.
    """
    result = UndoResult()
    last = None
    while True:
        with transaction.atomic():
            rows = Event.objects.filter(operation=operation).order_by("-id")
            if only is not None:
                rows = rows.filter(record_type=only[0], record_id=only[1])
            if last is not None:
                rows = rows.filter(id__lt=last)
            batch = list(rows[:_BATCH])
            if not batch:
                return result
            last = batch[-1].pk
            own = actor.user_id is not None and batch[0].actor_id == actor.user_id
            if not own and not actor.allows("audit", "undo"):
                raise NotAllowed(_("只有操作人本人可以撤销"), subject="audit", action="undo")
            undo_events(batch, result, actor=actor)


def undo_events(batch: Sequence[Event], result: UndoResult, *, actor: Actor) -> None:
    """Take back these events of one act, newest first; in a transaction. For acts that go back in steps."""
    by_type: dict[str, list[Event]] = defaultdict(list)
    for row in batch:
        by_type[row.record_type].append(row)
    for key, rows in by_type.items():
        known = find_record_type(key)
        if known is None:
            continue
        found = _locked(known, rows)
        created: list[tuple[Any, Event]] = []
        for row in rows:
            record = found.get(row.record_id)
            if record is None:
                result.kept[key, row.record_id] = _("记录已不存在")
            elif row.kind == kinds.CHANGED.key:
                _undo_change(known, record, row, actor, result)
            elif row.kind == kinds.CREATED.key:
                created.append((record, row))
            elif row.kind == kinds.DELETED.key and record.deleted_at is not None and not read_facts(row).get(ALONG):
                _undo_deletion(known, record, actor, result)
        _undo_creations(known, created, actor, result)
    gone = [row for row in batch if (row.record_type, row.record_id) not in result.kept]
    for consequence in _consequences:
        result.withdrawn += consequence(gone, actor) if gone else 0


def _locked(record_type: RecordType, rows: Sequence[Event]) -> dict[int, Any]:
    """The records of these events by id; of those that were merely created only what tells whether they may go."""
    changed = {row.record_id for row in rows if row.kind != kinds.CREATED.key}
    created = {row.record_id for row in rows} - changed
    records = record_type.model.objects.ungated("undo").order_by("pk")
    found = [
        *records.filter(pk__in=created).only("version", "deleted_at").select_for_update(),
        *records.filter(pk__in=changed).select_related(*record_type.related_load).select_for_update(of=("self",)),
    ]
    return {record.pk: record for record in found}


def _undo_change(record_type: RecordType, record: Any, row: Event, actor: Actor, result: UndoResult) -> None:
    fields = record_type.all_fields()
    back: dict[str, Json] = {}
    for key, (before, after) in read_changes(row).items():
        known = fields.get(key)
        if known is None:
            continue
        if known.to_json(known.get(record)) != after:
            result.kept[record_type.key, record.pk] = _("之后又被修改过")
            continue
        back[key] = before
    if not back or record.deleted_at is not None:
        return
    action = "assign" if set(back) == {"owner"} else "edit"
    if not allows(actor, action, record) and row.actor_id != actor.user_id:
        result.kept[record_type.key, record.pk] = _("您没有权限修改")
        return
    try:
        drafts = draft_changes(record_type, [(record, back)], actor=actor, undoing=True)
    except NotAllowed:
        result.kept[record_type.key, record.pk] = _("您没有权限修改")
        return
    if drafts[0].problems:
        result.kept[record_type.key, record.pk] = next(iter(drafts[0].problems.values()))
        return
    store_changes(record_type, drafts, actor=actor, facts={"undo_of": row.operation})
    result.undone += 1


def _undo_deletion(record_type: RecordType, record: Any, actor: Actor, result: UndoResult) -> None:
    try:
        with transaction.atomic():
            restore_records(record_type, [record.pk], actor=actor)
    except (NotAllowed, record_type.model.DoesNotExist):
        result.kept[record_type.key, record.pk] = _("您没有权限修改")
        return
    except InvalidRecord as refused:
        result.kept[record_type.key, record.pk] = next(iter(refused.problems.values()))
        return
    result.undone += 1


def _undo_creations(
    record_type: RecordType, created: Sequence[tuple[Any, Event]], actor: Actor, result: UndoResult
) -> None:
    touched = _touched_since([row for record, row in created if record.version > 1], actor)
    ids = []
    for record, _row in created:
        if record.deleted_at is not None:
            continue
        if record.pk in touched:
            result.kept[record_type.key, record.pk] = _("之后又被修改过")
        else:
            ids.append(record.pk)
    try:
        with transaction.atomic():
            result.undone += len(delete_records(record_type, ids, actor=actor, is_approved=True)) if ids else 0
    except (NotAllowed, record_type.model.DoesNotExist):
        # One of them may not go; the others still do.
        for record_id in ids:
            _undo_creation(record_type, record_id, actor, result)


def _undo_creation(record_type: RecordType, record_id: int, actor: Actor, result: UndoResult) -> None:
    try:
        with transaction.atomic():
            delete_records(record_type, [record_id], actor=actor, is_approved=True)
    except (NotAllowed, record_type.model.DoesNotExist):
        result.kept[record_type.key, record_id] = _("您没有权限删除")
        return
    result.undone += 1


def _touched_since(rows: Sequence[Event], actor: Actor) -> set[int]:
    """The records of these creations that another act changed since."""
    if not rows:
        return set()
    later = Event.objects.filter(
        record_type=rows[0].record_type,
        record_id__in=[row.record_id for row in rows],
        subjects__record_type=rows[0].record_type,
        subjects__record_id__in=[row.record_id for row in rows],
        kind=kinds.CHANGED.key,
    ).exclude(operation__in=[rows[0].operation, actor.ref.operation])
    return set(later.values_list("record_id", flat=True))
