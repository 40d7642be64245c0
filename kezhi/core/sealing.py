"""The audit chain: every event is sealed into a chain of digests, so that tampering shows (OPS-3).

Writing an event costs nothing more: its outbox row says that it is not sealed yet. A worker takes such rows in batches,
adds a link to the chain, lets the registered readers see the events, and removes the rows, in one transaction.
"""

import datetime as dt
import hashlib
import json
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core.clock import now
from kezhi.core.models.events import Event, EventSubject, Outbox, Seal
from kezhi.core.turns import has_turn

GENESIS = "0" * 64
HEAD_FILE = "audit_head"
_LARGEST_BATCH = 500
_SMALLEST_BATCH = 25
# On SQLite everybody who wants to write waits as long as one batch is sealed and read.
_LONGEST_LOCK_SECONDS = 0.015
_Json = dict[str, object]

logger = logging.getLogger(__name__)

EventReader = Callable[..., None]


@dataclass(frozen=True)
class ChainFinding:
    """Something wrong in the log. ``kind``: changed, deleted, inserted, link, head. ``events``: ids as ranges."""

    kind: str
    events: str
    seal_id: int | None
    _sentence: str | Promise

    @property
    def message(self) -> str:
        return str(self._sentence) % {"events": self.events, "seal": self.seal_id}


