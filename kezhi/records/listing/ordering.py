"""The order of a list and places in it: records are paged by (value, id), never by counting rows.

How a place becomes rows stands in ``stretches``.
"""

from dataclasses import dataclass
from typing import Any

from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.events import Json
from kezhi.records.fields import ChoiceField, Field, MultiChoiceField
from kezhi.records.listing.problems import ListProblem
from kezhi.records.registry import RecordType


@dataclass(frozen=True, slots=True)
class Ordering:
    """By which stored field, and which way. ``field`` is None for the order of creation itself (by id).

    Records without a value come last whichever way the rest runs, on every database. ``choices`` are the keys of a
    choice field in the order of its list, which is the order people mean (VIP before A before B).
    """

    key: str
    field: Field | None
    is_descending: bool
    has_gaps: bool
    choices: tuple[str, ...] = ()

    @property
    def is_mirrored(self) -> bool:
        """Whether the values stand beside the records, as those of fields made on screen do."""
        return self.field is not None and self.field.custom_id is not None and not self.choices

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
    if field is None or not field.sortable:
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
    is_choice = isinstance(field, ChoiceField) and not isinstance(field, MultiChoiceField)
    choices = tuple(field.known.items) if isinstance(field, ChoiceField) and is_choice else ()
    has_gaps = False
    if field is not None and field.custom_id is None:
        has_gaps = bool(record_type.model._meta.get_field(field.attribute).null)
    return Ordering(key, field, text.startswith("-"), has_gaps, choices)


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


def _signer(record_type: RecordType) -> Signer:
    return Signer(salt=f"kezhi.list.{record_type.key}")
