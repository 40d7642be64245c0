"""Figures: every number in the handbooks, named, documented, and changeable on screen.

An app registers its figures at import time (``AppConfig.ready`` imports the module that does so)::

    register_figure(Figure("followup.quiet_days", 7, kind=FigureKind.INTEGER, unit=_("天"), minimum=1, maximum=365,
                           label=_("多久未跟进提醒"), help=_("……"), source="FUP-4"))

and code asks for the value where it needs it: ``integer_figure("followup.quiet_days", department_id)``. The answer is
the department's value, else the company's, else the shipped default. Values are cached per process and fresh in every
process as soon as the change is committed.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeAlias

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core import epochs
from kezhi.core.events import ActorRef, EventDraft, EventKind, record_event, register_event_kind
from kezhi.core.models import FigureValue
from kezhi.core.values.problem import ValueProblem

Scalar: TypeAlias = int | Decimal | bool | str | dt.time
Bound: TypeAlias = int | Decimal | dt.time


class FigureKind(StrEnum):
    """What a figure is; decides its Python type, its input field and how it is checked."""

    INTEGER = "integer"  # int
    DECIMAL = "decimal"  # Decimal
    MONEY = "money"  # Decimal, yuan
    RATE = "rate"  # Decimal, 0 to 1
    TIME = "time"  # datetime.time in the company's zone
    BOOLEAN = "boolean"  # bool
    TEXT = "text"  # str
    CHOICE = "choice"  # str, one of the figure's choices


@dataclass(frozen=True)
class Figure:
    """The declaration of one figure. ``choices`` are (value, name) of a choice, in their order.

    ``key`` is ``area.name`` and never changes. ``minimum`` and ``maximum`` are included; for text they bound its
    length. ``check`` may refuse a value that is right in itself but not beside the others (it gets the new value and
    the department, and raises ``ValueProblem``). ``source`` names where the default comes from (``SVC-6``).
    """

    key: str
    default: Scalar
    kind: FigureKind
    label: str | Promise
    unit: str | Promise = ""
    minimum: Bound | None = None
    maximum: Bound | None = None
    help: str | Promise = ""
    source: str = ""
    per_department: bool = False
    check: Callable[[Scalar, int | None], None] | None = None
    choices: tuple[tuple[str, str | Promise], ...] = ()

    def choice_label(self, value: Scalar) -> str:
        """The name of one of the choices; a value that is none shows itself."""
        return str(dict(self.choices).get(str(value), value))

    @property
    def area(self) -> str:
        """The part of the key that groups figures on the settings page."""
        return self.key.partition(".")[0]


register_event_kind(EventKind("core.figure_changed", _("调整了参数"), icon="settings", family="settings"))

_registry: dict[str, Figure] = {}


def register_figure(figure: Figure) -> Figure:
    """Make a figure known. Registering the very same declaration again is harmless.

    Raises:
        ValueError: another figure has this key, or the default does not keep its own rules.
    """
    if "." not in figure.key:
        raise ValueError(f"{figure.key!r} must be written area.name")
    if (known := _registry.get(figure.key)) is not None and known != figure:
        raise ValueError(f"two figures are called {figure.key!r}")
    try:
        clean_figure(figure, figure.default)
    except ValueProblem as problem:
        raise ValueError(f"the default of {figure.key!r} is not allowed: {problem.code}") from problem
    _registry[figure.key] = figure
    return figure


def figures() -> list[Figure]:
    """Every known figure, by key."""
    return [_registry[key] for key in sorted(_registry)]


def figure(key: str) -> Figure:
    """The declaration of a figure; ``KeyError`` if nobody registered it."""
    return _registry[key]


def figure_value(key: str, department_id: int | None = None) -> Scalar:
    """The value in force: the department's, else the company's, else the default.

    A stored value that no longer keeps the figure's rules (after an upgrade) gives way to the default.
    """
    declared = _registry[key]
    values = epochs.cached("figures", "all", _load)
    if department_id is not None and (key, department_id) in values:
        return values[key, department_id]
    return values.get((key, None), declared.default)


def integer_figure(key: str, department_id: int | None = None) -> int:
    """``figure_value`` of a whole number."""
    value = figure_value(key, department_id)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{key} is not a whole number")
    return value


def decimal_figure(key: str, department_id: int | None = None) -> Decimal:
    """``figure_value`` of a number, an amount or a rate."""
    value = figure_value(key, department_id)
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
        raise TypeError(f"{key} is not a number")
    return Decimal(value)


def time_figure(key: str, department_id: int | None = None) -> dt.time:
    """``figure_value`` of a time of day."""
    value = figure_value(key, department_id)
    if not isinstance(value, dt.time):
        raise TypeError(f"{key} is not a time of day")
    return value


def boolean_figure(key: str, department_id: int | None = None) -> bool:
    """``figure_value`` of a yes or no."""
    value = figure_value(key, department_id)
    if not isinstance(value, bool):
        raise TypeError(f"{key} is not a yes or no")
    return value


def text_figure(key: str, department_id: int | None = None) -> str:
    """``figure_value`` of a text or a choice."""
    value = figure_value(key, department_id)
    if not isinstance(value, str):
        raise TypeError(f"{key} is not a text")
    return value


def company_and_department_values() -> dict[tuple[str, int | None], Scalar]:
    """Every changed value by key and department, for the settings page."""
    return dict(epochs.cached("figures", "all", _load))


@transaction.atomic
def set_figure(key: str, value: object, *, actor_ref: ActorRef, department_id: int | None = None) -> Scalar:
    """Change a figure for the company or one department, and record who did it; gives the cleaned value.

    Whether the actor may do so is the caller's question (core knows no rights).

    Raises:
        KeyError: nobody registered the figure.
        ValueProblem: ``figure.type``, ``figure.minimum``, ``figure.maximum``, ``figure.scope`` or the figure's own
        check.
    """
    declared = _registry[key]
    if department_id is not None and not declared.per_department:
        raise ValueProblem("figure.scope", _("“%(label)s”只能为全公司设置。"), {"label": declared.label})
    cleaned = clean_figure(declared, value)
    before = figure_value(key, department_id)
    if declared.check is not None:
        declared.check(cleaned, department_id)
    row, _created = FigureValue.objects.update_or_create(
        key=key, department_id=department_id, defaults={"value": json.dumps(_as_json(cleaned), ensure_ascii=False)}
    )
    epochs.bump("figures")
    _record(row.pk, key, department_id, before, cleaned, actor_ref)
    return cleaned


@transaction.atomic
def forget_figure(key: str, *, actor_ref: ActorRef, department_id: int | None = None) -> Scalar:
    """Go back to the company's value or the default, record who did it, and give the value now in force."""
    before = figure_value(key, department_id)
    row = FigureValue.objects.filter(key=key, department_id=department_id).first()
    if row is None:
        return before
    row_id = row.pk
    row.delete()
    epochs.bump("figures")
    after = figure_value(key, department_id)
    _record(row_id, key, department_id, before, after, actor_ref)
    return after


