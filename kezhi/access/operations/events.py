"""One way to write the events of access."""

from collections.abc import Mapping

from kezhi.access.models import User
from kezhi.core.events import ActorRef, Changes, EventDraft, EventKind, Json, record_event

_PERSONAL = frozenset({"email", "mobile"})


def note(
    kind: EventKind,
    record_type: str,
    record_id: int,
    ref: ActorRef,
    *,
    changes: Changes | None = None,
    facts: Mapping[str, Json] | None = None,
) -> None:
    """Record what happened; phone and mail are stored encrypted."""
    record_event(
        EventDraft(
            kind=kind.key,
            record_type=record_type,
            record_id=record_id,
            actor=ref,
            changes=changes or {},
            personal=_PERSONAL,
            facts=facts or {},
        )
    )


def self_ref(user: User, address: str = "") -> ActorRef:
    """Somebody acting on their own account before they are an actor with rights (signing in)."""
    return ActorRef("user", user.name, "page", user_id=user.pk, door_ref=address)


def gate_ref(address: str) -> ActorRef:
    """The sign-in page itself, for what a stranger tried."""
    return ActorRef("system", "sign-in", "page", door_ref=address)
