"""What becomes of deadlines when their records are given away, thrown away or brought back."""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Q

from kezhi.access.actors import Actor
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, record_events
from kezhi.work import deadlines_events as events
from kezhi.work.deadlines_rows import batches, broken_by, go_on, locked_where, stop, store_clocks
from kezhi.work.models.deadlines import OPEN_STATES, Deadline


def give_deadlines(record_type: str, owners: Iterable[tuple[int, int | None]]) -> int:
    """Give the open deadlines of records (id, new owner) to those who have them now; gives how many moved."""
    ids: dict[int | None, list[int]] = {}
    for record_id, owner_id in owners:
        ids.setdefault(owner_id, []).append(record_id)
    rows = Deadline.objects.ungated("moves with its record").filter(
        record_type=record_type, state__in=OPEN_STATES, moves_with_record=True
    )
    return sum(
        rows.filter(record_id__in=batch).exclude(owner_id=owner_id).update(owner_id=owner_id)
        for owner_id, record_ids in ids.items()
        for batch in batches(record_ids)
    )


@transaction.atomic
def bin_deadlines(record_type: str, ids: Collection[int], *, actor: Actor) -> int:
    """The records went to the recycle bin: their running clocks stand still until they come back."""
    moment, count = now(), 0
    for batch in batches(sorted(ids)):
        rows = locked_where(Q(record_type=record_type, record_id__in=batch, state=Deadline.State.RUNNING))
        drafts: list[EventDraft] = []
        for row in rows:
            drafts += broken_by(row, moment, actor)
            stop(row, moment)
            row.is_binned = True
            drafts.append(events.deadline_event(events.PAUSED, row, actor.ref, binned=True))
        store_clocks(rows)
        record_events(drafts)
        count += len(rows)
    return count


@transaction.atomic
def unbin_deadlines(record_type: str, ids: Collection[int], *, actor: Actor) -> int:
    """The records came back: the clocks that stood still for the recycle bin go on."""
    moment, count = now(), 0
    for batch in batches(sorted(ids)):
        rows = locked_where(
            Q(record_type=record_type, record_id__in=batch, state=Deadline.State.PAUSED, is_binned=True)
        )
        for row in rows:
            row.is_binned = False
            go_on(row, moment)
        store_clocks(rows)
        record_events([events.deadline_event(events.RESUMED, row, actor.ref, binned=True) for row in rows])
        count += len(rows)
    return count
