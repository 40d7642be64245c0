"""Carrying runs out: instruction by instruction, all runs of one version that stand at the same place together.

A run's effects and its state commit in one transaction, so each effect happens exactly once however often a worker
dies. What only reads is done before that transaction: on SQLite nobody else writes meanwhile.
"""

import time
import traceback
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import system_rights
from kezhi.automation.actions.base import ActionFailed, Step, Target
from kezhi.automation.catalogue import compiled, live_rules
from kezhi.automation.definition import Definition, Do, Stop, Wait, rule_catalogue, rule_reader
from kezhi.automation.models import Rule, RuleRun, RuleVersion, RunState
from kezhi.automation.program import Instruction, Jump, Test
from kezhi.core import epochs
from kezhi.core.bulk_insert import update_many
from kezhi.core.clock import now
from kezhi.core.conditions import ConditionProblem, to_q
from kezhi.core.events import ActorRef, read_facts
from kezhi.core.figures import integer_figure
from kezhi.core.jobs import JobOrder, enqueue_many, job, whenever
from kezhi.core.jobs.queue import retry_delay
from kezhi.core.models import Event
from kezhi.records.operations import InvalidRecord

RUNS_A_JOB = 500
_MOST_TOGETHER = 200
_FEWEST_TOGETHER = 5
# On SQLite nobody else writes as long as one transaction lasts.
_LONGEST_LOCK_SECONDS = 0.015
_SAVED = ("state", "position", "wake_at", "attempts", "finished_at", "did", "error", "operation")


