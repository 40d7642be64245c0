"""A rule as a sentence: 当 … 若 … 就 …, in the reader's language, in parts a page can style."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from kezhi.automation.definition import Branch, Definition, Do, Part, Wait, rule_catalogue
from kezhi.automation.triggers import AGAIN, Trigger
from kezhi.core.conditions import EVERYTHING, Condition, Phrase, plain_text, sentence
from kezhi.core.events import event_kinds
from kezhi.core.figures import figures
from kezhi.records.registry import RecordType
from kezhi.work.approval_acts import find_act
from kezhi.work.deadlines_kinds import deadline_kind

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sentence; ``word`` leads it (当, 若, 就 …), ``depth`` indents it, ``path`` is its place."""

    word: str
    phrases: tuple[Phrase, ...]
    depth: int = 0
    path: str = ""

    @property
    def text(self) -> str:
        """The line as plain text."""
        return plain_text([Phrase("op", self.word), *self.phrases] if self.word else self.phrases)


def rule_lines(definition: Definition) -> list[Line]:
    """The whole rule, line by line."""
    lines = [Line(gettext("当"), tuple(trigger_phrases(definition.trigger, definition.record_type)), path="when")]
    if definition.was != EVERYTHING:
        lines.append(_condition(gettext("原来"), definition.was, definition.record_type, 1, "was"))
    if definition.condition != EVERYTHING:
        lines.append(_condition(gettext("若"), definition.condition, definition.record_type, 1, "if"))
    lines += _part_lines(definition.parts, definition.record_type, 0, "do", gettext("就"))
    return lines


def rule_text(definition: Definition) -> str:
    """The rule in one run of text, for lists and logs."""
    return gettext("，").join(line.text for line in rule_lines(definition)) + gettext("。")


def trigger_phrases(trigger: Trigger, record_type: RecordType) -> list[Phrase]:
    """What starts the rule, in words."""
    name = Phrase("value", str(record_type.label))
    match trigger.on:
        case "created" | "changed" | "saved":
            return [*_writing_phrases(trigger, record_type, name), *_narrowing(trigger, record_type)]
        case "deleted":
            return [Phrase("op", gettext("删除")), name]
        case "event":
            kind = event_kinds().get(trigger.event)
            shown = str(kind.label) if kind else trigger.event
            facts = gettext("，").join(_fact_words(trigger.event, *fact) for fact in trigger.facts.items())
            words = [name, Phrase("op", gettext("发生")), Phrase("value", shown)]
            return [*words, Phrase("op", gettext("（%(facts)s）") % {"facts": facts})] if facts else words
        case "time":
            return _time_phrases(trigger, record_type, name)
        case "schedule":
            return _schedule_phrases(trigger, record_type, name)
        case "webhook":
            words = [
                Phrase("op", gettext("收到 Webhook")),
                Phrase("value", trigger.endpoint or gettext("（任一入口）")),
            ]
            return [*words, Phrase("op", gettext("，找到或新建")), name] if trigger.make else words
    return [name]


def register_fact_words(event: str, key: str, label: Text, words: Callable[[str], Text]) -> None:
    """Say a fact of an event in words: "阶段是 合同签订" instead of ``stage = project.contract``."""
    _told_facts[event, key] = label, words


def _fact_words(event: str, key: str, value: object) -> str:
    """What an event must say besides: "时限是约定的下一步", "已用 75% 或 90%"; a fact nobody named stands as it is."""
    values = [str(each) for each in (value if isinstance(value, list) else [value])]
    if (told := _told_facts.get((event, key))) is not None:
        return f"{told[0]} {gettext('或').join(str(told[1](each)) for each in values)}"
    match key:
        case "kind":
            found = [(each, deadline_kind(each)) for each in values]
            values = [str(kind.label) if kind else each for each, kind in found]
        case "act":
            acts = [(each, find_act(each)) for each in values]
            values = [str(act.label) if act else each for each, act in acts]
        case "percent":
            values = [f"{each}%" for each in values]
    label = _FACTS.get(key)
    return f"{label or key} {gettext('或').join(values)}" if label else f"{key} = {gettext('或').join(values)}"


_told_facts: dict[tuple[str, str], tuple[Text, Callable[[str], Text]]] = {}
_FACTS = {
    "kind": gettext_lazy("时限是"),
    "act": gettext_lazy("审批的是"),
    "percent": gettext_lazy("已用"),
    "level": gettext_lazy("上报到第几级："),
}


