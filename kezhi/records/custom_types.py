"""Custom fields as field objects: each stored kind becomes one of the field types (CUS-6)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kezhi.access.models import FieldLevel
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields import (
    ChoiceField,
    DateField,
    DateTimeField,
    Field,
    FileField,
    LongTextField,
    MoneyField,
    MultiChoiceField,
    NumberField,
    ParseContext,
    RecordField,
    TextField,
    UrlField,
    UserField,
    YesNoField,
)
from kezhi.records.lists import Choices, Item
from kezhi.records.models.custom import CustomField


@dataclass(frozen=True, kw_only=True)
class PatternTextField(TextField):
    """A custom text that must match an administrator's pattern."""

    pattern: str = ""

    def clean(self, raw: Any, context: ParseContext) -> str | None:
        text = super().clean(raw, context)
        if text and self.pattern and not re.fullmatch(self.pattern, text):
            raise ValueProblem("text.pattern", _("格式不对"))
        return text


def field_from_custom(row: CustomField) -> Field:
    """The field that a custom field's row describes."""
    common: dict[str, Any] = {
        "key": row.key,
        "label": CustomLabel(row.name_zh, row.name_en),
        "help": CustomLabel(row.help_zh, row.help_en),
        "group": row.group or "custom",
        "required": row.is_required,
        "unique": row.is_unique,
        "personal": row.is_personal,
        "personal_outside": row.is_personal_outside,
        "level": FieldLevel.OWNER if row.is_personal else FieldLevel.WRITE,
        "custom_id": row.pk,
        "default": row.options.get("default"),
        "synonyms": tuple(name for name in (row.name_zh, row.name_en) if name),
        "sortable": row.kind in _SORTABLE and not row.is_personal,
        "searchable": row.kind == CustomField.Kind.TEXT and not row.is_personal,
    }
    return _MAKERS[row.kind](row, common)


class CustomLabel(str):
    """A name in both languages that shows itself in the reader's."""

    english: str

    def __new__(cls, chinese: str, english: str) -> "CustomLabel":
        self = super().__new__(cls, chinese)
        self.english = english
        return self

    def __str__(self) -> str:
        if self.english and (get_language() or "").startswith("en"):
            return self.english
        return str.__str__(self)


def _choices(row: CustomField) -> Callable[[], Choices]:
    known = Choices(
        Item(str(c["key"]), str(c.get("zh", "")), str(c.get("en", "")), is_active=not c.get("off"))
        for c in row.options.get("choices", [])
    )
    return lambda: known


def _limits(row: CustomField) -> dict[str, Any]:
    return {
        name: Decimal(str(row.options[name])) for name in ("minimum", "maximum") if row.options.get(name) is not None
    }


# One value each that stands beside the record in an order people mean; personal ones stand nowhere in the clear.
_SORTABLE = frozenset({"text", "number", "money", "date", "datetime", "choice", "yes_no", "url"})

_Maker = Callable[[CustomField, dict[str, Any]], Field]

_MAKERS: dict[str, _Maker] = {
    CustomField.Kind.TEXT: lambda row, common: PatternTextField(
        **common, pattern=row.options.get("pattern", ""), max_length=int(row.options.get("max_length") or 200)
    ),
    CustomField.Kind.LONG_TEXT: lambda row, common: LongTextField(**common),
    CustomField.Kind.NUMBER: lambda row, common: NumberField(**common, **_limits(row)),
    CustomField.Kind.MONEY: lambda row, common: MoneyField(**common, **_limits(row)),
    CustomField.Kind.DATE: lambda row, common: DateField(**common),
    CustomField.Kind.DATETIME: lambda row, common: DateTimeField(**common),
    CustomField.Kind.CHOICE: lambda row, common: ChoiceField(**common, choices=_choices(row)),
    CustomField.Kind.MULTI_CHOICE: lambda row, common: MultiChoiceField(**common, choices=_choices(row)),
    CustomField.Kind.YES_NO: lambda row, common: YesNoField(**common),
    CustomField.Kind.USER: lambda row, common: UserField(**common),
    CustomField.Kind.CUSTOMER: lambda row, common: RecordField(**common, to="customer"),
    CustomField.Kind.URL: lambda row, common: UrlField(**common),
    CustomField.Kind.FILE: lambda row, common: FileField(**{**common, "searchable": False}),
}
