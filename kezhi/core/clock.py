"""What time it is, and what day it is where the company works.

Moments are stored in UTC; days, deadlines and everything shown are counted in the company's zone
(``settings.TIME_ZONE``). Code asks here and nowhere else for the time, so that a test freezes it in one place.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

_held: ContextVar[dt.datetime | None] = ContextVar("kezhi_clock", default=None)


def now() -> dt.datetime:
    """The present moment, aware, in UTC."""
    return _held.get() or dt.datetime.now(dt.UTC)


@contextmanager
def clock_at(moment: dt.datetime) -> Iterator[None]:
    """Let it be this moment for what runs inside: the demo company lives through its year with the usual operations.

    Raises:
        ValueError: the moment carries no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a clock is set to a moment with a zone")
    token = _held.set(moment.astimezone(dt.UTC))
    try:
        yield
    finally:
        _held.reset(token)


def today() -> dt.date:
    """The present day in the company's zone, which is not always the day in UTC."""
    return local(now()).date()


def company_zone() -> ZoneInfo:
    """The zone in which the company counts its days."""
    return _zone(settings.TIME_ZONE)


def local(moment: dt.datetime) -> dt.datetime:
    """The same moment told in the company's zone.

    Raises:
        ValueError: the moment carries no zone; guessing one would shift promises by hours.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone cannot be told in another one")
    return moment.astimezone(company_zone())


def day_start(day: dt.date) -> dt.datetime:
    """The moment, in UTC, at which this day begins in the company's zone."""
    return moment_at(day, dt.time(0))


def day_end(day: dt.date) -> dt.datetime:
    """The moment, in UTC, at which the next day begins: use it as an excluded upper bound."""
    return day_start(day + dt.timedelta(days=1))


def moment_at(day: dt.date, time: dt.time) -> dt.datetime:
    """The moment, in UTC, at which the company's clocks show this day and time."""
    return dt.datetime.combine(day, time, tzinfo=company_zone()).astimezone(dt.UTC)


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