def clean_figure(figure: Figure, value: object) -> Scalar:
    """The value in the figure's Python type, from what a form, JSON or code gives.

    Raises:
        ValueProblem: ``figure.type``, ``figure.minimum`` or ``figure.maximum``.
    """
    scalar = _typed(figure, value)
    size: Bound = len(scalar) if isinstance(scalar, str) else scalar
    for bound, code, sentence in (
        (figure.minimum, "figure.minimum", _("“%(label)s”不能小于 %(bound)s。")),
        (figure.maximum, "figure.maximum", _("“%(label)s”不能大于 %(bound)s。")),
    ):
        if bound is None:
            continue
        if isinstance(size, dt.time) or isinstance(bound, dt.time):
            if not (isinstance(size, dt.time) and isinstance(bound, dt.time)):
                raise TypeError(f"the bounds of {figure.key} are of another type")
            outside = size < bound if code == "figure.minimum" else size > bound
            shown = f"{bound:%H:%M}"
        else:
            outside = size < bound if code == "figure.minimum" else size > bound
            shown = str(bound)
        if outside:
            raise ValueProblem(code, sentence, {"label": figure.label, "bound": shown})
    return scalar


def _typed(figure: Figure, value: object) -> Scalar:
    text = str(value).strip() if isinstance(value, (str, int, float, Decimal)) else value
    try:
        match figure.kind:
            case FigureKind.BOOLEAN:
                if isinstance(value, bool):
                    return value
                return {"true": True, "1": True, "on": True, "false": False, "0": False, "": False}[str(text).lower()]
            case FigureKind.INTEGER:
                number = _number(value)
                if number != number.to_integral_value():
                    raise ValueError
                return int(number)
            case FigureKind.DECIMAL | FigureKind.MONEY | FigureKind.RATE:
                number = _number(value)
                if figure.kind is FigureKind.RATE and not 0 <= number <= 1:
                    raise ValueError
                return number
            case FigureKind.TIME:
                if isinstance(value, dt.time):
                    return value.replace(second=0, microsecond=0, tzinfo=None)
                return dt.time.fromisoformat(str(text).replace("：", ":").zfill(5)).replace(second=0, microsecond=0)
            case FigureKind.TEXT:
                if not isinstance(value, str):
                    raise ValueError
                return value.strip()
            case FigureKind.CHOICE:
                if str(text) not in dict(figure.choices):
                    raise ValueError
                return str(text)
    except (ValueError, KeyError, InvalidOperation, TypeError):
        raise ValueProblem("figure.type", _TYPE_SENTENCES[figure.kind], {"label": figure.label}) from None


