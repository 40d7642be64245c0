"""From an order and a place to rows: the stretches that, read one after another, give a list from that place on."""

from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Field, Func, Q, QuerySet, Value

from kezhi.records.fields import Field as RecordTypeField
from kezhi.records.listing.ordering import Ordering, Place
from kezhi.records.models import CustomValue

Stretch = tuple[QuerySet[Any], tuple[str, ...]]

# Longer lists are first asked which of their choices occur, so that a short list of records is not asked for each.
_MANY_CHOICES = 12


def segments(queryset: QuerySet[Any], ordering: Ordering, place: Place | None) -> list[Stretch]:
    """The querysets that, one after another, give the list from a place on: (rows, order).

    Rows with a value and rows without one are two stretches, each read by index, because databases disagree about
    where NULL belongs; each choice of a list is one. When going backwards both the stretches and the order within them
    are reversed.
    """
    backwards = bool(place and place.is_before)
    descending = ordering.is_descending != backwards
    sign = "-" if descending else ""
    id_order: tuple[str, ...] = (f"{sign}pk",)
    if ordering.field is None:
        rows = queryset if place is None else queryset.filter(_past("pk", place.record_id, descending))
        return [(rows, id_order)]
    if ordering.choices:
        return _by_list(queryset, ordering, ordering.field, place, descending)
    column = "mirrored" if ordering.is_mirrored else ordering.column
    filled_order: tuple[str, ...] = (f"{sign}{column}", f"{sign}pk")
    if ordering.is_mirrored:
        filled = _with_mirror(queryset, ordering.field, None, descending)
        empty = queryset.filter(ordering.field.q(lambda name: Q(**{name: ""}), "empty"))
    elif ordering.has_gaps:
        filled = queryset.filter(**{f"{column}__isnull": False})
        empty = queryset.filter(**{f"{column}__isnull": True})
    else:
        rows = queryset if place is None else queryset.filter(_row_past(queryset, column, place, descending))
        return [(rows, filled_order)]
    whole: list[Stretch] = [(filled, filled_order), (empty, id_order)]
    if place is None:
        return whole
    if place.value is None:
        rest: list[Stretch] = [(empty.filter(_past("pk", place.record_id, descending)), id_order)]
        return [*rest, whole[0]] if backwards else rest
    if ordering.is_mirrored:
        filled = _with_mirror(queryset, ordering.field, place, descending)
    else:
        filled = filled.filter(_row_past(queryset, column, place, descending))
    return [(filled, filled_order)] if backwards else [(filled, filled_order), whole[1]]


def _by_list(
    queryset: QuerySet[Any], ordering: Ordering, field: RecordTypeField, place: Place | None, descending: bool
) -> list[Stretch]:
    """One stretch per choice, in the order of the list; what is not on the list, or empty, comes last."""
    keys = list(ordering.choices)
    here = None
    if place is not None:
        here = place.value if place.value in keys else None
    if len(keys) > _MANY_CHOICES:
        present = _present(queryset, field)
        keys = [key for key in keys if key in present or key == here]
    every: list[str | None] = [*(reversed(keys) if ordering.is_descending else keys), None]
    if place is not None and place.is_before:
        every.reverse()
    order = ("-pk",) if descending else ("pk",)
    on_list = field.q(lambda name: Q(**{f"{name}__in": list(ordering.choices)}))
    result: list[Stretch] = []
    for key in every[every.index(here) :] if place is not None else every:
        rows = queryset.filter(~on_list if key is None else _is(field, key))
        if place is not None and key == here:
            rows = rows.filter(_past("pk", place.record_id, descending))
        result.append((rows, order))
    return result


def _is(field: RecordTypeField, key: str) -> Q:
    return field.q(lambda name: Q(**{name: key}))


def _present(queryset: QuerySet[Any], field: RecordTypeField) -> set[str]:
    if field.custom_id is not None:
        values = CustomValue.objects.filter(field_id=field.custom_id).values_list("text", flat=True)
    else:
        values = queryset.values_list(field.attribute, flat=True)
    return set(values.order_by().distinct())


def _with_mirror(
    queryset: QuerySet[Any], field: RecordTypeField, place: Place | None, descending: bool
) -> QuerySet[Any]:
    """The rows that have a value, joined to the index that keeps these values in order, from a place on.

    Nothing in the model leads from a record to its custom values, so the join is written out.
    """
    name = connection.ops.quote_name
    values, own = name(CustomValue._meta.db_table), name(queryset.model._meta.db_table)
    column = f"{values}.{name(field.custom_column)}"
    where = [f"{values}.record_id = {own}.id", f"{values}.field_id = %s"]
    params: list[Any] = [field.custom_id]
    if place is not None and place.value is not None:
        [mirrored] = field.mirror(place.value)
        stored: Field[Any, Any] = CustomValue._meta.get_field(field.custom_column)  # type: ignore[assignment]
        where.append(f"({column}, {values}.record_id) {'<' if descending else '>'} (%s, %s)")
        params += [stored.get_db_prep_value(mirrored[field.custom_column], connection), place.record_id]
    # Names of tables and columns only; values are parameters.
    return queryset.extra(  # noqa: S610
        select={"mirrored": column}, tables=[CustomValue._meta.db_table], where=where, params=params
    )


def _past(column: str, value: object, descending: bool) -> Q:
    return Q(**{f"{column}__{'lt' if descending else 'gt'}": value})


def _row_past(queryset: QuerySet[Any], column: str, place: Place, descending: bool) -> "RowPast":
    field = queryset.model._meta.get_field(column)
    return RowPast(column, place.value, place.record_id, descending, field)


class RowPast(Func):
    """``(value, id) > (?, ?)``: one comparison of two columns, which both databases answer from an index on them.

    Written out with AND and OR it would make SQLite read and sort everything.
    """

    conditional = True

    def __init__(self, column: str, value: object, record_id: int, descending: bool, field: "Field[Any, Any]") -> None:
        super().__init__(F(column), F("pk"), Value(value, output_field=field), Value(record_id))
        self.template = "(%(expressions)s)"
        self.comparison = "<" if descending else ">"
        self.output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        """The comparison with its four parts."""
        parts: list[str] = []
        params: list[Any] = []
        for expression in self.get_source_expressions():
            sql, own = compiler.compile(expression)
            parts.append(sql)
            params.extend(own)
        return f"({parts[0]}, {parts[1]}) {self.comparison} ({parts[2]}, {parts[3]})", tuple(params)
