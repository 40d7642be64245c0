"""The statements behind the forecast: few, over many rows, grouped in the database (SAL-8)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Avg, Case, Count, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable

from kezhi.access.actors import Actor
from kezhi.sales.forecast.asked import Asked, countable
from kezhi.sales.models import Opportunity, StageStay, Target

# Ways a stage is passed: entered in the span, left since, left for an open or won stage.
ENTERED, LEFT, ONWARD = "entered", "left", "onward"
_CENT = Decimal("0.01")
_ZERO = Decimal(0)


@dataclass(slots=True)
class Money:
    """What one person, month or team has in view, in yuan; the forecast is what is won and what is still open.

    ``commit``, ``best`` and ``pipeline`` are open amounts by category, ``weighted`` the open amounts (without those
    left out of the forecast) times the chance of their stage.
    """

    won: Decimal = _ZERO
    commit: Decimal = _ZERO
    best: Decimal = _ZERO
    pipeline: Decimal = _ZERO
    omitted: Decimal = _ZERO
    weighted: Decimal = _ZERO
    target: Decimal = _ZERO
    won_count: int = 0
    open_count: int = 0

    def add(self, other: "Money") -> None:
        """Take another's amounts in, targets included."""
        for name in ("won", "commit", "best", "pipeline", "omitted", "weighted", "target", "won_count", "open_count"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def likely(self) -> Decimal:
        """Won and weighted."""
        return self.won + self.weighted

    @property
    def safe(self) -> Decimal:
        """Won and committed."""
        return self.won + self.commit

    @property
    def top(self) -> Decimal:
        """Won, committed and the best case."""
        return self.safe + self.best

    @property
    def attainment(self) -> int | None:
        """What is won of the target in percent; None without a target."""
        return percent(self.won, self.target)

    @property
    def gap(self) -> Decimal:
        """What is missing to the target after what is won and committed; zero when nothing is."""
        return max(self.target - self.safe, _ZERO)


@dataclass(slots=True)
class Counted:
    """The forecast's raw figures: by owner (0: nobody) and number of the month."""

    cells: dict[tuple[int, int], Money] = field(default_factory=lambda: defaultdict(Money))
    overdue: Money = field(default_factory=Money)
    undated: Money = field(default_factory=Money)

    def by_owner(self) -> dict[int, Money]:
        """Summed over the months."""
        return _summed((owner, cell) for (owner, _month), cell in self.cells.items())

    def by_month(self) -> dict[int, Money]:
        """Summed over the owners."""
        return _summed((month, cell) for (_owner, month), cell in self.cells.items())


def percent(part: Decimal | int, whole: Decimal | int) -> int | None:
    """A share in whole percent; None of nothing."""
    if not whole:
        return None
    return int((Decimal(100) * part / whole).to_integral_value(ROUND_HALF_UP))


def exact(value: Any) -> Decimal:
    """A sum to the cent; SQLite adds amounts as binary fractions."""
    return Decimal(value or 0).quantize(_CENT, ROUND_HALF_UP)


def count_forecast(asked: Asked, actor: Actor, *, today: date) -> Counted:
    """What was won and what is open, month by month, in three statements."""
    counted = Counted()
    rows: Any = countable(asked, actor)
    won = rows.filter(
        state=Opportunity.State.WON, closed_at__gte=asked.moments[0], closed_at__lt=asked.moments[-1]
    ).annotate(month=_month("closed_at", asked.moments))
    for row in won.values("owner_id", "month").order_by().annotate(total=Sum("amount"), number=Count("*")):
        cell = counted.cells[row["owner_id"] or 0, row["month"]]
        cell.won += exact(row["total"])
        cell.won_count += row["number"]
    open_rows = rows.filter(state=Opportunity.State.OPEN)
    dated = open_rows.filter(
        expected_close_on__gte=max(asked.first, today.replace(day=1)), expected_close_on__lt=asked.end
    )
    dated = dated.annotate(month=_month("expected_close_on", asked.edges))
    for row in _by_category(dated, "owner_id", "month"):
        _open(counted.cells[row["owner_id"] or 0, row["month"]], row)
    # Open although its month has passed, or without a day: in no month, and yet not to be forgotten.
    late = open_rows.filter(expected_close_on__lt=late_before(asked, today))
    for row in _by_category(late):
        _open(counted.overdue, row)
    for row in _by_category(open_rows.filter(expected_close_on__isnull=True)):
        _open(counted.undated, row)
    return counted


def late_before(asked: Asked, today: date) -> date:
    """The day before which what is open counts as overdue: in the present month all of it may still close."""
    month = today.replace(day=1)
    return month if asked.first <= month else today


@dataclass(frozen=True, slots=True)
class Targets:
    """Targets of the span: of people by (id, month number), of departments likewise."""

    people: Mapping[tuple[int, int], Decimal]
    departments: Mapping[tuple[int, int], Decimal]


def read_targets(asked: Asked) -> Targets:
    """All targets of the span; who may see whose is for the page to say."""
    number = {day: place for place, day in enumerate(asked.edges[:-1])}
    people: dict[tuple[int, int], Decimal] = {}
    departments: dict[tuple[int, int], Decimal] = {}
    rows = Target.objects.filter(month__gte=asked.edges[0], month__lt=asked.edges[-1])
    for month, user_id, department_id, amount in rows.values_list("month", "user_id", "department_id", "amount"):
        if user_id is not None:
            people[user_id, number[month]] = amount
        else:
            departments[department_id, number[month]] = amount
    return Targets(people, departments)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the opportunities of one group ended; ``key`` is the group's value."""

    key: Any
    won: int
    lost: int
    won_amount: Decimal
    lost_amount: Decimal
    days: Decimal | None

    @property
    def closed(self) -> int:
        """Won and lost."""
        return self.won + self.lost

    @property
    def rate(self) -> Decimal | None:
        """Won of closed in percent, to a tenth; None when nothing has closed."""
        return (Decimal(100) * self.won / self.closed).quantize(Decimal("0.1")) if self.closed else None


def count_outcomes(asked: Asked, actor: Actor, by: str) -> list[Outcome]:
    """What was won and lost in the span by one column (``""``: altogether; ``"month"``), the largest first.

    ``days`` is the average of days from creation to the won end.
    """
    rows: Any = countable(asked, actor).filter(
        state__in=(Opportunity.State.WON, Opportunity.State.LOST),
        closed_at__gte=asked.moments[0],
        closed_at__lt=asked.moments[-1],
    )
    if by == "month":
        rows = rows.annotate(month=_month("closed_at", asked.moments))
    won, lost = Q(state=Opportunity.State.WON), Q(state=Opportunity.State.LOST)
    figures = {
        "won": Count("id", filter=won),
        "lost": Count("id", filter=lost),
        "won_amount": Sum("amount", filter=won),
        "lost_amount": Sum("amount", filter=lost),
        "days": Avg("days_to_close", filter=won),
    }
    found = [rows.aggregate(**figures) | {"": None}] if not by else rows.values(by).order_by().annotate(**figures)
    outcomes = [
        Outcome(
            row[by],
            row["won"],
            row["lost"],
            exact(row["won_amount"]),
            exact(row["lost_amount"]),
            None if row["days"] is None else Decimal(str(row["days"])).quantize(Decimal("0.1"), ROUND_HALF_UP),
        )
        for row in found
    ]
    return sorted(outcomes, key=lambda one: (-one.won_amount, -one.closed, str(one.key)))


@dataclass(frozen=True, slots=True)
class Passage:
    """How a stage was passed in the span: who entered, who went on (left it for an open or won stage), how long."""

    stage: str
    entered: int
    left: int
    onward: int
    days: Decimal | None

    @property
    def rate(self) -> int | None:
        """Went on of those who left, in percent."""
        return percent(self.onward, self.left)


def count_passages(asked: Asked, actor: Actor, lost_stages: Sequence[str]) -> dict[str, Passage]:
    """By stage: entered in the span, left since, went on, and the average days of finished stays."""
    gone, onward = passage(LEFT, lost_stages), passage(ONWARD, lost_stages)
    figures: Any = (
        stays_within(asked, actor)
        .values("stage_id")
        .annotate(
            entered=Count("opportunity_id", distinct=True),
            left=Count("opportunity_id", filter=gone, distinct=True),
            onward=Count("opportunity_id", filter=onward, distinct=True),
            days=Avg("days", filter=gone),
        )
    )
    return {
        row["stage_id"]: Passage(
            row["stage_id"],
            row["entered"],
            row["left"],
            row["onward"],
            None if row["days"] is None else Decimal(str(row["days"])).quantize(Decimal("0.1"), ROUND_HALF_UP),
        )
        for row in figures.order_by()
    }


def stays_within(asked: Asked, actor: Actor) -> QuerySet[StageStay]:
    """Stays in stages that began in the span, of opportunities the actor counts."""
    seen = countable(asked, actor).order_by().values("pk")
    rows = StageStay.objects.filter(entered_at__gte=asked.moments[0], entered_at__lt=asked.moments[-1])
    return rows.filter(opportunity__in=seen)


def passage(passed: str, lost_stages: Sequence[str]) -> Q:
    """The stays that count as entered, as left, or as gone on."""
    if passed == ENTERED:
        return Q()
    gone = Q(left_at__isnull=False)
    return gone & ~Q(opportunity__stage_id__in=lost_stages) if passed == ONWARD else gone


def _month(column: str, edges: Sequence[date] | Sequence[datetime]) -> Combinable:
    """The number of the month a column falls in; the rows are within the edges already."""
    whens = [When(**{f"{column}__lt": edge}, then=Value(number)) for number, edge in enumerate(edges[1:])]
    return Case(*whens, default=Value(len(edges) - 2), output_field=IntegerField())


def _by_category(rows: Any, *columns: str) -> Iterable[dict[str, Any]]:
    grouped: Iterable[dict[str, Any]] = (
        rows.values(*columns, "forecast")
        .order_by()
        .annotate(total=Sum("amount"), weighed=Sum("weighted_amount"), number=Count("*"))
    )
    return grouped


def _open(cell: Money, row: Mapping[str, Any]) -> None:
    amount = exact(row["total"])
    category = row["forecast"]
    setattr(cell, category, getattr(cell, category) + amount)
    cell.open_count += row["number"]
    if category != Opportunity.Forecast.OMITTED:
        cell.weighted += exact(row["weighed"])


def _summed(pairs: Iterable[tuple[int, Money]]) -> dict[int, Money]:
    found: dict[int, Money] = defaultdict(Money)
    for key, cell in pairs:
        found[key].add(cell)
    return dict(found)
