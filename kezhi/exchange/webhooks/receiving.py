"""Messages that come in: checked, taken once, and recorded as an event that rules can start on (AUTO-1).

``webhook.received`` is an event of the record type ``webhook_endpoint``. Its facts hold ``endpoint`` (the name) and
``payload``: what was posted, bounded, with numbers and addresses that look personal masked. The whole payload stands
encrypted in the changes under ``payload`` (:func:`received_payload`), where shredding reaches it.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, system_actor
from kezhi.access.operations.problems import Refused
from kezhi.access.policies import NotAllowed, require_area
from kezhi.access.throttling import Throttle
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, EventKind, Json, read_changes, record_event
from kezhi.core.figures import integer_figure
from kezhi.core.models.events import Event
from kezhi.exchange import kinds
from kezhi.exchange.gate import mask_deep
from kezhi.exchange.models import Endpoint, Receipt
from kezhi.exchange.webhooks.signing import is_signed, new_secret

RECORD_TYPE = "webhook_endpoint"
_DEEPEST = 6
_MOST_ENTRIES = 100
_LONGEST_TEXT = 1000
_FLOOD_FACTOR = 5
FLOOD = Throttle()


class NotTaken(Exception):
    """A message is not taken; ``status`` is the HTTP status to answer with, ``code`` says why in one word."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken; ``is_repeat`` when it had come before."""

    event_id: int
    is_repeat: bool


def find_endpoint(token: str) -> Endpoint:
    """The endpoint of a token. Raises NotTaken (404) when there is none that is active."""
    row = Endpoint.objects.filter(token_hash=_hash(token), is_active=True, removed_at=None).first()
    if row is None:
        raise NotTaken(404, "unknown")
    return row


def receive(endpoint: Endpoint, body: bytes, headers: Mapping[str, str]) -> Taken:
    """Take a message: its signature, its repeat, its rate and its JSON are looked at in this order.

    ``headers`` have lower-case names; ``webhook-id`` (or ``idempotency-key``) makes a repeat recognisable.

    Raises:
        NotTaken: 401 wrong or missing signature, 413 too large, 429 too many, 400 no JSON object or list.
    """
    if len(body) > largest_body():
        raise NotTaken(413, "too_large")
    # What is refused below leaves no row to count; a flood of it is stopped here, per process.
    if not FLOOD.take(str(endpoint.pk), amount=_FLOOD_FACTOR * integer_figure("webhooks.in_per_minute"), seconds=60):
        raise NotTaken(429, "too_many")
    key = _printable(headers.get("webhook-id") or headers.get("idempotency-key") or "")
    if endpoint.secret:
        _check_signature(endpoint, body, headers)
    if key and (known := Receipt.objects.filter(endpoint=endpoint, key=key).first()) is not None:
        return Taken(known.event_id, is_repeat=True)
    _check_rate(endpoint)
    payload = _parsed(body)
    return _store(endpoint, key or f"own-{secrets.token_hex(12)}", payload)


def largest_body() -> int:
    """How many bytes a message may have."""
    return integer_figure("webhooks.in_kilobytes") * 1024


def received_payload(event: Event) -> Json:
    """The whole payload of a ``webhook.received`` event, personal values in the clear; whoever shows it masks it."""
    return read_changes(event).get("payload", (None, None))[1]


@transaction.atomic
def add_endpoint(name: str, *, is_signed: bool, actor: Actor) -> tuple[Endpoint, str, str]:
    """A new address: its row, the token in it and, if messages must be signed, the secret; both are shown this once.

    Raises:
        NotAllowed: the actor may not look after webhooks.
        Refused: it has no name.
    """
    user_id = _keeper(actor)
    if not name.strip():
        raise Refused({"name": _("请填写名称。")})
    token = secrets.token_urlsafe(32)
    secret = new_secret() if is_signed else ""
    row = Endpoint.objects.create(
        name=name.strip()[:80],
        token_hash=_hash(token),
        hint=token[-4:],
        secret=secret,
        created_by_id=user_id,
        created_at=now(),
    )
    _note(kinds.ENDPOINT_ADDED, row, actor, {"signed": is_signed})
    return row, token, secret


@transaction.atomic
def renew_token(row: Endpoint, *, actor: Actor) -> str:
    """Another address in place of the old one, which is dead from now on; the token is shown this once."""
    _keeper(actor)
    token = secrets.token_urlsafe(32)
    row.token_hash, row.hint = _hash(token), token[-4:]
    row.save(update_fields=["token_hash", "hint"])
    _note(kinds.ENDPOINT_CHANGED, row, actor, {"token": "renewed"})
    return token


