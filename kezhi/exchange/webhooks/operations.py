"""What an administrator does with subscriptions: add, change, switch, a new secret, send again, remove."""

import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.operations.problems import Refused
from kezhi.access.policies import NotAllowed, require_area
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, EventKind, Json, event_kinds, record_event
from kezhi.exchange import kinds
from kezhi.exchange.faults import Fault
from kezhi.exchange.models import Delivery, DeliveryState, Source, Subscription
from kezhi.exchange.outgoing import check_address, host_of
from kezhi.exchange.webhooks.delivering import order_now
from kezhi.exchange.webhooks.outflow import end_all
from kezhi.exchange.webhooks.posting import Posted, post_to_webhook
from kezhi.exchange.webhooks.signing import new_secret
from kezhi.records.registry import find_record_type

EPOCH = "webhooks"
_INNER_FAMILIES = ("access", "sign_in", "organisation", "settings", "exchange")


def offered_kinds() -> list[EventKind]:
    """The kinds of events that can be subscribed to: what happens to records, not who signed in or looked at what."""
    return [kind for kind in event_kinds().values() if kind.family not in _INNER_FAMILIES]


@transaction.atomic
def add_subscription(
    name: str, url: str, kind_keys: Sequence[str], type_keys: Sequence[str], *, actor: Actor
) -> tuple[Subscription, str]:
    """A new subscription, owned by the actor, and its secret, which is shown this once.

    Raises:
        NotAllowed: the actor may not look after webhooks.
        Refused: the name or the address is missing or wrong.
    """
    owner_id = _owner(actor)
    cleaned = _cleaned(name, url, kind_keys, type_keys)
    secret = new_secret()
    row = Subscription.objects.create(**cleaned, owner_id=owner_id, secret=secret, created_at=now())
    epochs.bump(EPOCH)
    _note(kinds.WEBHOOK_ADDED, row, actor)
    return row, secret


@transaction.atomic
def change_subscription(
    row: Subscription, name: str, url: str, kind_keys: Sequence[str], type_keys: Sequence[str], *, actor: Actor
) -> Subscription:
    """Change a subscription. Whoever changes the address becomes its owner: from then on it gets what they may see."""
    owner_id = _owner(actor)
    cleaned = _cleaned(name, url, kind_keys, type_keys)
    shown = ("name", "host", "kinds", "record_types", "owner_id")
    before: dict[str, Json] = {key: getattr(row, key) for key in shown}
    if cleaned["url"] != row.url:
        row.owner_id = owner_id
    for key, value in cleaned.items():
        setattr(row, key, value)
    row.save(update_fields=[*cleaned, "owner"])
    epochs.bump(EPOCH)
    changes = {key: (before[key], getattr(row, key)) for key in shown if before[key] != getattr(row, key)}
    _note(kinds.WEBHOOK_CHANGED, row, actor, changes=changes)
    return row


@transaction.atomic
def switch_subscription(row: Subscription, *, is_active: bool, actor: Actor) -> Subscription:
    """Switch a subscription on, with a clean slate, or off."""
    _owner(actor)
    if row.is_active == is_active:
        return row
    row.is_active = is_active
    row.failures, row.failing_since, row.paused_until = 0, None, None
    row.off_code, row.off_at = "", None if is_active else now()
    row.save(update_fields=["is_active", "failures", "failing_since", "paused_until", "off_code", "off_at"])
    epochs.bump(EPOCH)
    _note(kinds.WEBHOOK_CHANGED, row, actor, changes={"is_active": (not is_active, is_active)})
    return row


@transaction.atomic
def renew_secret(row: Subscription, *, actor: Actor) -> str:
    """A new secret in place of the old one, which signs nothing from now on; shown this once."""
    _owner(actor)
    row.secret = new_secret()
    row.save(update_fields=["secret"])
    _note(kinds.WEBHOOK_CHANGED, row, actor, facts={"secret": "renewed"})
    return row.secret


@transaction.atomic
def remove_subscription(row: Subscription, *, actor: Actor) -> None:
    """Take a subscription away; its log stays for its days, approvals for it end."""
    _owner(actor)
    row.is_active, row.removed_at = False, now()
    row.save(update_fields=["is_active", "removed_at"])
    epochs.bump(EPOCH)
    end_all(Source.WEBHOOK, row.pk, actor=actor)
    _note(kinds.WEBHOOK_REMOVED, row, actor)


def send_ping(row: Subscription, *, actor: Actor) -> Posted:
    """Send a signed test message without any record in it; outside transactions.

    Raises:
        Fault: it did not arrive; the message says why.
    """
    _owner(actor)
    moment = now()
    payload: dict[str, Json] = {
        "type": "webhook.test",
        "timestamp": moment.isoformat(),
        "data": {"webhook": row.name},
    }
    key = f"msg_{secrets.token_hex(12)}"
    return post_to_webhook(row.url, payload, idempotency_key=key, secret=row.secret)


@transaction.atomic
def resend(deliveries: Sequence[Delivery], *, actor: Actor) -> int:
    """Send messages again under the same webhook-id, as they were written then; gives how many were ordered."""
    _owner(actor)
    ordered = 0
    for delivery in deliveries:
        fresh = delivery.run + 1
        rows = Delivery.objects.filter(pk=delivery.pk, run=delivery.run).exclude(state=DeliveryState.WAITING)
        if rows.update(state=DeliveryState.WAITING, run=fresh, attempts=0, next_at=now(), finished_at=None):
            order_now(delivery, fresh)
            ordered += 1
    if ordered:
        facts: dict[str, Json] = {"count": ordered, "deliveries": [row.pk for row in deliveries[:100]]}
        _note(kinds.WEBHOOK_RESENT, deliveries[0].subscription, actor, facts=facts)
    return ordered


@transaction.atomic
def open_delivery(delivery: Delivery, *, actor: Actor) -> str:
    """What a message said. It may hold personal data, so looking is recorded."""
    _owner(actor)
    if delivery.body:
        _note(kinds.WEBHOOK_OPENED, delivery.subscription, actor, facts={"delivery": delivery.pk})
    return delivery.body


def _owner(actor: Actor) -> int:
    require_area(actor, "settings", "channels")
    if actor.user_id is None:
        raise NotAllowed(subject="settings", action="channels")
    return actor.user_id


def _cleaned(name: str, url: str, kind_keys: Sequence[str], type_keys: Sequence[str]) -> dict[str, object]:
    if not name.strip():
        raise Refused({"name": _("请填写名称。")})
    try:
        address = check_address(url)
    except Fault as fault:
        raise Refused({"url": fault.message}) from fault
    known = {kind.key for kind in offered_kinds()}
    return {
        "name": name.strip()[:80],
        "url": address,
        "host": host_of(address)[:255],
        "kinds": sorted(set(kind_keys) & known),
        "record_types": sorted(key for key in set(type_keys) if find_record_type(key) is not None),
    }


def _note(
    kind: EventKind,
    row: Subscription,
    actor: Actor,
    *,
    changes: dict[str, tuple[Json, Json]] | None = None,
    facts: dict[str, Json] | None = None,
) -> None:
    told: dict[str, Json] = {"name": row.name, "host": row.host, **(facts or {})}
    record_event(EventDraft(kind.key, "webhook", row.pk, actor.ref, changes or {}, facts=told))
