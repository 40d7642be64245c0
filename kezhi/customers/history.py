"""Which customers were merged into which."""

from kezhi.customers.models import Customer


def merged_ids(customer_id: int) -> list[int]:
    """Ids of the customers merged into this one, those merged into them included."""
    found: list[int] = []
    waiting = [customer_id]
    while waiting:
        rows = Customer.objects.ungated("merged history").filter(merged_into_id__in=waiting)
        waiting = list(rows.values_list("pk", flat=True))
        found += waiting
    return found
