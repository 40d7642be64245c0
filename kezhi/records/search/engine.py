"""One interface over the two databases' full-text search."""

from collections.abc import Sequence
from typing import Protocol

from django.db import connection

from kezhi.records.search.postgres import PostgresEngine
from kezhi.records.search.sqlite import SqliteEngine

Groups = Sequence[Sequence[tuple[str, bool]]]


class Engine(Protocol):
    """What a database must be able to do for the search box."""

    def put(self, rows: Sequence[tuple[int, str, str | None]]) -> None:
        """Index rows of (entry id, new words, words indexed before or None)."""
        ...

    def drop(self, rows: Sequence[tuple[int, str]]) -> None:
        """Take rows of (entry id, indexed words) out."""
        ...

    def find(self, groups: Groups, *, before: int, most: int) -> list[tuple[int, int]]:
        """(entry id, record id), newest entry first, at most ``most``, only entries before ``before`` (0: all).

        Each group lists (word, is prefix), of which one must match; all groups must.
        """
        ...

    def find_any(self, groups: Groups, *, before: int, most: int) -> list[tuple[int, str, int]]:
        """(entry id, record type, record id) of any type, newest entry first, at most ``most``, before ``before``."""
        ...


def engine() -> Engine:
    """The search of the database in use."""
    return SqliteEngine() if connection.vendor == "sqlite" else PostgresEngine()
