"""Where customers stand in their life with us, moved by what happens and never by hand (CUS-14).

A customer is a lead; with an opportunity in work, an opportunity; with one won, a contract signed or an order, won;
with something delivered, in after-sale; with a second order, in repurchase. Nobody falls back by selling more: the
furthest of these counts.
"""

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.models import Count, Q

from kezhi.core.health import register_thorough_check
from kezhi.customers.merging import on_rows_moved
from kezhi.customers.models import Customer
from kezhi.sales.customer_facts import locked_customers, write_customer_facts
from kezhi.sales.facts_pool import refresh_last_signed
from kezhi.sales.models import Contract, Opportunity, Order

_BATCH = 2000
_STAGES = Customer.Lifecycle


@transaction.atomic
def refresh_lifecycle(customer_ids: Iterable[int]) -> None:
    """Move these customers to where what happened puts them; each one that moves gets its event.

    Cheap where nothing changes; called by whatever creates, changes or removes opportunities, contracts and orders.
    """
    wanted = sorted(set(customer_ids))
    for start in range(0, len(wanted), _BATCH):
        ids = set(wanted[start : start + _BATCH])
        refresh_last_signed(ids)
        rows = locked_customers(ids, "lifecycle")
        right = lifecycles_of(ids)
        write_customer_facts(
            {
                pk: (version, {"lifecycle": stored}, {"lifecycle": right[pk]})
                for pk, version, stored in rows
                if not _is_right(stored, right[pk])
            },
            told=frozenset({"lifecycle"}),
        )


def lifecycles_of(customer_ids: set[int]) -> dict[int, str]:
    """Where each of these customers stands by its opportunities, contracts and orders."""
    found = dict.fromkeys(customer_ids, str(_STAGES.LEAD))
    live = Q(customer_id__in=customer_ids, deleted_at__isnull=True)
    opportunities = Opportunity.objects.ungated("stored fact").filter(live).order_by()
    for pk, state in opportunities.values_list("customer_id", "state").distinct():
        if state == Opportunity.State.OPEN:
            _raise(found, pk, _STAGES.OPPORTUNITY)
        elif state == Opportunity.State.WON:
            _raise(found, pk, _STAGES.WON)
    contracts = Contract.objects.ungated("stored fact").filter(live, signed_on__isnull=False).order_by()
    for pk, state in contracts.values_list("customer_id", "state").distinct():
        _raise(found, pk, _STAGES.AFTER_SALE if state == Contract.State.FINISHED else _STAGES.WON)
    orders = Order.objects.ungated("stored fact").filter(live).exclude(state=Order.State.CANCELLED).order_by()
    counted = orders.values("customer_id").annotate(
        all=Count("pk"), delivered=Count("pk", filter=Q(state=Order.State.DELIVERED))
    )
    for row in counted:
        _raise(found, row["customer_id"], _STAGES.AFTER_SALE if row["delivered"] else _STAGES.WON)
        if row["all"] > 1:
            _raise(found, row["customer_id"], _STAGES.REPURCHASE)
    return found


_ORDER = [
    str(each) for each in (_STAGES.LEAD, _STAGES.OPPORTUNITY, _STAGES.WON, _STAGES.AFTER_SALE, _STAGES.REPURCHASE)
]


def _raise(found: dict[int, str], pk: int, stage: str) -> None:
    if _ORDER.index(stage) > _ORDER.index(found[pk]):
        found[pk] = str(stage)


def _is_right(stored: str, right: str) -> bool:
    """A customer given up stays lost until something happens with them again."""
    return stored == right or (stored == _STAGES.LOST and right == _STAGES.LEAD)


@on_rows_moved
def _of_merged(customer_id: int) -> None:
    refresh_lifecycle({customer_id})


def _check() -> Iterator[str]:
    """What the installation's check finds: stored lifecycles that differ from what happened."""
    last = 0
    while True:
        rows = Customer.objects.ungated("doctor").filter(pk__gt=last, deleted_at__isnull=True).order_by("pk")
        batch = list(rows.values_list("pk", "number", "lifecycle")[:_BATCH])
        if not batch:
            return
        right = lifecycles_of({pk for pk, _number, _stored in batch})
        for pk, number, stored in batch:
            if not _is_right(stored, right[pk]):
                yield f"{number}: lifecycle is {stored}, by what happened it is {right[pk]}"
        last = batch[-1][0]


register_thorough_check("lifecycle", _check)
