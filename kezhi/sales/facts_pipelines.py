"""Facts of opportunities that tasks, follow-ups and stages move: next and last activity, how long a stay may last."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DecimalField, F, Max, Min, Value
from django.db.models.functions import Coalesce, Round

from kezhi.access.policies import GuardedQuerySet
from kezhi.core.health import register_thorough_check
from kezhi.customers.merging import on_rows_moved
from kezhi.sales.models import Opportunity
from kezhi.sales.stages import find_stage, stage_facts
from kezhi.work.changes import on_tasks_changed
from kezhi.work.models import Task

_BATCH = 2000
_WRITTEN = 500
_ACTIVITY = ("stage_entered_at", "last_activity_at", "next_activity_at")


@transaction.atomic
def refresh_activities(opportunity_ids: Iterable[int]) -> None:
    """Write when these opportunities were last worked on and what is planned next; the statements are few and fixed."""
    wanted = sorted(set(opportunity_ids))
    for start in range(0, len(wanted), _BATCH):
        ids = set(wanted[start : start + _BATCH])
        # Locked first: whoever waits here then counts what the other one has stored.
        rows = Opportunity.objects.ungated("stored fact").filter(pk__in=ids).order_by("pk")
        stored = list(rows.select_for_update(of=("self",)).values_list("pk", *_ACTIVITY))
        planned, done = _of_tasks(ids)
        met = _of_customers(rows)
        changed = []
        for pk, entered, last, due in stored:
            right = (_latest(entered, done.get(pk), met.get(pk)), planned.get(pk))
            if right != (last, due):
                changed.append(Opportunity(pk=pk, last_activity_at=right[0], next_activity_at=right[1]))
        Opportunity.objects.ungated("stored fact").bulk_update(
            changed, ["last_activity_at", "next_activity_at"], batch_size=_WRITTEN
        )


def refresh_activities_of_customers(customer_ids: Iterable[int]) -> None:
    """The same for the open opportunities of these customers, after somebody was in touch with them (FUP-2)."""
    rows = Opportunity.objects.ungated("stored fact").filter(
        customer_id__in=set(customer_ids), state=Opportunity.State.OPEN
    )
    if ids := list(rows.order_by().values_list("pk", flat=True)):
        refresh_activities(ids)


def stage_due_at(stage_key: str, entered: datetime) -> datetime | None:
    """Until when something that entered this stage then may stay; None: as long as it takes."""
    stage = find_stage(stage_key)
    if stage is None or stage.most_days is None or stage.kind != "open":
        return None
    return entered + timedelta(days=stage.most_days)


@transaction.atomic
def refresh_stage(stage_key: str) -> None:
    """Bring all its opportunities in line with a stage whose probability or longest stay was changed."""
    stage = stage_facts(stage_key)
    rows = Opportunity.objects.ungated("stored fact").filter(stage_id=stage_key)
    rows.update(probability=stage.probability, weighted_amount=weighted(stage.probability))
    due: Any = None
    if stage.most_days is not None and stage.kind == "open":
        due = F("stage_entered_at") + timedelta(days=stage.most_days)
    rows.update(stage_due_at=due)


def weighted(probability: int) -> Any:
    """The amount times a probability in percent, for updates of many rows."""
    # Rounded to the column's places, which SQLite would not do by itself.
    field: DecimalField[Any, Any] = DecimalField(max_digits=16, decimal_places=2)
    amount = Coalesce(F("amount"), Value(0, output_field=field), output_field=field)
    return Round(amount * Value(probability) / Value(100), precision=2, output_field=field)


def _of_tasks(ids: set[int]) -> tuple[dict[int, datetime], dict[int, datetime]]:
    rows = Task.objects.ungated("stored fact").filter(
        about_type="opportunity", about_id__in=ids, deleted_at__isnull=True
    )
    open_tasks = rows.filter(state=Task.State.OPEN, due_at__isnull=False).values("about_id").order_by()
    done_tasks = rows.filter(state=Task.State.DONE).values("about_id").order_by()
    return (
        {row["about_id"]: row["due"] for row in open_tasks.annotate(due=Min("due_at"))},
        {row["about_id"]: row["at"] for row in done_tasks.annotate(at=Max("done_at")) if row["at"]},
    )


def _of_customers(rows: GuardedQuerySet[Opportunity]) -> dict[int, datetime]:
    """When the customers of the open ones among these were last followed up; what ended is over."""
    met = rows.filter(state=Opportunity.State.OPEN, customer__last_followed_at__isnull=False)
    return {pk: at for pk, at in met.order_by().values_list("pk", "customer__last_followed_at") if at is not None}


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


@on_tasks_changed
def _activities_of_tasks(tasks: Sequence[Task]) -> None:
    ids = {task.about_id for task in tasks if task.about_type == "opportunity" and task.about_id}
    if ids:
        refresh_activities(ids)


@on_rows_moved
def _activities_of_merged(customer_id: int) -> None:
    refresh_activities_of_customers({customer_id})


def _check() -> Iterator[str]:
    """What the installation's check finds: activities and stays that differ from tasks and stages."""
    last = 0
    while True:
        rows = Opportunity.objects.ungated("doctor").filter(pk__gt=last, deleted_at__isnull=True).order_by("pk")
        keys = ("pk", "number", "stage_id", "stage_entered_at", "last_activity_at", "next_activity_at", "stage_due_at")
        batch = list(rows.values_list(*keys)[:_BATCH])
        if not batch:
            return
        ids = {row[0] for row in batch}
        planned, done = _of_tasks(ids)
        met = _of_customers(Opportunity.objects.ungated("doctor").filter(pk__in=ids))
        for pk, number, stage, entered, stored, due, until in batch:
            if (stored, due) != (_latest(entered, done.get(pk), met.get(pk)), planned.get(pk)):
                yield f"{number}: last and next activity differ from its tasks and follow-ups"
            if until != stage_due_at(stage, entered):
                yield f"{number}: stage_due_at differs from its stage"
        last = batch[-1][0]


register_thorough_check("activities", _check)
