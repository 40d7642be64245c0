"""Telling a database that cannot serve just now (busy, full, restarting) from a fault in the program."""

import sqlite3

from django.db.utils import InterfaceError, OperationalError

from kezhi.core.sqlite.queue import WriteLockTimeout

RETRY_AFTER_SECONDS = 5
_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN})


def is_outage(error: BaseException | None) -> bool:
    """Whether the same request may well succeed a little later; its transaction has changed nothing."""
    if isinstance(error, WriteLockTimeout | InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        # The low byte is the kind, the rest its variety.
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in _PASSING
    # PostgreSQL: the connection, its limits, a deadlock, a lock not had in time, a full disk.
    return True
