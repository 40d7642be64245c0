"""What somebody does with their own inbox: read, done, postponed, and back again (UX-5)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.core.clock import local, moment_at, now, today
from kezhi.core.figures import integer_figure, time_figure
from kezhi.core.jobs import enqueue, job, schedule
from kezhi.core.values.problem import ValueProblem
from kezhi.core.workdays import HOURS_KEYS
from kezhi.work.models import Notification
from kezhi.work.notices_figures import KEEP_DAYS, LATER_HOURS

_DAY = timedelta(days=1)
_BATCH = 500
_FURTHEST = timedelta(days=366)

READ, UNREAD, DONE, POSTPONE = "read", "unread", "done", "postpone"
ACTS = (READ, UNREAD, DONE, POSTPONE)


def mine(actor: Actor) -> QuerySet[Notification]:
    """The actor's own notifications; nobody reads anybody else's."""
    return Notification.objects.filter(user_id=actor.user_id or 0)


@transaction.atomic
def mark_read(ids: Sequence[int] | None, *, actor: Actor) -> tuple[int, datetime]:
    """Mark as read (``None``: everything); what only informs is done with it. Gives how many, and the act's moment."""
    moment = now()
    rows = _chosen(ids, actor).filter(read_at__isnull=True)
    count = rows.update(
        read_at=moment,
        touched_at=moment,
        state=Case(When(needs_action=False, then=Value(Notification.State.DONE)), default="state"),
        closed_at=Case(When(needs_action=False, then=Value(moment)), default="closed_at"),
    )
    return count, moment


@transaction.atomic
def mark_unread(ids: Sequence[int], *, actor: Actor) -> tuple[int, datetime]:
    """Mark as not yet read; what only informs waits again."""
    moment = now()
    rows = _chosen(ids, actor).filter(read_at__isnull=False)
    informs = Q(needs_action=False, state=Notification.State.DONE)
    count = rows.update(
        read_at=None,
        touched_at=moment,
        state=Case(When(informs, then=Value(Notification.State.WAITING)), default="state"),
        closed_at=Case(When(informs, then=Value(None)), default="closed_at"),
    )
    return count, moment


@transaction.atomic
def mark_done(ids: Sequence[int], *, actor: Actor) -> tuple[int, datetime]:
    """Take off the inbox. What asks for an act elsewhere (an approval) stays until that is done; it is not counted."""
    moment = now()
    rows = _chosen(ids, actor).exclude(state=Notification.State.DONE).exclude(needs_action=True, source_type__gt="")
    count = rows.update(
        state=Notification.State.DONE,
        closed_at=moment,
        read_at=Coalesce("read_at", moment),
        postponed_until=None,
        touched_at=moment,
    )
    return count, moment


def count_held(ids: Sequence[int], *, actor: Actor) -> int:
    """How many of these :func:`mark_done` leaves alone because an act elsewhere has to be done first."""
    waiting = _chosen(ids, actor).exclude(state=Notification.State.DONE)
    return waiting.filter(needs_action=True, source_type__gt="").count()


@transaction.atomic
def postpone(ids: Sequence[int], until: datetime, *, actor: Actor) -> tuple[int, datetime]:
    """Out of sight until a moment; then it is back on top and unread.

    Raises:
        ValueProblem: the moment has passed, or lies more than a year ahead.
    """
    moment = now()
    if until <= moment:
        raise ValueProblem("postpone.past", _("请选一个还没到的时间"))
    if until > moment + _FURTHEST:
        raise ValueProblem("postpone.far", _("最多推迟一年"))
    rows = _chosen(ids, actor).exclude(state=Notification.State.DONE)
    count = rows.update(
        state=Notification.State.POSTPONED,
        postponed_until=until,
        read_at=Coalesce("read_at", moment),
        touched_at=moment,
    )
    if count:
        enqueue(wake_postponed, run_at=until, unique_key=f"wake:{until:%Y%m%d%H%M%S}")
    return count, moment


@transaction.atomic
def undo(act: str, moment: datetime, *, actor: Actor) -> int:
    """Take back one's own act of that moment; gives how many rows are as before."""
    rows = mine(actor).filter(touched_at=moment)
    if act == UNREAD:
        informs = Q(needs_action=False, state=Notification.State.WAITING)
        return rows.filter(read_at__isnull=True).update(
            read_at=moment,
            touched_at=None,
            state=Case(When(informs, then=Value(Notification.State.DONE)), default="state"),
            closed_at=Case(When(informs, then=Value(moment)), default="closed_at"),
        )
    # Whoever settled it meanwhile did so for good: only what this act closed opens again.
    was_put_away = Q(state=Notification.State.POSTPONED) | Q(state=Notification.State.DONE, closed_at=moment)
    return rows.update(
        state=Case(When(was_put_away, then=Value(Notification.State.WAITING)), default="state"),
        closed_at=Case(When(closed_at=moment, then=Value(None)), default="closed_at"),
        read_at=Case(When(read_at=moment, then=Value(None)), default="read_at"),
        postponed_until=None,
        touched_at=None,
    )


def postpone_choices() -> list[tuple[str, datetime]]:
    """Usual moments to postpone to: later today (while that is still today), tomorrow and next Monday morning."""
    moment = now()
    later = (moment + timedelta(hours=integer_figure(LATER_HOURS.key))).replace(second=0, microsecond=0)
    day = today()
    choices = [("later", later)] if local(later).date() == day else []
    monday = day + _DAY * (7 - day.weekday())
    choices.append(("tomorrow", _morning(day + _DAY)))
    if monday != day + _DAY:
        choices.append(("monday", _morning(monday)))
    return choices


def _morning(day: date) -> datetime:
    """When the company's work begins on a day, whether or not that day is worked."""
    return moment_at(day, time_figure(HOURS_KEYS[0]))


@job("work.wake_postponed")
def wake_postponed() -> None:
    """Bring back what was postponed until now: on top, unread."""
    moment = now()
    Notification.objects.filter(state=Notification.State.POSTPONED, postponed_until__lte=moment).update(
        state=Notification.State.WAITING, postponed_until=None, read_at=None, at=moment, touched_at=None
    )


@schedule("work.tidy_inboxes", cron="40 3 * * *")
def tidy_inboxes() -> None:
    """Delete what was done with long ago, in small bites. Once-keys stay, so nothing is told a second time."""
    limit = now() - timedelta(days=integer_figure(KEEP_DAYS.key))
    last = 0
    while True:
        # Ids grow with time: the walk ends at the first batch that is young.
        rows = list(
            Notification.objects.filter(pk__gt=last)
            .order_by("pk")
            .values_list("pk", "created_at", "state", "closed_at")[:_BATCH]
        )
        old = [
            pk for pk, _made, state, closed in rows if state == Notification.State.DONE and closed and closed < limit
        ]
        Notification.objects.filter(pk__in=old, state=Notification.State.DONE).delete()
        if len(rows) < _BATCH or rows[-1][1] >= limit:
            return
        last = rows[-1][0]


def moment_key(moment: datetime) -> int:
    """A moment as microseconds, for addresses."""
    return int((moment - _EPOCH) / timedelta(microseconds=1))


def moment_of(key: int) -> datetime:
    """The moment behind such a number; raises OverflowError when there is none."""
    return _EPOCH + timedelta(microseconds=key)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _chosen(ids: Sequence[int] | None, actor: Actor) -> QuerySet[Notification]:
    return mine(actor) if ids is None else mine(actor).filter(pk__in=ids)
