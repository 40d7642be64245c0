"""Leaving the system: a record as one actor may see it (architecture §1.4). A raw record never leaves."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.events import Json
from kezhi.records.fields import Field, RecordField
from kezhi.records.models import Record
from kezhi.records.registry import RecordType, type_of

CLEAR, MASKED, HIDDEN = "clear", "masked", "hidden"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as the actor sees it. ``state`` is clear, masked or hidden; a mask says that it is one."""

    field: Field
    state: str
    text: str
    html: SafeString
    is_empty: bool
    is_editable: bool

    @property
    def label(self) -> str:
        """The field's name."""
        return str(self.field.label)


class Presenter:
    """Presents records of one type to one actor; works the rights out once for many records."""

    def __init__(self, record_type: RecordType, actor: Actor) -> None:
        self.record_type = record_type
        self.actor = actor
        self.fields = {key: field.read_by(actor) for key, field in record_type.all_fields().items()}
        self.levels = {key: record_type.level(key, actor) for key in self.fields}
        self._above = actor.rights.above_ids
        self._owner_id = record_type.policy.owner_id
        self._everything = actor.rights.everything
        self._shown: dict[tuple[bool, tuple[str, ...] | None], tuple[list[tuple[Field, bool]], list[Json]]] = {}

    def visible_fields(self) -> Iterator[Field]:
        """The fields the actor knows of."""
        return (field for key, field in self.fields.items() if self.levels[key] != FieldLevel.HIDDEN)

    def state(self, record: Record, key: str) -> str:
        """Whether the actor sees this field of this record in the clear, masked or not at all."""
        level = self.levels.get(key, FieldLevel.HIDDEN)
        # Finding the owner may need another record; only this level asks for it.
        return self._state_of(self._owner_id(record) if level == FieldLevel.OWNER else None, key)

    def _state_of(self, owner: int | None, key: str) -> str:
        level = self.levels.get(key, FieldLevel.HIDDEN)
        if level in (FieldLevel.WRITE, FieldLevel.READ):
            return CLEAR
        if level == FieldLevel.OWNER:
            return CLEAR if self.is_above(owner) else MASKED
        return MASKED if level == FieldLevel.MASKED else HIDDEN

    def shown_in(self, record: Record, keys: tuple[str, ...] | None) -> tuple[list[tuple[Field, bool]], list[Json]]:
        """:meth:`shown_of` for the owner of a record."""
        return self.shown_of(self._owner_id(record), keys)

    def is_above(self, owner: int | None) -> bool:
        """Whether the actor is this owner or stands above them; nothing else of a record decides what is clear."""
        return owner is not None and owner in self._above

    def shown_of(self, owner: int | None, keys: tuple[str, ...] | None) -> tuple[list[tuple[Field, bool]], list[Json]]:
        """The fields of an owner's records the actor knows of, each with whether it is clear, and the keys of masked
        ones.

        Worked out once for the records of those above whom the actor stands, and once for all others.
        """
        slot = (self.is_above(owner), keys)
        if slot not in self._shown:
            wanted = [field for field in self.visible_fields() if keys is None or field.key in keys]
            states = [self._state_of(owner, field.key) for field in wanted]
            self._shown[slot] = (
                [(field, state == CLEAR) for field, state in zip(wanted, states, strict=True)],
                [field.key for field, state in zip(wanted, states, strict=True) if state == MASKED],
            )
        return self._shown[slot]

    def text(self, record: Record, key: str) -> str:
        """The value in words, or its mask, or nothing."""
        state = self.state(record, key)
        if state == HIDDEN:
            return ""
        field = self.fields[key]
        value = field.get(record)
        return field.text(value) if state == CLEAR else field.mask(value)

    def html(self, record: Record, key: str) -> SafeString:
        """The value as HTML, or its mask, or nothing."""
        state = self.state(record, key)
        if state == HIDDEN:
            return SafeString("")
        field = self.fields[key]
        value = field.get(record)
        if state == CLEAR or field.is_empty(value):
            return field.html(value)
        return mark_safe(f'<span class="masked">{escape(field.mask(value))}</span>')  # noqa: S308 - escaped here

    def json(self, record: Record, key: str) -> Json:
        """The value as the API carries it; a mask as text."""
        state = self.state(record, key)
        if state == HIDDEN:
            return None
        field = self.fields[key]
        value = field.get(record)
        return field.to_json(value) if state == CLEAR else (field.mask(value) or None)

    def plain(self, record: Record, key: str) -> Any:
        """The value as a spreadsheet cell, or its mask."""
        state = self.state(record, key)
        if state == HIDDEN:
            return ""
        field = self.fields[key]
        value = field.get(record)
        return field.plain(value) if state == CLEAR else field.mask(value)

    def cell(self, record: Record, key: str) -> Cell:
        """Everything a page needs of one value."""
        field = self.fields[key]
        state = self.state(record, key)
        owner = self._owner_id(record)
        editable = (
            state == CLEAR
            and self.record_type.writable(key, self.actor, owner)
            and self.record_type.policy.allows(self.actor, "edit", record)
        )
        value = field.get(record) if state != HIDDEN else None
        return Cell(field, state, self.text(record, key), self.html(record, key), field.is_empty(value), editable)


