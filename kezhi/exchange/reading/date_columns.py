"""In which order a column writes day and month, told by all of its rows together."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from kezhi.core.values.problem import ValueProblem

# zh-data: the words dates are written with
_PARTS = re.compile(r"^\s*(\d{1,4})\s*[./\-年]\s*(\d{1,2})\s*[./\-月]\s*(\d{1,4})\s*日?(?:[\sT]+\d{1,2}[:：时].*)?\s*$")
# zh-data: the words dates are written with
_SHORT = re.compile(r"^(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{2}|\d)(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?$")
# zh-data: the words dates are written with
_MONTH = re.compile(r"^(\d{4}|\d{2}(?=年))\s*[./\-年]\s*(0?[1-9]|1[0-2])\s*月?(?:份)?$")
_YEAR = re.compile(r"^((?:19|20)\d{2})\s*年?(?:度|底|初)?$")  # zh-data
_CHINESE = str.maketrans("〇零○一二三四五六七八九", "000123456789")  # zh-data
_CHINESE_MONTH = re.compile(r"^([〇零○一二三四五六七八九]{4})年(?:([一二三四五六七八九十]{1,3})月)?$")  # zh-data
_NO_YEAR = re.compile(r"^\d{1,2}月\d{1,2}[日号]?$|^\d{1,2}[./-]\d{1,2}$")  # zh-data
_TWO_DIGITS_UNTIL = 70
_COMPACT = re.compile(r"^\s*(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\s*$")
_SERIAL = re.compile(r"^\s*[2-6]\d{4}(?:\.\d+)?\s*$")
_WIDE_DIGITS = {0xFF10 + digit: 0x30 + digit for digit in range(10)} | {ord("／"): ord("/"), ord("－"): ord("-")}


class DateOrder(StrEnum):
    """How a date is written."""

    YEAR_FIRST = "ymd"
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


@dataclass(frozen=True)
class DateColumn:
    """What a column says about its dates.

    ``order`` is ``None`` when no row needs one (year first, compact, serial, in words) or when nothing decides; then
    ``ambiguous`` tells how many rows could be read both ways and a person has to choose. ``evidence`` is a value that
    decided, ``contradiction`` one that can only be read the other way.
    """

    order: DateOrder | None
    ambiguous: int = 0
    evidence: str = ""
    contradiction: str = ""

    @property
    def needs_choice(self) -> bool:
        """Whether day and month cannot be told apart from the column itself."""
        return self.order is None and self.ambiguous > 0


def infer_date_order(values: Iterable[str]) -> DateColumn:
    """The order of day and month in a column. One 25/12/2026 anywhere decides for every 03/04/2026 in it.

    Where years have two digits (23/5/6), the order is the one in which every value is a day; of several, the one that
    needs the fewest different years, and then the one with the year first.
    """
    first, last = "", ""  # values that can only be day-first, only month-first
    day_first = month_first = either = 0
    short: list[tuple[int, int, int]] = []
    for value in values:
        match = _PARTS.match(value.translate(_WIDE_DIGITS))
        if match is None or len(match[1]) > 2:
            continue
        left, right = int(match[1]), int(match[2])
        if len(match[3]) <= 2:
            short.append((left, right, int(match[3])))
        elif left > 12 >= right:
            day_first += 1
            first = first or value
        elif right > 12 >= left:
            month_first += 1
            last = last or value
        elif left != right:
            either += 1
    if short and not day_first + month_first:
        return DateColumn(_order_of_short(short), either)
    if day_first == month_first:
        return DateColumn(None, either + day_first + month_first, contradiction=last)
    if day_first > month_first:
        return DateColumn(DateOrder.DAY_FIRST, 0, first, last)
    return DateColumn(DateOrder.MONTH_FIRST, 0, last, first)


def whole_date(text: str, order: DateOrder | None) -> str:
    """A date that says less than a day, or a year in two digits, written out: 23/5/6 · 2023年5月 · 2023-05 · 2001.

    The first day stands for a month or a year. Anything else comes back as it is.

    Raises:
        ValueProblem: ``date.year`` where only month and day are said.
    """
    plain = _chinese_digits(text.translate(_WIDE_DIGITS).strip())
    if _NO_YEAR.match(plain):
        raise ValueProblem("date.year", _("这个日期没有写年份，请补上，例如 2026-05-06。"))
    if found := _SHORT.match(plain):
        parts = [int(found[1]), int(found[2]), int(found[3])]
        known = order or _order_of_short([(parts[0], parts[1], parts[2])])
        year, month, day = _arranged(parts, known or DateOrder.YEAR_FIRST)
        return f"{_century(year)}-{month:02}-{day:02}"
    if found := _MONTH.match(plain):
        year = int(found[1])
        return f"{year if year > 99 else _century(year)}-{int(found[2]):02}-01"
    if found := _YEAR.match(plain):
        return f"{found[1]}-01-01"
    return text


def _order_of_short(dates: Sequence[tuple[int, int, int]]) -> DateOrder | None:
    able: list[tuple[int, DateOrder]] = []
    for order in (DateOrder.YEAR_FIRST, DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST):
        arranged = [_arranged(parts, order) for parts in dates]
        if all(1 <= month <= 12 and 1 <= day <= 31 for _year, month, day in arranged):
            able.append((len({year for year, _month, _day in arranged}), order))
    return min(able, key=lambda pair: pair[0])[1] if able else None


def _arranged(parts: Sequence[int], order: DateOrder) -> tuple[int, int, int]:
    left, middle, right = parts
    if order is DateOrder.YEAR_FIRST:
        return left, middle, right
    return (right, left, middle) if order is DateOrder.MONTH_FIRST else (right, middle, left)


def _century(year: int) -> int:
    return 2000 + year if year < _TWO_DIGITS_UNTIL else 1900 + year


def _chinese_digits(text: str) -> str:
    """The digits of 二〇二三年五月 as 2023年5月; texts that name a day are left to the reader of days."""
    found = _CHINESE_MONTH.match(text)
    if found is None:
        return text
    year = found[1].translate(_CHINESE)
    month = found[2] or ""
    if month:
        tens, ten, ones = month.rpartition("十")  # zh-data
        number = (int(tens.translate(_CHINESE) or "1") * 10 if ten else 0) + int(ones.translate(_CHINESE) or "0")
        return f"{year}年{number}月"  # zh-data
    return f"{year}年"  # zh-data


def looks_like_date(value: str) -> bool:
    """Whether a value has the form of a date; says nothing about whether the day exists."""
    value = value.translate(_WIDE_DIGITS)
    if _COMPACT.match(value):
        return True
    match = _PARTS.match(value)
    return match is not None and (len(match[1]) in (2, 4) or len(match[3]) in (2, 4))


def looks_like_serial(value: str) -> bool:
    """Whether a value could be a day counted the way Excel does (1927 to 2091)."""
    return _SERIAL.match(value) is not None
