"""The company's clock."""

import datetime as dt

import pytest
import time_machine

from kezhi.core.clock import company_zone, day_end, day_start, local, moment_at, now, today


@time_machine.travel("2026-11-22T17:30:00Z", tick=False)
def test_the_day_is_the_companys_not_utcs():
    assert now() == dt.datetime(2026, 11, 22, 17, 30, tzinfo=dt.UTC)
    assert today() == dt.date(2026, 11, 23)
    assert local(now()).isoformat() == "2026-11-23T01:30:00+08:00"


def test_a_day_begins_at_midnight_in_the_companys_zone():
    assert company_zone().key == "Asia/Shanghai"
    assert day_start(dt.date(2026, 11, 23)) == dt.datetime(2026, 11, 22, 16, tzinfo=dt.UTC)
    assert day_end(dt.date(2026, 11, 23)) == dt.datetime(2026, 11, 23, 16, tzinfo=dt.UTC)
    assert moment_at(dt.date(2026, 11, 23), dt.time(9, 30)) == dt.datetime(2026, 11, 23, 1, 30, tzinfo=dt.UTC)


def test_the_zone_is_a_setting(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    assert day_start(dt.date(2026, 7, 1)) == dt.datetime(2026, 6, 30, 22, tzinfo=dt.UTC)


def test_a_moment_without_a_zone_is_not_guessed():
    with pytest.raises(ValueError, match="without a zone"):
        local(dt.datetime(2026, 11, 22, 17, 30))
