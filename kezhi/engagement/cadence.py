"""Which cadence plan a customer has and when to get in touch next: worked out set-wise, stored, compared (FUP-1).

``cadence`` and ``cadence_next_on`` of a customer follow from level, lifecycle and whatever else the plans' conditions
name, from the last follow-up, and from what the customer signalled. One query says which plan each of thousands has.
"""

from calendar import monthrange
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Case, IntegerField, Q, Value, When

from kezhi.access.actors import system_actor
from kezhi.core import epochs
from kezhi.core.clock import day_start, local, now, today
from kezhi.core.conditions import ConditionProblem, parse, to_q
from kezhi.core.figures import integer_figure
from kezhi.core.health import register_thorough_check
from kezhi.core.jobs import enqueue, job, schedule
from kezhi.core.prepared import Prepared, prepare
from kezhi.core.workdays import add_workdays
from kezhi.customers.listening import on_customers_changed
from kezhi.customers.models import Customer
from kezhi.engagement.models import CadencePlan
from kezhi.records.registry import TypeCatalogue, record_type

EPOCH = "cadence"
# What customers signalled: contacts get denser, rest, or the waking call found no answer.
EAGER, RESTING, ASLEEP = "eager", "resting", "asleep"
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it is used. ``stage`` is a :class:`CadencePlan.Stage`."""

    key: str
    stage: str
    every: int
    unit: str
    condition: Any

    @property
    def days(self) -> int:
        """Its length, a month as 30 days; over so many days customers that are late are spread."""
        return self.every * {"day": 1, "week": 7, "month": 30}[self.unit]

    def after(self, day: date, factor: int = 1) -> date:
        """The day its length after another; a fraction of it where contacts are denser."""
        if factor > 1 or self.unit != "month":
            return day + timedelta(days=max(1, self.days // factor))
        return months_after(day, self.every)


class Tended(NamedTuple):
    """What decides about a customer's next day, in the order of :data:`_COLUMNS`."""

    owner_id: int | None
    last_followed_at: datetime | None
    owned_since: datetime | None
    created_at: datetime
    mood: str
    until: date | None


_COLUMNS = ("owner_id", "last_followed_at", "owned_since", "created_at", "cadence_mood", "cadence_until")


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def plans() -> list[Plan]:
    """The plans in use, in order."""
    found: list[Plan] = epochs.cached(EPOCH, "plans", _load)
    return found


def _load() -> list[Plan]:
    return [
        Plan(row.key, row.stage, row.every, row.unit, row.condition) for row in CadencePlan.objects.filter(is_on=True)
    ]


@transaction.atomic
def refresh_cadence(customer_ids: Collection[int]) -> int:
    """Write plan and next day of these customers as they are now; gives how many changed. Leaves right ones alone."""
    if not customer_ids:
        return 0
    changed = _wrong(_statement().ask(customer_ids), today())
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE customers_customer SET cadence = %s, cadence_next_on = %s WHERE id = %s",
            [(key, day, pk) for pk, key, day in changed],
        )
    return len(changed)


def _statement() -> Prepared:
    """Locks and reads customers by their ids. Kept for a minute, while no plan, figure, field or list changes."""
    stamp = (connection.vendor, epochs.state(), now().replace(second=0, microsecond=0))
    known: dict[object, Prepared] = epochs.cached(EPOCH, "statements", dict)
    found = known.get(stamp)
    if found is None:
        rows = Customer.objects.ungated("stored fact").select_for_update(of=("self",)).order_by("pk")
        found = prepare(_read(rows))
        known.clear()
        known[stamp] = found
    return found


def _read(rows: Any) -> Any:
    """(id, stored plan, stored day, number of the plan it should have, what decides) of customers."""
    return rows.annotate(plan_number=_plan_number()).values_list(
        "pk", "cadence", "cadence_next_on", "plan_number", *_COLUMNS
    )


