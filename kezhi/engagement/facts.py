"""The dates of a customer that follow-ups, their tasks and its leads move: first, last, next follow-up (CUS-1)."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max, Min

from kezhi.customers.merging import on_rows_moved
from kezhi.customers.models import Customer
from kezhi.customers.recalling import refresh_recall
from kezhi.engagement.cadence import refresh_cadence
from kezhi.engagement.models import FollowUp
from kezhi.sales.facts_pipelines import refresh_activities_of_customers
from kezhi.sales.joining import on_leads_joined
from kezhi.sales.models import Lead
from kezhi.work.changes import on_tasks_changed
from kezhi.work.models import Task


def refresh_follow_facts(customer_ids: set[int]) -> None:
    """Write the dates as follow-ups and open tasks have them now; leaves rows alone that are right already."""
    if not customer_ids:
        return
    # Locked first: whoever waits here then counts what the other one has stored.
    rows = Customer.objects.ungated("stored fact").filter(pk__in=customer_ids).order_by("pk").select_for_update()
    stored = list(rows.values_list("pk", "first_followed_at", "last_followed_at", "next_follow_at"))
    done = {
        row["customer_id"]: (row["first"], row["last"])
        for row in FollowUp.objects.ungated("stored fact")
        .filter(customer_id__in=customer_ids, deleted_at__isnull=True)
        .values("customer_id")
        .annotate(first=Min("happened_at"), last=Max("happened_at"))
    }
    for customer_id, first, last in _said_to_leads(customer_ids):
        known = done.get(customer_id)
        done[customer_id] = (min(first, known[0]), max(last, known[1])) if known else (first, last)
    planned = {
        row["about_id"]: row["due"]
        for row in Task.objects.ungated("stored fact")
        .filter(about_type="customer", about_id__in=customer_ids, state=Task.State.OPEN, deleted_at__isnull=True)
        .values("about_id")
        .annotate(due=Min("due_at"))
    }
    moved: set[int] = set()
    for pk, first, last, due in stored:
        wanted = (*done.get(pk, (None, None)), planned.get(pk))
        if wanted != (first, last, due):
            Customer.objects.ungated("stored fact").filter(pk=pk).update(
                first_followed_at=wanted[0], last_followed_at=wanted[1], next_follow_at=wanted[2]
            )
            moved.add(pk)
    refresh_recall(moved)
    refresh_cadence(moved)
    refresh_activities_of_customers(moved)


def _said_to_leads(customer_ids: set[int]) -> list[tuple[int, datetime, datetime]]:
    """When the leads a customer came from were first and last spoken to: its history begins with theirs (LEAD-5)."""
    rows = Lead.objects.ungated("stored fact").filter(
        customer_id__in=customer_ids,
        state=Lead.State.QUALIFIED,
        first_contacted_at__isnull=False,
        last_contacted_at__isnull=False,
    )
    return [
        (row["customer_id"], row["first"], row["last"])
        for row in rows.order_by()
        .values("customer_id")
        .annotate(first=Min("first_contacted_at"), last=Max("last_contacted_at"))
    ]


on_leads_joined(refresh_follow_facts)


@on_tasks_changed
def _follow_dates_of_tasks(tasks: Sequence[Task]) -> None:
    refresh_follow_facts({task.about_id for task in tasks if task.about_type == "customer" and task.about_id})


@on_rows_moved
def _follow_dates_of_merged(customer_id: int) -> None:
    refresh_follow_facts({customer_id})
