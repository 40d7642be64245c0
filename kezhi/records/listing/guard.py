"""A time limit for one statement, so that a sum over a million rows never holds up a worker."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

# How many steps of SQLite's machine pass between two looks at the clock: about a millisecond.
_STEPS = 20_000


class TooSlow(Exception):
    """The statement did not finish in its time."""


@contextmanager
def time_guard(seconds: float) -> Iterator[None]:
    """Give up reading after ``seconds``.

    Raises:
        TooSlow: the time is over.
    """
    guard = _sqlite_guard if connection.vendor == "sqlite" else _postgresql_guard
    with guard(seconds):
        yield


@contextmanager
def _sqlite_guard(seconds: float) -> Iterator[None]:
    connection.ensure_connection()
    raw = connection.connection
    end = time.monotonic() + seconds
    raw.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    except OperationalError as error:
        if "interrupt" in str(error):
            raise TooSlow from error
        raise
    finally:
        raw.set_progress_handler(None, 0)


@contextmanager
def _postgresql_guard(seconds: float) -> Iterator[None]:
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{int(seconds * 1000)}ms"])
            yield
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        # 57014: query_canceled
        if getattr(error.__cause__, "sqlstate", "") == "57014":
            raise TooSlow from error
        raise
