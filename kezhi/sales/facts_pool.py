"""When customers last signed, kept where the pool reads it (CUS-15)."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Max

from kezhi.customers.models import Customer
from kezhi.customers.recalling import refresh_recall
from kezhi.sales.models import Contract


@transaction.atomic
def refresh_last_signed(customer_ids: Collection[int]) -> None:
    """Write the day of the last contract these customers signed; leaves right ones alone."""
    rows = Customer.objects.ungated("stored fact").filter(pk__in=customer_ids).order_by("pk")
    stored = dict(rows.select_for_update(of=("self",)).values_list("pk", "last_signed_on"))
    contracts = Contract.objects.ungated("stored fact").filter(customer_id__in=customer_ids, deleted_at__isnull=True)
    signed = contracts.order_by().values("customer_id").annotate(last=Max("signed_on"))
    right = dict(signed.values_list("customer_id", "last"))
    changed = [pk for pk, day in stored.items() if right.get(pk) != day]
    for pk in changed:
        Customer.objects.ungated("stored fact").filter(pk=pk).update(last_signed_on=right.get(pk))
    refresh_recall(changed)
