"""Runs in words: what each did, and why a rule did not run for a record."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.automation.actions.base import find_action
from kezhi.automation.catalogue import live_rules
from kezhi.automation.models import Rule, RuleRun, RunState
from kezhi.automation.trying import try_rule
from kezhi.records.presenting import present_all
from kezhi.records.registry import RecordType, find_record_type


@dataclass(frozen=True, slots=True)
class ToldRun:
    """A run as its list shows it."""

    run: RuleRun
    title: str
    url: str
    did: list[str]
    tone: str


@dataclass(frozen=True, slots=True)
class WhyNot:
    """A rule that is on and would not fire for a record now, with the reasons."""

    rule: Rule
    fires: bool
    reasons: list[str]


def tell_runs(runs: Sequence[RuleRun], actor: Actor) -> list[ToldRun]:
    """Runs with the names of their records, as far as the actor may see them; a query per record type."""
    shown: dict[tuple[str, int], tuple[str, str]] = {}
    for key in {run.record_type for run in runs}:
        record_type = find_record_type(key)
        if record_type is None or not actor.allows(key, "view"):
            continue
        rows = record_type.model.objects.visible_to(actor).filter(
            pk__in={run.record_id for run in runs if run.record_type == key}
        )
        for presented in present_all(rows.select_related(*record_type.related_load), record_type, actor):
            shown[key, presented.id] = (presented.title, presented.url)
    told = []
    for run in runs:
        title, url = shown.get((run.record_type, run.record_id), (f"#{run.record_id}", ""))
        told.append(ToldRun(run, title, url, what_it_did(run), _TONES.get(run.state, "")))
    return told


def what_it_did(run: RuleRun) -> list[str]:
    """Each step of a run in words."""
    record_type = find_record_type(run.record_type)
    words = []
    for row in run.did:
        action = find_action(str(row.get("key", "")))
        if action is None or record_type is None:
            words.append(gettext("做了一个已不存在的动作"))
        else:
            words.append(action.told(row.get("facts", {}), record_type))
    return words


def rules_about(record_type: RecordType, record_id: int, actor: Actor) -> list[WhyNot]:
    """Every rule that is on for this kind of record, and whether it would fire for this one now."""
    result = []
    for live in live_rules().by_id.values():
        if live.definition.record_type.key != record_type.key:
            continue
        trial = try_rule(live.definition, actor=actor, ids=[record_id], pilot_id=live.pilot_id)
        row = next(iter(trial.rows), None)
        rule = Rule(pk=live.id, name_zh=live.label_zh, name_en=live.label_en)
        result.append(WhyNot(rule, bool(row and row.fires), row.why_not if row else []))
    return result


_TONES = {
    RunState.DONE.value: "done",
    RunState.FAILED.value: "danger",
    RunState.WAITING.value: "info",
    RunState.READY.value: "info",
    RunState.STOPPED.value: "warning",
}
