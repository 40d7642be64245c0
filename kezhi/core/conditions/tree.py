"""The tree itself: groups, negations and tests, and its JSON form.

JSON: ``{"all": [...]}``, ``{"any": [...]}``, ``{"not": {...}}`` and tests like
``{"field": "level", "op": "is", "value": [...]}``.
An operand may be relative: ``"me"`` for users, ``"mine"`` for departments, a number of days, or ``{"field": key}``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core.conditions.catalogue import Catalogue
from kezhi.core.conditions.operators import OPERATORS, FieldOperand, Operand
from kezhi.core.values.problem import ValueProblem

_MAX_DEPTH = 8
_MAX_TESTS = 100


class ConditionProblem(Exception):
    """A condition that cannot be understood; ``path`` says where ("all.2.value")."""

    def __init__(self, message: str | Promise, path: str = "") -> None:
        super().__init__(str(message))
        self.message = message
        self.path = path


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of a field."""

    field: str
    op: str
    operand: Operand


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions, all or any of which must hold; an empty "all" holds always."""

    mode: Literal["all", "any"]
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    part: "Condition"


Condition = Test | Group | Not

EVERYTHING = Group("all", ())


def parse(raw: object, catalogue: Catalogue) -> Condition:
    """The condition that a JSON value describes, checked against the fields there are.

    Raises:
        ConditionProblem: unknown field, operator or operand, or too deep or too long.
    """
    count = [0]
    return _parse(raw if raw not in (None, "", {}) else {"all": []}, catalogue, "", 0, count)


def _parse(raw: object, catalogue: Catalogue, path: str, depth: int, count: list[int]) -> Condition:
    if depth > _MAX_DEPTH:
        raise ConditionProblem(_("条件嵌套得太深"), path)
    if not isinstance(raw, dict):
        raise ConditionProblem(_("条件的格式不对"), path)
    for mode in ("all", "any"):
        if mode in raw:
            parts = raw[mode]
            if set(raw) != {mode} or not isinstance(parts, list):
                raise ConditionProblem(_("条件的格式不对"), path)
            children = tuple(
                _parse(part, catalogue, f"{path}{mode}.{number}.", depth + 1, count)
                for number, part in enumerate(parts)
            )
            return Group("all" if mode == "all" else "any", children)
    if "not" in raw:
        if set(raw) != {"not"}:
            raise ConditionProblem(_("条件的格式不对"), path)
        return Not(_parse(raw["not"], catalogue, f"{path}not.", depth + 1, count))
    count[0] += 1
    if count[0] > _MAX_TESTS:
        raise ConditionProblem(_("条件太多"), path)
    return _parse_test(raw, catalogue, path)


def _parse_test(raw: dict[str, object], catalogue: Catalogue, path: str) -> Test:
    key, op = raw.get("field"), raw.get("op")
    if not set(raw) <= {"field", "op", "value"} or not isinstance(key, str) or not isinstance(op, str):
        raise ConditionProblem(_("条件的格式不对"), path)
    field = catalogue.field(key)
    if field is None:
        raise ConditionProblem(_("没有这个字段，或者您不能按它筛选"), f"{path}field")
    operator = OPERATORS.get(field.kind, {}).get(op)
    if operator is None:
        raise ConditionProblem(_("这个字段不能这样比较"), f"{path}op")
    value = raw.get("value")
    if isinstance(value, dict) and set(value) == {"field"}:
        other = catalogue.field(str(value["field"]))
        if other is None or other.kind != field.kind or not operator.compares_fields:
            raise ConditionProblem(_("这两个字段不能比较"), f"{path}value")
        return Test(key, op, FieldOperand(other.key))
    try:
        return Test(key, op, operator.read(value, field))
    except ValueProblem as problem:
        raise ConditionProblem(problem.message, f"{path}value") from problem


def to_json(condition: Condition) -> dict[str, object]:
    """The JSON form, which :func:`parse` reads back to the same tree."""
    match condition:
        case Group(mode, parts):
            return {mode: [to_json(part) for part in parts]}
        case Not(part):
            return {"not": to_json(part)}
        case Test(field, op, operand):
            result: dict[str, object] = {"field": field, "op": op}
            if isinstance(operand, FieldOperand):
                result["value"] = {"field": operand.field}
            elif operand is not None:
                result["value"] = [_plain(part) for part in operand] if isinstance(operand, tuple) else _plain(operand)
            return result


def _plain(operand: object) -> object:
    if isinstance(operand, date):
        return operand.isoformat()
    return str(operand) if isinstance(operand, Decimal) else operand


def fields_used(condition: Condition) -> Iterator[str]:
    """Keys of all fields a condition looks at."""
    match condition:
        case Group(_mode, parts):
            for part in parts:
                yield from fields_used(part)
        case Not(part):
            yield from fields_used(part)
        case Test(field, _op, operand):
            yield field
            if isinstance(operand, FieldOperand):
                yield operand.field
