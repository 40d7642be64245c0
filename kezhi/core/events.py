"""Writing and reading the event log (architecture §1.3).

Every operation calls :func:`record_event` or :func:`record_events` inside its transaction. Timeline, audit, undo, rules
and process discovery read what is written here; nobody keeps a second log.
"""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import connection
from django.utils.functional import Promise

from kezhi.core.blanks import new_object
from kezhi.core.bulk_insert import insert_many, insert_values
from kezhi.core.clock import now
from kezhi.core.crypto import decrypt, encrypt
from kezhi.core.models.events import Event, EventSubject, Outbox

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Changes = Mapping[str, tuple[Json, Json]]

_PURPOSE = "core.event.changes"
# ``json.dumps`` would make an encoder for each of an import's 300,000 texts.
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_write_pair = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class ActorRef:
    """Who did it, through what: what the log keeps of an actor.

    ``kind`` is user, token, rule, job or system; ``door`` is page, api, import, rule, job, cli or mcp. ``operation``
    groups the events of one act; ``cause_id`` and ``depth`` give the chain of events that led to it.
    """

    kind: str
    label: str
    door: str
    user_id: int | None = None
    door_ref: str = ""
    operation: str = field(default_factory=lambda: secrets.token_hex(12))
    cause_id: int | None = None
    depth: int = 0

    def for_operation(self, operation: str | None = None) -> "ActorRef":
        """The same actor at the start of another act."""
        return replace(self, operation=operation or secrets.token_hex(12))


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event: its key and the sentence the timeline shows ("改了资料")."""

    key: str
    label: str | Promise
    icon: str = "edit"
    family: str = "record"


_kinds: dict[str, EventKind] = {}


def register_event_kind(*kinds: EventKind) -> None:
    """Make kinds of events known; a kind that is not registered cannot be recorded."""
    for kind in kinds:
        if _kinds.get(kind.key, kind) != kind:
            raise ValueError(f"event kind {kind.key} is registered twice")
        _kinds[kind.key] = kind


def event_kinds() -> dict[str, EventKind]:
    """All registered kinds by key."""
    return dict(_kinds)


@dataclass(frozen=True, slots=True)
class EventDraft:
    """What happened, before it has an id.

    ``changes`` holds JSON values before and after by field; those named in ``personal`` are stored encrypted. ``also``
    names further records concerned, as (record type, id).
    """

    kind: str
    record_type: str
    record_id: int
    actor: ActorRef
    changes: Changes = field(default_factory=dict)
    personal: frozenset[str] = frozenset()
    facts: Mapping[str, Json] = field(default_factory=dict)
    also: Sequence[tuple[str, int]] = ()


def record_event(draft: EventDraft) -> Event:
    """Store one event with its subjects and its outbox row; must run inside the operation's transaction."""
    return record_events([draft])[0]


def record_events(drafts: Iterable[EventDraft]) -> list[Event]:
    """Store the events of one act in one go, in the given order."""
    if not connection.in_atomic_block:
        raise RuntimeError("an event is recorded inside the transaction of its operation")
    at = now()
    drafts = list(drafts)
    events = [_row(draft, at) for draft in drafts]
    if len(events) == 1:
        events[0].save(force_insert=True)
    else:
        insert_many(events)
    subjects: list[tuple[int, str, int]] = []
    for draft, event in zip(drafts, events, strict=True):
        for record_type, record_id in dict.fromkeys([(draft.record_type, draft.record_id), *draft.also]):
            subjects.append((event.pk, record_type, record_id))
    insert_values(EventSubject, ("event", "record_type", "record_id"), subjects)
    insert_values(Outbox, ("event",), [(event.pk,) for event in events])
    return events


def read_changes(event: Event) -> dict[str, tuple[Json, Json]]:
    """The changes of an event with personal values in the clear; whoever shows them masks them."""
    result: dict[str, tuple[Json, Json]] = {}
    for key, pair in json.loads(event.changes).items():
        if isinstance(pair, dict) and "enc" in pair:
            pair = json.loads(decrypt(pair["enc"], purpose=_PURPOSE))
        if isinstance(pair, list) and len(pair) == 2:
            result[key] = (pair[0], pair[1])
    return result


def read_facts(event: Event) -> dict[str, Json]:
    """The further facts of an event."""
    facts: dict[str, Json] = json.loads(event.facts)
    return facts


def _row(draft: EventDraft, at: datetime) -> Event:
    if draft.kind not in _kinds:
        raise ValueError(f"unknown kind of event: {draft.kind}")
    changes: dict[str, Json] = {}
    for key, pair in draft.changes.items():
        if key in draft.personal:
            changes[key] = {"enc": encrypt(_write_pair(list(pair)), purpose=_PURPOSE)}
        else:
            changes[key] = list(pair)
    actor = draft.actor
    return new_object(
        Event,
        at=at,
        kind=draft.kind,
        record_type=draft.record_type,
        record_id=draft.record_id,
        actor_kind=actor.kind,
        actor_id=actor.user_id,
        actor_label=actor.label[:120],
        door=actor.door,
        door_ref=actor.door_ref[:80],
        operation=actor.operation,
        cause_id=actor.cause_id,
        depth=actor.depth,
        changes=_write(changes),
        facts=_write(dict(draft.facts)),
    )