def _plan_number() -> Case:
    """Which plan a customer should have, by its number in :func:`plans`; -1 for none."""
    known = record_type("customer")
    reader = system_actor("cadence", door="job")
    catalogue, context = TypeCatalogue(known, reader), reader.condition_context()
    quiet_since = day_start(months_after(today(), -integer_figure("engagement.dormant_months")))
    quiet = Q(last_followed_at__lt=quiet_since) | Q(last_followed_at__isnull=True, created_at__lt=quiet_since)
    lively = Q(last_followed_at__gte=quiet_since) | Q(last_followed_at__isnull=True, created_at__gte=quiet_since)
    asleep = Q(cadence_mood=ASLEEP)
    awake = ~asleep
    stages = {
        CadencePlan.Stage.ASLEEP: asleep,
        CadencePlan.Stage.DORMANT: awake & quiet,
        CadencePlan.Stage.ACTIVE: awake & lively,
    }
    cases = []
    for number, plan in enumerate(plans()):
        try:
            wanted = to_q(parse(plan.condition, catalogue), catalogue, context)
        except ConditionProblem:
            continue  # names a field that is gone; shown as broken on the settings page
        cases.append(When(stages[CadencePlan.Stage(plan.stage)] & wanted, then=Value(number)))
    return Case(*cases, default=Value(-1), output_field=IntegerField())


def _wrong(rows: Sequence[tuple[Any, ...]], day: date) -> list[tuple[int, str, date | None]]:
    """(id, right plan, right day) of the rows that are stored otherwise."""
    known = plans()
    found = []
    for pk, key, stored, number, *rest in rows:
        tended = Tended(*rest)
        plan = known[number] if number >= 0 and tended.owner_id is not None else None
        right_key = plan.key if plan is not None else ""
        right = next_day(plan, tended, pk, stored if key == right_key else None, day) if plan is not None else None
        if (key, stored) != (right_key, right):
            found.append((pk, right_key, right))
    return found


def next_day(plan: Plan, tended: Tended, pk: int, stored: date | None, day: date) -> date:
    """The next working day to get in touch.

    A day that has gone by when a customer gets its plan is spread over the length of the plan, so that an import does
    not make everybody due at once; ``stored`` is the day it was spread to before and stays.
    """
    if tended.mood == RESTING and tended.until is not None and tended.until > day:
        return add_workdays(tended.until, 0)
    if tended.last_followed_at is None:
        since = local(tended.owned_since or tended.created_at).date()
        wanted = since + timedelta(days=pk % plan.days)
    elif plan.stage == CadencePlan.Stage.DORMANT:
        wanted = months_after(local(tended.last_followed_at).date(), integer_figure("engagement.dormant_months"))
    else:
        eager = tended.mood == EAGER and tended.until is not None and tended.until >= day
        factor = integer_figure("engagement.eager_factor") if eager else 1
        wanted = plan.after(local(tended.last_followed_at).date(), factor)
    wanted = add_workdays(wanted, 0)
    if wanted >= day:
        return wanted
    if stored is not None and stored >= wanted:
        return stored
    return add_workdays(day + timedelta(days=pk % plan.days), 0)


@job("engagement.refresh_cadence")
def refresh_batch(after: int = 0) -> None:
    """Plan one batch anew and go on with the next in another job; killed, it goes on where it was."""
    rows = Customer.objects.ungated("stored fact").filter(pk__gt=after, deleted_at__isnull=True).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:_BATCH])
    refresh_cadence(ids)
    if len(ids) == _BATCH:
        enqueue(refresh_batch, after=ids[-1])


@schedule("engagement.refresh_cadence_daily", cron="40 2 * * *")
def refresh_everything() -> None:
    """Once a night: customers fall asleep, moods end, figures and the calendar change."""
    start_refresh()


def start_refresh() -> None:
    """Plan everybody anew in the background, after plans changed."""
    enqueue(refresh_batch, unique_key="cadence:all")


def _check() -> Iterator[str]:
    """Stored plans and days that differ from what they should be."""
    last = 0
    while True:
        rows = Customer.objects.ungated("doctor").filter(pk__gt=last, deleted_at__isnull=True).order_by("pk")
        batch = list(_read(rows)[:_BATCH])
        if not batch:
            return
        for pk, key, day in _wrong(batch, today()):
            yield f"customer {pk}: its cadence should be {key or 'none'}, next on {day}"
        last = batch[-1][0]


on_customers_changed(refresh_cadence)
register_thorough_check("cadence", _check)
