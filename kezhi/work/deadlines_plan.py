"""When a clock reaches its thresholds: the arithmetic of promises, without a query of its own.

A clock has used some of its length; what is left runs from ``running_since`` on, in working time or plain time. So a
pause costs nothing, and a holiday decided later moves everything that is still ahead.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from kezhi.core import epochs
from kezhi.core.workdays import add_business_time, business_time_between
from kezhi.work.deadlines_kinds import Terms, terms_of
from kezhi.work.models.deadlines import Deadline

_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Threshold:
    """Something that happens to a running promise at a moment: warned (``number`` is the percent), breached, escalated
    (``number`` is the level, from 1)."""

    moment: datetime
    what: str
    number: int = 0


def add_span(deadline: Deadline, start: datetime, span: timedelta) -> datetime:
    """The moment at which so much of the clock's time has passed since ``start``."""
    if span <= _NONE:
        return start
    if deadline.business_time:
        return add_business_time(start, span, department_id=deadline.department_id)
    return start + span


def used_at(deadline: Deadline, moment: datetime) -> timedelta:
    """How much of the clock's time has passed at a moment; a clock set back takes nothing away."""
    if deadline.running_since is None or moment <= deadline.running_since:
        return deadline.used
    if deadline.business_time:
        since = business_time_between(deadline.running_since, moment, department_id=deadline.department_id)
    else:
        since = moment - deadline.running_since
    return deadline.used + since


def percent_used(deadline: Deadline, moment: datetime) -> int:
    """How much of the promised time has passed, 0–100."""
    if deadline.length <= _NONE:
        return 100
    return max(0, min(100, int(100 * used_at(deadline, moment) / deadline.length)))


def due_moment(deadline: Deadline) -> datetime:
    """When a running clock runs out."""
    start = deadline.running_since or deadline.started_at
    return add_span(deadline, start, deadline.length - deadline.used)


def thresholds(deadline: Deadline, terms: Terms) -> Iterator[Threshold]:
    """What is still ahead of a running clock, the earliest first; nothing for a kind that is off."""
    start = deadline.running_since
    if start is None or not terms.is_on:
        return
    if deadline.breached_at is None:
        if deadline.length > _NONE:
            for percent in terms.percents:
                if percent > deadline.warned:
                    span = deadline.length * percent / 100 - deadline.used
                    yield Threshold(add_span(deadline, start, span), "warned", percent)
        yield Threshold(deadline.due_at, "breached")
    before = _NONE
    for level, after in enumerate(terms.steps, start=1):
        if level > deadline.level:
            planned = add_span(deadline, start, deadline.length + after - deadline.used)
            yield Threshold(max(planned, _given_time(deadline, after - before, planned)), "escalated", level)
        before = after


def _given_time(deadline: Deadline, gap: timedelta, planned: datetime) -> datetime:
    """When those told last have had their time, which counts from when they were told."""
    return planned if deadline.noticed_at is None else add_span(deadline, deadline.noticed_at, gap)


def plan(deadline: Deadline, *, under: int | None = None) -> None:
    """Work out when the clock runs out and when the sweep has to look at it next; paused and ended ones never."""
    deadline.planned_under = planned_under() if under is None else under
    if deadline.state != Deadline.State.RUNNING:
        deadline.next_moment = None
        return
    if deadline.breached_at is None:
        # What was broken stays due when it was; only telling those above goes on.
        deadline.due_at = due_moment(deadline)
    following = next(thresholds(deadline, terms_of(deadline.kind, deadline.department_id)), None)
    deadline.next_moment = following.moment if following is not None else None


def types_with_clocks() -> frozenset[str]:
    """The types of records that ever had a clock, so that lists of others ask for none."""
    return epochs.cached("deadlines", "types", _load_types)


def note_types(types: Collection[str]) -> None:
    """Clocks of these types of records begin; in the transaction that stores them."""
    if not types_with_clocks().issuperset(types):
        epochs.bump("deadlines")


def _load_types() -> frozenset[str]:
    rows = Deadline.objects.ungated("types with clocks").order_by().values_list("record_type", flat=True)
    return frozenset(rows.distinct())


def planned_under() -> int:
    """A number that differs once the calendar or a figure was changed: what was planned under another is stale."""
    return (epochs.current("calendar") ^ (epochs.current("figures") >> 1)) & 0x3FFF_FFFF_FFFF_FFFF
