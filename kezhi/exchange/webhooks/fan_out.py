"""From sealed events to deliveries: runs inside the transaction that seals, so it only compares and stores rows."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from kezhi.core import epochs
from kezhi.core.bulk_insert import insert_many
from kezhi.core.clock import now
from kezhi.core.jobs import JobOrder, enqueue_many
from kezhi.core.models.events import Event
from kezhi.core.sealing import register_event_reader
from kezhi.exchange.models import Delivery, Subscription
from kezhi.exchange.webhooks.delivering import deliver
from kezhi.records.registry import find_record_type

EPOCH = "webhooks"


@dataclass(frozen=True, slots=True)
class Wish:
    """What one active subscription wants to hear of; an empty set means everything."""

    subscription_id: int
    kinds: frozenset[str]
    record_types: frozenset[str]

    def wants(self, event: Event) -> bool:
        return (not self.kinds or event.kind in self.kinds) and (
            not self.record_types or event.record_type in self.record_types
        )


def tell_subscriptions(events: Sequence[Event]) -> None:
    """Store a delivery for each event and each subscription that wants it, and order the jobs that send them."""
    wishes = epochs.cached(EPOCH, "wishes", _load)
    if not wishes:
        return
    moment = now()
    fresh = [
        Delivery(
            subscription_id=wish.subscription_id,
            event_id=event.pk,
            kind=event.kind,
            record_type=event.record_type,
            record_id=event.record_id,
            # Random: a receiver may hear from several installations, or from one that was restored from a backup.
            key=f"msg_{secrets.token_hex(12)}",
            next_at=moment,
            created_at=moment,
        )
        # Only what happens to records goes out; who signed in or changed a setting is nobody else's business.
        for event in events
        if find_record_type(event.record_type) is not None
        for wish in wishes
        if wish.wants(event)
    ]
    insert_many(fresh)
    enqueue_many(
        deliver,
        [JobOrder({"delivery_id": row.pk, "run": 0}, unique_key=f"webhook:{row.pk}:0") for row in fresh],
    )


def _load() -> list[Wish]:
    rows = Subscription.objects.filter(is_active=True, removed_at=None).values_list("pk", "kinds", "record_types")
    return [Wish(pk, frozenset(kinds), frozenset(types)) for pk, kinds, types in rows]


register_event_reader("webhooks", tell_subscriptions)
