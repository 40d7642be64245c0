"""In which order a column writes day and month, told by all of its rows together."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# zh-data: the words dates are written with
_PARTS = re.compile(r"^\s*(\d{1,4})\s*[./\-年]\s*(\d{1,2})\s*[./\-月]\s*(\d{1,4})\s*日?(?:[\sT]+\d{1,2}[:：时].*)?\s*$")
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
    """The order of day and month in a column. One 25/12/2026 anywhere decides for every 03/04/2026 in it."""
    first, last = "", ""  # values that can only be day-first, only month-first
    day_first = month_first = either = 0
    for value in values:
        match = _PARTS.match(value.translate(_WIDE_DIGITS))
        if match is None or len(match[1]) > 2:
            continue
        left, right = int(match[1]), int(match[2])
        if left > 12 >= right:
            day_first += 1
            first = first or value
        elif right > 12 >= left:
            month_first += 1
            last = last or value
        elif left != right:
            either += 1
    if day_first == month_first:
        return DateColumn(None, either + day_first + month_first, contradiction=last)
    if day_first > month_first:
        return DateColumn(DateOrder.DAY_FIRST, 0, first, last)
    return DateColumn(DateOrder.MONTH_FIRST, 0, last, first)


def looks_like_date(value: str) -> bool:
    """Whether a value has the form of a date; says nothing about whether the day exists."""
    value = value.translate(_WIDE_DIGITS)
    if _COMPACT.match(value):
        return True
    match = _PARTS.match(value)
    return match is not None and (len(match[1]) == 4 or len(match[3]) in (2, 4))


def looks_like_serial(value: str) -> bool:
    """Whether a value could be a day counted the way Excel does (1927 to 2091)."""
    return _SERIAL.match(value) is not None
