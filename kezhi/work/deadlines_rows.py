"""Rows of deadlines: locked, changed and stored by the operations and the sweep, always in a transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Q

from kezhi.access.actors import Actor
from kezhi.core.bulk_insert import update_many
from kezhi.core.events import EventDraft
from kezhi.work import deadlines_events as events
from kezhi.work.deadlines_plan import plan, used_at
from kezhi.work.models.deadlines import Deadline

BATCH = 500


def store_clocks(rows: Sequence[Deadline]) -> None:
    """Write what a clock's acts change. In a transaction, on locked rows."""
    if len(rows) == 1:
        rows[0].save(update_fields=_CHANGING)
    else:
        update_many(rows, _CHANGING)


def locked_where(where: Q) -> list[Deadline]:
    """The deadlines that match, locked in the order of their ids."""
    return list(Deadline.objects.ungated("operation").filter(where).order_by("pk").select_for_update())


def broken_by(row: Deadline, moment: datetime, actor: Actor) -> list[EventDraft]:
    """The breach that nobody has noticed yet."""
    if row.state != Deadline.State.RUNNING or row.is_broken or moment <= row.due_at:
        return []
    row.breached_at, row.noticed_at = row.due_at, moment
    return [events.deadline_event(events.BREACHED, row, actor.ref)]


def stop(row: Deadline, moment: datetime) -> None:
    """The clock stands still from this moment on."""
    row.used = used_at(row, moment)
    row.state, row.running_since, row.paused_at = Deadline.State.PAUSED, None, moment
    row.next_moment = None


def go_on(row: Deadline, moment: datetime) -> None:
    """The clock goes on from this moment."""
    row.state, row.running_since = Deadline.State.RUNNING, moment
    row.paused_at, row.pause_reason = None, ""
    plan(row)


def batches(ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids in parts that one statement can name."""
    for start in range(0, len(ids), BATCH):
        yield list(ids[start : start + BATCH])


_CHANGING = (
    "state",
    "business_time",
    "length",
    "used",
    "running_since",
    "due_at",
    "next_moment",
    "planned_under",
    "warned",
    "breached_at",
    "level",
    "noticed_at",
    "paused_at",
    "pause_reason",
    "is_binned",
    "ended_at",
    "ended_by",
    "end_reason",
)
