"""Statements that are worked out once and then asked again and again with other ids.

Working out the SQL of a queryset with many conditions takes longer than asking it about one row.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

# Stands for the ids while the statement is worked out; no row has it.
_MARK = -7_302_551_846_013_577
_PLACE = re.compile(r"%%|%s")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement for any number of ids; of one kind of database, usable by every thread."""

    before: str
    after: str
    first: tuple[Any, ...]
    last: tuple[Any, ...]
    converters: tuple[tuple[int, Sequence[Any], Any], ...]

    def ask(self, ids: Collection[int]) -> list[tuple[Any, ...]]:
        """The rows of these ids, as the queryset would give them; at most some thousand ids."""
        places = ", ".join(["%s"] * len(ids))
        with connection.cursor() as cursor:
            cursor.execute(f"{self.before}{places}{self.after}", [*self.first, *ids, *self.last])
            rows = cursor.fetchall()
        if not self.converters:
            return [tuple(row) for row in rows]
        return [self._converted(row) for row in rows]

    def _converted(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for number, converters, expression in self.converters:
            for convert in converters:
                values[number] = convert(values[number], expression, connection)
        return tuple(values)


def prepare(rows: QuerySet[Any, Any], field: str = "pk") -> Prepared:
    """What gives the ``values_list`` of these rows whose ``field`` is among ids that are said later.

    Raises:
        EmptyResultSet: the conditions let no row through, whatever the ids.
    """
    compiler = rows.filter(**{f"{field}__in": [_MARK]}).query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    place = params.index(_MARK)
    start, end = [match.span() for match in _PLACE.finditer(sql) if match[0] == "%s"][place]
    converters = compiler.get_converters([selected[0] for selected in compiler.select])
    return Prepared(
        sql[:start],
        sql[end:],
        tuple(params[:place]),
        tuple(params[place + 1 :]),
        tuple((number, found, expression) for number, (found, expression) in converters.items()),
    )
