"""Places on generic pages that other apps fill, so that records need not import them.

An app registers in ``AppConfig.ready`` (importing the module that does so)::

    register_slot("record.composer", "customer", composer)        # "*" for every record type

    def composer(place: Place) -> Fill | SafeString | None:
        return Fill("engagement/composer.html", {"form": ...})

The names are in :data:`SLOTS`. A callable that gives None shows nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from kezhi.access.actors import Actor

if TYPE_CHECKING:
    from kezhi.records.presenting import Presented
    from kezhi.records.registry import RecordType

SLOTS = {
    "record.badges": "small marks before the record's name",
    "record.line": "short facts in the line under the name (clocks)",
    "record.actions": "buttons of the header, before Edit",
    "record.menu": "lines of the header's menu ({% menu_item %})",
    "record.path": "a stage path under the header",
    "record.composer": "above the timeline",
    "record.facts": "sections after the facts",
    "record.related": "sections before the related lists",
    "record.tasks": "the open tasks, after the related lists",
    "record.side": "sections after the files",
    "form.hint": "a warning under the form's first group while somebody types (duplicates); gets ``place.values``",
    "form.top": "above the form",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a slot is being filled.

    ``record`` is the raw record (None in a form for a new one) and ``presented`` the same as the actor may see it;
    ``values`` are the raw values typed so far in a form.
    """

    request: HttpRequest
    actor: Actor
    record_type: "RecordType"
    record: Any = None
    presented: "Presented | None" = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fill:
    """A template and its context."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


Filler = Callable[[Place], Fill | SafeString | None]

_fillers: dict[tuple[str, str], list[tuple[int, Filler]]] = {}


def register_slot(name: str, record_type: str, filler: Filler, *, order: int = 50) -> None:
    """Fill a place on the pages of a record type (``"*"``: of all types).

    Raises:
        ValueError: there is no such place.
    """
    if name not in SLOTS:
        raise ValueError(f"no such slot: {name}")
    rows = _fillers.setdefault((name, record_type), [])
    if all(known is not filler for _order, known in rows):
        rows.append((order, filler))


def unregister_slot(name: str, record_type: str, filler: Filler) -> None:
    """Take a filler out again; for tests."""
    rows = _fillers.get((name, record_type), [])
    rows[:] = [row for row in rows if row[1] is not filler]


def fill_slot(name: str, place: Place) -> SafeString:
    """Everything the apps put into this place, in order."""
    key = place.record_type.key
    rows = [*_fillers.get((name, key), ()), *_fillers.get((name, "*"), ())]
    parts = []
    for _order, filler in sorted(rows, key=lambda row: row[0]):
        filled = filler(place)
        if isinstance(filled, Fill):
            filled = SafeString(render_to_string(filled.template, dict(filled.context), request=place.request))
        if filled:
            parts.append(filled)
    return SafeString("".join(parts))
