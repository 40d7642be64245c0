"""Deadlines: one kind of clock for every promise (SVC-3). What other apps use stands here.

A **kind** of promise is registered once and has its terms as figures (Settings → Deadlines). A **deadline** is the
clock of one promise about one record: it starts, pauses with a reason, resumes, and is met or cancelled. A sweep warns
at parts of its time, notes when it runs out, and escalates; it tells nobody by itself: the events ``deadline.started``,
``.paused``, ``.resumed``, ``.moved``, ``.warned`` (percent), ``.breached``, ``.escalated`` (level, to), ``.met``
(in_time) and ``.cancelled`` stand on the record, and rules send the words::

    register_deadline_kind(DeadlineKind("first_response", _("首次响应"), minutes=240, source="SVC-3"))
    start_deadline("first_response", About("ticket", ticket.pk, ticket.title), owner_id=…, actor=actor)
    meet_deadlines("first_response", "ticket", [ticket.pk], actor=actor)

Who changes deadlines answers for the right to do so: they follow from other acts.
"""

from kezhi.work.deadlines_chips import Chip, chips_for
from kezhi.work.deadlines_kinds import DeadlineKind, deadline_kind, deadline_kinds, register_deadline_kind
from kezhi.work.models.deadlines import Deadline
from kezhi.work.operations.deadlines import (
    Promise,
    cancel_deadline,
    cancel_deadlines,
    meet_deadline,
    meet_deadlines,
    move_deadline,
    move_deadlines,
    open_deadlines,
    pause_deadline,
    pause_deadlines,
    resume_deadline,
    resume_deadlines,
    start_deadline,
    start_deadlines,
)
from kezhi.work.operations.deadlines_of_records import bin_deadlines, unbin_deadlines

__all__ = [
    "Chip",
    "Deadline",
    "DeadlineKind",
    "Promise",
    "bin_deadlines",
    "cancel_deadline",
    "cancel_deadlines",
    "chips_for",
    "deadline_kind",
    "deadline_kinds",
    "meet_deadline",
    "meet_deadlines",
    "move_deadline",
    "move_deadlines",
    "open_deadlines",
    "pause_deadline",
    "pause_deadlines",
    "register_deadline_kind",
    "resume_deadline",
    "resume_deadlines",
    "start_deadline",
    "start_deadlines",
    "unbin_deadlines",
]
