"""Storing many rows at once, several times quicker than ``bulk_create`` and ``bulk_update``.

Django builds an expression per value and asks the database for the new ids; for a list of 100,000 customers, each with
a dozen rows around it, that is most of the time. Here ids are taken first, and rows go in by one prepared statement.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
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
    preparing = _preparing(model)
    statement = _insert(str(model._meta.db_table), preparing.columns, ignore_conflicts)
    with connection.cursor() as cursor:
        cursor.executemany(statement, preparing.values(rows))
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


def update_many(objects: Iterable[models.Model], names: Collection[str]) -> None:
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


class _Preparing:
    """How the rows of one model become values: most columns are taken as they are, the others each in their way."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = list(model._meta.local_concrete_fields)
        plain = [field for field in fields if _is_plain(field)]
        self.columns = tuple(str(field.column) for field in (*plain, *(each for each in fields if each not in plain)))
        self._plain = plain
        self._pick = _picker([field.attname for field in plain])
        self._others = [field for field in fields if field not in plain]

    def values(self, rows: Sequence[models.Model]) -> list[list[Any]]:
        """The values of each row in the order of ``columns``."""
        result = []
        ways = [_preparer(field) for field in self._others]
        for row in rows:
            picked = self._pick(row.__dict__)
            if _PLAIN_VALUES.issuperset(map(type, picked)):
                values = [*picked]
            else:
                # A choice, a lazy text: the long way.
                values = [
                    value if type(value) in _PLAIN_VALUES else field.get_db_prep_save(value, connection)
                    for field, value in zip(self._plain, picked, strict=True)
                ]
            values += [prepare(row) for prepare in ways]
            result.append(values)
        return result


@lru_cache(maxsize=256)
def _preparing(model: type[models.Model]) -> _Preparing:
    return _Preparing(model)


def _is_plain(field: Any) -> bool:
    written_by_itself = type(field).pre_save is models.Field.pre_save
    return isinstance(field, _PLAIN_FIELDS) and not isinstance(field, EncryptedField) and written_by_itself


def _picker(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def _preparer(field: Any) -> Callable[[Any], Any]:
    """How a row's value of one field becomes what is stored, for the time of one statement."""
    if type(field) is models.DateTimeField and not (field.auto_now or field.auto_now_add):
        return _moments(field)
    if type(field).pre_save is not models.Field.pre_save:
        return lambda row: field.get_db_prep_save(field.pre_save(row, True), connection)
    return _texts(field) if isinstance(field, EncryptedField) else _others(field)


def _moments(field: Any) -> Callable[[Any], Any]:
    attribute = field.attname
    adapt = connection.ops.adapt_datetimefield_value
    known: dict[Any, Any] = {None: None}

    def prepare(row: Any) -> Any:
        # What is stored together mostly has one moment.
        value = row.__dict__[attribute]
        if value not in known:
            known[value] = adapt(value)
        return known[value]

    return prepare


def _texts(field: Any) -> Callable[[Any], Any]:
    attribute = field.attname

    def prepare(row: Any) -> Any:
        value = row.__dict__[attribute]
        return value if value == "" or value is None else field.get_db_prep_save(value, connection)

    return prepare


def _others(field: Any) -> Callable[[Any], Any]:
    attribute = field.attname
    nothing: dict[type, Any] = {}

    def prepare(row: Any) -> Any:
        value = row.__dict__[attribute]
        kind = type(value)
        if kind in _PLAIN_VALUES and isinstance(field, _PLAIN_FIELDS):
            return value
        if value is None:
            return None
        if value != {} and value != []:
            return field.get_db_prep_save(value, connection)
        if kind not in nothing:
            nothing[kind] = field.get_db_prep_save(value, connection)
        return nothing[kind]

    return prepare


def _insert(table: str, columns: Sequence[str], ignore_conflicts: bool) -> str:
    quote = connection.ops.quote_name
    places = ", ".join(["%s"] * len(columns))
    tail = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    # Names come from the model, values are parameters.
    names = ", ".join(quote(column) for column in columns)
    return f"INSERT INTO {quote(table)} ({names}) VALUES ({places}){tail}"  # noqa: S608
