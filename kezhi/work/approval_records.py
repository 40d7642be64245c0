"""The record an approval is about: its values when it was asked for, and what changed since."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kezhi.access.actors import Actor
from kezhi.core.crypto import blind_index
from kezhi.core.events import Json
from kezhi.records.presenting import CLEAR, HIDDEN, Presenter
from kezhi.records.registry import RecordType, find_record_type
from kezhi.work.operations.tasks import About

_at_hand: ContextVar[Mapping[tuple[str, int], Any]] = ContextVar("records_at_hand", default=MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is another now than when it was asked for, in words, as the reader may see it."""

    label: str
    before: str
    after: str


def record_fingerprint(about: About | None, payload: Mapping[str, Json]) -> str:
    """Tells whether the record or the request is still what was asked for: the values people can edit, and the payload.

    "gone" stands for a record that is not there any more.
    """
    values: Json = None
    if about is not None:
        record = load_record(about.record_type, about.record_id)
        values = "gone" if record is None else _values(find_record_type(about.record_type), record)
    return digest_of([values, dict(payload)])


def digest_of(value: Json) -> str:
    """A keyed digest of any JSON value: it may hold personal data, and must not let anybody guess it."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return blind_index(text, purpose="work.approval.fingerprint")


def load_record(type_key: str, record_id: int | None, *, lock: bool = False) -> Any:
    """The live record, whoever may see it; None if there is none. ``lock`` keeps others from changing it meanwhile."""
    known = find_record_type(type_key)
    if known is None or record_id is None:
        return None
    at_hand = _at_hand.get()
    if not lock and (type_key, record_id) in at_hand:
        return at_hand[type_key, record_id]
    rows = known.model.objects.ungated("approval").filter(pk=record_id, deleted_at__isnull=True)
    rows = rows.select_related(*known.related_load)
    return (rows.select_for_update(of=("self",)) if lock else rows).first()


def value_of(known: RecordType, record: Any, key: str) -> Any:
    """The value a condition asks a record for, saved or not; ``customer.level`` is read from the customer."""
    own, _dot, rest = key.partition(".")
    known_field = known.field(own)
    if known_field is None or not rest:
        return known_field.get(record) if known_field is not None else None
    target, related = find_record_type(getattr(known_field, "to", "")), getattr(record, own, None)
    return value_of(target, related, rest) if target is not None and related is not None else None


@contextmanager
def records_at_hand(about: Iterable[About]) -> Iterator[None]:
    """While it lasts, these records are read once, with one query per type, and not one by one."""
    ids: dict[str, set[int]] = defaultdict(set)
    for one in about:
        ids[one.record_type].add(one.record_id)
    found: dict[tuple[str, int], Any] = {(key, pk): None for key, wanted in ids.items() for pk in wanted}
    for key, wanted in ids.items():
        known = find_record_type(key)
        if known is not None:
            rows = known.model.objects.ungated("approval").filter(pk__in=wanted, deleted_at__isnull=True)
            found |= {(key, record.pk): record for record in rows.select_related(*known.related_load)}
    token = _at_hand.set(found)
    try:
        yield
    finally:
        _at_hand.reset(token)


def visible_record(type_key: str, record_id: int | None, actor: Actor) -> tuple[RecordType, Any] | None:
    """The live record with its type, if the actor may see it."""
    known = find_record_type(type_key)
    if known is None or record_id is None:
        return None
    rows = known.model.objects.visible_to(actor).filter(pk=record_id).select_related(*known.related_load)
    record = rows.first()
    return None if record is None else (known, record)


def take_snapshot(about: About | None) -> str:
    """The record's values as JSON, to be stored encrypted; "" without a record."""
    record = load_record(about.record_type, about.record_id) if about is not None else None
    known = find_record_type(about.record_type) if about is not None else None
    return json.dumps(_values(known, record), ensure_ascii=False) if record is not None else ""


def differences(snapshot: str, type_key: str, record_id: int | None, actor: Actor) -> list[Difference]:
    """What changed on the record since the snapshot, as the actor may see it; nothing where they see no record."""
    found = visible_record(type_key, record_id, actor)
    if not snapshot or found is None:
        return []
    known, record = found
    presenter, before = Presenter(known, actor), json.loads(snapshot)
    result = []
    for key, now_stored in _values(known, record).items():
        known_field, state = presenter.fields[key], presenter.state(record, key)
        if state == HIDDEN or before.get(key) == now_stored:
            continue
        words = known_field.text if state == CLEAR else known_field.mask
        result.append(
            Difference(
                str(known_field.label),
                words(known_field.from_json(before.get(key))),
                words(known_field.get(record)),
            )
        )
    return result


def _values(known: RecordType | None, record: Any) -> dict[str, Json]:
    if known is None:
        return {}
    return {
        key: known_field.to_json(known_field.get(record))
        for key, known_field in known.all_fields().items()
        if not known_field.read_only
    }
