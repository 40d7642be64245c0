"""Events of contracts and receipts, on the timelines of their customers and opportunities too."""

from collections.abc import Mapping, Sequence
from typing import Any

from kezhi.access.actors import Actor
from kezhi.core.events import EventDraft, EventKind, Json
from kezhi.records.operations.writing import parents_of
from kezhi.records.registry import type_of
from kezhi.sales import kinds_contracts as kinds
from kezhi.sales.models import Contract


def told(
    record: Any,
    kind: EventKind,
    actor: Actor,
    facts: Mapping[str, Json] | None = None,
    also: Sequence[tuple[str, int]] = (),
) -> EventDraft:
    """What happened with a record, to be recorded on it and on the records it belongs to."""
    known = type_of(record)
    return EventDraft(
        kind=kind.key,
        record_type=known.key,
        record_id=record.pk,
        actor=actor.ref,
        facts=facts or {},
        also=[*parents_of(known, record), *also],
    )


def told_paid(contract_ids: Sequence[int], actor: Actor) -> list[EventDraft]:
    """That all the money of these contracts is in."""
    rows = Contract.objects.ungated("operation").filter(pk__in=contract_ids).order_by("pk")
    return [told(contract, kinds.PAID, actor, {"paid": str(contract.paid_amount)}) for contract in rows]
