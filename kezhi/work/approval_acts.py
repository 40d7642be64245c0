"""What can be asked for: every app registers its acts, and approvals know nothing else of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.functional import Promise

from kezhi.access.actors import Actor
from kezhi.core.events import Json
from kezhi.work.approval_records import record_fingerprint
from kezhi.work.operations.tasks import About

if TYPE_CHECKING:
    from kezhi.work.models.approvals import Approval

Text = str | Promise
Payload = Mapping[str, Json]


class Perform(Protocol):
    """Does what was asked for, once, in the transaction of the last decision."""

    def __call__(self, approval: "Approval", *, actor: Actor) -> None: ...


def _nothing(payload: Payload) -> str:
    return ""


def _no_end(approval: "Approval") -> None:
    return None


def _as_it_is(about: About | None, payload: Payload) -> Any:
    return None


@dataclass(frozen=True, kw_only=True)
class ApprovalAct:
    """An act that may need somebody's agreement.

    ``describe`` says what is asked for in the reader's language, from the payload alone. ``perform`` does it; ``actor``
    is the requester with the rights they have by then (``approval.payload`` read with :func:`read_payload`). What it
    writes commits with the decision; work that takes long or leaves the house is a job it enqueues. If it raises
    NotAllowed, InvalidRecord, Conflict, ValueProblem or DoesNotExist, nothing of it stays, the approval counts as
    ``failed`` and the requester is told why. ``fingerprint`` is compared before every agreement; where it differs the
    approver is shown what changed and asked again. ``ended`` hears of refusal and withdrawal. ``would_be`` gives the
    record as the act would leave it, unsaved, where flows are to be chosen by that and not by what is stored (None).
    ``has_amount`` offers amounts in the flow's settings, ``must_have_amount`` asks for one. ``is_offered``: anybody may
    ask for it about any record they see. ``area`` groups acts on the settings page.
    """

    key: str
    label: Text
    perform: Perform
    describe: Callable[[Payload], str] = _nothing
    fingerprint: Callable[[About | None, Payload], str] = record_fingerprint
    ended: Callable[["Approval"], None] = _no_end
    would_be: Callable[[About | None, Payload], Any] = _as_it_is
    has_amount: bool = False
    must_have_amount: bool = False
    is_offered: bool = False
    icon: str = "check"
    area: str = "record"
    help: Text = ""


_acts: dict[str, ApprovalAct] = {}


def register_act(act: ApprovalAct) -> ApprovalAct:
    """Make an act known; the very same declaration again is harmless.

    Raises:
        ValueError: another act has this key.
    """
    if _acts.get(act.key, act) is not act:
        raise ValueError(f"two acts are called {act.key!r}")
    _acts[act.key] = act
    return act


def unregister_act(key: str) -> None:
    """Forget an act; for tests."""
    _acts.pop(key, None)


def acts() -> list[ApprovalAct]:
    """Every known act, in the order they were registered."""
    return list(_acts.values())


def find_act(key: str) -> ApprovalAct | None:
    """An act by key; None for one that no longer exists (its approvals show as broken)."""
    return _acts.get(key)
