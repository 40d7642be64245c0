"""The report of one month: how the rules ran, what was delivered, what failed and why (AUTO-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Q
from django.db.models.functions import Right

from kezhi.automation.models import Rule, RuleRun, RunState
from kezhi.automation.monitoring import RuleFigures, percent_words, span_words
from kezhi.core.clock import day_start
from kezhi.work.deliveries import ChannelRecord, channel_records

_MOST_REASONS = 10
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class RuleLine:
    """How one rule did; times in words."""

    rule: Rule
    figures: RuleFigures
    lag: str
    slowest: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why runs of a rule failed, and how many did."""

    rule: Rule
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class MonthReport:
    """A calendar month of the company's zone; ``lines`` has the busiest rule first."""

    first: date
    lines: Sequence[RuleLine]
    reasons: Sequence[Reason]
    channels: Sequence[ChannelRecord]
    lag: str
    slowest: RuleLine | None

    @property
    def runs(self) -> int:
        """Runs of all rules."""
        return sum(line.figures.runs for line in self.lines)

    @property
    def failed(self) -> int:
        """How many of them failed."""
        return sum(line.figures.failed for line in self.lines)

    @property
    def success_words(self) -> str:
        """Of the runs that ended, how many percent ended well."""
        done = sum(line.figures.done for line in self.lines)
        return percent_words(done / (done + self.failed) if done + self.failed else None)

    @property
    def delivered_words(self) -> str:
        """Of the messages tried to the end, how many percent arrived."""
        sent = sum(each.sent for each in self.channels)
        ended = sent + sum(each.failed for each in self.channels)
        return percent_words(sent / ended if ended else None)

    @property
    def failing(self) -> list[RuleLine]:
        """The rules that failed more often than the figure allows."""
        return [line for line in self.lines if line.figures.is_failing]

    @property
    def previous(self) -> date:
        """The first day of the month before."""
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def following(self) -> date:
        """The first day of the month after."""
        return following(self.first)


def following(first: date) -> date:
    """The first day of the month after that of a day."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_report(first: date) -> MonthReport:
    """The report of the month that begins on this day; four queries however much ran."""
    since, until = day_start(first), day_start(following(first))
    rows = RuleRun.objects.filter(started_at__gte=since, started_at__lt=until).order_by()
    took = ExpressionWrapper(F("finished_at") - F("happened_at"), output_field=DurationField())
    # Runs that waited on purpose say nothing about lag: those that ended at the first go do.
    prompt = Q(state=RunState.DONE, attempts=0, finished_at__lte=F("started_at") + timedelta(minutes=10))
    counted = rows.values("rule_id").annotate(
        runs=Count("pk"),
        done=Count("pk", filter=Q(state=RunState.DONE)),
        failed=Count("pk", filter=Q(state=RunState.FAILED)),
        stopped=Count("pk", filter=Q(state=RunState.STOPPED)),
        last_at=Max("started_at"),
        lag=Avg(took, filter=prompt),
        slowest=Max(took, filter=prompt),
        prompt=Count("pk", filter=prompt),
    )
    found = list(counted.order_by("-runs", "rule_id"))
    failed = (
        rows.filter(state=RunState.FAILED)
        .annotate(end=Right("error", _LONGEST))
        .values("rule_id", "end")
        .annotate(count=Count("pk"))
        .order_by("-count", "rule_id", "end")[:_MOST_REASONS]
    )
    reasons = list(failed)
    rules = Rule.objects.in_bulk({row["rule_id"] for row in [*found, *reasons]})
    lines = [
        RuleLine(
            rules[row["rule_id"]],
            RuleFigures(row["runs"], row["done"], row["failed"], row["stopped"], last_at=row["last_at"]),
            span_words(_seconds(row["lag"])),
            span_words(_seconds(row["slowest"])),
        )
        for row in found
    ]
    timed = [(row, line) for row, line in zip(found, lines, strict=True) if row["lag"] is not None]
    slowest = max(timed, key=lambda pair: pair[0]["slowest"], default=None)
    total = sum(row["prompt"] for row, _line in timed)
    mean = sum((row["lag"] * row["prompt"] for row, _line in timed), timedelta()) / total if total else None
    return MonthReport(
        first,
        lines,
        [Reason(rules[row["rule_id"]], _said(row["end"]), row["count"]) for row in reasons],
        channel_records(since, until),
        span_words(_seconds(mean)),
        slowest[1] if slowest else None,
    )


def _said(error: str) -> str:
    """What a run's error comes to: of a program's trace its last line."""
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _seconds(span: timedelta | None) -> float | None:
    return round(span.total_seconds(), 1) if span is not None else None
