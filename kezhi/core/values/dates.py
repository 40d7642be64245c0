# zh-data: patterns and tables of Chinese words
"""Days as people and spreadsheets write them, read without guessing.

Codes: ``date.syntax``, ``date.impossible`` (30 February), ``date.ambiguous`` (03/04/2026), ``date.range``.
"""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Literal

from django.utils.translation import gettext_lazy as _

from kezhi.core.values.dirt import half_width
from kezhi.core.values.problem import ValueProblem

DateOrder = Literal["ymd", "dmy", "mdy"]

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_EXCEL_DAY_ZERO = dt.date(1899, 12, 30)
_EXCEL_DAYS = range(20_000, 110_000)  # 1954-10-03 to 2201-02-27
_TIME = re.compile(
    r"[t\s]\s*(?:上午|下午)?\d{1,2}[:时点](?:\d{1,2}(?:[:分](?:\d{1,2}(?:\.\d+)?秒?)?)?)?"
    r"\s*(?:am|pm|z|utc|[+-]\d\d:?\d\d)?$"
)
_WEEKDAY = re.compile(r"\s*[(]?(?:星期|周|礼拜)[一二三四五六日天][)]?\s*")
_CHINESE = re.compile(r"(?P<y>\d{4}|\d{2})年(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]?")
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})(?P<s>[-/.\s])\s*(?P<m>\d{1,2})(?P=s)\s*(?P<d>\d{1,2})")
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})")
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})(?P<s>[-/.\s])\s*(?P<b>\d{1,2})(?P=s)\s*(?P<y>\d{4})")
_DAY_MONTH_NAME = re.compile(r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[\s\-,]*(?P<m>[a-z]{3,9})\.?[\s\-,]*(?P<y>\d{4})")
_MONTH_NAME_DAY = re.compile(r"(?P<m>[a-z]{3,9})\.?\s*(?P<d>\d{1,2})(?:st|nd|rd|th)?[\s,]+(?P<y>\d{4})")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_MONTH_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_CHINESE_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")


def parse_date(text: str | float | dt.date, *, order: DateOrder | None = None) -> dt.date:
    """The day meant by a text, a spreadsheet's day number, or a date or moment (whose time is dropped).

    ``order`` settles what 03/04/2026 means; without it only such dates are accepted of which one reading exists.
    ``guess_order`` finds it from a whole column. Years of two digits are read only before 年.

    Raises:
        ValueProblem: see the codes above.
    """
    if isinstance(text, dt.datetime):
        return _in_range(text.date())
    if isinstance(text, dt.date):
        return _in_range(text)
    if not isinstance(text, str):
        return _from_number(float(text))
    plain = half_width(text).lower()
    if len(plain) > 60:
        raise ValueProblem("date.syntax", _NO_DATE)
    plain = _WEEKDAY.sub(" ", plain).strip()
    plain = _TIME.sub("", plain).strip()
    if any(character in plain for character in "年月") and not re.search(r"\d", plain):
        plain = _arabic(plain)
    compact = re.sub(r"\s+", "", plain)
    if found := _CHINESE.fullmatch(compact):
        year = int(found["y"])
        return _day(year + 2000 if year < 100 else year, int(found["m"]), int(found["d"]))
    if found := _YEAR_FIRST.fullmatch(plain) or _COMPACT.fullmatch(plain):
        return _day(int(found["y"]), int(found["m"]), int(found["d"]))
    if found := _YEAR_LAST.fullmatch(plain):
        return _year_last(int(found["a"]), int(found["b"]), int(found["y"]), order)
    if (found := _DAY_MONTH_NAME.fullmatch(plain) or _MONTH_NAME_DAY.fullmatch(plain)) and (
        month := _MONTHS.get(found["m"][:3])
    ):
        return _day(int(found["y"]), month, int(found["d"]))
    if _SERIAL.fullmatch(plain) or (plain.endswith(".0") and plain[:-2].isdigit()):
        return _from_number(float(plain))
    raise ValueProblem("date.syntax", _NO_DATE)


def guess_order(values: Iterable[str]) -> DateOrder | None:
    """Whether a column's dates put the day or the month first; None if no date tells or they disagree."""
    seen: set[DateOrder] = set()
    for value in values:
        if found := _YEAR_LAST.fullmatch(_TIME.sub("", half_width(value).lower()).strip()):
            first, second = int(found["a"]), int(found["b"])
            if first > 12 >= second:
                seen.add("dmy")
            elif second > 12 >= first:
                seen.add("mdy")
    return seen.pop() if len(seen) == 1 else None


def _year_last(first: int, second: int, year: int, order: DateOrder | None) -> dt.date:
    if order == "mdy":
        return _day(year, first, second)
    if order == "dmy":
        return _day(year, second, first)
    if first > 12 or first == second:
        return _day(year, second, first)
    if second > 12:
        return _day(year, first, second)
    raise ValueProblem("date.ambiguous", _("分不清哪个是月、哪个是日，请写成 2026-04-03。"))


def _from_number(number: float) -> dt.date:
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueProblem("date.syntax", _NO_DATE)
    whole = int(number)
    if found := _COMPACT.fullmatch(str(whole)):
        return _day(int(found["y"]), int(found["m"]), int(found["d"]))
    if whole not in _EXCEL_DAYS:
        raise ValueProblem("date.syntax", _NO_DATE)
    return _EXCEL_DAY_ZERO + dt.timedelta(days=whole)


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return _in_range(dt.date(year, month, day))
    except ValueError:
        raise ValueProblem(
            "date.impossible",
            _("没有 %(year)s 年 %(month)s 月 %(day)s 日这一天，请核对。"),
            {
                "year": year,
                "month": month,
                "day": day,
            },
        ) from None


def _in_range(day: dt.date) -> dt.date:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueProblem("date.range", _("年份 %(year)s 不合理，请核对。"), {"year": day.year})
    return day


def _arabic(text: str) -> str:
    """二〇二六年四月十四日 → 2026年4月14日."""
    year, _mark, rest = text.partition("年")
    month, _mark, day = rest.partition("月")
    return f"{year.translate(_CHINESE_DIGITS)}年{_tens(month)}月{_tens(day.rstrip('日号'))}日"


def _tens(text: str) -> str:
    if "十" not in text:
        return text.translate(_CHINESE_DIGITS)
    tens, _mark, ones = text.partition("十")
    return f"{tens.translate(_CHINESE_DIGITS) or '1'}{ones.translate(_CHINESE_DIGITS) or '0'}"


_NO_DATE = _("看不懂这个日期，请写成 2026-04-14。")