_TYPE_SENTENCES = {
    FigureKind.INTEGER: _("“%(label)s”必须是整数。"),
    FigureKind.DECIMAL: _("“%(label)s”必须是数字。"),
    FigureKind.MONEY: _("“%(label)s”必须是金额（元）。"),
    FigureKind.RATE: _("“%(label)s”必须是 0 到 1 之间的数字。"),
    FigureKind.TIME: _("“%(label)s”必须是时间，例如 09:00。"),
    FigureKind.BOOLEAN: _("“%(label)s”只能是“是”或“否”。"),
    FigureKind.TEXT: _("“%(label)s”必须是文字。"),
    FigureKind.CHOICE: _("“%(label)s”只能从列出的里面选。"),
}


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise ValueError
    number = Decimal(str(value).strip())
    if not number.is_finite() or abs(number) >= Decimal(10) ** 18:
        raise ValueError
    return number


def _as_json(value: Scalar) -> int | str | bool:
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    if isinstance(value, Decimal):
        return str(value)
    return value


def _record(
    row_id: int, key: str, department_id: int | None, before: Scalar, after: Scalar, actor_ref: ActorRef
) -> None:
    record_event(
        EventDraft(
            kind="core.figure_changed",
            record_type="figure",
            record_id=row_id,
            actor=actor_ref,
            changes={"value": (_as_json(before), _as_json(after))},
            facts={"key": key, "department_id": department_id},
        )
    )


def _load() -> dict[tuple[str, int | None], Scalar]:
    return dict(_readable(FigureValue.objects.values_list("key", "department_id", "value")))


def _readable(rows: Iterable[tuple[str, int | None, str]]) -> Iterable[tuple[tuple[str, int | None], Scalar]]:
    for key, department_id, stored in rows:
        if (declared := _registry.get(key)) is None:
            continue
        try:
            yield (key, department_id), clean_figure(declared, json.loads(stored))
        except (ValueProblem, json.JSONDecodeError):
            continue
