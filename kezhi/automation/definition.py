"""What a rule says, from JSON and back: when – if – then (AUTO-1).

::

    {"when": {"on": "time", "field": "last_followed_at", "direction": "after",
              "span": {"number": 7, "unit": "day"}, "again": "once"},
     "if": {"all": [{"field": "level", "op": "is", "value": ["A"]}]},
     "was": {},                       # on values before the change
     "do": [{"do": "notify", "with": {"to": ["owner"], "text": {"zh": "…"}}},
            {"do": "wait", "span": {"number": 2, "unit": "workday"}},
            {"do": "branch", "if": {…}, "then": […], "else": […]},
            {"do": "stop"}]}
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, system_actor
from kezhi.automation.actions.base import Action, Effects, find_action
from kezhi.automation.parameters import read_params
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.spans import Span, read_span
from kezhi.automation.triggers import Trigger, read_trigger, trigger_json
from kezhi.core.conditions import EVERYTHING, Condition, ConditionProblem, parse, to_json
from kezhi.core.values.problem import ValueProblem
from kezhi.records.registry import RecordType, TypeCatalogue

_MOST_STEPS = 50
_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Do:
    """One action with its parameters."""

    action: Action
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on this long afterwards."""

    span: Span


@dataclass(frozen=True, slots=True)
class Branch:
    """Go one way where a condition holds then, the other where not."""

    condition: Condition
    then: "tuple[Part, ...]"
    otherwise: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Stop:
    """Do nothing more for this record."""


Part = Do | Wait | Branch | Stop


@dataclass(frozen=True, slots=True)
class Definition:
    """A rule that can run."""

    record_type: RecordType
    trigger: Trigger
    condition: Condition = EVERYTHING
    was: Condition = EVERYTHING
    parts: tuple[Part, ...] = field(default_factory=tuple)

    def actions(self) -> Iterator[Do]:
        """Every action in it, branches included."""
        yield from _actions_in(self.parts)

    def effects(self) -> Effects:
        """Everything it would touch."""
        found = [step.action.effects(step.params, self.record_type) for step in self.actions()]
        if self.trigger.make:
            found.append(Effects(creates=frozenset({self.record_type.key})))
        return Effects(
            changes=frozenset().union(*(known.changes for known in found)),
            creates=frozenset().union(*(known.creates for known in found)),
            events=frozenset().union(*(known.events for known in found)),
            sends=frozenset().union(*(known.sends for known in found)),
        )


def rule_catalogue(record_type: RecordType) -> TypeCatalogue:
    """All fields, as a rule may use them."""
    return TypeCatalogue(record_type, rule_reader())


def rule_reader() -> Actor:
    """Who looks at records when rules are tested: sees everything, shows nothing to anybody."""
    return system_actor(str(_("规则")), door="rule")


def read_definition(raw: object, record_type: RecordType) -> Definition:
    """A definition from JSON, every part of it checked.

    Raises:
        DefinitionProblem: with the place of what is wrong.
    """
    if not isinstance(raw, dict):
        raise DefinitionProblem(_("规则的格式不对"))
    trigger = read_trigger(raw.get("when"), record_type)
    catalogue = rule_catalogue(record_type)
    condition = _read_condition(raw.get("if"), catalogue, "if")
    was = _read_condition(raw.get("was"), catalogue, "was")
    if was != EVERYTHING and trigger.on != "changed":
        raise DefinitionProblem(_("只有“修改时”触发的规则才能看修改前的值"), "was")
    count = [0]
    parts = _read_parts(raw.get("do"), record_type, catalogue, "do", 0, count)
    if not parts:
        raise DefinitionProblem(_("请至少加一个动作"), "do")
    return Definition(record_type, trigger, condition, was, parts)


def definition_json(definition: Definition) -> dict[str, Any]:
    """What :func:`read_definition` reads, in one canonical form."""
    result: dict[str, Any] = {"when": trigger_json(definition.trigger), "if": to_json(definition.condition)}
    if definition.was != EVERYTHING:
        result["was"] = to_json(definition.was)
    result["do"] = [_part_json(part) for part in definition.parts]
    return result


def _part_json(part: Part) -> dict[str, Any]:
    match part:
        case Do(action, params):
            return {"do": action.key, "with": dict(params)}
        case Wait(span):
            return {"do": "wait", "span": span.to_json()}
        case Branch(condition, then, otherwise):
            return {
                "do": "branch",
                "if": to_json(condition),
                "then": [_part_json(inner) for inner in then],
                "else": [_part_json(inner) for inner in otherwise],
            }
        case _:
            return {"do": "stop"}


def _read_condition(raw: object, catalogue: TypeCatalogue, path: str) -> Condition:
    try:
        return parse(raw, catalogue)
    except ConditionProblem as problem:
        raise DefinitionProblem(problem.message, f"{path}.{problem.path}".rstrip(".")) from problem


def _read_parts(
    raw: object, record_type: RecordType, catalogue: TypeCatalogue, path: str, depth: int, count: list[int]
) -> tuple[Part, ...]:
    if raw in (None, "", {}):
        return ()
    if not isinstance(raw, list):
        raise DefinitionProblem(_("规则的格式不对"), path)
    if depth > _DEEPEST:
        raise DefinitionProblem(_("分支嵌套得太深"), path)
    parts: list[Part] = []
    for number, row in enumerate(raw):
        count[0] += 1
        if count[0] > _MOST_STEPS:
            raise DefinitionProblem(_("动作太多"), path)
        parts.append(_read_part(row, record_type, catalogue, f"{path}.{number}", depth, count))
    return tuple(parts)


def _read_part(
    raw: object, record_type: RecordType, catalogue: TypeCatalogue, path: str, depth: int, count: list[int]
) -> Part:
    if not isinstance(raw, dict):
        raise DefinitionProblem(_("规则的格式不对"), path)
    match raw.get("do"):
        case "wait":
            try:
                return Wait(read_span(raw.get("span"), smallest=1))
            except ValueProblem as problem:
                raise DefinitionProblem(problem.message, f"{path}.span") from problem
        case "branch":
            condition = _read_condition(raw.get("if"), catalogue, f"{path}.if")
            if condition == EVERYTHING:
                raise DefinitionProblem(_("请写明分支的条件"), f"{path}.if")
            then = _read_parts(raw.get("then"), record_type, catalogue, f"{path}.then", depth + 1, count)
            otherwise = _read_parts(raw.get("else"), record_type, catalogue, f"{path}.else", depth + 1, count)
            if not then and not otherwise:
                raise DefinitionProblem(_("请在分支里加动作"), f"{path}.then")
            return Branch(condition, then, otherwise)
        case "stop":
            return Stop()
    action = find_action(str(raw.get("do", "")))
    if action is None or not action.applies_to(record_type):
        raise DefinitionProblem(_("这个动作已不可用，请删除或换一个"), f"{path}.do")
    params = read_params(action, raw.get("with"), record_type, f"{path}.with")
    action.check(params, record_type)
    return Do(action, params)


def _actions_in(parts: tuple[Part, ...]) -> Iterator[Do]:
    for part in parts:
        if isinstance(part, Do):
            yield part
        elif isinstance(part, Branch):
            yield from _actions_in(part.then)
            yield from _actions_in(part.otherwise)


def read_part(raw: object, record_type: RecordType, path: str) -> Part:
    """One step alone, as the editor checks it.

    Raises:
        DefinitionProblem: with the place of what is wrong.
    """
    return _read_part(raw, record_type, rule_catalogue(record_type), path, 0, [0])
