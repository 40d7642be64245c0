"""Targets in a spreadsheet: read from any usual file by name and month, and written so that they come back (SAL-8)."""

import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.access.actors import Actor
from kezhi.core.clock import local, now
from kezhi.core.events import EventDraft, EventKind, Json, record_event, register_event_kind
from kezhi.core.values.money import parse_money
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.reading import Row, is_blank, is_footer, open_list
from kezhi.exchange.writing import sheet_writer
from kezhi.sales.forecast.asked import LONGEST
from kezhi.sales.forecast.targets import Whose

TARGETS_EXPORTED = EventKind("target.exported", gettext_lazy("导出了销售目标"), icon="download", family="access")
register_event_kind(TARGETS_EXPORTED)

_MONTH_SIGN = "月"  # zh-data
_MOST_ROWS = 5000
_MOST_PROBLEMS = 20
_SEARCHED_ROWS = 20
# zh-data: words of headings
_MONTH = re.compile(r"^\s*(?:(\d{4})\s*[-/.年]?\s*)?(\d{1,2})\s*(?:[-/.月]\s*\d{0,2}\s*日?.*)?$")
# zh-data: words of headings
_MONTH_NAMES = {"month", "月", "月份", "年月", "期间", "period"}
# zh-data: words of headings
_AMOUNT_NAMES = {"amount", "target", "quota", "目标", "金额", "目标金额", "销售目标", "业绩目标"}


@dataclass(slots=True)
class TargetFile:
    """What a file says: amounts by whose and month, and what could not be understood, a sentence each."""

    amounts: dict[tuple[Whose, date], Decimal] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def months(self) -> list[date]:
        """The months it names, the earliest first."""
        return sorted({month for _whose, month in self.amounts})

    def complain(self, number: int, text: str) -> None:
        """Note what is wrong with a row; the first twenty are kept."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(_("第 %(number)s 行：%(text)s") % {"number": number, "text": text})


def read_target_file(
    content: bytes, file_name: str, *, people: Mapping[int, str], departments: Mapping[int, str], year: int
) -> TargetFile:
    """The targets of a file: a row for each person or department and month, or a column for each month.

    Names are those of ``people`` and ``departments`` (id → name); a month without its year is in ``year``; an empty
    cell says nothing.

    Raises:
        ReadingProblem: it cannot be read as a list.
    """
    sheets = open_list(content, file_name)
    rows = [row for row in islice(sheets.rows(sheets.first, 0), _MOST_ROWS) if not is_blank(row.cells)]
    found = TargetFile()
    heading = next((each for row in rows[:_SEARCHED_ROWS] if (each := _heading(row, year))), None)
    if heading is None:
        found.problems.append(_("没有找到月份：请用“谁、月份、目标”三列，或每个月一列（例如 2026-10）。"))
        return found
    known = _names(people, departments)
    for row in rows:
        if row.number <= heading.row or is_footer(row.cells):
            continue
        cells = [cell.strip() for cell in row.cells]
        name = next((cell for place, cell in enumerate(cells) if place not in heading.taken and cell), "")
        whose = known.get(_plain(name), [])
        if len(whose) != 1:
            found.complain(row.number, _not_one(name, len(whose)))
            continue
        if heading.month_at is None:
            pairs = [(month, _cell(cells, place)) for place, month in heading.months.items()]
        else:
            text = _cell(cells, heading.month_at)
            stated = _month(text, year)
            if stated is None:
                found.complain(row.number, _("“%(text)s”不是月份") % {"text": text})
                continue
            pairs = [(stated, _cell(cells, heading.amount_at))]
        for month, text in pairs:
            _take(found, row.number, whose[0], month, text)
    if (named := found.months) and _span(named) > LONGEST:
        found.problems.append(_("一次最多 %(count)s 个月，请分成几个文件。") % {"count": LONGEST})
        found.amounts.clear()
    return found


def write_targets(
    rows: Iterable[tuple[str, Sequence[Decimal | None]]], months: Sequence[date], *, actor: Actor
) -> bytes:
    """The grid as CSV, one column for each month; it can be filled in and read again. Logged."""
    lines = list(rows)
    title = _("销售目标")
    signed = _("%(who)s 于 %(when)s 导出：%(what)s") % {
        "who": actor.rights.name,
        "when": local(now()).strftime("%Y-%m-%d %H:%M"),
        "what": title,
    }
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "targets.csv"
        writer = sheet_writer("csv", path, title=title, watermark=signed, author=actor.rights.name)
        writer.headings([_("谁"), *(f"{month:%Y-%m}" for month in months)])
        for name, amounts in lines:
            writer.row([name, *amounts])
        writer.close()
        content = path.read_bytes()
    with transaction.atomic():
        facts: dict[str, Json] = {"count": len(lines), "first": f"{months[0]:%Y-%m}", "months": len(months)}
        record_event(EventDraft(TARGETS_EXPORTED.key, "user", actor.user_id or 0, actor.ref, facts=facts))
    return content


def _take(found: TargetFile, number: int, whose: Whose, month: date, text: str) -> None:
    if not text:
        return
    try:
        amount = parse_money(text)
    except ValueProblem as problem:
        found.complain(number, str(problem.message))
        return
    if amount < 0:
        found.complain(number, _("目标不能是负数"))
    elif found.amounts.setdefault((whose, month), amount) != amount:
        found.complain(number, _("%(month)s 的目标写了两次，而且不一样") % {"month": f"{month:%Y-%m}"})


@dataclass(frozen=True, slots=True)
class _Heading:
    """The row that names months: one column for each, or a column of months with one of amounts."""

    row: int
    months: dict[int, date]
    month_at: int | None = None
    amount_at: int = 0

    @property
    def taken(self) -> set[int]:
        """The columns that name nobody."""
        return set(self.months) if self.month_at is None else {self.month_at, self.amount_at}


def _heading(row: Row, year: int) -> _Heading | None:
    plain = [_plain(cell) for cell in row.cells]
    month_at = next((place for place, name in enumerate(plain) if name in _MONTH_NAMES), None)
    amount_at = next((place for place, name in enumerate(plain) if name in _AMOUNT_NAMES), None)
    if month_at is not None and amount_at is not None:
        return _Heading(row.number, {}, month_at, amount_at)
    months = {place: month for place, cell in enumerate(row.cells) if (month := _month(cell, year))}
    return _Heading(row.number, months) if months else None


def _names(people: Mapping[int, str], departments: Mapping[int, str]) -> dict[str, list[Whose]]:
    known: dict[str, list[Whose]] = defaultdict(list)
    for kind, names in (("user", people), ("department", departments)):
        for key, name in names.items():
            known[_plain(name)].append(Whose(kind, key))
    return dict(known)


def _not_one(name: str, count: int) -> str:
    if not name:
        return _("没有写是谁的目标")
    if count:
        return _("“%(name)s”有 %(count)s 个，分不清是谁") % {"name": name, "count": count}
    return _("没有“%(name)s”这个人或部门，或者您不能设定它的目标") % {"name": name}


def _month(text: str, year: int) -> date | None:
    if (found := _MONTH.match(text)) is None or (found[1] is None and _MONTH_SIGN not in text):
        return None
    number = int(found[2])
    whole = int(found[1] or year)
    return date(whole, number, 1) if 1 <= number <= 12 and 1990 <= whole <= 2200 else None


def _span(months: Sequence[date]) -> int:
    first, last = months[0], months[-1]
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _plain(text: str) -> str:
    return "".join(text.casefold().split())
