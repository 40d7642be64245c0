"""The order of a list and places in it: records are paged by (value, id), never by counting rows."""

from dataclasses import dataclass
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import BooleanField, F, Field, Func, Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.events import Json
from kezhi.records.fields import Field as RecordTypeField
from kezhi.records.listing.problems import ListProblem
from kezhi.records.registry import RecordType

Stretch = tuple[QuerySet[Any], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Ordering:
    """By which stored field, and which way. ``field`` is None for the order of creation itself (by id).

    Records without a value come last whichever way the rest runs, on every database.
    """

    key: str
    field: RecordTypeField | None
    is_descending: bool
    has_gaps: bool

    @property
    def text(self) -> str:
        """As addresses and views carry it: "-created_at"."""
        return f"-{self.key}" if self.is_descending else self.key

    @property
    def column(self) -> str:
        """The model attribute the rows are ordered by."""
        return self.field.attribute if self.field else "pk"

    def place_of(self, record: Any) -> "Place":
        """Where a record stands."""
        return Place(self.field.get(record) if self.field else None, record.pk)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list: the last seen record's value and id. ``is_before`` asks for what comes before it."""

    value: Any
    record_id: int
    is_before: bool = False


def may_sort(record_type: RecordType, actor: Actor, key: str) -> bool:
    """Whether the actor may order by this field; an order would tell what a mask hides."""
    if key == "id":
        return True
    field = record_type.field(key)
    if field is None or not field.sortable or field.custom_id is not None:
        return False
    return record_type.level(key, actor) in (FieldLevel.READ, FieldLevel.WRITE)


def read_ordering(record_type: RecordType, actor: Actor, text: str) -> Ordering:
    """The order asked for, or the type's own where none is.

    Raises:
        ListProblem: the field is unknown, cannot be ordered by, or the actor may not read it.
    """
    if not text:
        text = record_type.default_sort
        if not may_sort(record_type, actor, text.removeprefix("-")):
            text = "-id"
    key = text.removeprefix("-")
    if not may_sort(record_type, actor, key):
        raise ListProblem("sort", _("不能按这个字段排序，或者您没有权限查看它"))
    field = record_type.field(key) if key != "id" else None
    has_gaps = bool(field and record_type.model._meta.get_field(field.attribute).null)
    return Ordering(key, field, text.startswith("-"), has_gaps)


def write_cursor(record_type: RecordType, ordering: Ordering, place: Place) -> str:
    """A place as addresses carry it, signed so that nobody can ask for a place of their own making."""
    value = ordering.field.to_json(place.value) if ordering.field and place.value is not None else None
    return _signer(record_type).sign_object([ordering.text, place.is_before, value, place.record_id])


def read_cursor(record_type: RecordType, ordering: Ordering, text: str) -> Place:
    """The inverse of :func:`write_cursor`.

    Raises:
        ListProblem: it was not made here, or belongs to a list in another order.
    """
    wrong = ListProblem("cursor", _("这一页的位置无效，请从第一页重新开始"))
    if len(text) > 2000:
        raise wrong
    try:
        parts: list[Json] = _signer(record_type).unsign_object(text)
    except (BadSignature, ValueError, UnicodeError):
        raise wrong from None
    sort, is_before, value, record_id = parts
    if sort != ordering.text or not isinstance(record_id, int):
        raise wrong
    read = ordering.field.from_json(value) if ordering.field and value is not None else None
    return Place(read, record_id, bool(is_before))


def segments(queryset: QuerySet[Any], ordering: Ordering, place: Place | None) -> list[Stretch]:
    """The querysets that, one after another, give the list from a place on: (rows, order).

    Rows with a value and rows without one are two stretches, each read by index, because databases disagree about
    where NULL belongs. When going backwards both the stretches and the order within them are reversed.
    """
    backwards = bool(place and place.is_before)
    descending = ordering.is_descending != backwards
    sign = "-" if descending else ""
    id_order: tuple[str, ...] = (f"{sign}pk",)
    if ordering.field is None:
        rows = queryset if place is None else queryset.filter(_past("pk", place.record_id, descending))
        return [(rows, id_order)]
    column = ordering.column
    filled_order: tuple[str, ...] = (f"{sign}{column}", f"{sign}pk")
    if not ordering.has_gaps:
        rows = queryset if place is None else queryset.filter(_row_past(queryset, column, place, descending))
        return [(rows, filled_order)]
    filled = queryset.filter(**{f"{column}__isnull": False})
    empty = queryset.filter(**{f"{column}__isnull": True})
    whole: list[Stretch] = [(filled, filled_order), (empty, id_order)]
    if place is None:
        return whole
    if place.value is None:
        rest: list[Stretch] = [(empty.filter(_past("pk", place.record_id, descending)), id_order)]
        return [*rest, whole[0]] if backwards else rest
    rest = [(filled.filter(_row_past(queryset, column, place, descending)), filled_order)]
    return rest if backwards else [*rest, whole[1]]


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


def _signer(record_type: RecordType) -> Signer:
    return Signer(salt=f"kezhi.list.{record_type.key}")
