"""What a subscription is told of an event: values as its owner may see them, personal ones masked (AUTO-9)."""

from collections.abc import Iterable

from kezhi.access.actors import Actor, user_actor
from kezhi.core.events import Json, read_changes, read_facts
from kezhi.core.models.events import Event
from kezhi.exchange.gate import approved_fields, mask_deep, mask_text
from kezhi.exchange.models import Source, Subscription
from kezhi.records.fields import Field
from kezhi.records.leaving import is_ever_kept_in, is_kept_in, mask_names, names_in, outside_mask
from kezhi.records.models import Record
from kezhi.records.presenting import CLEAR, HIDDEN, Presenter
from kezhi.records.registry import RecordType, find_record_type
from kezhi.work.notices_wording import whole_address

_LONGEST_FACT = 500


def payload_of(event: Event, subscription: Subscription) -> dict[str, Json] | None:
    """The message about an event, or None where the subscription's owner may not see the record."""
    known = find_record_type(event.record_type)
    if known is None:
        return None
    actor = user_actor(subscription.owner_id, door="job", door_ref=f"webhook {subscription.pk}")
    record = _record(known, event.record_id, actor)
    if record is None:
        return None
    writer = _Writer(known, record, actor, approved_fields(Source.WEBHOOK, subscription.pk, subscription.host))
    data: dict[str, Json] = {
        "event_id": event.pk,
        "actor": {"kind": event.actor_kind, "name": event.actor_label},
        "door": event.door,
        "operation": event.operation,
        "record": {
            "type": known.key,
            "id": record.pk,
            "number": record.number,
            "version": record.version,
            "url": whole_address(f"/{known.slug}/{record.pk}/"),
            "is_deleted": record.deleted_at is not None,
            "values": writer.values(),
        },
        "changes": writer.changes(read_changes(event)),
        "facts": {key: writer.fact(value) for key, value in read_facts(event).items() if _is_plain(value)},
        "masked": writer.masked(),
    }
    return {"type": event.kind, "timestamp": event.at.isoformat(), "data": data}


def personal_fields(record_types: Iterable[RecordType]) -> list[tuple[str, str]]:
    """What needs approval to leave of these types: its key for approvals ("customer.phone") and its name in words."""
    return [
        (f"{known.key}.{field.key}", f"{known.label} · {field.label}")
        for known in record_types
        for field in known.all_fields().values()
        if is_ever_kept_in(field)
    ]


def written_values(
    record_type: RecordType, record: Record, actor: Actor, approved: frozenset[str]
) -> tuple[dict[str, Json], list[Json]]:
    """A record's values as they may leave, and the keys of those that are masked."""
    writer = _Writer(record_type, record, actor, approved)
    return writer.values(), writer.masked()


class _Writer:
    """Writes values of one record, noting which it masked."""

    def __init__(self, record_type: RecordType, record: Record, actor: Actor, approved: frozenset[str]) -> None:
        self._type = record_type
        self._record = record
        self._presenter = Presenter(record_type, actor)
        self._approved = approved
        self._masked: set[str] = set()
        self._names = names_in(record_type, record, approved)

    def values(self) -> dict[str, Json]:
        """Every field the owner knows of."""
        return {field.key: self._written(field, field.get(self._record)) for field in self._presenter.visible_fields()}

    def changes(self, changes: dict[str, tuple[Json, Json]]) -> dict[str, Json]:
        """Before and after of each changed field the owner knows of."""
        result: dict[str, Json] = {}
        for key, (before, after) in changes.items():
            field = self._presenter.fields.get(key)
            if field is None or self._presenter.state(self._record, key) == HIDDEN:
                continue
            result[key] = {
                "before": self._written(field, field.from_json(before)),
                "after": self._written(field, field.from_json(after)),
            }
        return result

    def fact(self, value: Json) -> Json:
        """A plain fact of the event as it may leave."""
        cleaned = mask_deep(value)
        return mask_names(cleaned, self._names)[:_LONGEST_FACT] if isinstance(cleaned, str) else value

    def masked(self) -> list[Json]:
        """The fields that are masked."""
        return list[Json](sorted(self._masked))

    def _written(self, field: Field, value: object) -> Json:
        if field.is_empty(value):
            return field.to_json(value)
        is_clear = self._presenter.state(self._record, field.key) == CLEAR
        is_approved = f"{self._type.key}.{field.key}" in self._approved
        if not is_clear:
            self._masked.add(field.key)
            return field.mask(value) or None
        if not is_approved and is_kept_in(field, self._record):
            self._masked.add(field.key)
            return outside_mask(field, value) or None
        written = field.to_json(value)
        if is_approved or field.condition_kind != "text" or not isinstance(written, str):
            return written
        return mask_text(mask_names(written, self._names))


def _record(known: RecordType, record_id: int, actor: Actor) -> Record | None:
    # A deleted record is told of as well, to whoever might see it while it lived.
    rows = known.model.objects.get_queryset().visible_to(actor).filter(pk=record_id)
    found: Record | None = rows.select_related(*known.related_load).first()
    return found


def _is_plain(value: Json) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
