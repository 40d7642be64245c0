"""From events to runs: which rules an event starts, worked out set-wise (architecture §2).

Each rule is tested with one query for all events of a batch, before the transaction that seals them; that transaction
only stores the runs, so every event starts its rules exactly once and nobody who writes waits for the testing.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from kezhi.automation.catalogue import LiveRule, RulesByEvent, live_rules
from kezhi.automation.changes import Change, cared_for, merged, records_of
from kezhi.automation.definition import rule_catalogue, rule_reader
from kezhi.automation.making import find_or_make, payload_of
from kezhi.automation.models import Rule, RuleRun, RunState, Settling
from kezhi.automation.running import order_runs
from kezhi.automation.selecting import matching_ids
from kezhi.automation.triggers import WEBHOOK_EVENT
from kezhi.core import epochs
from kezhi.core.bulk_insert import insert_many
from kezhi.core.clock import now
from kezhi.core.conditions import EVERYTHING, matches
from kezhi.core.events import read_facts
from kezhi.core.figures import integer_figure
from kezhi.core.jobs import enqueue, job, whenever
from kezhi.core.models import Event
from kezhi.records import kinds

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Seen:
    """What a batch of events means for rules, worked out before anything is locked.

    ``held`` wait until their author has finished editing; ``runs`` are to be stored; ``later`` are events whose rules
    could not be tested now and are in a job of their own, where the error shows. ``making`` are (event, rule) of
    webhooks that may create a record.
    """

    held: list[Event] = field(default_factory=list)
    making: list[tuple[int, int]] = field(default_factory=list)
    runs: list[RuleRun] = field(default_factory=list)
    later: list[int] = field(default_factory=list)


@epochs.snapshot()
def look_at_events(events: Sequence[Event]) -> Seen:
    """Test the rules that care about these events; only reads, before the transaction that seals them."""
    seen = Seen()
    wanted = live_rules().by_event
    if not wanted:
        return seen
    by_webhook = any(kind == WEBHOOK_EVENT for _record_type, kind in wanted)
    known = cared_for(recent(events), wanted)
    for event in known if by_webhook else ():
        if event.kind == WEBHOOK_EVENT:
            facts = read_facts(event)
            for (_record_type, kind), rules in wanted.items():
                if kind == WEBHOOK_EVENT:
                    seen.making += [(event.pk, rule.id) for rule in rules if _makes(rule, event, facts)]
    settle = integer_figure("automation.settle_seconds")
    alone: dict[str, int] = defaultdict(int)
    for event in events:
        alone[event.operation] += event.kind == kinds.CHANGED.key
    seen.held = [event for event in known if settle and _is_by_hand(event) and alone[event.operation] == 1]
    held_ids = {event.pk for event in seen.held}
    at_once = [event for event in known if event.pk not in held_ids]
    try:
        seen.runs = runs_for([change for event in at_once if (change := merged([event])) is not None])
    except (OperationalError, InterfaceError):
        raise  # the database is gone: sealing is tried again
    except Exception:
        # An error in a rule must not hold up the audit chain.
        logger.exception("rules could not be tested for a batch of events")
        seen.later = [event.pk for event in at_once]
    return seen


def see_events(events: Sequence[Event], seen: object) -> None:
    """Store what :func:`look_at_events` found of these events, inside the transaction that seals them."""
    if not isinstance(seen, Seen):
        return
    ids = {event.pk for event in events}
    held = [event for event in seen.held if event.pk in ids]
    if held:
        insert_many(
            [
                Settling(
                    event_id=event.pk,
                    record_type=event.record_type,
                    record_id=event.record_id,
                    actor_id=event.actor_id,
                    at=event.at,
                )
                for event in held
            ]
        )
    store_runs([run for run in seen.runs if run.event_id in ids])
    for event_id, rule_id in seen.making:
        if event_id in ids:
            enqueue(make_records, event_id=event_id, rule_id=rule_id)
    if later := [event_id for event_id in seen.later if event_id in ids]:
        enqueue(dispatch_events, event_ids=[*later])


def recent(events: Sequence[Event]) -> list[Event]:
    """Those that are news: history, entered afterwards under its own date or marked so, sets off nothing."""
    oldest = now() - timedelta(days=integer_figure("automation.oldest_days"))
    return [event for event in events if event.at >= oldest and not _is_history(event)]


def _is_history(event: Event) -> bool:
    """Whether an import says that the record tells of what was long ago (an opportunity closed elsewhere)."""
    return '"history"' in event.facts and read_facts(event).get("history") is True


def _is_by_hand(event: Event) -> bool:
    """Whether somebody is typing; an act that says more than the new values (a review's word) is done when it is."""
    if event.kind != kinds.CHANGED.key or event.door != "page" or event.actor_kind != "user":
        return False
    return not set(read_facts(event)) - {"version"}


def settled_exist() -> bool:
    """Whether changes by hand have settled and wait for their rules."""
    settle = integer_figure("automation.settle_seconds")
    return Settling.objects.filter(at__lte=now() - timedelta(seconds=settle)).exists()


@job("automation.settle")
@epochs.snapshot()
def dispatch_settled() -> None:
    """Hand on what has settled: all of one person's edits of one record as one change."""
    quiet = now() - timedelta(seconds=integer_figure("automation.settle_seconds"))
    groups: dict[tuple[str, int, int | None], list[Settling]] = defaultdict(list)
    due = Settling.objects.filter(at__lte=quiet).order_by("event_id")[:500]
    pairs = {(row.record_type, row.record_id, row.actor_id) for row in due}
    rows = Settling.objects.filter(record_id__in={pair[1] for pair in pairs}).order_by("event_id")
    for row in rows:
        groups[row.record_type, row.record_id, row.actor_id].append(row)
    ready = [ids for key, ids in groups.items() if key in pairs and all(row.at <= quiet for row in ids)]
    # Somebody who never stops editing still reaches the rules, ten times the quiet time after the first change.
    patience = now() - timedelta(seconds=10 * integer_figure("automation.settle_seconds"))
    ready += [
        ids
        for key, ids in groups.items()
        if key in pairs and any(row.at > quiet for row in ids) and ids[0].at <= patience
    ]
    if not ready:
        return
    ids = [row.event_id for rows in ready for row in rows]
    Settling.objects.filter(pk__in=ids).delete()
    events = Event.objects.in_bulk(ids)
    changes = [merged([events[row.event_id] for row in rows if row.event_id in events]) for rows in ready]
    start_rules([change for change in changes if change is not None])


whenever(settled_exist)(dispatch_settled)


@job("automation.dispatch")
@epochs.snapshot()
def dispatch_events(event_ids: list[int]) -> None:
    """Start the rules of these events."""
    events = Event.objects.filter(pk__in=event_ids).order_by("pk")
    start_rules([change for event in events if (change := merged([event])) is not None])


def start_rules(changes: Sequence[Change]) -> int:
    """Create the runs of all rules these changes start, and the jobs that carry them out; gives how many runs."""
    return store_runs(runs_for(changes))


def runs_for(changes: Sequence[Change], by_event: RulesByEvent | None = None) -> list[RuleRun]:
    """The runs of all rules these changes start, not stored yet; one query per rule, however many changes."""
    if not changes:
        return []
    by_event = live_rules().by_event if by_event is None else by_event
    chains = _chains([change.event for change in changes])
    deepest = integer_figure("automation.max_depth")
    groups: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for key, change in records_of(changes, by_event):
        groups[key].append(change)
    runs: list[RuleRun] = []
    for key, group in groups.items():
        touched = frozenset().union(*(change.keys for change in group))
        for rule in by_event.get(key, ()):
            if rule.definition.trigger.make:
                continue  # a job of its own finds or creates the record
            if key[1] == kinds.CHANGED.key and not rule.definition.trigger.cares_for(touched):
                continue
            wanted = [c for c in group if rule.definition.trigger.wants(c.event, c.keys, c.facts)]
            if not wanted:
                continue
            for change in _matching_or_none(rule, wanted, runs):
                run = _new_run(rule, change)
                if rule.id in chains[change.event.pk]:
                    _stop(run, _("规则不会被自己引发的变化再次触发"))
                elif change.event.depth >= deepest:
                    _stop(run, _("规则引发规则已到 %(depth)s 层，停在这里") % {"depth": deepest})
                runs.append(run)
    return runs


@transaction.atomic
def store_runs(runs: Sequence[RuleRun]) -> int:
    """Store runs and enqueue those that are ready, those of one version side by side."""
    if not runs:
        return 0
    insert_many(runs)
    in_order = sorted(runs, key=lambda run: (run.version_id, run.pk))
    order_runs([run.pk for run in in_order if run.state == RunState.READY])
    return len(runs)


def _matching_or_none(rule: LiveRule, changes: Sequence[Change], runs: list[RuleRun]) -> list[Change]:
    """:func:`_matching`; an error in one rule becomes failed runs of that rule and stops no other."""
    try:
        return list(_matching(rule, changes))
    except (OperationalError, InterfaceError):
        raise  # the database is gone: everything is tried again
    except Exception as problem:
        logger.exception("rule %s could not be tested", rule.id)
        for change in changes:
            run = _new_run(rule, change)
            run.state, run.finished_at, run.error = RunState.FAILED, now(), repr(problem)[:500]
            runs.append(run)
        return []


def _matching(rule: LiveRule, changes: Sequence[Change]) -> Iterable[Change]:
    """Those changes whose record meets the condition now, and met the one on values before."""
    ids = {change.record_id for change in changes}
    found = matching_ids(rule, _concerned(rule, ids) if rule.is_at_once else ids)
    if rule.definition.was == EVERYTHING or not found:
        yield from (change for change in changes if change.record_id in found)
        return
    record_type = rule.definition.record_type
    context, catalogue = rule_reader().condition_context(), rule_catalogue(record_type)
    records = record_type.model.objects.ungated("rules").in_bulk(found)
    fields = record_type.all_fields()
    for change in changes:
        record = records.get(change.record_id)
        if record is None:
            continue
        values = {
            key: known.from_json(change.before[key]) if key in change.before else known.get(record)
            for key, known in fields.items()
        }
        if matches(rule.definition.was, values, catalogue, context):
            yield change


def _makes(rule: LiveRule, event: Event, facts: Mapping[str, Any]) -> bool:
    trigger = rule.definition.trigger
    return bool(trigger.make) and trigger.wants(event, frozenset(), facts)


@job("automation.make")
@epochs.snapshot()
def make_records(event_id: int, rule_id: int) -> None:
    """Find or create the records a webhook tells of, for one rule, and let it go on with them."""
    rule, event = live_rules().by_id.get(rule_id), Event.objects.filter(pk=event_id).first()
    if rule is None or event is None:
        return
    # One message of a rule at a time: of two that bring the same, the second finds what the first made.
    Rule.objects.select_for_update().filter(pk=rule_id).values_list("pk").first()
    changes: list[Change] = []
    for made in find_or_make(rule, event, payload_of(event)):
        if made.record_id:
            changes.append(Change(event, frozenset(), made.record_id, {}, read_facts(event)))
            continue
        run = _new_run(rule, Change(event, frozenset(), 0))
        run.state, run.finished_at, run.error = RunState.FAILED, now(), made.problem
        store_runs([run])
    store_runs([_new_run(rule, change) for change in _matching(rule, changes)])


def _concerned(rule: LiveRule, ids: set[int]) -> set[int]:
    found: set[int] = set()
    for step in rule.definition.actions():
        found |= step.action.concerned(step.params, rule.definition.record_type, ids)
    return found


def _new_run(rule: LiveRule, change: Change) -> RuleRun:
    at = now()
    return RuleRun(
        rule_id=rule.id,
        version_id=rule.version_id,
        record_type=rule.definition.record_type.key,
        record_id=change.record_id,
        event_id=change.event.pk,
        depth=change.event.depth,
        started_at=at,
        happened_at=change.event.at,
    )


def _stop(run: RuleRun, why: str) -> None:
    run.state = RunState.STOPPED
    run.finished_at = now()
    run.error = why


def _chains(events: Sequence[Event]) -> dict[int, frozenset[int]]:
    """Which rules led to each event, by following the causes; at most as many queries as a chain is long."""
    rules: dict[int, set[int]] = {event.pk: _rule_of(event.door, event.door_ref) for event in events}
    waiting = {event.pk: event.cause_id for event in events if event.cause_id is not None and event.depth > 0}
    while waiting:
        causes = Event.objects.only("door", "door_ref", "cause_id", "depth").in_bulk(set(waiting.values()))
        further: dict[int, int] = {}
        for event_id, cause_id in waiting.items():
            cause = causes.get(cause_id)
            if cause is None:
                continue
            rules[event_id] |= _rule_of(cause.door, cause.door_ref)
            if cause.cause_id is not None and cause.depth > 0:
                further[event_id] = cause.cause_id
        waiting = further
    return {pk: frozenset(found) for pk, found in rules.items()}


def _rule_of(door: str, door_ref: str) -> set[int]:
    number = door_ref.partition(":")[0]
    return {int(number)} if door == "rule" and number.isdecimal() else set()
