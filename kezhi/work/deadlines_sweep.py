"""The sweep: what the clocks that are due have to say, each threshold once.

A threshold is passed by moving the deadline's own state in the transaction that records its event. Rows are locked
while that happens, so two sweeps share them; a worker that is killed leaves neither half; a clock that is set back
finds the threshold passed already.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from kezhi.access.actors import Actor
from kezhi.access.line import line_above
from kezhi.access.models import UserRole
from kezhi.access.rights import EPOCH, organisation, stand_ins
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, record_events
from kezhi.core.models import Outbox
from kezhi.work import deadlines_events as events
from kezhi.work.deadlines_kinds import terms_of
from kezhi.work.deadlines_plan import Threshold, plan, planned_under, thresholds
from kezhi.work.deadlines_rows import store_clocks
from kezhi.work.models.deadlines import Deadline
from kezhi.work.notices_storing import who_is_there

# Whoever saves a page waits no longer than for so many.
_AT_ONCE = 200


def sweep_needed() -> bool:
    """Whether a clock has reached a threshold."""
    rows = Deadline.objects.ungated("sweep").filter(next_moment__lte=now()).order_by()
    return rows.exists() and rows.filter(next_moment__lte=horizon()).exists()


def horizon() -> datetime:
    """Up to when everything that happened has reached the clocks.

    They follow the event log. After a time without a worker it holds promises that were kept, moved or handed over
    long ago: nobody may be warned of those before they have been read.
    """
    waiting = Outbox.objects.order_by("event_id").values_list("event__at", flat=True).first()
    return now() if waiting is None else min(now(), waiting)


@transaction.atomic
@epochs.snapshot()
def sweep_deadlines(*, actor: Actor, limit: int = _AT_ONCE) -> int:
    """Pass the thresholds that clocks have reached; gives how many clocks were looked at (0: nothing was due)."""
    moment = horizon()
    rows = list(
        Deadline.objects.ungated("sweep")
        .filter(next_moment__lte=moment)
        .order_by("next_moment", "pk")
        .select_for_update(skip_locked=True)[:limit]
    )
    drafts: list[EventDraft] = []
    under = planned_under()
    for row in rows:
        for threshold in _reached(row, moment):
            drafts += _pass(row, threshold, actor)
        plan(row, under=under)
    record_events(drafts)
    store_clocks(rows)
    return len(rows)


@transaction.atomic
@epochs.snapshot()
def replan_deadlines(*, actor: Actor, limit: int = _AT_ONCE) -> int:
    """Work out anew the running clocks that were planned under another calendar or other figures; gives how many."""
    under = planned_under()
    rows = list(
        Deadline.objects.ungated("sweep")
        .filter(state=Deadline.State.RUNNING)
        .exclude(planned_under=under)
        .order_by("pk")
        .select_for_update(skip_locked=True)[:limit]
    )
    drafts: list[EventDraft] = []
    for row in rows:
        was = row.due_at
        plan(row, under=under)
        if row.due_at != was:
            facts = {"was": events.moment_text(was), "because": "calendar"}
            drafts.append(events.deadline_event(events.MOVED, row, actor.ref, **facts))
    store_clocks(rows)
    record_events(drafts)
    return len(rows)


def told_above(owner_id: int | None, level: int) -> list[int]:
    """Whom to tell at a level: the one so far above the owner and, while they are away, their stand-in (ORG-6).

    Nobody's report is told of to the administrators at the first level; above the top nobody is told.
    """
    line = line_above(owner_id) if owner_id is not None else ()
    if level <= len(line):
        person = line[level - 1]
        stand_in = who_is_there(person, stand_ins())
        return [person, stand_in] if stand_in in organisation().active_ids else [person]
    return list(administrators()) if level == 1 else []


def administrators() -> Sequence[int]:
    """The active administrators, who are told what has nobody else to be told to."""
    return epochs.cached(EPOCH, "deadline fallback", _load_administrators)


def _load_administrators() -> Sequence[int]:
    rows = UserRole.objects.filter(role__key="administrator").order_by("user_id").values_list("user_id", flat=True)
    return tuple(user_id for user_id in rows if user_id in organisation().active_ids)


def _reached(row: Deadline, moment: datetime) -> list[Threshold]:
    terms = terms_of(row.kind, row.department_id)
    reached: list[Threshold] = []
    for threshold in thresholds(row, terms):
        if threshold.moment > moment:
            break
        if threshold.what == "breached":
            # Too late for a warning, and those above are told when this has been known for their time.
            return [threshold]
        reached.append(threshold)
        if threshold.what == "escalated":
            break
    return reached


def _pass(row: Deadline, threshold: Threshold, actor: Actor) -> list[EventDraft]:
    match threshold.what:
        case "warned":
            row.warned = threshold.number
            return [events.deadline_event(events.WARNED, row, actor.ref, percent=threshold.number)]
        case "breached":
            row.breached_at, row.noticed_at = threshold.moment, now()
            return [events.deadline_event(events.BREACHED, row, actor.ref)]
        case _:
            row.level, row.noticed_at = threshold.number, now()
            told = told_above(row.owner_id, threshold.number)
            if not told:
                return []
            return [events.deadline_event(events.ESCALATED, row, actor.ref, level=threshold.number, to=list(told))]