class Presented:
    """A record as one actor may see it."""

    __slots__ = ("_presenter", "_record")

    def __init__(self, record: Record, presenter: Presenter) -> None:
        self._record = record
        self._presenter = presenter

    @property
    def id(self) -> int:
        """The record's id."""
        return int(self._record.pk)

    @property
    def number(self) -> str:
        """The record's number."""
        return self._record.number

    @property
    def record_type(self) -> RecordType:
        """The record's type."""
        return self._presenter.record_type

    @property
    def title(self) -> str:
        """The record's name as the actor may see it."""
        return self.text(self.record_type.title_field) or self.number

    @property
    def url(self) -> str:
        """The address of the record's page."""
        return f"/{self.record_type.slug}/{self.id}/"

    @property
    def version(self) -> int:
        """The version an edit must name."""
        return self._record.version

    @property
    def subtitles(self) -> list[str]:
        """What the record belongs to and the few values beside its name, without the number and what is empty.

        They stand in a place that is a link itself: what would be a link is given in words. HTML is marked safe.
        """
        return [value for key in self._beside if (value := self._unlinked(key))]

    @property
    def _beside(self) -> list[str]:
        keys = dict.fromkeys((*self.record_type.parents[:1], *self.record_type.subtitle_fields))
        return [key for key in keys if key != "number"]

    def _unlinked(self, key: str) -> str:
        field = self._presenter.fields.get(key)
        if field is None or field.is_empty(field.get(self._record)):
            return ""
        html = self.html(key)
        return self.text(key) if "<a " in html else html

    @property
    def subtitle_links(self) -> list[tuple[str, int]]:
        """The records (type, id) that are named beside the name."""
        fields = map(self._presenter.fields.get, self._beside)
        links = [(field.to, field.get(self._record)) for field in fields if isinstance(field, RecordField)]
        return [(record_type, record_id) for record_type, record_id in links if record_id]

    def cell(self, key: str) -> Cell:
        """One value with everything a page needs."""
        return self._presenter.cell(self._record, key)

    def state(self, key: str) -> str:
        """Whether one value is clear, masked or hidden."""
        return self._presenter.state(self._record, key)

    def text(self, key: str) -> str:
        """One value in words."""
        return self._presenter.text(self._record, key)

    def html(self, key: str) -> SafeString:
        """One value as HTML."""
        return self._presenter.html(self._record, key)

    def json(self, key: str) -> Json:
        """One value for the API."""
        return self._presenter.json(self._record, key)

    def plain(self, key: str) -> Any:
        """One value for a spreadsheet."""
        return self._presenter.plain(self._record, key)

    def as_json(self, keys: Sequence[str] | None = None) -> dict[str, Json]:
        """The record for the API: id, number, version and every field the actor knows of."""
        record = self._record
        result: dict[str, Json] = {"id": self.id, "number": record.number, "version": record.version}
        fields, masked = self._presenter.shown_in(record, None if keys is None else tuple(keys))
        for field, is_clear in fields:
            value = field.get(record)
            result[field.key] = field.to_json(value) if is_clear else (field.mask(value) or None)
        result["masked"] = [*masked]
        return result


def present(record: Record, actor: Actor) -> Presented:
    """A record as the actor may see it."""
    return Presented(record, Presenter(type_of(record), actor))


def present_all(records: Iterable[Record], record_type: RecordType, actor: Actor) -> list[Presented]:
    """Many records of one type, the rights worked out once."""
    presenter = Presenter(record_type, actor)
    return [Presented(record, presenter) for record in records]
