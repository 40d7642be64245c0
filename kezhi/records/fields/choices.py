"""Fields that choose from administered lists: one, several, tags (CUS-5, CUS-16)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.core.events import Json
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields.base import MISSING, Field, ParseContext
from kezhi.records.lists import Choices, Option, list_choices, tag_choices
from kezhi.records.models.lists import TagLink
from kezhi.ui import html

_SEPARATORS = re.compile(r"[；;、,，|\n]+")


@dataclass(frozen=True, kw_only=True)
class ChoiceField(Field):
    """One item of a pick-list (``list_key``) or of fixed ``choices``; free text is refused (CUS-5)."""

    list_key: str = ""
    choices: Callable[[], Choices] | None = None
    badge: bool = False

    kind: ClassVar[str] = "choice"
    condition_kind: ClassVar[str] = "choice"
    control: ClassVar[str] = "choice"

    @property
    def known(self) -> Choices:
        """The list as it stands."""
        return self.choices() if self.choices else list_choices(self.list_key)

    def options(self, actor: Actor | None = None) -> Sequence[Option]:
        return self.known.options()

    def clean(self, raw: Any, context: ParseContext) -> Any:
        item = self.known.find(str(raw))
        if item is None:
            raise ValueProblem(
                "choice.unknown",
                _("“%(value)s”不在列表里，可选：%(choices)s"),
                {"value": str(raw)[:40], "choices": self.known.summary()},
            )
        return item

    def text(self, value: Any) -> str:
        return self.known.label(value) if value else ""

    def html(self, value: Any) -> SafeString:
        if not value:
            return MISSING
        known = self.known
        if self.list_key == "level":
            return html.level_badge(known.label(value), known.tone(value))
        if self.badge:
            return html.badge(known.label(value), known.tone(value))
        return mark_safe(escape(known.label(value)))  # noqa: S308 - escaped on this line

    def schema(self) -> dict[str, Json]:
        values: list[Json] = [option.value for option in self.options()]
        return {"type": ["string", "null"], "enum": [*values, None]}

    def form_value(self, value: Any) -> Any:
        return value or ""

    def read_operand(self, raw: object) -> object:
        item = self.known.find(str(raw))
        if item is None:
            raise ValueProblem("choice.unknown", _("“%(value)s”不在列表里"), {"value": str(raw)[:40]})
        return item

    def mirror(self, value: Any) -> list[dict[str, Any]]:
        return [{"text": str(value)[:200]}]


@dataclass(frozen=True, kw_only=True)
class MultiChoiceField(ChoiceField):
    """Several items of a list, stored as a JSON list of keys."""

    kind: ClassVar[str] = "multi_choice"
    condition_kind: ClassVar[str] = "many"
    control: ClassVar[str] = "multi_choice"

    def blank(self) -> Any:
        return []

    def get(self, record: Any) -> Any:
        value = super().get(record)
        return tuple(value) if value else ()

    @staticmethod
    def is_same(before: Any, after: Any) -> bool:
        # The order in which items were chosen says nothing.
        return frozenset(before or ()) == frozenset(after or ())

    def set(self, record: Any, value: Any) -> None:
        if self.custom_id is None:
            setattr(record, self.attribute, list(value or ()))
        else:
            super().set(record, value)

    def parse(self, raw: Any, context: ParseContext) -> Any:
        if isinstance(raw, str):
            raw = [part for part in _SEPARATORS.split(raw) if part.strip()]
        elif raw is not None and not isinstance(raw, list | tuple | set | frozenset):
            raw = [raw]
        parts = [part for part in raw or () if str(part).strip()]
        if len(parts) > 200:
            raise ValueProblem("choice.many", _("选得太多"))
        return tuple(dict.fromkeys(self.clean(part, context) for part in parts)) or None

    def text(self, value: Any) -> str:
        known = self.known
        return gettext("、").join(known.label(part) for part in value or ())

    def html(self, value: Any) -> SafeString:
        if not value:
            return MISSING
        known = self.known
        return mark_safe(" ".join(html.tag(known.label(part)) for part in value))  # noqa: S308 - tag() escapes

    def to_json(self, value: Any) -> Json:
        return list(value or ())

    def from_json(self, value: Json) -> Any:
        return tuple(value) if isinstance(value, list) else ()

    def schema(self) -> dict[str, Json]:
        values: list[Json] = [option.value for option in self.options()]
        return {"type": "array", "items": {"type": "string", "enum": values}}

    def form_value(self, value: Any) -> Any:
        return [str(part) for part in value or ()]

    def operand_text(self, operand: object) -> str:
        return self.known.label(operand)

    def mirror(self, value: Any) -> list[dict[str, Any]]:
        return [{"text": str(part)[:200]} for part in value]


@dataclass(frozen=True, kw_only=True)
class TagsField(MultiChoiceField):
    """The record's tags. Stored as links; the record repeats their ids for display."""

    record_type: str = ""

    kind: ClassVar[str] = "tags"

    @property
    def known(self) -> Choices:
        return tag_choices(self.record_type)

    def get(self, record: Any) -> Any:
        return tuple(str(part) for part in record.tag_ids)

    def set(self, record: Any, value: Any) -> None:
        record.tag_ids = [int(part) for part in value or ()]

    def columns(self) -> tuple[str, ...]:
        return ("tag_ids",)

    def parse(self, raw: Any, context: ParseContext) -> Any:
        value = super().parse(raw, context)
        if value and (clash := self.known.exclusive_clash(value)):
            raise ValueProblem(
                "tags.exclusive",
                _("“%(one)s”和“%(other)s”只能选一个"),
                {"one": clash[0], "other": clash[1]},
            )
        return value

    def q(self, build: Callable[[str], Q], role: str = "value", prefix: str = "") -> Q:
        links = TagLink.objects.filter(record_type=self.record_type)
        if role == "empty":
            return ~Q(**{f"{prefix}pk__in": links.values("record_id")})
        return Q(**{f"{prefix}pk__in": links.filter(build("tag_id")).values("record_id")})

    def read_operand(self, raw: object) -> object:
        return int(str(super().read_operand(raw)))

    def operand_text(self, operand: object) -> str:
        return self.known.label(str(operand))