class _Pace:
    """How many runs of one version fit into one transaction that is short enough."""

    def __init__(self) -> None:
        self.size = 20

    def note(self, count: int, seconds: float) -> None:
        """``seconds`` of processor time: what a busy machine adds does not shrink with the batch."""
        if connection.vendor != "sqlite":
            self.size = _MOST_TOGETHER
        elif seconds > _LONGEST_LOCK_SECONDS:
            self.size = max(_FEWEST_TOGETHER, min(self.size, count) * 2 // 3)
        elif count == self.size and seconds < _LONGEST_LOCK_SECONDS / 2:
            self.size = min(_MOST_TOGETHER, self.size * 3 // 2)


# By version: a rule that asks for an approval takes longer than one that says something.
_paces: dict[int, _Pace] = defaultdict(_Pace)


@dataclass(slots=True)
class _Known:
    """Rows that several versions of one job look at: records are read together until a rule may have changed any."""

    events: Mapping[int, Event]
    wanted: Mapping[str, set[int]]
    are_shared: bool = True
    records: dict[tuple[str, bool], dict[int, Any]] = field(default_factory=dict)

    def records_for(self, definition: Definition, ids: set[int]) -> dict[int, Any]:
        """The records of its type with what hangs on them; deleted ones only where the rule is about deleting."""
        record_type, is_gone = definition.record_type, definition.trigger.on == "deleted"
        place = (record_type.key, is_gone)
        if place in self.records:
            return self.records[place]
        rows = record_type.model.objects.ungated("rules")
        rows = rows.filter(pk__in=self.wanted[record_type.key] if self.are_shared else ids)
        if not is_gone:
            rows = rows.filter(deleted_at__isnull=True)
        found = {row.pk: row for row in rows.select_related(*record_type.related_load)}
        if self.are_shared:
            self.records[place] = found
        return found

    def forget(self) -> None:
        """Records may be others now."""
        self.are_shared = False
        self.records.clear()


@dataclass(frozen=True, slots=True)
class _Ending:
    """Runs that cannot go on, and why."""

    state: RunState
    error: str


@dataclass(slots=True)
class _Batch:
    """Runs of one version with what they need. ``ready`` is what the action they stand at worked out beforehand."""

    rule: Rule
    number: int
    definition: Definition
    program: tuple[Instruction, ...]
    runs: dict[int, RuleRun]
    targets: dict[int, Target]
    ready: Any = None


@job("automation.run", in_steps=True)
def run_rules(run_ids: list[int]) -> None:
    """Carry these runs on as far as they go, and with them others of the same versions that wait for their own job."""
    runs = list(RuleRun.objects.filter(pk__in=run_ids, state=RunState.READY).order_by("pk"))
    if not runs:
        return
    others = RuleRun.objects.filter(state=RunState.READY, version_id__in={run.version_id for run in runs})
    runs += others.exclude(pk__in=run_ids).order_by("version_id", "pk")[: max(0, RUNS_A_JOB - len(runs))]
    by_version: dict[int, list[RuleRun]] = defaultdict(list)
    wanted: dict[str, set[int]] = defaultdict(set)
    for run in runs:
        by_version[run.version_id].append(run)
        wanted[run.record_type].add(run.record_id)
    known = _Known(Event.objects.in_bulk({run.event_id for run in runs if run.event_id}), wanted)
    mine = set(run_ids)
    for version_id, waiting in by_version.items():
        while waiting:
            size = _paces[version_id].size
            part, waiting = waiting[:size], waiting[size:]
            with epochs.snapshot(), translation.override("zh-hans"):
                _carry_on(version_id, part, known, mine)


def waiting_exist() -> bool:
    """Whether runs that waited are due."""
    return RuleRun.objects.filter(state=RunState.WAITING, wake_at__lte=now()).exists()


@job("automation.wake")
def wake_runs() -> None:
    """Carry on the runs whose wait is over."""
    due = RuleRun.objects.filter(state=RunState.WAITING, wake_at__lte=now()).order_by("wake_at")
    ids = list(due.values_list("pk", flat=True)[: 10 * RUNS_A_JOB])
    # Moved on before their job runs, so that nobody enqueues them twice.
    RuleRun.objects.filter(pk__in=ids, state=RunState.WAITING).update(state=RunState.READY, wake_at=None)
    order_runs(ids)


whenever(waiting_exist)(wake_runs)


def order_runs(ids: Sequence[int]) -> None:
    """Enqueue the jobs that carry out these runs, in the caller's transaction."""
    parts = (ids[start : start + RUNS_A_JOB] for start in range(0, len(ids), RUNS_A_JOB))
    if ids:
        enqueue_many(run_rules, [JobOrder({"run_ids": [*part]}) for part in parts])


def rule_actor(rule: Rule, version: int, run: RuleRun | None, operation: str) -> Actor:
    """The rule as actor: what it does stands in the log under its name, version and cause (AUTO-8)."""
    ref = ActorRef(
        "rule",
        rule.name_zh,
        "rule",
        door_ref=f"{rule.pk}:{version}",
        operation=operation,
        cause_id=run.event_id if run else None,
        depth=(run.depth if run else 0) + 1,
    )
    return Actor(ref, system_rights(rule.name_zh))


def _carry_on(version_id: int, runs: Sequence[RuleRun], known: _Known, mine: Collection[int]) -> None:
    """Read, then in one transaction lock the runs, do what they do, and save them."""
    found = _read(version_id, runs, known)
    with transaction.atomic():
        began = time.thread_time()
        held = _lock(runs, mine)
        if isinstance(found, _Ending):
            _end(held, found.state, found.error)
        else:
            _keep(found, held)
            _interpret(found)
        update_many(held, _SAVED)
    _paces[version_id].note(len(runs), time.thread_time() - began)
    if isinstance(found, _Batch) and found.definition.effects().changes:
        known.forget()


def _read(version_id: int, runs: Sequence[RuleRun], known: _Known) -> _Batch | _Ending:
    live = live_rules().by_id.get(runs[0].rule_id)
    if live is not None and live.version_id == version_id:
        rule, number = Rule(pk=live.id, name_zh=live.label_zh), live.version
        definition, program = live.definition, live.program
    else:
        loaded = compiled(version_id)
        version = RuleVersion.objects.select_related("rule").filter(pk=version_id).first()
        if loaded is None or version is None or version.rule.deleted_at is not None:
            # Failed, not stopped: once the rule is mended a person can run them again.
            return _Ending(RunState.FAILED, _("规则已被删除，或其中的字段、动作已不存在"))
        if not version.rule.is_on:
            return _Ending(RunState.STOPPED, _("规则已停用"))
        rule, number, (definition, program) = version.rule, version.number, loaded
    batch = _Batch(rule, number, definition, program, {run.pk: run for run in runs}, {})
    _load_targets(batch, known)
    _prepare(batch)
    return batch


def _load_targets(batch: _Batch, known: _Known) -> None:
    records = known.records_for(batch.definition, {run.record_id for run in batch.runs.values()})
    base = rule_actor(batch.rule, batch.number, None, ActorRef("rule", "", "rule").operation)
    for run in batch.runs.values():
        if run.record_id not in records:
            continue
        event = known.events.get(run.event_id or 0)
        ref = replace(base.ref, cause_id=run.event_id, depth=run.depth + 1)
        run.operation = run.operation or base.ref.operation
        facts = read_facts(event) if event else {}
        batch.targets[run.pk] = Target(records[run.record_id], replace(base, ref=ref), run.pk, event, facts)


def _prepare(batch: _Batch) -> None:
    """Let the action that all runs stand at work out what needs no lock."""
    positions = {batch.runs[pk].position for pk in batch.targets}
    if len(positions) != 1:
        return
    [position] = positions
    do = batch.program[position] if position < len(batch.program) else None
    if not isinstance(do, Do):
        return
    try:
        batch.ready = do.action.prepare(_step(batch, position, do), list(batch.targets.values()))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        batch.ready = None  # comes up again when it is done, and is told there


def _lock(runs: Sequence[RuleRun], mine: Collection[int]) -> list[RuleRun]:
    """Those still to be carried out. A job waits for its own runs; others' it leaves to whoever has them in hand."""
    skip = connection.features.has_select_for_update_skip_locked
    own = [run.pk for run in runs if run.pk in mine or not skip]
    found: set[tuple[int, int, int]] = set()
    for ids, skips in ((own, False), ([run.pk for run in runs if run.pk not in own], skip)):
        if ids:
            rows = RuleRun.objects.filter(pk__in=ids, state=RunState.READY).order_by("pk")
            found.update(rows.select_for_update(skip_locked=skips).values_list("pk", "position", "attempts"))
    return [run for run in runs if (run.pk, run.position, run.attempts) in found]


def _keep(batch: _Batch, held: Sequence[RuleRun]) -> None:
    """Go on with these alone; what was prepared for others too is worked out again."""
    if len(held) < len(batch.runs):
        batch.ready = None
    batch.runs = {run.pk: run for run in held}
    _end([run for run in held if run.pk not in batch.targets], RunState.STOPPED, _("记录已不存在"))
    batch.targets = {pk: target for pk, target in batch.targets.items() if pk in batch.runs}


def _interpret(batch: _Batch) -> None:
    """Walk through the program; runs that branched apart are brought together where they meet again."""
    at: dict[int, list[int]] = defaultdict(list)
    for pk in batch.targets:
        at[batch.runs[pk].position].append(pk)
    while at:
        position = min(at)
        ids = at.pop(position)
        if position >= len(batch.program):
            _end([batch.runs[pk] for pk in ids], RunState.DONE)
            continue
        match batch.program[position]:
            case Do() as step:
                at[position + 1] += _perform(batch, position, step, ids)
                if not at[position + 1]:
                    del at[position + 1]
            case Wait(span):
                moment = now()
                for pk in ids:
                    run = batch.runs[pk]
                    run.state, run.position, run.wake_at = RunState.WAITING, position + 1, span.after(moment)
                    run.attempts = 0
            case Test(condition, otherwise):
                found = _holding(batch, condition, ids)
                for pk in ids:
                    at[position + 1 if batch.targets[pk].record.pk in found else otherwise].append(pk)
            case Jump(to):
                at[to] += ids
            case Stop():
                _end([batch.runs[pk] for pk in ids], RunState.DONE)


def _holding(batch: _Batch, condition: Any, ids: Sequence[int]) -> set[int]:
    record_type = batch.definition.record_type
    record_ids = [batch.targets[pk].record.pk for pk in ids]
    rows = record_type.model.objects.ungated("rules").filter(pk__in=record_ids)
    try:
        q = to_q(condition, rule_catalogue(record_type), rule_reader().condition_context())
    except ConditionProblem:
        return set()
    return set(rows.filter(q).values_list("pk", flat=True))


def _step(batch: _Batch, position: int, do: Do, prepared: Any = None) -> Step:
    record_type = batch.definition.record_type
    return Step(batch.rule.pk, batch.rule.name_zh, batch.number, position, record_type, do.params, prepared)


def _perform(batch: _Batch, position: int, do: Do, ids: Sequence[int]) -> list[int]:
    """Do one action for all; where that fails, one by one, so that one bad record stops nobody else."""
    step = _step(batch, position, do, batch.ready)
    batch.ready = None
    targets = [batch.targets[pk] for pk in ids]
    done: list[int] = []
    try:
        with transaction.atomic():
            do.action.perform(step, targets)
        done = list(ids)
    except (OperationalError, InterfaceError):
        raise  # the database is gone: the whole job is tried again
    except Exception as problem:
        if len(ids) == 1:
            _failed(batch.runs[ids[0]], position, problem)
        else:
            for pk in ids:
                done += _perform(batch, position, do, [pk])
            return done
    for pk in done:
        target, run = batch.targets[pk], batch.runs[pk]
        run.did = [*run.did, {"step": position, "key": do.action.key, "facts": target.did}]
        target.did = {}
    if done and position + 1 < len(batch.program) and do.action.effects(do.params, step.record_type).changes:
        _reload(batch, done)
    return done


def _reload(batch: _Batch, ids: Sequence[int]) -> None:
    record_type = batch.definition.record_type
    rows = record_type.model.objects.ungated("rules").filter(pk__in=[batch.targets[pk].record.pk for pk in ids])
    records = {record.pk: record for record in rows.select_related(*record_type.related_load)}
    for pk in ids:
        batch.targets[pk].record = records.get(batch.targets[pk].record.pk, batch.targets[pk].record)


def _failed(run: RuleRun, position: int, problem: Exception) -> None:
    """Tried again later with growing delay; for good where trying again cannot help (AUTO-5)."""
    run.position = position
    run.attempts += 1
    if isinstance(problem, ActionFailed):
        run.error = str(problem.message)
    elif isinstance(problem, InvalidRecord):
        run.error = _("；").join(str(sentence) for sentence in problem.problems.values())
    elif isinstance(problem, NotAllowed):
        run.error = str(problem.message)
    else:
        run.error = "".join(traceback.format_exception(problem))[-2000:]
        if run.attempts < integer_figure("automation.attempts"):
            run.state, run.wake_at = RunState.WAITING, now() + retry_delay(run.attempts)
            return
    _end([run], RunState.FAILED, run.error)


def _end(runs: Iterable[RuleRun], state: RunState, error: str = "") -> None:
    for run in runs:
        run.state, run.finished_at, run.wake_at, run.error = state, now(), None, error
