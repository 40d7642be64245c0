"""Days as they are typed."""

import datetime as dt

import pytest

from kezhi.core.values.dates import guess_order, parse_date
from kezhi.core.values.problem import ValueProblem


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("2026年4月14日", "2026-04-14"),
        ("2026 年 4 月 14 日", "2026-04-14"),
        ("26年4月14号", "2026-04-14"),
        ("2026-10-02", "2026-10-02"),
        ("2026/2/26", "2026-02-26"),
        ("2026.3.9", "2026-03-09"),
        ("２０２６．３．９", "2026-03-09"),
        ("20260203", "2026-02-03"),
        (20260203.0, "2026-02-03"),
        (20260203, "2026-02-03"),
        ("2026-10-02 09:30", "2026-10-02"),
        ("2026-10-02T09:30:00Z", "2026-10-02"),
        ("2026-10-02T09:30:00.123+08:00", "2026-10-02"),
        ("2026/2/26 下午3:05:00", "2026-02-26"),
        ("2026年4月14日 星期二", "2026-04-14"),
        ("2026年4月14日 9时30分", "2026-04-14"),
        ("2026-04-14（周二）", "2026-04-14"),
        ("二〇二六年四月十四日", "2026-04-14"),
        ("二○二六年十二月三十一日", "2026-12-31"),
        ("18/06/2026", "2026-06-18"),
        ("06/18/2026", "2026-06-18"),
        ("05/05/2026", "2026-05-05"),
        ("18 Jun 2026", "2026-06-18"),
        ("June 18, 2026", "2026-06-18"),
        ("18-Sep-2026", "2026-09-18"),
        (46000.0, "2025-12-09"),
        ("46000", "2025-12-09"),
        (46000.75, "2025-12-09"),
        ("2024-02-29", "2024-02-29"),
        (dt.date(2026, 6, 24), "2026-06-24"),
        (dt.datetime(2026, 6, 24, 23, 59), "2026-06-24"),
    ],
)
def test_every_usual_way_of_writing_a_day_is_read(typed, iso):
    assert parse_date(typed).isoformat() == iso


def test_an_ambiguous_day_needs_an_order():
    with pytest.raises(ValueProblem) as refused:
        parse_date("05/01/2026")
    assert refused.value.code == "date.ambiguous"
    assert parse_date("05/01/2026", order="dmy") == dt.date(2026, 1, 5)
    assert parse_date("05/01/2026", order="mdy") == dt.date(2026, 5, 1)


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["18/06/2026", "07/09/2026", ""], "dmy"),
        (["06/18/2026", "07/09/2026"], "mdy"),
        (["07/09/2026"], None),
        (["18/06/2026", "06/18/2026"], None),
        (["2026-06-18"], None),
        ([], None),
    ],
)
def test_a_column_tells_its_order(values, order):
    assert guess_order(values) == order


@pytest.mark.parametrize(
    ("typed", "order", "code"),
    [
        ("2026-02-30", None, "date.impossible"),
        ("2026年2月30日", None, "date.impossible"),
        ("20261301", None, "date.impossible"),
        ("30/02/2026", "dmy", "date.impossible"),
        ("18/06/2026", "mdy", "date.impossible"),
        ("2025-02-29", None, "date.impossible"),
        ("1026-02-03", None, "date.range"),
        ("3026-02-03", None, "date.range"),
        ("", None, "date.syntax"),
        ("明天", None, "date.syntax"),
        ("2026年4月", None, "date.syntax"),
        ("2026/02-03", None, "date.syntax"),
        ("26-3-9", None, "date.syntax"),
        ("18 Foo 2026", None, "date.syntax"),
        (5.0, None, "date.syntax"),
        (float("nan"), None, "date.syntax"),
        (float("inf"), None, "date.syntax"),
        ("1" * 100, None, "date.syntax"),
    ],
)
def test_what_is_not_a_day_is_refused_with_a_stable_code(typed, order, code):
    with pytest.raises(ValueProblem) as refused:
        parse_date(typed, order=order)
    assert refused.value.code == code


def test_the_message_names_the_impossible_day():
    with pytest.raises(ValueProblem) as refused:
        parse_date("2026-02-30")
    assert refused.value.message == "没有 2026 年 2 月 30 日这一天，请核对。"
