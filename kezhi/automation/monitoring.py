"""How rules run: per rule and day, what failed, how late, what was delivered (AUTO-6)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import floor

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext

from kezhi.automation.models import Rule, RuleRun, RunState
from kezhi.automation.spans import UNITS
from kezhi.core.clock import company_zone, now
from kezhi.core.figures import integer_figure
from kezhi.work.deliveries import delivery_rate


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """How one rule did in a span of days. ``lag`` and ``slowest`` are seconds from event to end (waits apart)."""

    runs: int = 0
    done: int = 0
    failed: int = 0
    stopped: int = 0
    waiting: int = 0
    last_at: datetime | None = None

    @property
    def success(self) -> float | None:
        """Percent of ended runs that ended well; None when none has ended."""
        ended = self.done + self.failed
        return round(100 * self.done / ended, 1) if ended else None

    @property
    def is_failing(self) -> bool:
        """Whether more fail than the figure allows."""
        ended = self.done + self.failed
        return bool(ended) and 100 * self.failed > integer_figure("automation.failing_percent") * ended

    @property
    def words(self) -> str:
        """Success in words."""
        return "—" if self.success is None else gettext("成功 %(percent)s%%") % {"percent": f"{self.success:g}"}


@dataclass(frozen=True, slots=True)
class Day:
    """One day of runs."""

    day: date
    runs: int
    failed: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All rules together."""

    days: list[Day]
    runs: int
    failed: int
    lag: float | None
    slowest: float | None
    unfinished: int
    done: int = 0
    delivered: float | None = None

    @property
    def success_words(self) -> str:
        """Of the runs that ended, how many percent ended well."""
        ended = self.done + self.failed
        return percent_words(self.done / ended if ended else None)

    @property
    def delivered_words(self) -> str:
        """Of the messages tried to the end, through whatever channel, how many percent arrived."""
        return percent_words(self.delivered)

    @property
    def most(self) -> int:
        """The busiest day's runs, for drawing."""
        return max((day.runs for day in self.days), default=0)

    @property
    def last(self) -> Day:
        """Today so far."""
        return self.days[-1]

    @property
    def lag_words(self) -> str:
        """How long runs take after what started them, in words."""
        return span_words(self.lag)

    @property
    def slowest_words(self) -> str:
        """The longest of them, in words."""
        return span_words(self.slowest)


def figures_by_rule(days: int = 30, rule_id: int | None = None) -> dict[int, RuleFigures]:
    """Figures of every rule (or one) in one query."""
    rows = RuleRun.objects.filter(started_at__gte=now() - timedelta(days=days))
    if rule_id is not None:
        rows = rows.filter(rule_id=rule_id)
    counted = (
        rows.order_by()
        .values("rule_id")
        .annotate(
            runs=Count("pk"),
            done=Count("pk", filter=Q(state=RunState.DONE)),
            failed=Count("pk", filter=Q(state=RunState.FAILED)),
            stopped=Count("pk", filter=Q(state=RunState.STOPPED)),
            waiting=Count("pk", filter=Q(state__in=(RunState.WAITING, RunState.READY))),
            last_at=Max("started_at"),
        )
    )
    return {
        row["rule_id"]: RuleFigures(
            row["runs"], row["done"], row["failed"], row["stopped"], row["waiting"], row["last_at"]
        )
        for row in counted
    }


def overview(days: int = 30, rule_id: int | None = None) -> Overview:
    """Runs per day and how late they ended."""
    since = now() - timedelta(days=days)
    rows = RuleRun.objects.filter(started_at__gte=since)
    if rule_id is not None:
        rows = rows.filter(rule_id=rule_id)
    per_day = (
        rows.order_by()
        .annotate(day=TruncDate("started_at", tzinfo=company_zone()))
        .values("day")
        .annotate(runs=Count("pk"), failed=Count("pk", filter=Q(state=RunState.FAILED)))
    )
    found = {row["day"]: Day(row["day"], row["runs"], row["failed"]) for row in per_day}
    here = now().astimezone(company_zone()).date()
    listed = [
        found.get(day, Day(day, 0, 0)) for day in (here - timedelta(days=back) for back in range(days - 1, -1, -1))
    ]
    took = ExpressionWrapper(F("finished_at") - F("happened_at"), output_field=DurationField())
    # Runs that waited on purpose say nothing about lag: those that ended at the first go do.
    ended = rows.filter(state=RunState.DONE, attempts=0, finished_at__lte=F("started_at") + timedelta(minutes=10))
    lag = ended.aggregate(mean=Avg(took), most=Max(took))
    return Overview(
        listed,
        sum(day.runs for day in listed),
        sum(day.failed for day in listed),
        _seconds(lag["mean"]),
        _seconds(lag["most"]),
        rows.filter(state__in=(RunState.WAITING, RunState.READY)).count(),
        rows.filter(state=RunState.DONE).count(),
        delivery_rate(since) if rule_id is None else None,
    )


def span_words(seconds: float | None) -> str:
    """A lag in words: seconds while they say something, then minutes, hours, days."""
    if seconds is None:
        return ""
    if seconds < 100:
        return gettext("%(number)s 秒") % {"number": f"{seconds:g}"}
    for unit, length, most in (("minute", 60, 100), ("hour", 3600, 72), ("day", 86400, 0)):
        number = round(seconds / length)
        if number < most or not most:
            return gettext("%(number)s %(unit)s") % {"number": number, "unit": UNITS[unit]}
    return ""


def due_for_review() -> list[Rule]:
    """Rules that are on and nobody has looked at for the figure's days."""
    before = now() - timedelta(days=integer_figure("automation.review_days"))
    rows = Rule.objects.filter(is_on=True, deleted_at__isnull=True, turned_at__lt=before)
    return list(rows.filter(Q(reviewed_at__isnull=True) | Q(reviewed_at__lt=before)))


def failing_rules(days: int = 30) -> list[Rule]:
    """Rules that are on and fail more often than the figure allows."""
    failing = {rule_id for rule_id, known in figures_by_rule(days).items() if known.is_failing}
    return list(Rule.objects.filter(pk__in=failing, is_on=True, deleted_at__isnull=True))


def percent_words(part: float | None) -> str:
    """A part (0–1) as percent; "" where there is none."""
    # Rounded down: only what never failed is a hundred.
    return "" if part is None else f"{floor(1000 * part) / 10:g}%"


def _seconds(span: timedelta | None) -> float | None:
    return round(span.total_seconds(), 1) if span is not None else None
