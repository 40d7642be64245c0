"""Who has to agree to one request: the flow's words turned into people, as they stand today."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kezhi.access.line import department_head, line_above, superior_of
from kezhi.access.models import UserRole
from kezhi.access.rights import EPOCH, organisation, stand_ins
from kezhi.core import epochs
from kezhi.core.events import Json
from kezhi.core.figures import boolean_figure, text_figure
from kezhi.records.registry import find_record_type
from kezhi.work.approval_flows import Definition, FlowStep, LiveFlow, Who, fitting_flow
from kezhi.work.approval_records import digest_of, load_record
from kezhi.work.models.approvals import StageMode
from kezhi.work.operations.tasks import About


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who is asked: why they are, in whose place (``came_from``), and who stands in while they are away."""

    user_id: int
    why: str
    came_from: int | None = None

    @property
    def name(self) -> str:
        """The person's name."""
        return organisation().user_names.get(self.user_id, "")

    @property
    def stand_in(self) -> str:
        """The name of who stands in today; "" while the person is there."""
        return organisation().user_names.get(stand_ins().get(self.user_id, 0), "")


@dataclass(frozen=True, slots=True)
class Link:
    """One stage of the chain with its people."""

    step: FlowStep
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything one request has to pass. Without a ``flow`` nobody has to agree.

    ``is_free`` tells that a flow applies but nobody is left who could agree: the requester stands at the top alone.
    """

    flow: LiveFlow | None
    links: tuple[Link, ...] = ()
    copies: tuple[int, ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether the act needs nobody."""
        return not self.links


@dataclass(slots=True)
class _Request:
    requester_id: int
    about: About | None
    department_id: int | None
    may_own: bool
    dropped: list[int] = field(default_factory=list)


def chain_for(
    act: str,
    *,
    requester_id: int,
    about: About | None = None,
    amount: Decimal | None = None,
    department_id: int | None = None,
    would_be: Any = None,
) -> Chain:
    """The chain a request would have now; what the requester is shown beforehand and what the request then gets.

    ``would_be`` is the record as the act would leave it, for flows that are chosen by that.
    """
    department_id = department_id or organisation().user_departments.get(requester_id)
    flow = fitting_flow(act, about=about, amount=amount, department_id=department_id, would_be=would_be)
    if flow is None:
        return Chain(None)
    request = _Request(requester_id, about, department_id, may_own=not boolean_figure("approval.skip_own"))
    return resolve(flow, flow.definition, request)


def chain_digest(planned: Chain) -> str:
    """Tells whether the people shown are those who would be asked."""
    people: list[Json] = [[link.step.mode, [seat.user_id for seat in link.seats]] for link in planned.links]
    return digest_of(people)


def resolve(flow: LiveFlow, definition: Definition, request: _Request) -> Chain:
    """The people of a definition for one request; nobody is asked twice in a row for the same thing."""
    links: list[Link] = []
    for step in definition.steps:
        seats = _seats(step, request)
        before = {seat.user_id for seat in links[-1].seats} if links else set()
        if seats and not (len(seats) == 1 and {seats[0].user_id} == before):
            links.append(Link(step, seats))
    if not links:
        fallback = _fallback(request)
        if fallback:
            links.append(Link(FlowStep(mode=StageMode.ANY, approvers=()), fallback))
    copies = {user for who in definition.copies for user in _people(who, request)}
    copies -= {request.requester_id}
    active = organisation().active_ids
    return Chain(flow, tuple(links), tuple(sorted(copies & active)))


def replacement_for(user_id: int, *, requester_id: int, taken: Iterable[int]) -> int | None:
    """Who takes the place of an approver who left or does not answer: the nearest above them who is free to."""
    barred = {requester_id, user_id, *taken}
    return next((person for person in line_above(user_id) if person not in barred), None)


def fallback_people(requester_id: int) -> list[int]:
    """Who answers where nobody else can: the role named by the figure, without the requester."""
    return [user for user in _with_role(text_figure("approval.fallback_role")) if user != requester_id]


def _seats(step: FlowStep, request: _Request) -> tuple[Seat, ...]:
    found: dict[int, Seat] = {}
    for who in step.approvers:
        people = _people(who, request)
        others = [user for user in people if user != request.requester_id]
        if step.mode == StageMode.ANY and others and not request.may_own:
            people = others
        for user in people:
            seat = _seat(user, who.by, request)
            if seat is not None:
                found.setdefault(seat.user_id, seat)
    return tuple(found.values())


def _seat(user_id: int, why: str, request: _Request) -> Seat | None:
    """The person, or the next above who is there and is not the requester."""
    active, away = organisation().active_ids, stand_ins()
    candidate: int | None = user_id
    seen: set[int] = set()
    while candidate is not None and candidate not in seen:
        seen.add(candidate)
        is_own = candidate == request.requester_id or away.get(candidate) == request.requester_id
        if candidate in active and (request.may_own or not is_own):
            return Seat(candidate, why) if candidate == user_id else Seat(candidate, "next_level", user_id)
        candidate = superior_of(candidate)
    return None


def _people(who: Who, request: _Request) -> Sequence[int]:
    match who.by:
        case "manager":
            return line_above(request.requester_id)[:1] or [request.requester_id]
        case "above":
            line = line_above(request.requester_id)
            return line[who.levels - 1 : who.levels] or line[-1:] or [request.requester_id]
        case "head":
            head = department_head(request.department_id) if request.department_id else None
            return [head] if head is not None else line_above(request.requester_id)[:1]
        case "role":
            return _with_role(who.role)
        case "users":
            return who.users
        case "owner":
            return _owner(request.about)


def _owner(about: About | None) -> Sequence[int]:
    known = find_record_type(about.record_type) if about is not None else None
    record = load_record(about.record_type, about.record_id) if about is not None else None
    owner = known.policy.owner_id(record) if known is not None and record is not None else None
    return [owner] if owner is not None else []


def _with_role(key: str) -> list[int]:
    rows = UserRole.objects.filter(role__key=key, user__is_active=True).order_by("user_id")
    return list(epochs.cached(EPOCH, ("approvers by role", key), lambda: tuple(rows.values_list("user_id", flat=True))))


def _fallback(request: _Request) -> tuple[Seat, ...]:
    return tuple(Seat(user, "fallback") for user in fallback_people(request.requester_id))
