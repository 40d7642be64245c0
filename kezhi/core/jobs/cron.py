"""Cron expressions: minute, hour, day of month, month, day of week, read in the company's zone."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from kezhi.core.clock import local, moment_at

# A date such as 29 February comes back within eight years, also across 2100.
_FARTHEST_DAYS = 366 * 8 + 1


class CronProblem(ValueError):
    """The expression is not a cron expression, or names a day that never comes."""


@dataclass(frozen=True)
class Cron:
    """A parsed expression. As in every cron, day of month and day of week are joined by "or" when both are limited."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    def matches_day(self, day: dt.date) -> bool:
        if day.month not in self.months:
            return False
        on_day = day.day in self.days
        on_weekday = day.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return on_day and on_weekday
        return on_day or on_weekday

    def next_after(self, moment: dt.datetime) -> dt.datetime:
        """The first moment (UTC) strictly after ``moment`` at which the company's clocks match."""
        day = local(moment).date()
        for offset in range(_FARTHEST_DAYS):
            candidate_day = day + dt.timedelta(days=offset)
            if not self.matches_day(candidate_day):
                continue
            for hour in self.hours:
                for minute in self.minutes:
                    candidate = moment_at(candidate_day, dt.time(hour, minute))
                    if candidate > moment:
                        return candidate
        raise CronProblem("this day never comes")


@lru_cache(maxsize=256)
def parse_cron(expression: str) -> Cron:
    """Read ``"30 2 * * 1-5"``, ``"*/5 * * * *"``, lists and ranges; 0 and 7 are Sunday.

    Raises:
        CronProblem: not five parts, or a part that is out of range or unreadable.
    """
    parts = expression.split()
    if len(parts) != 5:
        raise CronProblem(f"{expression!r} must have five parts")
    minutes = _numbers(parts[0], 0, 59)
    hours = _numbers(parts[1], 0, 23)
    days = _numbers(parts[2], 1, 31)
    months = _numbers(parts[3], 1, 12)
    weekdays = {number % 7 for number in _numbers(parts[4], 0, 7)}
    return Cron(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=frozenset(days),
        months=frozenset(months),
        weekdays=frozenset(weekdays),
        any_day=parts[2].startswith("*"),
        any_weekday=parts[4].startswith("*"),
    )


def _numbers(part: str, lowest: int, highest: int) -> set[int]:
    result: set[int] = set()
    for piece in part.split(","):
        span, slash, step_text = piece.partition("/")
        try:
            step = int(step_text) if slash else 1
            if span == "*":
                first, last = lowest, highest
            elif "-" in span:
                first, last = (int(end) for end in span.split("-"))
            else:
                first = int(span)
                last = highest if slash else first
        except ValueError:
            raise CronProblem(f"{part!r} cannot be read") from None
        if step < 1 or not lowest <= first <= last <= highest:
            raise CronProblem(f"{part!r} is outside {lowest} to {highest}")
        result.update(range(first, last + 1, step))
    return result
