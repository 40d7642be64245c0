"""The background work of approvals: the clock, and what follows when somebody leaves or is away."""

from collections.abc import Sequence

from kezhi.core.jobs import enqueue, job, schedule
from kezhi.core.models.events import Event
from kezhi.core.sealing import register_event_reader
from kezhi.work.operations.approval_clock import move_on

_PEOPLE_CHANGED = frozenset({"user.deactivated", "user.absence_added", "user.absence_removed"})


@schedule("work.approvals_clock", cron="*/5 * * * *")
@job("work.move_approvals_on")
def move_approvals_on() -> None:
    """Time out what is due, replace leavers, tell stand-ins."""
    move_on()


def _read(events: Sequence[Event]) -> None:
    if any(event.kind in _PEOPLE_CHANGED for event in events):
        enqueue(move_approvals_on, unique_key="move-approvals-on")


register_event_reader("approvals", _read)
