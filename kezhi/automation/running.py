"""Carrying runs out: instruction by instruction, all runs of one version that stand at the same place together.

A run's effects, its state and the job's "done" commit in one transaction, so each effect happens exactly once however
often a worker dies.
"""

import traceback
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import system_rights
from kezhi.automation.actions.base import ActionFailed, Step, Target
from kezhi.automation.catalogue import compiled
from kezhi.automation.definition import Definition, Do, Stop, Wait, rule_catalogue, rule_reader
from kezhi.automation.models import Rule, RuleRun, RunState
from kezhi.automation.program import Instruction, Jump, Test
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.conditions import ConditionProblem, to_q
from kezhi.core.events import ActorRef, read_facts
from kezhi.core.figures import integer_figure
from kezhi.core.jobs import enqueue, job, whenever
from kezhi.core.jobs.queue import retry_delay
from kezhi.core.models import Event
from kezhi.records.operations import InvalidRecord

# On SQLite nobody else writes while a job does.
_AT_ONCE = {"sqlite": 20}
_MOST_AT_ONCE = 200


@dataclass(slots=True)
class _Batch:
    """Runs of one version with what they need."""

    rule: Rule
    number: int
    definition: Definition
    program: tuple[Instruction, ...]
    runs: dict[int, RuleRun]
    targets: dict[int, Target]


@job("automation.run")
@epochs.snapshot()
def run_rules(run_ids: list[int]) -> None:
    """Carry these runs on as far as they go."""
    rows = RuleRun.objects.filter(pk__in=run_ids, state__in=(RunState.READY, RunState.WAITING)).order_by("pk")
    by_version: dict[int, list[RuleRun]] = defaultdict(list)
    for run in rows.select_for_update():
        by_version[run.version_id].append(run)
    with translation.override("zh-hans"):
        for version_id, runs in by_version.items():
            _carry_on(version_id, runs)


def runs_at_once() -> int:
    """How many runs one job carries out."""
    return _AT_ONCE.get(connection.vendor, _MOST_AT_ONCE)


def waiting_exist() -> bool:
    """Whether runs that waited are due."""
    return RuleRun.objects.filter(state=RunState.WAITING, wake_at__lte=now()).exists()


@job("automation.wake")
def wake_runs() -> None:
    """Carry on the runs whose wait is over."""
    due = RuleRun.objects.filter(state=RunState.WAITING, wake_at__lte=now()).order_by("wake_at")
    ids = list(due.values_list("pk", flat=True)[: 10 * _MOST_AT_ONCE])
    # Moved on before their job runs, so that nobody enqueues them twice.
    RuleRun.objects.filter(pk__in=ids, state=RunState.WAITING).update(state=RunState.READY, wake_at=None)
    for start in range(0, len(ids), runs_at_once()):
        enqueue(run_rules, run_ids=[*ids[start : start + runs_at_once()]])


whenever(waiting_exist)(wake_runs)


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


def _carry_on(version_id: int, runs: Sequence[RuleRun]) -> None:
    loaded = compiled(version_id)
    rule = Rule.objects.select_related("current").filter(pk=runs[0].rule_id).first()
    if loaded is None or rule is None or rule.deleted_at is not None:
        # Failed, not stopped: once the rule is mended a person can run them again.
        _end(runs, RunState.FAILED, _("规则已被删除，或其中的字段、动作已不存在"))
        return
    if not rule.is_on:
        _end(runs, RunState.STOPPED, _("规则已停用"))
        return
    definition, program = loaded
    number = runs[0].version.number
    batch = _Batch(rule, number, definition, program, {run.pk: run for run in runs}, {})
    _load_targets(batch)
    _interpret(batch)


def _load_targets(batch: _Batch) -> None:
    record_type = batch.definition.record_type
    ids = {run.record_id for run in batch.runs.values()}
    rows = record_type.model.objects.ungated("rules").filter(pk__in=ids)
    if batch.definition.trigger.on != "deleted":
        rows = rows.filter(deleted_at__isnull=True)
    records = {record.pk: record for record in rows.select_related(*record_type.related_load)}
    events = Event.objects.in_bulk([run.event_id for run in batch.runs.values() if run.event_id])
    base = rule_actor(batch.rule, batch.number, None, ActorRef("rule", "", "rule").operation)
    gone = [run for run in batch.runs.values() if run.record_id not in records]
    _end(gone, RunState.STOPPED, _("记录已不存在"))
    for run in batch.runs.values():
        if run.record_id not in records:
            continue
        event = events.get(run.event_id or 0)
        ref = replace(base.ref, cause_id=run.event_id, depth=run.depth + 1)
        run.operation = run.operation or base.ref.operation
        target = Target(records[run.record_id], replace(base, ref=ref), run.pk, event)
        target.facts = read_facts(event) if event else {}
        batch.targets[run.pk] = target


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
                _save([batch.runs[pk] for pk in ids])
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


def _perform(batch: _Batch, position: int, do: Do, ids: Sequence[int]) -> list[int]:
    """Do one action for all; where that fails, one by one, so that one bad record stops nobody else."""
    step = Step(batch.rule.pk, batch.rule.name_zh, batch.number, position, batch.definition.record_type, do.params)
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
    if done and do.action.effects(do.params, batch.definition.record_type).changes:
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
            _save([run])
            return
    _end([run], RunState.FAILED, run.error)


def _end(runs: Sequence[RuleRun], state: RunState, error: str = "") -> None:
    for run in runs:
        run.state, run.finished_at, run.wake_at, run.error = state, now(), None, error
    _save(runs)


def _save(runs: Sequence[RuleRun]) -> None:
    RuleRun.objects.bulk_update(
        runs,
        ["state", "position", "wake_at", "attempts", "finished_at", "did", "error", "operation"],
        batch_size=200,
    )
