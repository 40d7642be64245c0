"""Taking an import back."""

from django.db import transaction
from django.utils import translation

from kezhi.core import epochs
from kezhi.core.bulk_insert import update_many
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, record_event
from kezhi.core.models.events import Event
from kezhi.exchange import kinds
from kezhi.exchange.importing.new_entries import take_back_entries
from kezhi.exchange.importing.options import ImportOptions
from kezhi.exchange.importing.runs import actor_of
from kezhi.exchange.models import ImportRun, RowState, RunState
from kezhi.exchange.steps.memory import rare_collection
from kezhi.records.operations import UndoResult, undo_events

_BATCH = 300


def undo(run_id: int) -> None:
    """Take back every event of the import, newest first, a batch per transaction with the cursor in it."""
    run = ImportRun.objects.select_related("user").get(pk=run_id)
    with translation.override(run.user.language), rare_collection() as collector:
        while _undo_batch(run_id):
            collector.batch_done()


def _undo_batch(run_id: int) -> bool:
    with transaction.atomic(), epochs.snapshot():
        run = ImportRun.objects.select_for_update().get(pk=run_id)
        if run.state != RunState.UNDOING:
            return False
        # One operation of its own for all batches, so that a later batch does not take an earlier one for a stranger.
        actor = actor_of(run, operation=f"{run.operation[:30]}-u")
        events = Event.objects.filter(operation=run.operation).order_by("-id")
        if run.cursor:
            events = events.filter(id__lt=run.cursor)
        batch = list(events[:_BATCH])
        if not batch:
            _finish(run)
            return False
        result = UndoResult()
        undo_events(batch, result, actor=actor)
        _mark(run, batch, result)
        run.cursor = batch[-1].pk
        run.done += sum(1 for event in batch if event.record_type == run.record_type)
        run.save(update_fields=["cursor", "done"])
    return True


def _mark(run: ImportRun, batch: list[Event], result: UndoResult) -> None:
    ids = {event.record_id for event in batch if event.record_type == run.record_type}
    marked = run.rows.filter(record_id__in=ids, state__in=[RowState.CREATED, RowState.UPDATED, RowState.UNDONE])
    rows = list(marked.only("record_id"))
    for row in rows:
        why = result.kept.get((run.record_type, row.record_id or 0))
        row.state = RowState.UNDONE if why is None else RowState.KEPT
        row.remark = str(why)[:200] if why is not None else ""
    update_many(rows, ["state", "remark"])


def _finish(run: ImportRun) -> None:
    actor = actor_of(run, operation=f"{run.operation[:30]}-u")
    take_back_entries(ImportOptions.of(run.options).added_items, actor=actor)
    counts = dict(run.counts)
    for state in (RowState.CREATED, RowState.UPDATED, RowState.UNDONE, RowState.KEPT):
        counts[state] = run.rows.filter(state=state).count()
    run.counts = {state: count for state, count in counts.items() if count}
    run.state = RunState.UNDONE
    run.undone_at = now()
    run.done = run.total
    run.save(update_fields=["counts", "state", "undone_at", "done"])
    record_event(
        EventDraft(
            kind=kinds.IMPORT_UNDONE.key,
            record_type="import",
            record_id=run.pk,
            actor=actor.ref,
            facts={"file": run.file_name, "type": run.record_type, "counts": dict(run.counts)},
        )
    )
