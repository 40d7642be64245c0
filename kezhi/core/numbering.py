"""Numbers without gaps, never given twice, safe when many ask at once (CUS-1, SVC-1).

A pattern is plain text around date parts and one running number::

    C{yyyymm}{seq:4}     C2023100001, from 1 again every month; after 9999 comes 10000
    {yyyymmdd}-{seq:3}   20231018-001, from 1 again every day

The counter's row is changed in the caller's transaction: it stays locked until that commits, so numbers come in order,
and a transaction that fails gives its numbers back. Ask as late as possible in a long transaction.
"""

import datetime as dt
import re
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from kezhi.core.models import NumberCounter
from kezhi.core.values.problem import ValueProblem

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_DATE_PARTS = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "dd": "%d", "yyyymm": "%Y%m", "yymm": "%y%m", "yyyymmdd": "%Y%m%d"}
_SEQUENCE = re.compile(r"seq:([1-9]|1[0-2])")
_LONGEST = 40


def next_number(series: str, pattern: str, on: dt.date) -> str:
    """The next number of a series on a day (of the company's zone).

    Raises:
        ValueProblem: the pattern cannot give unique numbers (see ``check_pattern``).
        RuntimeError: called outside a transaction, where a failure would leave a gap.
    """
    return next_numbers(series, pattern, on, 1)[0]


def next_numbers(series: str, pattern: str, on: dt.date, count: int) -> list[str]:
    """The next ``count`` numbers of a series in order, for an import or another bulk act."""
    if not connection.in_atomic_block:
        raise RuntimeError("a number is taken inside the transaction that uses it")
    if count < 1:
        return []
    form = _Form.of(pattern, on)
    last = _advance(series, form.period, count)
    return [form.number(sequence) for sequence in range(last - count + 1, last + 1)]


def check_pattern(pattern: str, *, series: str = "", on: dt.date | None = None) -> None:
    """Refuse a pattern that cannot give unique numbers.

    With ``series`` and ``on`` also one whose numbers could meet those the series has already given out under another
    pattern (``C{yyyy}{seq:6}`` after ``C{yyyymm}{seq:4}``).

    Raises:
        ValueProblem: ``number.placeholder``, ``number.sequence``, ``number.characters``, ``number.length``,
            ``number.taken``.
    """
    form = _Form.of(pattern, on or dt.date(2000, 1, 1))
    if not series or on is None:
        return
    for period in NumberCounter.objects.filter(series=series).values_list("period", flat=True):
        before, _mark, after = period.partition("#")
        if period != form.period and after == form.after and _may_meet(before, form.before):
            raise ValueProblem(
                "number.taken",
                _("按这个格式生成的编号可能与已有编号 %(example)s 重复，请换一个格式。"),
                {"example": f"{before}…{after}"},
            )


@dataclass(frozen=True)
class _Form:
    """A pattern on a certain day: what stands before and after the running number, and how wide that is at least."""

    before: str
    after: str
    width: int

    @classmethod
    def of(cls, pattern: str, on: dt.date) -> "_Form":
        if not 1 <= len(pattern) <= _LONGEST:
            raise ValueProblem("number.length", _("编号格式最多 %(most)s 个字符。"), {"most": _LONGEST})
        parts = [""]
        widths = []
        position = 0
        for found in _PLACEHOLDER.finditer(pattern):
            parts[-1] += pattern[position : found.start()]
            position = found.end()
            if sequence := _SEQUENCE.fullmatch(found[1]):
                widths.append(int(sequence[1]))
                parts.append("")
            elif found[1] in _DATE_PARTS:
                parts[-1] += on.strftime(_DATE_PARTS[found[1]])
            else:
                raise ValueProblem("number.placeholder", _("编号格式里不认识 {%(name)s}。"), {"name": found[1]})
        parts[-1] += pattern[position:]
        if len(widths) != 1:
            raise ValueProblem("number.sequence", _("编号格式里必须有且只有一个流水号，例如 {seq:4}。"))
        if not all(character.isalnum() or character in "-_/." for part in parts for character in part):
            raise ValueProblem("number.characters", _("编号格式只能由字母、汉字、数字和 - _ / . 组成。"))
        if parts[1][:1].isdigit():
            # 1 followed by 01 and 10 followed by 1 would be the same number.
            raise ValueProblem("number.sequence", _("流水号后面不能紧跟数字或日期，请用 - 隔开。"))
        return cls(parts[0], parts[1], widths[0])

    @property
    def period(self) -> str:
        """The key of the counter: everything but the running number, so that a wider one goes on counting."""
        return f"{self.before}#{self.after}"

    def number(self, sequence: int) -> str:
        return f"{self.before}{sequence:0{self.width}d}{self.after}"


_ADVANCE = "UPDATE core_numbercounter SET last = last + %s WHERE series = %s AND period = %s"
_READ = "SELECT last FROM core_numbercounter WHERE series = %s AND period = %s"


def _advance(series: str, period: str, count: int) -> int:
    """Move the counter on by ``count`` and give its new value. The first statement already takes the row's lock."""
    with connection.cursor() as cursor:
        # In plain words: every create does this while others wait to write.
        cursor.execute(_ADVANCE, [count, series, period])
        if not cursor.rowcount:
            try:
                with transaction.atomic():
                    NumberCounter.objects.create(series=series, period=period, last=count)
            except IntegrityError:
                # Somebody began this period at the same moment; their row is committed by now, or we would still wait.
                cursor.execute(_ADVANCE, [count, series, period])
            else:
                return count
        cursor.execute(_READ, [series, period])
        return int(cursor.fetchone()[0])


def _may_meet(first: str, second: str) -> bool:
    shorter, longer = sorted((first, second), key=len)
    return longer.startswith(shorter) and longer[len(shorter) :].isdigit()
