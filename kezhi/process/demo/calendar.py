"""The evenings on which the demo company's people enter what they did, from its first customer until now."""

import datetime as dt
from bisect import bisect_left
from dataclasses import dataclass
from random import Random

from kezhi.core.clock import local, moment_at
from kezhi.core.workdays import is_workday

FIRST_DAY = dt.date(2023, 10, 9)
_YEAR = 365
_LATELY = 24
_TIMES = [dt.time(hour, minute) for hour in (9, 10, 11, 13, 14, 15, 16, 17) for minute in (0, 10, 20, 30, 40, 50)]


@dataclass(frozen=True)
class Sessions:
    """Moments at which records are entered, ascending; ``year`` is the index of the first within the last year.

    People enter their calls and visits in the evening, every other working day, lately daily: what happened lies
    between the session before and this one.
    """

    moments: tuple[dt.datetime, ...]
    year: int
    end: dt.datetime

    def __len__(self) -> int:
        return len(self.moments)

    def on_or_after(self, moment: dt.datetime) -> int:
        """The first session at or after a moment; the number of sessions if there is none."""
        return bisect_left(self.moments, moment)

    def happened(self, session: int, rng: Random) -> dt.datetime:
        """A moment in working hours after the session before and before this one."""
        moment = self.moments[session]
        # The first sessions lie far apart; nobody enters a call weeks later.
        before = max(self.moments[session - 1] if session else moment, moment - dt.timedelta(days=4))
        span = (local(moment).date() - local(before).date()).days
        for _attempt in range(12):
            day = local(moment).date() - dt.timedelta(days=rng.randint(0, span))
            happened = moment_at(day, rng.choice(_TIMES))
            if before < happened < moment and is_workday(day):
                return happened
        return moment - dt.timedelta(minutes=1)


def sessions_until(end: dt.datetime, rng: Random) -> Sessions:
    """All sessions up to ``end``, the present moment; the last one a few minutes ago on a working day."""
    today = local(end).date()
    days: list[dt.date] = []
    day = FIRST_DAY
    start = today - dt.timedelta(days=_YEAR)
    while day < start - dt.timedelta(days=14):
        days.append(_worked(day))
        day += dt.timedelta(days=47)
    first_of_year = len(days)
    skip = False
    for back in range(_YEAR, -1, -1):
        day = today - dt.timedelta(days=back)
        if not is_workday(day):
            continue
        skip = not skip and back > _LATELY
        if not skip:
            days.append(day)
    moments = [moment_at(day, dt.time(16 + rng.randint(0, 1), rng.randint(36, 58))) for day in days]
    latest = end - dt.timedelta(minutes=3)
    moments = [min(moment, latest) for moment in moments]
    if len(moments) > 1 and moments[-1] <= moments[-2]:
        moments.pop()
    return Sessions(tuple(moments), first_of_year, end)


def work_time(day: dt.date, rng: Random) -> dt.datetime:
    """A moment in working hours on a day, or on the next working day."""
    return moment_at(_worked(day), rng.choice(_TIMES))


def due_today(end: dt.datetime, rng: Random) -> dt.datetime:
    """Some time today, mostly still ahead; late in the evening there is only the evening left."""
    day = local(end).date()
    moments = [moment_at(day, dt.time(hour, half)) for hour in range(9, 24) for half in (0, 30)]
    ahead = [moment for moment in moments if moment > end]
    in_hours = [moment for moment in ahead if local(moment).hour < 19]
    if ahead and rng.random() < 0.8:
        return rng.choice(in_hours or ahead)
    return max([moment for moment in moments if moment < end], default=end + dt.timedelta(minutes=20))


def worked_before(day: dt.date) -> dt.date:
    """The day itself or the last working day before it."""
    while not is_workday(day):
        day -= dt.timedelta(days=1)
    return day


def _worked(day: dt.date) -> dt.date:
    while not is_workday(day):
        day += dt.timedelta(days=1)
    return day
