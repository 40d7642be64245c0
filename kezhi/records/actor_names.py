"""What programs and rules that act are called on show: the log keeps one name, people read two languages."""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

from kezhi.core.models.events import Event

_programs: dict[str, str | Promise] = {}
_rules: list[Callable[[int], str]] = []


def register_program(name: str, label: str | Promise) -> None:
    """Give a program that acts by itself (``system_actor(name)``) words that people read."""
    _programs[name] = label


def register_rule_names(english: Callable[[int], str]) -> None:
    """``english(rule_id)`` gives a rule's name in English, "" where it has none."""
    _rules.append(english)


def actor_words(event: Event) -> str:
    """Who did it, in the reader's language."""
    if event.actor_kind == "rule":
        return rule_words(event.door_ref, event.actor_label)
    return program_words(event.actor_label) if event.actor_kind == "system" else event.actor_label


def rule_words(rule_ref: str, name: str) -> str:
    """The rule of a reference ("12:3") in the reader's language; ``name`` is what it was called in Chinese."""
    rule = rule_ref.partition(":")[0]
    if (get_language() or "zh").startswith("zh") or not rule.isdecimal():
        return name
    return next((found for english in _rules if (found := english(int(rule)))), name)


def program_words(name: str) -> str:
    """A program's name in the reader's language; what a person named (a form, a mailbox) stays."""
    return str(_programs.get(name, name))


register_program("kezhi", gettext_lazy("客至"))
register_program("recycle bin", gettext_lazy("回收站"))
