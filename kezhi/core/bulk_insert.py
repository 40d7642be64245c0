"""Storing many rows at once, several times quicker than ``bulk_create`` and ``bulk_update``.

Django builds an expression per value and asks the database for the new ids; for a list of 100,000 customers, each with
a dozen rows around it, that is most of the time. Here ids are taken first, and rows go in by one prepared statement.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models

from kezhi.core.model_fields import EncryptedField

_PLAIN_FIELDS = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)
_PLAIN_VALUES = frozenset({str, int, bool, type(None)})


def insert_many(objects: Iterable[models.Model], *, ignore_conflicts: bool = False) -> None:
    """Store new objects of one model in the caller's transaction and give them their ids.

    With ``ignore_conflicts`` rows that break a unique constraint are left out; the objects' ids then mean nothing.

    Raises:
        RuntimeError: outside a transaction, where ids could be given twice.
        django.db.IntegrityError: as ``bulk_create`` does.
    """
    rows = list(objects)
    if not rows:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("many rows are stored inside the transaction of their operation")
    model = type(rows[0])
    primary = model._meta.pk
    unnumbered = [row for row in rows if row.pk is None]
    if unnumbered and isinstance(primary, models.AutoField | models.BigAutoField):
        for row, number in zip(unnumbered, _take_ids(model, len(unnumbered)), strict=True):
            row.pk = number
    preparers = _preparers(model)
    values = [[prepare(row) for prepare in preparers] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(_statement(model, ignore_conflicts), values)
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def insert_values(
    model: type[models.Model],
    names: Sequence[str],
    rows: Iterable[Sequence[str | int | None]],
    *,
    conflicts: bool = False,
) -> None:
    """Store plain rows of values, for tables that hang on others (links, keys), without making an object of each.

    ``names`` are names of fields; ids are given by the database, and every other field must be named.
    With ``conflicts`` rows that break a unique constraint are left out.
    """
    values = list(rows)
    if not values:
        return
    by_name = {field.name: str(field.column) for field in model._meta.local_concrete_fields}
    columns = tuple(by_name[name] for name in names)
    with connection.cursor() as cursor:
        cursor.executemany(_insert(str(model._meta.db_table), columns, conflicts), values)


def update_many(objects: Iterable[models.Model], names: Sequence[str]) -> None:
    """Write these fields of stored objects of one model by one prepared statement, in the caller's transaction."""
    rows = list(objects)
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.local_concrete_fields if field.name in names]
    preparers = [_preparer(field) for field in fields]
    values = [[*(prepare(row) for prepare in preparers), row.pk] for row in rows]
    quote = connection.ops.quote_name
    pairs = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    # Names come from the model, values are parameters.
    statement = f"UPDATE {quote(model._meta.db_table)} SET {pairs} WHERE {quote(str(model._meta.pk.column))} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _take_ids(model: type[models.Model], count: int) -> Sequence[int]:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # Writers hold the database's only write lock from the transaction's first moment (IMMEDIATE).
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            found = cursor.fetchone()
            last = int(found[0]) if found else 0
            return range(last + 1, last + count + 1)
        column = str(model._meta.pk.column)
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [connection.ops.quote_name(table), column, count],
        )
        return [int(row[0]) for row in cursor.fetchall()]


@lru_cache(maxsize=256)
def _preparers(model: type[models.Model]) -> tuple[Callable[[Any], Any], ...]:
    return tuple(_preparer(field) for field in model._meta.local_concrete_fields)


def _preparer(field: Any) -> Callable[[Any], Any]:
    attribute = field.attname
    if type(field) is models.DateTimeField and not (field.auto_now or field.auto_now_add):

        def prepare_datetime(row: Any) -> Any:
            value = getattr(row, attribute)
            return None if value is None else connection.ops.adapt_datetimefield_value(value)

        return prepare_datetime
    if type(field).pre_save is not models.Field.pre_save:

        def prepare_moment(row: Any) -> Any:
            return field.get_db_prep_save(field.pre_save(row, True), connection)

        return prepare_moment
    if isinstance(field, _PLAIN_FIELDS) and not isinstance(field, EncryptedField):

        def prepare_plain(row: Any) -> Any:
            value = getattr(row, attribute)
            # A subclass (a choice, a lazy text) goes the long way.
            return value if type(value) in _PLAIN_VALUES else field.get_db_prep_save(value, connection)

        return prepare_plain

    def prepare(row: Any) -> Any:
        return field.get_db_prep_save(getattr(row, attribute), connection)

    return prepare


def _statement(model: type[models.Model], ignore_conflicts: bool) -> str:
    columns = tuple(str(field.column) for field in model._meta.local_concrete_fields)
    return _insert(str(model._meta.db_table), columns, ignore_conflicts)


def _insert(table: str, columns: Sequence[str], ignore_conflicts: bool) -> str:
    quote = connection.ops.quote_name
    places = ", ".join(["%s"] * len(columns))
    tail = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    # Names come from the model, values are parameters.
    names = ", ".join(quote(column) for column in columns)
    return f"INSERT INTO {quote(table)} ({names}) VALUES ({places}){tail}"  # noqa: S608
