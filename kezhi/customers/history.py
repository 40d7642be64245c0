"""Which customers were merged into which, and which contacts."""

from typing import Any

from kezhi.customers.models import Contact, Customer


def merged_ids(customer_id: int) -> list[int]:
    """Ids of the customers merged into this one, those merged into them included."""
    return _gone_into(Customer, customer_id)


def folded_ids(contact_id: int) -> list[int]:
    """Ids of the contacts that became one with this one when their customers did."""
    return _gone_into(Contact, contact_id)


def merged_onward(customer_id: int) -> int | None:
    """The customer that this one is now part of; None if it was not merged into another."""
    return _onward(Customer, customer_id)


def folded_onward(contact_id: int) -> int | None:
    """The contact that this one is now part of; None if it is one of its own."""
    return _onward(Contact, contact_id)


def _onward(model: Any, record_id: int) -> int | None:
    place, onward = record_id, None
    while True:
        rows = model.objects.ungated("merged onward").filter(pk=place).values_list("merged_into_id", flat=True)
        if (place := rows.first()) is None:
            return onward
        onward = place


def _gone_into(model: Any, record_id: int) -> list[int]:
    found: list[int] = []
    waiting = [record_id]
    while waiting:
        rows = model.objects.ungated("merged history").filter(merged_into_id__in=waiting)
        waiting = list(rows.values_list("pk", flat=True))
        found += waiting
    return found
