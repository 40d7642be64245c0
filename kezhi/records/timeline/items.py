"""What a timeline is made of: an event with what it means to one viewer, and the words a renderer gives it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from kezhi.access.actors import Actor
from kezhi.core.events import EventKind, Json
from kezhi.core.models.events import Event
from kezhi.records.actor_names import actor_words
from kezhi.records.fields import Field
from kezhi.records.presenting import Presented
from kezhi.records.registry import RecordType
from kezhi.ui import html


@dataclass(frozen=True, slots=True)
class Change:
    """One value before and after, in words, as the viewer may read it."""

    field: Field
    before: str
    after: str
    is_masked: bool

    @property
    def label(self) -> str:
        """The field's name."""
        return str(self.field.label)


@dataclass(slots=True)
class Item:
    """An event with everything that is needed to put it into words."""

    event: Event
    kind: EventKind
    actor: Actor
    record_type: RecordType | None
    record: Any
    is_own: bool
    changes: list[Change] = field(default_factory=list)
    facts: Mapping[str, Json] = field(default_factory=dict)
    presented: Presented | None = None

    @property
    def who(self) -> SafeString:
        """Who did it, in bold."""
        return SafeString(f"<b>{html.esc(actor_words(self.event))}</b>")

    @property
    def subject(self) -> SafeString:
        """The record it happened to, as a link."""
        if self.presented is None:
            return SafeString("")
        title = self.presented.title
        return SafeString(f'<a class="link" href="{html.esc(self.presented.url)}">{html.esc(title)}</a>')

    @property
    def type_label(self) -> str:
        """What the record is called (联系人)."""
        return str(self.record_type.label) if self.record_type else ""


@dataclass(frozen=True, slots=True)
class Words:
    """What a renderer says: a head line, a body (safe HTML), maybe another mark than the person's chop."""

    head: SafeString
    body: str = ""
    mark: str = ""


Renderer = Callable[[Item], Words | None]

_renderers: dict[tuple[str, str], Renderer] = {}


def register_renderer(event_kind: str, renderer: Renderer, *, record_type: str = "*") -> None:
    """Say what events of a kind (about records of one type) mean; a renderer that gives None leaves the entry out."""
    _renderers[event_kind, record_type] = renderer


def unregister_renderer(event_kind: str, record_type: str) -> None:
    """Forget a renderer; for tests."""
    _renderers.pop((event_kind, record_type), None)


def find_renderer(event: Event) -> Renderer | None:
    """The renderer a domain registered for such an event."""
    return _renderers.get((event.kind, event.record_type)) or _renderers.get((event.kind, "*"))


def sentence(template: str, **values: object) -> SafeString:
    """A translated sentence with its values put in, all of it escaped but what is safe already."""
    return SafeString(html.esc(template) % {name: html.esc(value) for name, value in values.items()})
