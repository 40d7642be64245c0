"""A rule that is being written, line by line; what is missing or broken says so in its own place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from kezhi.automation.definition import Branch, Do, Part, Wait, read_part, rule_catalogue
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.sentences import trigger_phrases
from kezhi.automation.triggers import read_trigger
from kezhi.core.conditions import ConditionProblem, Phrase, parse, sentence
from kezhi.records.registry import RecordType


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of the sentence under work. ``kind``: when, was, if, step, branch, else, add. ``path`` is its place."""

    kind: str
    word: str
    path: str
    depth: int = 0
    phrases: tuple[Phrase, ...] = ()
    problem: str = ""
    is_first: bool = False
    is_last: bool = False


def draft_lines(draft: Mapping[str, Any], record_type: RecordType) -> list[DraftLine]:
    """The whole draft in reading order, with places to add steps."""
    return list(_lines(draft, record_type))


def problems_in(lines: list[DraftLine]) -> list[str]:
    """What keeps the draft from being published."""
    return [line.problem for line in lines if line.problem]


def _lines(draft: Mapping[str, Any], record_type: RecordType) -> Iterator[DraftLine]:
    try:
        phrases = tuple(trigger_phrases(read_trigger(draft.get("when"), record_type), record_type))
        yield DraftLine("when", gettext("当"), "when", phrases=phrases)
    except DefinitionProblem as problem:
        yield DraftLine("when", gettext("当"), "when", problem=str(problem.message))
    on = (draft.get("when") or {}).get("on") if isinstance(draft.get("when"), Mapping) else ""
    if draft.get("was") or on == "changed":
        yield _condition("was", gettext("原来"), "was", draft.get("was"), record_type, 1)
    yield _condition("if", gettext("若"), "if", draft.get("if"), record_type, 1)
    steps = draft.get("do")
    yield from _steps(steps if isinstance(steps, list) else [], record_type, "do", 0)


def _condition(kind: str, word: str, path: str, raw: object, record_type: RecordType, depth: int) -> DraftLine:
    catalogue = rule_catalogue(record_type)
    try:
        return DraftLine(kind, word, path, depth, tuple(sentence(parse(raw, catalogue), catalogue)))
    except ConditionProblem as problem:
        return DraftLine(kind, word, path, depth, problem=str(problem.message))


def _steps(steps: list[Any], record_type: RecordType, path: str, depth: int) -> Iterator[DraftLine]:
    for number, raw in enumerate(steps):
        place = f"{path}.{number}"
        word = gettext("再") if number else gettext("就")
        first, last = number == 0, number == len(steps) - 1
        if isinstance(raw, Mapping) and raw.get("do") == "branch":
            head = _condition("branch", gettext("若"), f"{place}.if", raw.get("if"), record_type, depth)
            yield DraftLine("branch", head.word, place, depth, head.phrases, head.problem, first, last)
            yield from _steps(_list(raw.get("then")), record_type, f"{place}.then", depth + 1)
            yield DraftLine("else", gettext("否则"), f"{place}.else", depth)
            yield from _steps(_list(raw.get("else")), record_type, f"{place}.else", depth + 1)
            continue
        try:
            part = read_part(raw, record_type, place)
            yield DraftLine("step", word, place, depth, _words(part, record_type), "", first, last)
        except DefinitionProblem as problem:
            yield DraftLine("step", word, place, depth, (), str(problem.message), first, last)
    yield DraftLine("add", gettext("就"), f"{path}.{len(steps)}", depth, is_first=not steps)


def _words(part: Part, record_type: RecordType) -> tuple[Phrase, ...]:
    match part:
        case Do(action, params):
            return tuple(action.phrases(params, record_type))
        case Wait(span):
            return (Phrase("op", gettext("等")), Phrase("value", span.words))
        case Branch():
            return ()
        case _:
            return (Phrase("op", gettext("到此为止")),)


def _list(raw: object) -> list[Any]:
    return raw if isinstance(raw, list) else []