@transaction.atomic
def switch_endpoint(row: Endpoint, *, is_active: bool, actor: Actor) -> None:
    """Let an address take messages, or answer as if it did not exist."""
    _keeper(actor)
    row.is_active = is_active
    row.save(update_fields=["is_active"])
    _note(kinds.ENDPOINT_CHANGED, row, actor, {"is_active": is_active})


@transaction.atomic
def remove_endpoint(row: Endpoint, *, actor: Actor) -> None:
    """Take an address away for good."""
    _keeper(actor)
    row.is_active, row.removed_at = False, now()
    row.save(update_fields=["is_active", "removed_at"])
    _note(kinds.ENDPOINT_REMOVED, row, actor, {})


def _check_signature(endpoint: Endpoint, body: bytes, headers: Mapping[str, str]) -> None:
    key, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not key or not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        raise NotTaken(401, "unsigned")
    if abs(now().timestamp() - int(stamp)) > integer_figure("webhooks.tolerance_minutes") * 60:
        raise NotTaken(401, "stale")
    header = headers.get("webhook-signature", "")
    if not is_signed(key, int(stamp), body, secret=endpoint.secret, header=header):
        raise NotTaken(401, "wrong_signature")


def _check_rate(endpoint: Endpoint) -> None:
    # Counted in the database, so that it holds for all processes together.
    recent = Receipt.objects.filter(endpoint=endpoint, received_at__gt=now() - timedelta(minutes=1))
    if recent.count() >= integer_figure("webhooks.in_per_minute"):
        raise NotTaken(429, "too_many")


def _parsed(body: bytes) -> Json:
    try:
        payload: Json = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise NotTaken(400, "no_json") from None
    if not isinstance(payload, dict | list):
        raise NotTaken(400, "no_json")
    return payload


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


@transaction.atomic
def _store(endpoint: Endpoint, key: str, payload: Json) -> Taken:
    # Of two equal messages at once the second waits here for the first, then finds its receipt.
    Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    if (known := Receipt.objects.filter(endpoint=endpoint, key=key).first()) is not None:
        return Taken(known.event_id, is_repeat=True)
    bounded = _bounded(payload, _DEEPEST)
    event = record_event(
        EventDraft(
            kind=kinds.WEBHOOK_RECEIVED.key,
            record_type=RECORD_TYPE,
            record_id=endpoint.pk,
            actor=system_actor(f"webhook {endpoint.name}"[:120], door="api", door_ref=endpoint.hint).ref,
            changes={"payload": (None, bounded)},
            personal=frozenset({"payload"}),
            facts={"endpoint": endpoint.name, "key": key, "payload": _json(mask_deep(bounded))},
        )
    )
    moment = now()
    Receipt.objects.create(endpoint=endpoint, key=key, event_id=event.pk, received_at=moment)
    Endpoint.objects.filter(pk=endpoint.pk).update(last_received_at=moment)
    return Taken(event.pk, is_repeat=False)


def _bounded(value: Json, depth: int) -> Json:
    """A payload that fits into the log: not too deep, not too wide, no endless texts, nothing a database refuses."""
    if isinstance(value, str):
        return _clean(value)[:_LONGEST_TEXT]
    if isinstance(value, dict):
        entries = list(value.items())[:_MOST_ENTRIES] if depth else []
        return {_clean(key)[:100]: _bounded(each, depth - 1) for key, each in entries}
    if isinstance(value, list):
        return [_bounded(each, depth - 1) for each in value[:_MOST_ENTRIES]] if depth else []
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**18:
        return str(value)[:_LONGEST_TEXT] if abs(value) < 10**200 else None
    return value


def _clean(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _json(value: object) -> Json:
    return value  # type: ignore[return-value]  # masking keeps JSON what it is


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:100]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _keeper(actor: Actor) -> int:
    require_area(actor, "settings", "channels")
    if actor.user_id is None:
        raise NotAllowed(subject="settings", action="channels")
    return actor.user_id


def _note(kind: EventKind, row: Endpoint, actor: Actor, facts: dict[str, Json]) -> None:
    record_event(EventDraft(kind.key, RECORD_TYPE, row.pk, actor.ref, facts={"name": row.name, **facts}))