def _writing_phrases(trigger: Trigger, record_type: RecordType, name: Phrase) -> list[Phrase]:
    if trigger.on == "created":
        return [Phrase("op", gettext("新建")), name]
    if not trigger.fields:
        return (
            [name, Phrase("op", gettext("被修改"))]
            if trigger.on == "changed"
            else [name, Phrase("op", gettext("新建或被修改"))]
        )
    fields = Phrase("value", _field_names(trigger.fields, record_type))
    if trigger.on == "changed":
        return [name, Phrase("op", gettext("的")), fields, Phrase("op", gettext("改变"))]
    return [
        Phrase("op", gettext("新建")),
        name,
        Phrase("op", gettext("，或它的")),
        fields,
        Phrase("op", gettext("改变")),
    ]


def _narrowing(trigger: Trigger, record_type: RecordType) -> list[Phrase]:
    """What does not count."""
    words = []
    if trigger.besides:
        names = _field_names(trigger.besides, record_type)
        words.append(gettext("只改%(fields)s不算") % {"fields": names})
    if trigger.people:
        words.append(gettext("只算人做的"))
    if trigger.imports_figure:
        known = next((figure for figure in figures() if figure.key == trigger.imports_figure), None)
        label = known.label if known else trigger.imports_figure
        words.append(gettext("导入的按参数“%(figure)s”") % {"figure": label})
    elif not trigger.imports:
        words.append(gettext("导入的不算"))
    return [Phrase("op", gettext("（%(facts)s）") % {"facts": gettext("，").join(words)})] if words else []


def _field_names(keys: Sequence[str], record_type: RecordType) -> str:
    labels = [known.label if (known := record_type.field(key)) else gettext("已删除的字段") for key in keys]
    return gettext("或").join(str(label) for label in labels)


def _schedule_phrases(trigger: Trigger, record_type: RecordType, name: Phrase) -> list[Phrase]:
    words = [Phrase("op", gettext("按时间表")), Phrase("value", trigger.cron)]
    known = record_type.field(trigger.date_field) if trigger.date_field else None
    if known is None:
        return [*words, Phrase("op", gettext("查看每个")), name]
    words += [Phrase("op", gettext("查看")), Phrase("field", str(known.label))]
    if trigger.span.amount:
        words += [Phrase("op", gettext("已过")), Phrase("value", trigger.span.words)]
    words += [Phrase("op", gettext("的")), name]
    if trigger.limit is not None:
        most = Phrase("value", str(trigger.limit))
        words += [Phrase("op", gettext("，每次最多")), most, Phrase("op", gettext("条，最久的先"))]
    return words


def _time_phrases(trigger: Trigger, record_type: RecordType, name: Phrase) -> list[Phrase]:
    known = record_type.field(trigger.date_field)
    label = str(known.label) if known else gettext("已删除的字段")
    span = Phrase("value", trigger.span.words)
    words = [name, Phrase("op", gettext("的")), Phrase("field", label)]
    if trigger.direction == "before":
        words += [Phrase("op", gettext("还有")), span]
    else:
        words += [Phrase("op", gettext("已过")), span]
    if trigger.again != "once":
        words.append(Phrase("op", gettext("，%(again)s") % {"again": AGAIN[trigger.again]}))
    return words


def _condition(word: str, condition: Condition, record_type: RecordType, depth: int, path: str) -> Line:
    return Line(word, tuple(sentence(condition, rule_catalogue(record_type))), depth, path)


def _part_lines(parts: tuple[Part, ...], record_type: RecordType, depth: int, path: str, first: str) -> list[Line]:
    lines: list[Line] = []
    for number, part in enumerate(parts):
        place = f"{path}.{number}"
        word = first if not number else gettext("再")
        match part:
            case Do(action, params):
                lines.append(Line(word, tuple(action.phrases(params, record_type)), depth, place))
            case Wait(span):
                lines.append(Line(word, (Phrase("op", gettext("等")), Phrase("value", span.words)), depth, place))
            case Branch(condition, then, otherwise):
                lines.append(_condition(gettext("若"), condition, record_type, depth, place))
                lines += _part_lines(then, record_type, depth + 1, f"{place}.then", gettext("就"))
                if otherwise:
                    lines.append(Line(gettext("否则"), (), depth, place))
                    lines += _part_lines(otherwise, record_type, depth + 1, f"{place}.else", gettext("就"))
            case _:
                lines.append(Line(word, (Phrase("op", gettext("到此为止")),), depth, place))
    return lines
