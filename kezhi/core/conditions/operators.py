"""What can be asked of each kind of field: the filter, the test and the words of every operator side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.core.conditions.catalogue import ConditionContext, ConditionField
from kezhi.core.values.problem import ValueProblem

_MAX_VALUES = 500


@dataclass(frozen=True, slots=True)
class FieldOperand:
    """Another field of the same record as operand."""

    field: str


Operand = FieldOperand | None | bool | int | str | Decimal | tuple[object, ...] | object

QBuilder = Callable[[ConditionField, object, ConditionContext], Q]
ValueTest = Callable[[object, object, ConditionContext], bool]


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare. ``takes`` says what the editor asks for: none, one, many, days, range or period."""

    key: str
    label: str | Promise
    takes: str
    build: QBuilder
    check: ValueTest
    field_lookup: str = ""

    @property
    def compares_fields(self) -> bool:
        """Whether another field may stand as operand."""
        return bool(self.field_lookup)

    def q(self, field: ConditionField, operand: object, context: ConditionContext) -> Q:
        """The queryset filter."""
        return self.build(field, operand, context)

    def q_field(self, field: ConditionField, other: ConditionField) -> Q:
        """The filter that compares two fields of one row."""
        return field.q(lambda path: other.q(lambda second: Q(**{f"{path}{self.field_lookup}": F(second)})))

    def test(self, value: object, operand: object, context: ConditionContext) -> bool:
        """The same question asked of a plain value."""
        if self.compares_fields and operand is None:
            return False
        return self.check(value, operand, context)

    def read(self, raw: object, field: ConditionField) -> Operand:
        """The operand that a JSON value gives; raises ValueProblem when it does not fit."""
        if self.takes == "none":
            return None
        if self.takes == "days":
            return _read_days(raw)
        if self.takes == "period":
            if raw not in PERIODS:
                raise ValueProblem("condition.period", _("请选择一个时间段"))
            return str(raw)
        if self.takes == "range":
            if not isinstance(raw, list) or len(raw) != 2:
                raise ValueProblem("condition.range", _("请给出起止两个值"))
            return (field.read_operand(raw[0]), field.read_operand(raw[1]))
        if self.takes == "many":
            items = raw if isinstance(raw, list) else [] if raw in (None, "") else [raw]
            if not items or len(items) > _MAX_VALUES:
                raise ValueProblem("condition.values", _("请选择至少一个值"))
            return tuple(field.read_operand(item) for item in items)
        if raw is None or raw == "":
            raise ValueProblem("condition.value", _("请填写要比较的值"))
        return field.read_operand(raw)

    def words(self, operand: object, field: ConditionField) -> tuple[str, str, str]:
        """The operator and its operand in words: (before, value, after)."""
        if self.takes == "none":
            return str(self.label), "", ""
        if self.takes == "days":
            before, _sep, after = str(self.label).partition("%(days)s")
            return before.strip(), str(operand), after.strip()
        if self.takes == "period":
            return str(self.label), str(PERIODS.get(str(operand), operand)), ""
        if self.takes == "range" and isinstance(operand, tuple):
            return str(self.label), " – ".join(field.operand_text(part) for part in operand), ""
        if self.takes == "many" and isinstance(operand, tuple):
            # The same number is a person to "is" and a department to "in department".
            say = getattr(field, "department_text", None) if self.key == "in_department" else None
            return str(self.label), gettext("、").join((say or field.operand_text)(part) for part in operand), ""
        return str(self.label), field.operand_text(operand), ""


PERIODS: dict[str, str | Promise] = {
    "today": _("今天"),
    "yesterday": _("昨天"),
    "tomorrow": _("明天"),
    "this_week": _("本周"),
    "last_week": _("上周"),
    "next_week": _("下周"),
    "this_month": _("本月"),
    "last_month": _("上月"),
    "next_month": _("下月"),
    "this_quarter": _("本季度"),
    "last_quarter": _("上季度"),
    "this_year": _("今年"),
    "last_year": _("去年"),
}


