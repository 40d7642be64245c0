"""Rules that only set clocks, carried out in the transaction that seals the event.

The sweep warns of what has been read up to the last seal. A clock that a rule meets must therefore be met when its
event is sealed, not a moment later in a job; and because sealing is one at a time, a promise is begun and kept in the
order in which things happened. An error leaves the sealing alone: the runs become ordinary ones, done by a job.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace

from django.db import InterfaceError, OperationalError, transaction
from django.utils import translation

from kezhi.automation.actions.base import Step, Target
from kezhi.automation.catalogue import LiveRule, RulesByEvent, live_rules
from kezhi.automation.changes import cared_for, merged
from kezhi.automation.definition import Do
from kezhi.automation.dispatching import Seen, recent, runs_for, see_events, store_runs
from kezhi.automation.models import Rule, RuleRun, RunState
from kezhi.automation.running import rule_actor
from kezhi.core import epochs
from kezhi.core.bulk_insert import insert_many
from kezhi.core.clock import now
from kezhi.core.events import ActorRef, read_facts
from kezhi.core.jobs import enqueue, job
from kezhi.core.models import Event

logger = logging.getLogger(__name__)


def follow_events(events: Sequence[Event], seen: Seen) -> None:
    """What events mean for rules, inside the transaction that seals them: clocks now, everything else as runs."""
    try:
        with transaction.atomic():
            run_at_once(events)
    except (OperationalError, InterfaceError):
        raise  # the database is gone: sealing is tried again
    except Exception:
        logger.exception("clocks could not be set for a batch of events")
        enqueue(set_clocks, event_ids=[event.pk for event in events])
    see_events(events, seen)


@job("automation.set_clocks")
def set_clocks(event_ids: list[int]) -> None:
    """Set the clocks of events that could not have them set when they were sealed."""
    run_at_once(list(Event.objects.filter(pk__in=event_ids).order_by("pk")))


@epochs.snapshot()
def run_at_once(events: Sequence[Event]) -> None:
    """Carry out the rules that only set clocks; those that begin one before those that end one."""
    live = live_rules()
    for by_event in (live.opening, live.ending):
        known = cared_for(events, by_event)
        if by_event is live.opening:
            # What was promised long ago is no promise now; what was kept is kept whenever it is entered.
            known = recent(known)
        if known:
            with translation.override("zh-hans"):
                _run(known, by_event)


def _run(events: Sequence[Event], by_event: RulesByEvent) -> None:
    runs = runs_for([change for event in events if (change := merged([event])) is not None], by_event)
    store_runs([run for run in runs if run.state != RunState.READY])
    by_id = {event.pk: event for event in events}
    per_rule: dict[int, dict[int, RuleRun]] = {}
    for run in runs:
        if run.state == RunState.READY:
            rule = live_rules().by_id[run.rule_id]
            found = per_rule.setdefault(rule.id, {})
            # Begun by the first of several events on a record, kept by the last.
            if not rule.opens or run.record_id not in found:
                found[run.record_id] = run
    for rule_id, found in per_rule.items():
        _carry_out(live_rules().by_id[rule_id], list(found.values()), by_id)


def _carry_out(rule: LiveRule, runs: Sequence[RuleRun], events: dict[int, Event]) -> None:
    try:
        with transaction.atomic():
            _perform(rule, runs, events)
    except (OperationalError, InterfaceError):
        raise  # the database is gone: sealing is tried again
    except Exception:
        logger.exception("rule %s could not set its clocks while sealing", rule.id)
        for run in runs:
            run.pk, run.state, run.finished_at, run.did = None, RunState.READY, None, []
        store_runs(runs)


def _perform(rule: LiveRule, runs: Sequence[RuleRun], events: dict[int, Event]) -> None:
    record_type = rule.definition.record_type
    rows = record_type.model.objects.ungated("rules").filter(pk__in=_ids(runs))
    records = {record.pk: record for record in rows.select_related(*record_type.related_load)}
    base = rule_actor(
        Rule(pk=rule.id, name_zh=rule.label_zh), rule.version, None, ActorRef("rule", "", "rule").operation
    )
    pairs: list[tuple[RuleRun, Target]] = []
    for run in runs:
        if run.record_id not in records:
            continue
        ref = replace(base.ref, cause_id=run.event_id, depth=run.depth + 1)
        event = events[run.event_id or 0]
        target = Target(records[run.record_id], replace(base, ref=ref), None, event, read_facts(event))
        run.operation, run.did = base.ref.operation, []
        pairs.append((run, target))
    if not pairs:
        return
    for number, part in enumerate(rule.program):
        if not isinstance(part, Do):
            continue
        step = Step(rule.id, rule.label_zh, rule.version, number, record_type, part.params)
        part.action.perform(step, [target for _run_of, target in pairs])
        for run, target in pairs:
            run.did.append({"step": number, "key": part.action.key, "facts": target.did})
            target.did = {}
    for run, _target in pairs:
        run.state, run.position, run.finished_at = RunState.DONE, len(rule.program), now()
    insert_many([run for run, _target in pairs])


def _ids(runs: Collection[RuleRun]) -> set[int]:
    return {run.record_id for run in runs}
