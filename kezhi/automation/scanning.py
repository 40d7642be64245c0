"""Rules by time: records whose moment has come, found by scanning; each fires once per record and window."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce

from kezhi.automation.catalogue import LiveRule, live_rules
from kezhi.automation.definition import rule_catalogue, rule_reader
from kezhi.automation.dispatching import store_runs
from kezhi.automation.models import Firing, Rule, RuleRun
from kezhi.automation.selecting import pilot_filter
from kezhi.automation.triggers import AGAIN_DAYS, Trigger
from kezhi.core import epochs
from kezhi.core.clock import day_start, now
from kezhi.core.conditions import ConditionProblem, to_q
from kezhi.core.jobs import enqueue, job, schedule
from kezhi.core.jobs.cron import parse_cron
from kezhi.records.fields import Field

_PAGE = 500
_SLACK = timedelta(hours=2)


@schedule("automation.scan", cron="*/5 * * * *")
def scan_lately_due() -> None:
    """Look for records whose moment came since the last look."""
    for rule in live_rules().timed:
        if rule.definition.trigger.on == "time":
            enqueue(scan_rule, unique_key=f"scan:{rule.id}", rule_id=rule.id)


@schedule("automation.scan_all", cron="10 8 * * *")
def scan_everything() -> None:
    """Look at all records once a day: some meet a condition long after their moment came, some fire again."""
    for rule in live_rules().timed:
        if rule.definition.trigger.on == "time":
            enqueue(scan_rule, unique_key=f"scan-all:{rule.id}", rule_id=rule.id, full=True)


@schedule("automation.tick", cron="* * * * *")
def start_due_tables() -> None:
    """Start the rules whose time table names this minute; missed times are made up once."""
    at = now()
    for rule in live_rules().timed:
        trigger = rule.definition.trigger
        if trigger.on != "schedule":
            continue
        row = Rule.objects.select_for_update().get(pk=rule.id)
        since = row.scanned_at or row.turned_at or at
        due = parse_cron(trigger.cron).next_after(min(since, at))
        if due <= at:
            Rule.objects.filter(pk=rule.id).update(scanned_at=at)
            enqueue(scan_rule, unique_key=f"table:{rule.id}", rule_id=rule.id, full=True, moment=at.isoformat())


@job("automation.scan_rule", in_steps=True)
@epochs.snapshot()
def scan_rule(
    rule_id: int, full: bool = False, moment: str = "", after: int = 0, since: str = "", until: str = ""
) -> None:
    """Start a rule for one page of the records whose moment has come, and go on with the next page in another job.

    ``since`` is the last look, before which nothing needs to be looked at again unless ``full``. Looking is done before
    the transaction that starts the rule: on SQLite nobody else writes as long as that lasts.
    """
    rule = live_rules().by_id.get(rule_id)
    if rule is None:
        return
    at = datetime.fromisoformat(until) if until else now()
    is_first = not after and not moment
    if is_first:
        last = Rule.objects.values_list("scanned_at", flat=True).get(pk=rule_id)
        full = full or last is None or last > at
        since = last.isoformat() if last else ""
    lower = datetime.fromisoformat(since) - _SLACK if since and not full else None
    page = due_records(rule, at, after=after, lower=lower, limit=_PAGE, is_table=bool(moment))
    window = datetime.fromisoformat(moment) if moment else None
    with transaction.atomic():
        # One at a time per rule: of two that find the same record, the second sees that it has been fired for.
        Rule.objects.select_for_update().get(pk=rule_id)
        if is_first:
            Rule.objects.filter(pk=rule_id).update(scanned_at=at)
        _fire(rule, [(pk, window or value) for pk, value in page], at)
        if len(page) == _PAGE and rule.definition.trigger.limit is None:
            enqueue(
                scan_rule,
                rule_id=rule_id,
                full=full,
                moment=moment,
                after=page[-1][0],
                since=since,
                until=at.isoformat(),
            )


def due_records(
    rule: LiveRule, at: datetime, *, after: int, lower: datetime | None, limit: int, is_table: bool = False
) -> list[tuple[int, datetime]]:
    """(id, moment it is counted from) of the next records that are due, by id."""
    record_type, trigger = rule.definition.record_type, rule.definition.trigger
    rows = record_type.model.objects.ungated("rules").filter(deleted_at__isnull=True, pk__gt=after)
    try:
        rows = rows.filter(
            to_q(rule.definition.condition, rule_catalogue(record_type), rule_reader().condition_context())
        )
    except ConditionProblem:
        return []
    rows = rows.filter(**pilot_filter(rule.pilot_id, record_type.owner_path))
    known = record_type.field(trigger.date_field)
    if is_table and not trigger.date_field:
        return [(pk, at) for pk in rows.order_by("pk").values_list("pk", flat=True)[:limit]]
    if known is None:
        return []
    if is_table:
        rows = rows.filter(time_filter(trigger, known, at))
        if trigger.limit is None:
            return [(pk, at) for pk in rows.order_by("pk").values_list("pk", flat=True)[:limit]]
        longest = rows.annotate(waited_since=Coalesce(F(known.attribute), F("created_at")))
        found_ids = longest.order_by("waited_since", "pk").values_list("pk", flat=True)[: trigger.limit]
        return [(pk, at) for pk in found_ids]
    rows = rows.filter(time_filter(trigger, known, at, lower))
    path = known.attribute
    found: list[tuple[int, datetime]] = []
    for pk, value, created in rows.order_by("pk").values_list("pk", path, "created_at")[:limit]:
        found.append((pk, moment_of(value) or created))
    return found


def time_filter(trigger: Trigger, known: Field, at: datetime, lower: datetime | None = None) -> Q:
    """The filter for records whose moment has come; for business time a wider one, see :func:`is_due`.

    A record that never had the date counts from its creation: "7 days without follow-up" finds it too (FUP-4).
    """
    path, is_day = known.attribute, known.condition_kind == "date"

    def edge(moment: datetime) -> date | datetime:
        return moment.astimezone(UTC).date() if is_day else moment

    if trigger.direction == "before":
        reach = at + trigger.span.plain
        if trigger.span.unit.startswith("work"):
            reach += 2 * trigger.span.plain + timedelta(days=14)
        return Q(**{f"{path}__gt": edge(at), f"{path}__lte": edge(reach)})
    cut = at - trigger.span.plain
    late = Q(**{f"{path}__lte": edge(cut)})
    never = Q(**{f"{path}__isnull": True, "created_at__lte": cut})
    if lower is not None:
        # In business time a moment may come later than plain time says: look back as far as a long holiday.
        back = lower - trigger.span.plain * (3 if trigger.span.unit.startswith("work") else 1)
        if trigger.span.unit.startswith("work"):
            back -= timedelta(days=14)
        late &= Q(**{f"{path}__gte": edge(back)})
        never &= Q(created_at__gte=back)
    return late | never


def is_due(trigger: Trigger, moment: datetime, at: datetime) -> bool:
    """Whether the moment has come, in business time where the span says so."""
    if trigger.direction == "before":
        return trigger.span.after(at) >= moment > at
    return trigger.span.after(moment) <= at


def _fire(rule: LiveRule, page: Sequence[tuple[int, datetime]], at: datetime) -> None:
    if not page:
        return
    trigger = rule.definition.trigger
    due: list[tuple[int, datetime, int]] = []
    for pk, moment in page:
        if trigger.on == "time" and not is_due(trigger, moment, at):
            continue
        due.append((pk, moment, _round(trigger, moment, at)))
    rows = Firing.objects.filter(rule_id=rule.id, record_id__in=[row[0] for row in due]).order_by()
    fired = {(pk, moment): last for pk, moment, last in rows.values_list("record_id", "moment").annotate(Max("round"))}
    # Never a round before one that was: a clock set back would find rounds again that were passed over.
    fresh = [row for row in due if fired.get((row[0], row[1]), -1) < row[2]]
    Firing.objects.bulk_create(
        [Firing(rule_id=rule.id, record_id=pk, moment=moment, round=turn) for pk, moment, turn in fresh]
    )
    started = now()
    store_runs(
        [
            RuleRun(
                rule_id=rule.id,
                version_id=rule.version_id,
                record_type=rule.definition.record_type.key,
                record_id=pk,
                started_at=started,
                happened_at=at,
            )
            for pk, _moment_of, _turn in fresh
        ]
    )


def _round(trigger: Trigger, moment: datetime, at: datetime) -> int:
    """How many repetitions of a rule that fires again lie between its moment and now."""
    days = AGAIN_DAYS.get(trigger.again)
    if days is None or trigger.on != "time" or trigger.direction == "before":
        return 0
    return max(0, (at - trigger.span.after(moment)) // timedelta(days=days))


def moment_of(value: Any) -> datetime | None:
    """A day's or a moment's value as the moment it stands for."""
    if isinstance(value, datetime):
        return value
    return day_start(value) if isinstance(value, date) else None