class _Pace:
    """How many events fit into one transaction that is short enough; follows what the readers take."""

    def __init__(self) -> None:
        self.size = _LARGEST_BATCH // 5

    def note(self, count: int, seconds: float) -> None:
        """``seconds`` of processor time: what a busy machine adds does not shrink with the batch."""
        if connection.vendor != "sqlite":
            self.size = _LARGEST_BATCH
        elif seconds > _LONGEST_LOCK_SECONDS:
            self.size = max(_SMALLEST_BATCH, min(self.size, count) * 2 // 3)
        elif count == self.size and seconds < _LONGEST_LOCK_SECONDS / 2:
            self.size = min(_LARGEST_BATCH, self.size * 3 // 2)


_pace = _Pace()


@dataclass(frozen=True)
class _Reader:
    read: EventReader
    prepare: Callable[[Sequence[Event]], object] | None

    def prepared(self, events: Sequence[Event]) -> EventReader:
        """What reads some of these events, after looking at all of them."""
        if self.prepare is None:
            return self.read
        ready = self.prepare(events)
        return lambda part: self.read(part, ready)


_readers: dict[str, _Reader] = {}


def register_event_reader(
    name: str, reader: EventReader, *, prepare: Callable[[Sequence[Event]], object] | None = None
) -> None:
    """Let ``reader`` see every event exactly once, in batches, inside the transaction that seals them.

    What it writes commits together with the seal. It must be quick, because on SQLite nobody else can write meanwhile,
    and an error in it holds up the chain: enqueue jobs for anything that can fail.

    ``prepare`` is for what takes longer and only reads: it is called before that transaction, with these events and
    maybe those sealed after them, perhaps more than once and perhaps in vain. What it gives is the reader's second
    argument.
    """
    _readers[name] = _Reader(reader, prepare)


def unsealed_exist() -> bool:
    return Outbox.objects.exists()


def seal_events(limit: int | None = None) -> int:
    """Seal up to ``limit`` waiting events and give how many; 0 when none wait or another is at it.

    Without a limit, as many as are looked at together. They are sealed in links of so many that nobody who waits to
    write is held up.
    """
    # Read and hashed before the write lock is taken: events never change, so this needs no lock.
    ids = list(Outbox.objects.order_by("event_id").values_list("event_id", flat=True)[: limit or _LARGEST_BATCH])
    if not ids:
        return 0
    events = list(Event.objects.filter(pk__in=ids).order_by("pk"))
    lines = list(_canonical_lines(events))
    reads = [reader.prepared(events) for reader in _readers.values()]
    done = 0
    while done < len(events):
        until = done + _pace.size
        if not _seal(events[done:until], lines[done:until], reads):
            break
        done = min(until, len(events))
    return done


def _seal(events: Sequence[Event], lines: Sequence[bytes], reads: Sequence[EventReader]) -> bool:
    """Add one link; False when another is at it."""
    with transaction.atomic():
        began = time.thread_time()
        if not has_turn("sealing"):
            return False
        taken, _rows = Outbox.objects.filter(pk__in=[event.pk for event in events]).delete()
        if taken != len(events):
            transaction.set_rollback(True)
            return False
        last = Seal.objects.order_by("-pk").first()
        previous = last.digest if last else GENESIS
        seal = Seal.objects.create(
            at=now(),
            previous=previous,
            digest=_digest(previous, lines),
            events=to_ranges(event.pk for event in events),
            count=len(events),
        )
        for read in reads:
            read(events)
        transaction.on_commit(lambda: _remember_head(seal))
    _pace.note(len(events), time.thread_time() - began)
    return True


def seal_all() -> int:
    """Seal everything that waits; gives how many events."""
    total = 0
    while sealed := seal_events():
        total += sealed
    return total


def verify_chain() -> list[ChainFinding]:
    """Walk the whole chain and compare it with the log; an empty list means that nothing was tampered with.

    A deleted event is named exactly, a changed one by the batch it was sealed in.
    """
    findings: list[ChainFinding] = []
    previous = GENESIS
    sealed: list[tuple[int, int]] = []
    head = _remembered_head()
    head_found = head is None
    for seal in Seal.objects.order_by("pk").iterator(chunk_size=200):
        ranges = from_ranges(seal.events)
        sealed += ranges
        if seal.previous != previous:
            findings.append(ChainFinding("link", seal.events, seal.pk, _BROKEN_LINK))
        findings += _compare(seal, ranges)
        previous = seal.digest
        head_found = head_found or head == (seal.pk, seal.digest)
    if not head_found:
        findings.append(ChainFinding("head", "", None, _LOST_HEAD))
    return findings + _inserted(sealed)


def shred_personal_values(events: Iterable[Event]) -> int:
    """Make the personal values inside events unreadable for ever (OPS-2) and give how many; the chain stays whole."""
    shredded = 0
    for event in events:
        changes = _without_secrets(event.changes)
        if changes != json.loads(event.changes):
            shredded += Event.objects.filter(pk=event.pk).update(changes=_dump(changes))
    return shredded


def last_seal_at() -> dt.datetime | None:
    return Seal.objects.order_by("-pk").values_list("at", flat=True).first()


def to_ranges(ids: Iterable[int]) -> str:
    """Ascending ids as text: ``1-40,42``."""
    parts: list[list[int]] = []
    for number in ids:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def from_ranges(text: str) -> list[tuple[int, int]]:
    ranges = []
    for part in filter(None, text.split(",")):
        first, _dash, last = part.partition("-")
        ranges.append((int(first), int(last or first)))
    return ranges


_CHANGED = _("事件 %(events)s 中有记录在封存后被改动（封条 %(seal)s）。")
_DELETED = _("已封存的事件 %(events)s 被删除（封条 %(seal)s）。")
_INSERTED = _("事件 %(events)s 不是由系统写入的：既未封存也不在待封存之列。")
_BROKEN_LINK = _("封条 %(seal)s 与前一封条不相连：有封条被删除或改动。")
_LOST_HEAD = _("最近一次封存的封条已不在日志里：日志末尾被截断或改动。")


def _compare(seal: Seal, ranges: list[tuple[int, int]]) -> Iterator[ChainFinding]:
    events: list[Event] = []
    for first, last in ranges:
        events += Event.objects.filter(pk__gte=first, pk__lte=last).order_by("pk")
    found = {event.pk for event in events}
    missing = [number for first, last in ranges for number in range(first, last + 1) if number not in found]
    if missing:
        yield ChainFinding("deleted", to_ranges(missing), seal.pk, _DELETED)
    elif _digest(seal.previous, _canonical_lines(events)) != seal.digest or seal.count != len(events):
        yield ChainFinding("changed", seal.events, seal.pk, _CHANGED)


def _inserted(sealed: list[tuple[int, int]]) -> list[ChainFinding]:
    sealed.sort()
    strangers: list[int] = []
    position = 0
    # An event whose outbox row exists waits for its seal; any other outside the chain got there some other way.
    for number in Event.objects.filter(outbox__isnull=True).order_by("pk").values_list("pk", flat=True).iterator():
        while position < len(sealed) and sealed[position][1] < number:
            position += 1
        if position == len(sealed) or number < sealed[position][0]:
            strangers.append(number)
    return [ChainFinding("inserted", to_ranges(strangers), None, _INSERTED)] if strangers else []


def _digest(previous: str, lines: Iterable[bytes]) -> str:
    digest = hashlib.sha256(previous.encode())
    for line in lines:
        digest.update(line)
        digest.update(b"\n")
    return digest.hexdigest()


def _canonical_lines(events: Sequence[Event]) -> Iterator[bytes]:
    """The bytes of each event that the seal vouches for: all of it, with personal values by their digest."""
    subjects: dict[int, list[tuple[str, int]]] = {}
    ids = [event.pk for event in events]
    rows = EventSubject.objects.filter(event_id__in=ids).values_list("event_id", "record_type", "record_id")
    for event_id, record_type, record_id in rows:
        subjects.setdefault(event_id, []).append((record_type, record_id))
    for event in events:
        yield _dump(
            [
                event.pk,
                event.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
                event.kind,
                event.record_type,
                event.record_id,
                event.actor_kind,
                event.actor_id,
                event.actor_label,
                event.door,
                event.door_ref,
                event.operation,
                event.cause_id,
                event.depth,
                _without_secrets(event.changes),
                _without_secrets(event.facts),
                sorted(subjects.get(event.pk, [])),
            ]
        ).encode()


def _without_secrets(stored: str) -> object:
    """Encrypted values replaced by their digest, as shredding leaves them: shredding must not look like tampering."""
    try:
        content = json.loads(stored)
    except ValueError:
        return stored
    if isinstance(content, dict):
        return {key: _commitment(value) for key, value in content.items()}
    return content


def _commitment(value: object) -> object:
    if isinstance(value, dict) and set(value) == {"enc"} and isinstance(value["enc"], str):
        return {"gone": hashlib.sha256(value["enc"].encode()).hexdigest()}
    return value


def _dump(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _head_path() -> Path:
    return Path(settings.DATA_DIR) / HEAD_FILE


def _remember_head(seal: Seal) -> None:
    """Keep the newest link outside the database: without it, cutting off the end of the log would not show."""
    # A name of its own: two that seal right after each other both write here.
    beside = _head_path().with_suffix(f".{secrets.token_hex(4)}.new")
    try:
        beside.write_text(f"{seal.pk} {seal.digest}\n")
        beside.replace(_head_path())
    except OSError as problem:
        # The seal stands; the next one is remembered in its place.
        beside.unlink(missing_ok=True)
        logger.warning("the end of the audit chain could not be noted: %s", problem)


def _remembered_head() -> tuple[int, str] | None:
    try:
        number, digest = _head_path().read_text().split()
        return int(number), digest
    except (OSError, ValueError):
        return None
