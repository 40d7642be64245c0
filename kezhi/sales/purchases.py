"""What customers bought: sums, last order, repurchase, and the type that follows (CUS-4, SAL-7)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from kezhi.core.clock import today
from kezhi.core.figures import decimal_figure, integer_figure
from kezhi.core.health import register_thorough_check
from kezhi.core.jobs import schedule
from kezhi.customers.merging import on_rows_moved
from kezhi.customers.models import Customer
from kezhi.sales.customer_facts import locked_customers, write_customer_facts
from kezhi.sales.models import Order

_BATCH = 2000
_SUMS = ("yearly_purchases", "total_purchases", "order_count", "last_order_on")


@transaction.atomic
def refresh_purchases(customer_ids: Iterable[int]) -> None:
    """Write what these customers bought as their orders have it now, mark repurchases, and move types.

    A type with a reason was set by hand and stays. Orders that were cancelled do not count.
    """
    wanted = sorted(set(customer_ids))
    for start in range(0, len(wanted), _BATCH):
        ids = set(wanted[start : start + _BATCH])
        rows = locked_customers(ids, "customer_type", "type_reason", *_SUMS)
        orders = _orders_of(ids)
        _mark_repurchases(orders)
        changes: dict[int, tuple[int, dict[str, Any], dict[str, Any]]] = {}
        for pk, version, customer_type, reason, *stored in rows:
            right: dict[str, Any] = dict(zip(_SUMS, purchases_of(orders[pk]), strict=True))
            before = dict(zip(_SUMS, stored, strict=True)) | {"customer_type": customer_type}
            after = right | {"customer_type": customer_type}
            if not reason and right["order_count"]:
                after["customer_type"] = type_by_purchases(right["yearly_purchases"])
            changed = [key for key in after if after[key] != before[key]]
            if changed:
                changes[pk] = (version, {key: before[key] for key in changed}, {key: after[key] for key in changed})
        write_customer_facts(changes, told=frozenset({"customer_type"}))


def type_by_purchases(yearly: Decimal) -> str:
    """The customer type that so many yuan of purchases make: strategic, key, regular or trial."""
    for key in ("strategic", "key", "regular"):
        if yearly >= decimal_figure(f"sales.{key}_from"):
            return key
    return "trial"


def purchases_of(orders: list[tuple[Any, ...]]) -> tuple[Decimal, Decimal, int, date | None]:
    """(purchases of the last twelve months, of all time, how many orders, the last day) of one customer's orders."""
    edge = today() - timedelta(days=integer_figure("sales.purchase_days"))
    # Added up here: SQLite would add as floating point.
    yearly = sum((amount for _pk, day, amount, _mark in orders if day > edge), Decimal(0))
    total = sum((amount for _pk, _day, amount, _mark in orders), Decimal(0))
    return yearly, total, len(orders), max((day for _pk, day, _amount, _mark in orders), default=None)


def _orders_of(customer_ids: set[int]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    rows = Order.objects.ungated("stored fact").filter(customer_id__in=customer_ids, deleted_at__isnull=True)
    rows = rows.exclude(state=Order.State.CANCELLED).order_by("ordered_on", "pk")
    for customer_id, *row in rows.values_list("customer_id", "pk", "ordered_on", "amount", "is_repurchase"):
        found[customer_id].append(tuple(row))
    return found


def _mark_repurchases(orders: dict[int, list[tuple[Any, ...]]]) -> None:
    """Every order but a customer's first is a repurchase."""
    for is_repurchase in (True, False):
        wrong = [
            pk
            for rows in orders.values()
            for place, (pk, _day, _amount, mark) in enumerate(rows)
            if (place > 0) is is_repurchase and mark is not is_repurchase
        ]
        if wrong:
            Order.objects.ungated("stored fact").filter(pk__in=wrong).update(is_repurchase=is_repurchase)


@schedule("sales.purchases_daily", cron="20 3 * * *")
def follow_the_calendar() -> None:
    """Orders grow older than the span that counts: once a day, whoever bought anything is counted anew."""
    rows = Customer.objects.ungated("stored fact").filter(order_count__gt=0, deleted_at__isnull=True)
    refresh_purchases(list(rows.order_by("pk").values_list("pk", flat=True)))


@on_rows_moved
def _of_merged(customer_id: int) -> None:
    refresh_purchases({customer_id})


def _check() -> Iterator[str]:
    """What the installation's check finds: purchases that differ from the orders. The yearly sum moves at night."""
    last = 0
    while True:
        rows = Customer.objects.ungated("doctor").filter(pk__gt=last, deleted_at__isnull=True).order_by("pk")
        batch = list(rows.values_list("pk", "number", *_SUMS[1:])[:_BATCH])
        if not batch:
            return
        orders = _orders_of({row[0] for row in batch})
        for pk, number, *stored in batch:
            if tuple(stored) != (right := purchases_of(orders[pk])[1:]):
                yield f"{number}: bought {stored[0]} in {stored[1]} orders, by its orders {right[0]} in {right[1]}"
        last = batch[-1][0]


register_thorough_check("purchases", _check)
