"""The day on which a customer returns to the pool (CUS-15): worked out, stored, compared.

Stored as ``recall_on`` so that lists, chips and rules read it; the shipped rule releases customers whose day has come.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from kezhi.access.rights import organisation
from kezhi.core.clock import local
from kezhi.core.health import register_thorough_check
from kezhi.core.jobs import enqueue, job, schedule
from kezhi.customers.figures_pool import RecallTerms, recall_terms
from kezhi.customers.models import Customer

_BATCH = 2000
COLUMNS = (
    "owner_id",
    "level",
    "lifecycle",
    "last_followed_at",
    "owned_since",
    "created_at",
    "last_order_on",
    "last_signed_on",
    "protected_until",
)


class Care(NamedTuple):
    """What decides about a customer's day, in the order of :data:`COLUMNS`."""

    owner_id: int | None
    level: str
    lifecycle: str
    last_followed_at: datetime | None
    owned_since: datetime | None
    created_at: datetime
    last_order_on: date | None
    last_signed_on: date | None
    protected_until: date | None


class Terms:
    """The terms of each owner's department, worked out once for many customers."""

    def __init__(self) -> None:
        self._departments = organisation().user_departments
        self._terms: dict[int | None, RecallTerms] = {}

    def of(self, owner_id: int | None) -> RecallTerms:
        """The terms for this owner's customers."""
        department = self._departments.get(owner_id or 0)
        if department not in self._terms:
            self._terms[department] = recall_terms(department)
        return self._terms[department]

    def day(self, care: Care) -> date | None:
        """The day on which a customer returns to the pool; None: never as things stand."""
        if care.owner_id is None:
            return None
        terms = self.of(care.owner_id)
        days = terms.days_of(care.level)
        if not days or (terms.spare_opportunity and care.lifecycle == Customer.Lifecycle.OPPORTUNITY):
            return None
        since = care.owned_since or care.created_at
        if care.last_followed_at is not None and care.last_followed_at > since:
            since = care.last_followed_at
        day = local(since).date() + timedelta(days=days)
        deals = [deal for deal in (care.last_order_on, care.last_signed_on) if deal is not None]
        if deals and terms.deal_days:
            day = max(day, max(deals) + timedelta(days=terms.deal_days))
        if care.protected_until is not None:
            day = max(day, care.protected_until + timedelta(days=1))
        return day


def recall_day(customer: Customer, terms: Terms) -> date | None:
    """The day of one loaded customer."""
    return terms.day(Care(*(getattr(customer, column) for column in COLUMNS)))


@transaction.atomic
def refresh_recall(customer_ids: Collection[int]) -> int:
    """Write the day of these customers as it is now; gives how many changed. Leaves right ones alone."""
    if not customer_ids:
        return 0
    rows = Customer.objects.ungated("stored fact").filter(pk__in=customer_ids).order_by("pk")
    changed = _wrong(list(rows.select_for_update(of=("self",)).values_list("pk", "recall_on", *COLUMNS)))
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE customers_customer SET recall_on = %s WHERE id = %s", [(right, pk) for pk, _was, right in changed]
        )
    return len(changed)


def _wrong(rows: Sequence[tuple[Any, ...]]) -> list[tuple[int, date | None, date | None]]:
    """(id, stored, right) of the rows whose stored day differs."""
    terms = Terms()
    found = []
    for pk, stored, *care in rows:
        right = terms.day(Care(*care))
        if right != stored:
            found.append((pk, stored, right))
    return found


@job("customers.refresh_recall")
def refresh_batch(after: int = 0) -> None:
    """Bring one batch of days up to date and go on with the next in another job; killed, it goes on where it was."""
    rows = Customer.objects.ungated("stored fact").filter(pk__gt=after, deleted_at__isnull=True).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:_BATCH])
    refresh_recall(ids)
    if len(ids) == _BATCH:
        enqueue(refresh_batch, after=ids[-1])


@schedule("customers.refresh_recall_daily", cron="20 2 * * *")
def refresh_everything() -> None:
    """Once a night: figures, levels and departments may have changed."""
    start_refresh()


def start_refresh() -> None:
    """Bring all days up to date in the background, after the terms changed."""
    enqueue(refresh_batch, unique_key="recall:all")


def _check() -> Iterator[str]:
    """Stored days that differ from what the facts say."""
    last = 0
    while True:
        rows = Customer.objects.ungated("doctor").filter(pk__gt=last, deleted_at__isnull=True).order_by("pk")
        batch = list(rows.values_list("pk", "recall_on", *COLUMNS)[:_BATCH])
        if not batch:
            return
        for pk, stored, right in _wrong(batch):
            yield f"customer {pk}: recall_on is {stored}, by its terms it is {right}"
        last = batch[-1][0]


register_thorough_check("recall", _check)