def period_days(period: str, today: date) -> tuple[date, date]:
    """First day of a named period and the day after its last; weeks begin on Monday."""
    week = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    quarter = month.replace(month=(month.month - 1) // 3 * 3 + 1)
    year = month.replace(month=1)
    spans = {
        "today": (today, today + timedelta(days=1)),
        "yesterday": (today - timedelta(days=1), today),
        "tomorrow": (today + timedelta(days=1), today + timedelta(days=2)),
        "this_week": (week, week + timedelta(days=7)),
        "last_week": (week - timedelta(days=7), week),
        "next_week": (week + timedelta(days=7), week + timedelta(days=14)),
        "this_month": (month, _months_on(month, 1)),
        "last_month": (_months_on(month, -1), month),
        "next_month": (_months_on(month, 1), _months_on(month, 2)),
        "this_quarter": (quarter, _months_on(quarter, 3)),
        "last_quarter": (_months_on(quarter, -3), quarter),
        "this_year": (year, year.replace(year=year.year + 1)),
        "last_year": (year.replace(year=year.year - 1), year),
    }
    return spans[period]


def _months_on(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _read_days(raw: object) -> int:
    try:
        days = int(str(raw))
    except ValueError:
        raise ValueProblem("condition.days", _("请填写天数")) from None
    if not 0 <= days <= 36_500:
        raise ValueProblem("condition.days", _("请填写天数"))
    return days


def read_decimal(raw: object) -> Decimal:
    """A number operand; raises ValueProblem."""
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        raise ValueProblem("condition.number", _("请填写数字")) from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise ValueProblem("condition.number", _("请填写数字"))
    return number


def _plain(suffix: str, *, negate: bool = False) -> QBuilder:
    def build(field: ConditionField, operand: object, context: ConditionContext) -> Q:
        q = field.q(lambda path: Q(**{f"{path}{suffix}": operand}))
        return ~q if negate else q

    return build


def _empty(field: ConditionField, operand: object, context: ConditionContext) -> Q:
    if field.kind in ("text", "choice", "secret"):
        return field.q(lambda path: Q(**{path: ""}) | Q(**{f"{path}__isnull": True}), "empty")
    return field.q(lambda path: Q(**{f"{path}__isnull": True}), "empty")


def _filled(field: ConditionField, operand: object, context: ConditionContext) -> Q:
    return ~_empty(field, operand, context)


def _is_empty(value: object) -> bool:
    return value is None or value == "" or value == () or value == []


_EMPTY = (
    Operator("is_empty", _("未填"), "none", _empty, lambda v, o, c: _is_empty(v)),
    Operator("is_filled", _("已填"), "none", _filled, lambda v, o, c: not _is_empty(v)),
)


def _text(value: object) -> str:
    return "" if value is None else str(value)


_TEXT = (
    Operator("is", _("是"), "one", _plain(""), lambda v, o, c: _text(v) == o, ""),
    Operator("is_not", _("不是"), "one", _plain("", negate=True), lambda v, o, c: _text(v) != o),
    Operator("contains", _("包含"), "one", _plain("__icontains"), lambda v, o, c: _fold(o) in _fold(v)),
    Operator("lacks", _("不包含"), "one", _plain("__icontains", negate=True), lambda v, o, c: _fold(o) not in _fold(v)),
    Operator("starts_with", _("开头是"), "one", _plain("__istartswith"), lambda v, o, c: _fold(v).startswith(_fold(o))),
    *_EMPTY,
)


def _fold(value: object) -> str:
    # SQLite's LIKE folds ASCII letters only; the test must agree with it, so only those are folded here.
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in _text(value))


def _compare(test: Callable[[Decimal, Decimal], bool]) -> ValueTest:
    def check(value: object, operand: object, context: ConditionContext) -> bool:
        if value is None or operand is None:
            return False
        return test(Decimal(str(value)), Decimal(str(operand)))

    return check


def _pair(operand: object) -> tuple[object, object]:
    if isinstance(operand, tuple) and len(operand) == 2:
        return operand[0], operand[1]
    raise TypeError("a range has two ends")


def _between_numbers(value: object, operand: object, context: ConditionContext) -> bool:
    low, high = _pair(operand)
    return value is not None and Decimal(str(low)) <= Decimal(str(value)) <= Decimal(str(high))


_NUMBER = (
    Operator("eq", _("等于"), "one", _plain(""), _compare(lambda a, b: a == b), ""),
    Operator(
        "ne",
        _("不等于"),
        "one",
        _plain("", negate=True),
        lambda v, o, c: v is None or Decimal(str(v)) != Decimal(str(o)),
    ),
    Operator("gt", _("大于"), "one", _plain("__gt"), _compare(lambda a, b: a > b), "__gt"),
    Operator("ge", _("至少"), "one", _plain("__gte"), _compare(lambda a, b: a >= b), "__gte"),
    Operator("lt", _("小于"), "one", _plain("__lt"), _compare(lambda a, b: a < b), "__lt"),
    Operator("le", _("至多"), "one", _plain("__lte"), _compare(lambda a, b: a <= b), "__lte"),
    Operator("between", _("介于"), "range", _plain("__range"), _between_numbers),
    *_EMPTY,
)


Span = Callable[[object, ConditionContext], tuple[date | None, date | None]]


def _days(operand: object) -> int:
    return operand if isinstance(operand, int) else 0


def _day(operand: object) -> date:
    if isinstance(operand, date):
        return operand
    raise TypeError("a day is expected")


def _days_back(operand: object, context: ConditionContext) -> tuple[date | None, date | None]:
    return None, context.today - timedelta(days=_days(operand))


def _last_days(operand: object, context: ConditionContext) -> tuple[date | None, date | None]:
    return context.today - timedelta(days=_days(operand)), context.today + timedelta(days=1)


def _next_days(operand: object, context: ConditionContext) -> tuple[date | None, date | None]:
    return context.today, context.today + timedelta(days=_days(operand) + 1)


def _one_day(operand: object, context: ConditionContext) -> tuple[date | None, date | None]:
    return _day(operand), _day(operand) + timedelta(days=1)


def _span_of_range(operand: object, context: ConditionContext) -> tuple[date | None, date | None]:
    low, high = _pair(operand)
    return _day(low), _day(high) + timedelta(days=1)


def _edge(day: date, moment: bool, context: ConditionContext) -> date | datetime:
    return context.day_start(day) if moment else day


def _span_operator(key: str, label: str | Promise, takes: str, span: Span, *, or_empty: bool = False) -> Operator:
    """An operator that asks whether a day or a moment falls in a span of days, first included, last excluded."""

    def build(field: ConditionField, operand: object, context: ConditionContext) -> Q:
        first, end = span(operand, context)
        moment = field.kind == "datetime"

        def bounds(path: str) -> Q:
            q = Q(**{f"{path}__isnull": False})
            if first is not None:
                q &= Q(**{f"{path}__gte": _edge(first, moment, context)})
            if end is not None:
                q &= Q(**{f"{path}__lt": _edge(end, moment, context)})
            return q

        found = field.q(bounds)
        return found | _empty(field, None, context) if or_empty else found

    def check(value: object, operand: object, context: ConditionContext) -> bool:
        if value is None or value == "":
            return or_empty
        first, end = span(operand, context)
        moment = isinstance(value, datetime)
        after = first is None or value >= _edge(first, moment, context)  # type: ignore[operator]
        before = end is None or value < _edge(end, moment, context)  # type: ignore[operator]
        return bool(after and before)

    return Operator(key, label, takes, build, check)


_DATE = (
    _span_operator("on", _("在"), "one", _one_day),
    _span_operator("before", _("早于"), "one", lambda o, c: (None, _day(o))),
    _span_operator("after", _("晚于"), "one", lambda o, c: (_day(o) + timedelta(days=1), None)),
    _span_operator("between", _("介于"), "range", _span_of_range),
    _span_operator("period", _("在"), "period", lambda o, c: period_days(str(o), c.today)),
    # "more than 7 days without follow-up" must find those never followed up too (FUP-4)
    _span_operator("older_than_days", _("超过 %(days)s 天"), "days", _days_back, or_empty=True),
    _span_operator("within_last_days", _("最近 %(days)s 天内"), "days", _last_days),
    _span_operator("within_next_days", _("今后 %(days)s 天内"), "days", _next_days),
    _span_operator("overdue", _("已过期"), "none", lambda o, c: (None, c.today)),
    *_EMPTY,
)

_CHOICE = (
    Operator("is", _("是"), "many", _plain("__in"), lambda v, o, c: v in _items(o)),
    Operator("is_not", _("不是"), "many", _plain("__in", negate=True), lambda v, o, c: v not in _items(o)),
    *_EMPTY,
)


def _items(operand: object) -> tuple[object, ...]:
    return operand if isinstance(operand, tuple) else (operand,)


def _any_of(field: ConditionField, operand: object, context: ConditionContext) -> Q:
    return field.q(lambda path: Q(**{f"{path}__in": operand}), "any")


def _all_of(field: ConditionField, operand: object, context: ConditionContext) -> Q:
    q = Q()
    for item in _items(operand):
        q &= field.q(lambda path, item=item: Q(**{f"{path}__in": (item,)}), "any")  # type: ignore[misc]
    return q


def _none_of(field: ConditionField, operand: object, context: ConditionContext) -> Q:
    return ~_any_of(field, operand, context)


def _set(value: object) -> frozenset[object]:
    return frozenset(value) if isinstance(value, list | tuple | set | frozenset) else frozenset()


_MANY = (
    Operator("has_any", _("有其中之一"), "many", _any_of, lambda v, o, c: bool(_set(v) & _set(o))),
    Operator("has_all", _("全都有"), "many", _all_of, lambda v, o, c: _set(v) >= _set(o)),
    Operator("has_none", _("都没有"), "many", _none_of, lambda v, o, c: not _set(v) & _set(o)),
    *_EMPTY,
)

_YESNO = (
    Operator(
        "yes",
        _("为“是”"),
        "none",
        lambda f, o, c: f.q(lambda path: Q(**{path: True})),
        lambda v, o, c: v is True,
    ),
    Operator(
        "no",
        _("为“否”"),
        "none",
        lambda f, o, c: ~f.q(lambda path: Q(**{path: True})),
        lambda v, o, c: v is not True,
    ),
)


def _people(operand: object, context: ConditionContext) -> frozenset[int]:
    people = {item for item in _items(operand) if isinstance(item, int)}
    if "me" in _items(operand) and context.me is not None:
        people.add(context.me)
    return frozenset(people)


def _members(operand: object, context: ConditionContext) -> frozenset[int]:
    departments = {item for item in _items(operand) if isinstance(item, int)}
    if "mine" in _items(operand):
        departments |= context.my_department_ids
    return context.members(frozenset(departments))


def _user_q(people: Callable[[object, ConditionContext], frozenset[int]], *, negate: bool = False) -> QBuilder:
    def build(field: ConditionField, operand: object, context: ConditionContext) -> Q:
        ids = people(operand, context)
        q = field.q(lambda path: Q(**{f"{path}__in": ids}))
        return ~q if negate else q

    return build


_USER = (
    Operator("is", _("是"), "many", _user_q(_people), lambda v, o, c: v in _people(o, c)),
    Operator("is_not", _("不是"), "many", _user_q(_people, negate=True), lambda v, o, c: v not in _people(o, c)),
    Operator("in_department", _("属于部门"), "many", _user_q(_members), lambda v, o, c: v in _members(o, c)),
    *_EMPTY,
)

_RECORD = (
    Operator("is", _("是"), "many", _plain("__in"), lambda v, o, c: v in _items(o)),
    Operator("is_not", _("不是"), "many", _plain("__in", negate=True), lambda v, o, c: v not in _items(o)),
    *_EMPTY,
)


def _secret(role: str) -> QBuilder:
    def build(field: ConditionField, operand: object, context: ConditionContext) -> Q:
        index = field.secret_index(str(operand), role)
        return field.q(lambda path: Q(**{path: index}), role)

    return build


_SECRET = (
    Operator("is", _("是"), "one", _secret("exact"), lambda v, o, c: _text(v) == o),
    Operator("ends_with", _("末四位是"), "one", _secret("tail"), lambda v, o, c: _text(v)[-4:] == o),
    *_EMPTY,
)

OPERATORS: dict[str, dict[str, Operator]] = {
    kind: {operator.key: operator for operator in operators}
    for kind, operators in {
        "text": _TEXT,
        "number": _NUMBER,
        "date": _DATE,
        "datetime": _DATE,
        "choice": _CHOICE,
        "many": _MANY,
        "yesno": _YESNO,
        "user": _USER,
        "record": _RECORD,
        "secret": _SECRET,
    }.items()
}
