"""Runs in words: what each did, and why a rule did not run for a record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.automation.actions.base import find_action
from kezhi.automation.catalogue import LiveRule, live_rules
from kezhi.automation.history import History
from kezhi.automation.models import Rule, RuleRun, RunState
from kezhi.automation.trying import why_not
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
    error: str


@dataclass(frozen=True, slots=True)
class WhyNot:
    """A rule that is on and what of it a record does not meet now; ``is_open``: the reader may know.

    ``words`` say whether what starts it has happened to the record, and what became of it.
    """

    rule: Rule
    reasons: list[str]
    is_open: bool
    words: str = ""


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
        place = (run.record_type, run.record_id)
        title, url = shown.get(place, (f"#{run.record_id}", ""))
        did = what_it_did(run, actor) if place in shown else []
        told.append(ToldRun(run, title, url, did, _TONES.get(run.state, ""), _error(run, actor)))
    return told


def _error(run: RuleRun, actor: Actor) -> str:
    """Why it failed; what a program said is for those who look after rules."""
    if run.error.startswith("Traceback") and not actor.allows("automation", "edit"):
        return gettext("运行出错，管理员能看到原因")
    return run.error


def what_it_did(run: RuleRun, actor: Actor) -> list[str]:
    """Each step of a run in words, without values of fields the reader may not read."""
    record_type = find_record_type(run.record_type)
    words = []
    for row in run.did:
        action = find_action(str(row.get("key", "")))
        facts = row.get("facts", {})
        if action is None or record_type is None:
            words.append(gettext("做了一个已不存在的动作"))
        elif (key := facts.get("field")) and record_type.level(str(key), actor) not in _READABLE:
            words.append(gettext("改了一个您看不到的字段"))
        else:
            words.append(action.told(facts, record_type))
    return words


def rules_about(record_type: RecordType, record_id: int, actor: Actor) -> list[WhyNot]:
    """Every rule that is on for this kind of record: whether it fired for this one, or would now, and why not."""
    rules = [live for live in live_rules().by_id.values() if live.definition.record_type.key == record_type.key]
    happened = History.of(record_type, record_id, [live.id for live in rules])
    result = []
    for live in rules:
        reasons = why_not(live.definition, record_id, live.pilot_id, actor)
        rule = Rule(pk=live.id, name_zh=live.label_zh, name_en=live.label_en)
        is_open = reasons is not None and all(_is_readable(record_type, key, actor) for key in _asked(live))
        words = happened.words(live, reasons or []) if is_open else ""
        result.append(WhyNot(rule, (reasons or []) if is_open else [], is_open, words))
    return result


def _asked(live: LiveRule) -> Iterator[str]:
    """The fields whose changes or values what starts the rule would tell of."""
    yield from live.definition.trigger.fields
    yield from live.definition.trigger.facts


def _is_readable(record_type: RecordType, key: str, actor: Actor) -> bool:
    return record_type.field(key) is None or record_type.level(key, actor) in _READABLE


_READABLE = (FieldLevel.READ, FieldLevel.WRITE)
_TONES = {
    RunState.DONE.value: "done",
    RunState.FAILED.value: "danger",
    RunState.WAITING.value: "info",
    RunState.READY.value: "info",
    RunState.STOPPED.value: "warning",
}
