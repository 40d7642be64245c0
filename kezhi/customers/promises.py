"""The promise to look at what waits for review (CUS-9); and what a merge means for promises about customers."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, system_actor
from kezhi.access.line import superior_of
from kezhi.access.models import UserRole
from kezhi.access.rights import EPOCH, organisation
from kezhi.core import epochs
from kezhi.core.events import read_facts
from kezhi.core.models import Event
from kezhi.core.sealing import register_event_reader
from kezhi.customers.merging import MERGED, UNMERGED
from kezhi.customers.models import Customer
from kezhi.records import kinds
from kezhi.work.deadlines import (
    DeadlineKind,
    Promise,
    bin_deadlines,
    meet_deadlines,
    register_deadline_kind,
    start_deadlines,
    unbin_deadlines,
)
from kezhi.work.operations.tasks import About

REVIEW = register_deadline_kind(
    DeadlineKind(
        "review",
        _("审核客户资料"),
        minutes=900,
        business_time=True,
        starts=_("客户资料进入待审核时开始。"),
        ends=_("审核有了结论时完成。"),
        source="CUS-9",
        order=30,
    )
)

_SEEN = (kinds.CREATED.key, kinds.CHANGED.key)


def keep_promises(events: Sequence[Event]) -> None:
    """Start and end the clocks that these events touch."""
    seen = {event.record_id: event.at for event in events if event.record_type == "customer" and event.kind in _SEEN}
    actor = system_actor("promises", door="job")
    if seen:
        with epochs.snapshot():
            _follow_reviews(seen, actor)
    for event in events:
        if event.kind == MERGED.key:
            bin_deadlines("customer", _gone(event), actor=actor)
        elif event.kind == UNMERGED.key:
            unbin_deadlines("customer", _gone(event), actor=actor)


def reviewer_of(owner_id: int | None) -> int | None:
    """Who answers for the review of somebody's records: a data steward, else whoever stands above the owner."""
    stewards = epochs.cached(EPOCH, "data stewards", _load_stewards)
    return next(iter(stewards), None) or (superior_of(owner_id) if owner_id is not None else None)


def _load_stewards() -> tuple[int, ...]:
    rows = UserRole.objects.filter(role__key="data_steward").order_by("user_id").values_list("user_id", flat=True)
    return tuple(user_id for user_id in rows if user_id in organisation().active_ids)


def _follow_reviews(seen: dict[int, datetime], actor: Actor) -> None:
    rows = Customer.objects.ungated("promises").filter(pk__in=seen, deleted_at__isnull=True).order_by("pk")
    promises, settled = [], {}
    for pk, name, owner_id, review in rows.values_list("pk", "name", "owner_id", "review"):
        if review == Customer.Review.WAITING:
            promises.append(
                Promise(
                    kind=REVIEW.key,
                    about=About("customer", pk, name),
                    owner_id=reviewer_of(owner_id),
                    started_at=seen[pk],
                    origin="customer",
                    origin_id=pk,
                    moves_with_record=False,
                )
            )
        else:
            settled[pk] = seen[pk]
    start_deadlines(promises, actor=actor)
    meet_deadlines(REVIEW.key, "customer", settled, actor=actor, at=settled)


def _gone(event: Event) -> Collection[int]:
    gone = read_facts(event).get("gone")
    return [gone] if isinstance(gone, int) else []


register_event_reader("customers.promises", keep_promises)
