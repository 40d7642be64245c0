"""Setting targets: by whoever may hand out the opportunities of those who are to reach them (SAL-8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.models import Department
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import organisation
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, EventKind, record_events, register_event_kind
from kezhi.sales.models import Target

TARGET_SET = EventKind("target.set", _("改了销售目标"), "chart", family="settings")
register_event_kind(TARGET_SET)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose target it is: a person's or a department's, by id."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class NewTarget:
    """One target as it was on the screen and as it is to be; None: none."""

    whose: Whose
    month: date
    was: Decimal | None
    wanted: Decimal | None


class TargetsMoved(Exception):
    """Somebody else changed some of these targets first; nothing was stored."""

    def __init__(self, moved: list[NewTarget]) -> None:
        super().__init__(f"{len(moved)} targets changed meanwhile")
        self.moved = moved


def settable_people(actor: Actor) -> frozenset[int]:
    """Whose targets the actor may set."""
    if not actor.allows("opportunity", "assign"):
        return frozenset()
    people = actor.owners("opportunity", "assign")
    return organisation().active_ids if people is None else people & organisation().active_ids


def settable_departments(actor: Actor) -> frozenset[int]:
    """Which departments' targets the actor may set: those all of whose members they may set targets for."""
    people = settable_people(actor)
    if not people:
        return frozenset()
    if actor.owners("opportunity", "assign") is None:
        return frozenset(organisation().department_paths)
    return frozenset(
        key
        for key in organisation().department_paths
        if (members := organisation().members_below(frozenset({key})) & organisation().active_ids) and members <= people
    )


@transaction.atomic
def set_targets(changes: list[NewTarget], *, actor: Actor) -> int:
    """Store targets as one act; gives how many changed.

    Raises:
        NotAllowed: one of them is of somebody whose opportunities the actor may not hand out.
        TargetsMoved: somebody else changed one of them since it was shown.
    """
    people, departments = settable_people(actor), settable_departments(actor)
    wanted = [change for change in changes if change.was != change.wanted]
    for change in wanted:
        if change.whose.id not in (people if change.whose.kind == "user" else departments):
            raise NotAllowed(_("您不能设定这个目标"), subject="opportunity", action="assign")
    if not wanted:
        return 0
    # One writer of targets at a time: rows that do not exist yet cannot be locked.
    list(Department.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    stored = _stored(wanted)
    moved = [change for change in wanted if stored.get((change.whose, change.month)) != change.was]
    if moved:
        raise TargetsMoved(moved)
    moment = now()
    for change in wanted:
        key: dict[str, Any] = {f"{change.whose.kind}_id": change.whose.id, "month": change.month}
        if change.wanted is None:
            Target.objects.filter(**key).delete()
        else:
            Target.objects.update_or_create(
                **key, defaults={"amount": change.wanted, "changed_at": moment, "changed_by_id": actor.user_id}
            )
    told: dict[Whose, dict[str, tuple[str | None, str | None]]] = {}
    for change in wanted:
        told.setdefault(change.whose, {})[f"{change.month:%Y-%m}"] = (_text(change.was), _text(change.wanted))
    record_events(
        EventDraft(TARGET_SET.key, whose.kind, whose.id, actor.ref, changes=dict(months))
        for whose, months in told.items()
    )
    return len(wanted)


def _stored(changes: list[NewTarget]) -> Mapping[tuple[Whose, date], Decimal]:
    found: dict[tuple[Whose, date], Decimal] = {}
    rows = Target.objects.filter(month__in={change.month for change in changes})
    for month, user_id, department_id, amount in rows.values_list("month", "user_id", "department_id", "amount"):
        whose = Whose("user", user_id) if user_id is not None else Whose("department", department_id)
        found[whose, month] = amount
    return found


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
