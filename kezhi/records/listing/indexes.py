"""Which index a list is read by: one whose rows lie in the list's order once the filter has fixed its first columns.

SQLite weighs indexes by statistics that know nothing of the order and of the first fifty; told the index, it reads just
what a page needs. PostgreSQL weighs for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Index
from django.db.models.expressions import Col
from django.db.models.lookups import Exact, In, IsNull
from django.db.models.sql import Query
from django.db.models.sql.where import AND, WhereNode

from kezhi.core import epochs
from kezhi.core.among import Among
from kezhi.records.models import LIVE, ViewIndex

EPOCH = "view_indexes"
OWNER = "owner_id"


@dataclass(frozen=True, slots=True)
class KnownIndex:
    """An index over live records (or all): its name, and its columns in the table."""

    name: str
    columns: tuple[str, ...]

    def lead(self, equal: frozenset[str], order: Sequence[str]) -> int | None:
        """How many of its first columns the filter fixes before its rows lie in this order; None where they do not."""
        for fixed in range(len(self.columns)):
            if self.columns[fixed : fixed + len(order)] == tuple(order):
                return fixed
            if self.columns[fixed] not in equal:
                break
        return None


_declared: dict[type[Any], tuple[KnownIndex, ...]] = {}


def declared_indexes(model: type[Any]) -> tuple[KnownIndex, ...]:
    """The indexes the model brings along that a list may be read by."""
    if model not in _declared:
        _declared[model] = tuple(
            KnownIndex(index.name, tuple(model._meta.get_field(name).column for name in index.fields))
            for index in model._meta.indexes
            if type(index) is Index and index.fields and index.condition in (None, LIVE)
        )
    return _declared[model]


def made_indexes(record_table: str) -> tuple[KnownIndex, ...]:
    """The indexes of a table that were made because saved views need them."""
    return epochs.cached(EPOCH, "made", _load_made).get(record_table, ())


def _load_made() -> dict[str, tuple[KnownIndex, ...]]:
    found: dict[str, tuple[KnownIndex, ...]] = {}
    for row in ViewIndex.objects.filter(state=ViewIndex.State.READY).order_by("name"):
        found[row.table] = (*found.get(row.table, ()), KnownIndex(row.name, tuple(row.columns)))
    return found


def index_for(model: type[Any], query: Query, order: Sequence[str], *, within: str = "") -> KnownIndex | None:
    """The best index for these rows in this order; ``within`` is a column that it must fix first of all."""
    equal = equal_columns(query)
    columns = [column_of(model, part) for part in order]
    best: tuple[int, int] | None = None
    found: KnownIndex | None = None
    for index in (*declared_indexes(model), *made_indexes(model._meta.db_table)):
        lead = index.lead(equal, columns)
        if lead is None or (within and within not in index.columns[:lead]):
            continue
        rank = (lead, -len(index.columns))
        if best is None or rank > best:
            best, found = rank, index
    return found


def column_of(model: type[Any], part: str) -> str:
    """The table's column that a part of an order names."""
    name = part.removeprefix("-")
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    return str(field.column)


def equal_columns(query: Query) -> frozenset[str]:
    """Columns of the table that the filter fixes to one value each."""
    return frozenset(_equal(query.where, str(query.get_meta().db_table)))


def advice(index: KnownIndex | None, table: str, statement: str) -> str:
    """A statement over one table, told on SQLite by which index to read it."""
    if index is None or connection.vendor != "sqlite":
        return statement
    place = f"FROM {table}"
    return statement.replace(place, f"{place} INDEXED BY {connection.ops.quote_name(index.name)}", 1)


def _equal(where: WhereNode, table: str) -> list[str]:
    if where.negated or (where.connector != AND and len(where.children) > 1):
        return []
    found: list[str] = []
    for child in where.children:
        if isinstance(child, WhereNode):
            found += _equal(child, table)
        elif isinstance(child, Exact | In | Among | IsNull) and isinstance(child.lhs, Col) and child.lhs.alias == table:
            rhs: Any = child.rhs
            if isinstance(child, Among):
                is_one = len(child.rhs.numbers) == 1
            elif isinstance(child, In):
                is_one = isinstance(rhs, list | tuple | set | frozenset) and len(rhs) == 1
            elif isinstance(child, IsNull):
                is_one = rhs is True
            else:
                is_one = not hasattr(rhs, "resolve_expression")
            if is_one:
                found.append(str(child.lhs.target.column))
    return found
