import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from kezhi.core.jobs.cron import CronProblem, parse_cron

SHANGHAI = ZoneInfo("Asia/Shanghai")


def after(cron: str, moment: str) -> str:
    start = dt.datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    return parse_cron(cron).next_after(start).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M %a")


@pytest.mark.parametrize(
    ("cron", "moment", "expected"),
    [
        ("0 3 * * *", "2026-11-20 02:59:59", "2026-11-20 03:00 Fri"),
        ("0 3 * * *", "2026-11-20 03:00", "2026-11-21 03:00 Sat"),
        ("*/15 * * * *", "2026-11-20 09:31", "2026-11-20 09:45 Fri"),
        ("30 8 * * 1-5", "2026-11-20 08:30", "2026-11-23 08:30 Mon"),
        ("0 0 1 1,7 *", "2026-11-20 08:30", "2027-01-01 00:00 Fri"),
        ("0 0 29 2 *", "2026-11-20 08:30", "2028-02-29 00:00 Tue"),
        ("0 9 * * 0", "2026-11-20 08:30", "2026-11-22 09:00 Sun"),
        ("0 9 * * 7", "2026-11-20 08:30", "2026-11-22 09:00 Sun"),
        ("0 9 13 * 5", "2026-11-20 09:30", "2026-11-27 09:00 Fri"),
        ("5/20 10 * * *", "2026-11-20 10:26", "2026-11-20 10:45 Fri"),
    ],
)
def test_the_next_moment_is_told_by_the_companys_clock(cron, moment, expected):
    assert after(cron, moment) == expected


@pytest.mark.parametrize("cron", ["", "* * * *", "60 * * * *", "* * 0 * *", "a * * * *", "*/0 * * * *", "5-1 * * * *"])
def test_what_is_no_cron_expression_is_refused(cron):
    with pytest.raises(CronProblem):
        parse_cron(cron)


def test_a_day_that_never_comes_is_refused():
    with pytest.raises(CronProblem):
        after("0 0 31 2 *", "2026-11-20 08:30")
