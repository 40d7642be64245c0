"""Events of the log in words, as one reader may see them (OPS-3)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.audit_words import DOORS, fact_words, is_said, moment_words, thing_words
from kezhi.access.factors import method_words
from kezhi.access.models import Department, Position, Role
from kezhi.access.rights import organisation
from kezhi.access.subjects import (
    HIDDEN,
    MASKED,
    FieldReading,
    Reading,
    StoredChanges,
    Subject,
    SubjectField,
    Text,
    all_subjects,
)
from kezhi.core.crypto import CryptoProblem
from kezhi.core.events import Json, event_kinds, read_changes, read_facts
from kezhi.core.figures import figure
from kezhi.core.models.events import Event

_MASK = "••••"

_PEOPLE = frozenset({"manager", "head_id", "stand_in_id", "owner", "owner_id", "from", "to"})
_TYPE_KEYS = frozenset({"type", "of", "record_type"})
_DEPARTMENTS = frozenset({"department", "parent_id", "department_id"})


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after, as this reader may see it; hidden ones say so and nothing else."""

    label: Text
    before: str
    after: str
    is_masked: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the page shows it; ``about`` is the type of the record and ``title`` its name.

    Without ``is_seen`` the record is out of the reader's scope: that something happened is shown, what is not.
    """

    event: Event
    label: Text
    icon: str
    door: Text
    about: Text
    title: str
    url: str
    changes: list[Change]
    facts: list[tuple[Text, str]] = field(default_factory=list)
    is_seen: bool = True

    @property
    def is_about_self(self) -> bool:
        """Whether somebody did it to their own account, so that the name need not be said twice."""
        return self.event.record_type == "user" and self.event.record_id == self.event.actor_id

    @property
    def has_masked(self) -> bool:
        """Whether something of it is hidden from this reader."""
        return any(change.is_masked for change in self.changes)


class LineWriter:
    """Writes the lines of one page; reads the names it needs once."""

    def __init__(self, actor: Actor, events: Sequence[Event], *, is_revealed: bool = False) -> None:
        self._is_revealed = is_revealed
        self._subjects: dict[str, Subject] = {subject.key: subject for subject in all_subjects()}
        self._people = organisation().user_names
        self._departments = {row.pk: row.label for row in Department.objects.all()}
        self._positions = {row.pk: row.label for row in Position.objects.all()}
        self._roles = {row.pk: row for row in Role.objects.all()}
        self._role_labels = {row.key: row.label for row in self._roles.values()}
        self._readings = self._read(actor, events)

    def _read(self, actor: Actor, events: Sequence[Event]) -> dict[int, Reading]:
        """What this reader may see of the records the events are about, a type at a time."""
        wanted: dict[str, list[Event]] = {}
        for event in events:
            wanted.setdefault(event.record_type, []).append(event)
        found: dict[int, Reading] = {}
        for key, rows in wanted.items():
            subject = self._subjects.get(key)
            if subject is not None and subject.read is not None:
                stored = [StoredChanges(row.record_id, self._pairs(row)) for row in rows]
                readings = subject.read(stored, actor, self._is_revealed)
                found |= {row.pk: reading for row, reading in zip(rows, readings, strict=True)}
        return found

    def _pairs(self, event: Event) -> dict[str, tuple[Json, Json] | None]:
        """What changed; None for personal values, which stay shut until they are revealed, and for unreadable ones."""
        stored = json.loads(event.changes)
        personal = {key for key, pair in stored.items() if isinstance(pair, dict) and "enc" in pair}
        try:
            pairs = read_changes(event) if self._is_revealed or len(personal) < len(stored) else {}
        except CryptoProblem:
            pairs = {}
        return {key: pairs.get(key) if self._is_revealed or key not in personal else None for key in stored}

    def line(self, event: Event) -> Line:
        """One event in words."""
        kind = event_kinds().get(event.kind)
        subject = self._subjects.get(event.record_type)
        reading = self._readings.get(event.pk)
        title = self._title(event)
        is_seen = reading is None or reading.is_seen
        has_page = reading is not None and bool(reading.title)
        return Line(
            event,
            kind.label if kind else event.kind,
            kind.icon if kind else "info",
            DOORS.get(event.door, event.door),
            subject.label if subject is not None else thing_words(event.record_type),
            title or f"#{event.record_id}",
            subject.url(event.record_id) if subject is not None and subject.url is not None and has_page else "",
            self._changes(event, reading),
            self._facts(event, subject) if is_seen else [],
            is_seen,
        )

    def _facts(self, event: Event, subject: Subject | None) -> list[tuple[Text, str]]:
        about = str(read_facts(event).get("record_type") or "")
        labels = {row.key: row.label for row in self._known_fields(about, subject)}
        result: list[tuple[Text, str]] = []
        for key, value in read_facts(event).items():
            if value in (None, "", [], {}, False) or not is_said(key):
                continue
            text = str(labels.get(str(value), value)) if key == "field" else self._text(key, value)
            result.append((fact_words(key) or labels.get(key) or key, text))
        return result

    def _known_fields(self, about: str, subject: Subject | None) -> list[SubjectField]:
        known = self._subjects.get(about) or subject
        return list(known.fields()) if known is not None else []

    def _title(self, event: Event) -> str:
        names: Mapping[int, str]
        match event.record_type:
            case "user":
                names = self._people
            case "department":
                names = self._departments
            case "position":
                names = self._positions
            case "role":
                names = {key: role.label for key, role in self._roles.items()}
            case "figure":
                return self._figure_label(event)
            case _:
                reading = self._readings.get(event.pk)
                if reading is not None:
                    number = read_facts(event).get("number") if reading.is_seen else ""
                    return reading.title or (number if isinstance(number, str) else "")
                names = {}
        name = read_facts(event).get("name")
        return names.get(event.record_id, "") or (name if isinstance(name, str) else "")

    @staticmethod
    def _figure_label(event: Event) -> str:
        key = str(read_facts(event).get("key", ""))
        try:
            return str(figure(key).label)
        except KeyError:
            return key

    def _changes(self, event: Event, reading: Reading | None) -> list[Change]:
        pairs = self._pairs(event)
        if reading is not None:
            return [self._field(row, pairs.get(row.key)) for row in reading.fields] if reading.is_seen else []
        result = []
        for key, pair in pairs.items():
            label = self._label(key)
            if pair is not None:
                result.append(Change(label, self._text(key, pair[0]), self._text(key, pair[1])))
            elif self._is_revealed:
                result.append(Change(label, _("读不出来"), _("读不出来")))
            else:
                result.append(Change(label, _MASK, _MASK, is_masked=True))
        return result

    def _field(self, row: FieldReading, pair: tuple[Json, Json] | None) -> Change:
        if row.state == HIDDEN:
            label = row.label if row.label != row.key else fact_words(row.key) or row.label
            return Change(label, "", "", is_hidden=True)
        if pair is None and self._is_revealed:
            return Change(row.label, _("读不出来"), _("读不出来"))
        if row.state == MASKED:
            return Change(row.label, row.before or _MASK, row.after or _MASK, is_masked=True)
        return Change(row.label, row.before or "—", row.after or "—")

    def _label(self, key: str) -> Text:
        if (words := fact_words(key)) is not None:
            return words
        head, dot, tail = key.partition(".")
        subject = self._subjects.get(head)
        if not dot or subject is None:
            return key
        known = subject.actions.get(tail) or next((row.label for row in subject.fields() if row.key == tail), tail)
        return f"{subject.label} · {known}"

    def _text(self, key: str, value: Json) -> str:
        if value is None or value == "" or value == []:
            return "—"
        if key == "signed_in_by":
            return method_words(str(value)) or str(value)
        if isinstance(value, bool):
            return str(_("是") if value else _("否"))
        if isinstance(value, int):
            if key in _PEOPLE:
                return self._people.get(value, f"#{value}")
            if key in _DEPARTMENTS:
                return self._departments.get(value, f"#{value}")
            if key == "position":
                return self._positions.get(value, f"#{value}")
        if isinstance(value, list):
            return _("、").join(
                self._role_labels.get(str(item), str(item)) if key == "roles" else self._text(key, item)
                for item in value
            )
        if isinstance(value, dict):
            inner = "owner_id" if key == "receivers" else ""
            return _("、").join(f"{self._kind(name)} {self._text(inner, item)}" for name, item in value.items())
        if key in _TYPE_KEYS:
            return str(self._kind(str(value)))
        return moment_words(str(value))[:500]

    def _kind(self, name: str) -> Text:
        subject = self._subjects.get(name)
        return subject.label if subject is not None else fact_words(name) or thing_words(name)
