"""What a list's statements give: records as objects, or rows by column where nothing more is needed."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

from kezhi.access.policies import GuardedQuerySet
from kezhi.records.listing.ordering import Ordering, Place
from kezhi.records.presented_rows import column_of, reader_of


class ReadObjects:
    """Each row becomes a record."""

    def statement(self, model: type[Any], statement: str, params: Sequence[Any]) -> list[Any]:
        """The rows of a statement that selects the model's columns."""
        return list(model._default_manager.raw(statement, params))

    def queryset(self, rows: GuardedQuerySet[Any]) -> list[Any]:
        """The rows of a queryset that went through the gate."""
        return list(rows)

    def place(self, ordering: Ordering, record: Any) -> Place:
        """Where one of them stands in the list."""
        return ordering.place_of(record)


class ReadRows(ReadObjects):
    """Each row stays the tuple that the database gave, in the order of ``columns``, unconverted."""

    def __init__(self, columns: Sequence["models.Field[Any, Any]"]) -> None:
        self._columns = columns

    def statement(self, model: type[Any], statement: str, params: Sequence[Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            found: list[Any] = cursor.fetchall()
        return found

    def queryset(self, rows: GuardedQuerySet[Any]) -> list[Any]:
        rows.refuse_ungated()
        try:
            statement, params = rows.query.sql_with_params()
        except EmptyResultSet:
            return []
        # Values to order by that are no columns of the table stand before them.
        before = len(rows.query.extra_select)
        return [row[before:] if before else row for row in self.statement(rows.model, statement, params)]

    def place(self, ordering: Ordering, record: Any) -> Place:
        column = None if ordering.field is None else column_of(ordering.field)
        values = {}
        for at, each in enumerate(self._columns):
            if each.attname == column or each.primary_key:
                read = reader_of(each)
                values[each.attname] = read(record[at]) if read else record[at]
        return ordering.place_of(SimpleNamespace(pk=values["id"], **values))
