"""Things that only one process may do at a time, without waiting for each other: one way per kind of database."""

import zlib
from collections.abc import Callable

from django.db import connection


def has_turn(name: str) -> bool:
    """Whether this transaction may do ``name`` now; nobody else may until it ends."""
    if not connection.in_atomic_block:
        raise RuntimeError("a turn lasts as long as a transaction")
    return _WAYS[connection.vendor](name)


def _sqlite(_name: str) -> bool:
    """A transaction that writes is alone anyway."""
    return True


def _postgresql(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [zlib.crc32(f"kezhi.{name}".encode())])
        return bool(cursor.fetchone()[0])


_WAYS: dict[str, Callable[[str], bool]] = {"sqlite": _sqlite, "postgresql": _postgresql}
