"""What the condition editor needs to know, as one JSON-able value (the labels are in the reader's language)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext

from kezhi.core.conditions import OPERATORS
from kezhi.core.conditions.operators import PERIODS

Choice = tuple[str | int, str | Promise]


@dataclass(frozen=True, slots=True)
class EditorField:
    """A field that may be chosen: ``kind`` as in the condition language.

    ``choices`` for choice, many and user; ``options_url`` instead when there are many (``?q=`` → ``[{value, text}]``);
    ``operator_choices`` where an operator takes others ("in_department" takes departments).
    """

    key: str
    label: str | Promise
    kind: str
    group: str | Promise = ""
    choices: Sequence[Choice] = ()
    options_url: str = ""
    operator_choices: dict[str, Sequence[Choice]] = field(default_factory=dict)
    unit: str | Promise = ""


def editor_schema(fields: Iterable[EditorField]) -> dict[str, object]:
    """Fields with their operators, the named periods and the editor's own words."""
    shown = list(fields)
    return {
        "fields": [_field(item) for item in shown],
        "periods": [[key, str(label)] for key, label in PERIODS.items()],
        "labels": {
            "all": gettext("全部满足"),
            "any": gettext("满足任一"),
            "none": gettext("都不满足"),
            "and": gettext("且"),
            "or": gettext("或"),
            "add": gettext("加条件"),
            "add_group": gettext("加一组"),
            "remove": gettext("去掉这个条件"),
            "remove_group": gettext("去掉这一组"),
            "field": gettext("字段"),
            "operator": gettext("怎样比较"),
            "value": gettext("值"),
            "from": gettext("从"),
            "to": gettext("到"),
            "choose": gettext("请选择"),
            "mode": gettext("怎样组合"),
            "empty": gettext("没有条件，全部都算"),
            "other_field": gettext("与另一个字段比"),
            "fixed": gettext("与一个值比"),
            "move_up": gettext("上移"),
            "move_down": gettext("下移"),
        },
    }


def _field(item: EditorField) -> dict[str, object]:
    return {
        "key": item.key,
        "label": str(item.label),
        "type": item.kind,
        "group": str(item.group),
        "unit": str(item.unit),
        "choices": _choices(item.choices),
        "options_url": item.options_url,
        "operators": [
            {
                "key": operator.key,
                "label": str(operator.label),
                "operand": operator.takes,
                "fields": operator.compares_fields,
            }
            | ({"choices": _choices(own)} if (own := item.operator_choices.get(operator.key)) is not None else {})
            for operator in OPERATORS.get(item.kind, {}).values()
        ],
    }


def _choices(choices: Sequence[Choice]) -> list[list[object]]:
    return [[value, str(label)] for value, label in choices]
