"""Lengths of time in rules: 7 days, 2 working days, 30 minutes; the number may be a figure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.core.clock import day_start, local
from kezhi.core.figures import figures, integer_figure
from kezhi.core.values.problem import ValueProblem
from kezhi.core.workdays import add_business_minutes, add_workdays

UNITS: dict[str, str | Promise] = {
    "minute": _("分钟"),
    "hour": _("小时"),
    "day": _("天"),
    "month": _("个月"),
    "workhour": _("个工作小时"),
    "workday": _("个工作日"),
}
_LONGEST = {"minute": 60 * 24 * 366, "hour": 24 * 366, "day": 3660, "month": 120, "workhour": 4000, "workday": 1000}


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time. ``figure`` names the figure that holds the number; otherwise ``number`` is it."""

    number: int
    unit: str
    figure: str = ""

    @property
    def amount(self) -> int:
        """The number in force."""
        return integer_figure(self.figure) if self.figure else self.number

    @property
    def plain(self) -> timedelta:
        """The span as plain time; working days count as days, working hours as hours, a month as 30 days."""
        if self.unit == "month":
            return timedelta(days=30 * self.amount)
        unit = {"workday": "day", "workhour": "hour"}.get(self.unit, self.unit)
        return timedelta(**{f"{unit}s": self.amount})

    def after(self, moment: datetime) -> datetime:
        """The moment this long after another, in business time where the unit says so."""
        if self.unit == "workhour":
            return add_business_minutes(moment, self.amount * 60)
        if self.unit == "workday":
            here = local(moment)
            day = add_workdays(here.date(), self.amount)
            return day_start(day) + timedelta(hours=here.hour, minutes=here.minute, seconds=here.second)
        return moment + self.plain

    @property
    def words(self) -> str:
        """The span in words."""
        return gettext("%(number)s %(unit)s") % {"number": self.amount, "unit": UNITS[self.unit]}

    def to_json(self) -> dict[str, object]:
        """What :func:`read_span` reads."""
        number: object = {"figure": self.figure} if self.figure else self.number
        return {"number": number, "unit": self.unit}


def read_span(raw: object, *, smallest: int = 0) -> Span:
    """A span from JSON ``{"number": 7, "unit": "day"}`` or ``{"number": {"figure": key}, "unit": "day"}``.

    Raises:
        ValueProblem: no such unit or figure, or not a number within a few years.
    """
    if not isinstance(raw, dict) or raw.get("unit") not in UNITS:
        raise ValueProblem("span.unit", _("请写明多长时间"))
    unit, number = str(raw["unit"]), raw.get("number")
    if isinstance(number, dict):
        key = str(number.get("figure", ""))
        if all(known.key != key or known.kind != "integer" for known in figures()):
            raise ValueProblem("span.figure", _("没有这个参数"))
        return Span(0, unit, key)
    try:
        amount = int(str(number))
    except ValueError:
        raise ValueProblem("span.number", _("请填写一个整数")) from None
    if not smallest <= amount <= _LONGEST[unit]:
        raise ValueProblem(
            "span.range", _("请填写 %(low)s 到 %(high)s 之间的数"), {"low": smallest, "high": _LONGEST[unit]}
        )
    return Span(amount, unit)
