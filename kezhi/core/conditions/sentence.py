"""A condition as a sentence: parts a page can style, in the reader's language."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import get_language, gettext

from kezhi.core.conditions.catalogue import Catalogue
from kezhi.core.conditions.operators import OPERATORS, FieldOperand
from kezhi.core.conditions.tree import Condition, Group, Not, Test


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of the sentence; ``role`` is field, op, value or join."""

    role: str
    text: str


def sentence(condition: Condition, catalogue: Catalogue, *, is_part: bool = False) -> list[Phrase]:
    """The parts of the sentence in reading order; nothing for a condition that always holds.

    ``is_part``: it will stand beside others, so that a group of several conditions needs its brackets.
    """
    return list(_phrases(condition, catalogue, outer=not is_part))


def plain_text(phrases: Iterable[Phrase]) -> str:
    """Phrases as running text: with spaces between them in English, without in Chinese."""
    glue = " " if (get_language() or "").startswith("en") else ""
    return glue.join(phrase.text for phrase in phrases if phrase.text)


def _phrases(condition: Condition, catalogue: Catalogue, *, outer: bool) -> Iterator[Phrase]:
    match condition:
        case Group(mode, parts):
            if mode == "any" and not parts:
                yield Phrase("op", gettext("（没有条件可满足，一条也不算）"))
            inner = not outer and len(parts) > 1
            if inner:
                yield Phrase("join", gettext("（"))
            for number, part in enumerate(parts):
                if number:
                    yield Phrase("join", gettext("且") if mode == "all" else gettext("或"))
                yield from _phrases(part, catalogue, outer=False)
            if inner:
                yield Phrase("join", gettext("）"))
        case Not(part):
            yield Phrase("join", gettext("不满足"))
            yield from _phrases(part, catalogue, outer=False)
        case Test(key, op, operand):
            field = catalogue.field(key)
            operator = OPERATORS[field.kind][op] if field else None
            if field is None or operator is None:
                yield Phrase("field", gettext("已删除的字段"))
                return
            yield Phrase("field", str(field.label))
            if isinstance(operand, FieldOperand):
                other = catalogue.field(operand.field)
                yield Phrase("op", str(operator.label))
                yield Phrase("value", str(other.label) if other else gettext("已删除的字段"))
            else:
                before, value, after = operator.words(operand, field)
                yield Phrase("op", before)
                if value:
                    yield Phrase("value", value)
                if after:
                    yield Phrase("op", after)
