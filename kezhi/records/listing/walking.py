"""Reading a filtered list in its own order, while that is cheap.

A filter that most records pass is answered fastest by walking the index of the order and skipping the rest; one that
few pass, by the filter's own index and a sort. PostgreSQL weighs that by its statistics. SQLite has none that are worth
it and sorts a million rows for the first fifty; so the walk is tried there first and given up after a set effort.
"""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection
from django.db.models import QuerySet

from kezhi.records.listing.indexes import advice, index_for
from kezhi.records.listing.reading import ReadObjects

# Steps of SQLite's machine, a few milliseconds: a walk that has not found a page by then meets few rows.
_EFFORT = 150_000
_TICKS = 10


def walk(rows: QuerySet[Any], order: Sequence[str], wanted: int, read: ReadObjects) -> list[Any] | None:
    """The first rows in this order; None where the database should go its own way."""
    if connection.vendor != "sqlite" or rows.query.select_related:
        return None
    query = rows.order_by(*order)[:wanted].query
    index = index_for(rows.model, query, order)
    if index is None and len(order) > 1:
        return None
    try:
        sql, params = query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return []
    if len(query.alias_map) != 1:
        return None
    table = connection.ops.quote_name(rows.model._meta.db_table)
    if index is not None:
        return with_effort(rows.model, advice(index, table, sql), params, read)
    return with_effort(rows.model, sql.replace(f"FROM {table}", f"FROM {table} NOT INDEXED", 1), params, read)


def with_effort(
    model: type[Any], statement: str, params: Sequence[Any], read: ReadObjects, effort: int = _EFFORT
) -> list[Any] | None:
    """The rows of a statement; None where SQLite did not have them after so many steps."""
    if connection.vendor != "sqlite":
        return read.statement(model, statement, params)
    connection.ensure_connection()
    raw = connection.connection
    ticks = iter(range(_TICKS))
    # SQLite counts a kept statement's steps over all its runs, so the first tick may come at once.
    raw.set_progress_handler(lambda: next(ticks, None) is None, effort // _TICKS)
    try:
        return read.statement(model, statement, params)
    except OperationalError as error:
        # An index that was made for a view may be gone until the next night; the database finds its own way then.
        if "interrupt" not in str(error) and "no such index" not in str(error):
            raise
        return None
    finally:
        raw.set_progress_handler(None, 0)
