"""Business days and business time (SVC-3)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kezhi.core import epochs
from kezhi.core.events import ActorRef
from kezhi.core.figures import set_figure
from kezhi.core.models import CalendarDay, CalendarSource, Event
from kezhi.core.values.problem import ValueProblem
from kezhi.core.workdays import (
    add_business_minutes,
    add_workdays,
    business_minutes_between,
    calendar_day,
    fill_calendar,
    forget_calendar_day,
    is_workday,
    next_business_moment,
    set_calendar_day,
    workdays_between,
)

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
ADMINISTRATOR = ActorRef(kind="user", label="管理员", door="page", user_id=1)


@pytest.fixture(autouse=True)
def fresh_caches():
    epochs.forget_all()
    yield
    epochs.forget_all()


def day(text):
    return dt.date.fromisoformat(text)


def at(text):
    """A moment on the company's clock."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "worked"),
    [
        ("2026-11-20", True),  # Friday
        ("2026-11-21", False),  # Saturday
        ("2026-10-01", False),  # National Day, a Thursday
        ("2026-10-10", True),  # a Saturday worked for it
        ("2026-02-14", True),  # a Saturday worked for Spring Festival
        ("2026-02-17", False),
        ("2027-01-01", False),  # beyond the published arrangement
        ("2027-02-06", False),
        ("2027-02-10", False),
        ("2027-03-01", True),
        ("2003-03-03", True),  # before it
        ("1999-10-01", False),
    ],
)
def test_days_follow_holidays_and_make_up_days_even_where_nothing_is_published(text, worked):
    assert is_workday(day(text)) is worked
    fill_calendar([day(text).year])
    assert is_workday(day(text)) is worked


def test_the_table_names_the_source_of_every_special_day():
    assert fill_calendar([2026, 2027]) > 50
    assert fill_calendar([2026, 2027]) == 0
    holiday, worked, forecast = (CalendarDay.objects.get(day=d) for d in ("2026-10-01", "2026-10-10", "2027-02-06"))
    assert (holiday.is_workday, holiday.name_zh, holiday.name_en, holiday.source) == (
        False,
        "国庆节",
        "National Day",
        CalendarSource.STATE,
    )
    assert (worked.is_workday, worked.name_zh, worked.source) == (True, "国庆节调休上班", CalendarSource.STATE)
    assert (forecast.is_workday, forecast.name_zh, forecast.source) == (False, "春节", CalendarSource.FORECAST)


@pytest.mark.parametrize("filled", [False, True])
def test_every_day_tells_its_source(filled):
    if filled:
        fill_calendar([2026, 2027])
    days = {text: calendar_day(day(text)) for text in ("2026-10-01", "2027-02-06", "2026-11-21", "2026-11-20")}
    assert [(row.source, row.is_workday) for row in days.values()] == [
        (CalendarSource.STATE, False),
        (CalendarSource.FORECAST, False),
        (CalendarSource.WEEKEND, False),
        (CalendarSource.WEEKDAY, True),
    ]
    with translation.override("en"):
        assert days["2026-10-01"].label == "National Day"


@time_machine.travel("2026-11-22T00:00:00Z", tick=False)
def test_filling_without_years_reaches_from_last_year_to_two_years_ahead():
    fill_calendar()
    assert {row.day.year for row in CalendarDay.objects.all()} == {2025, 2026, 2027, 2028}


def test_what_a_person_set_survives_the_next_filling_and_is_recorded():
    fill_calendar([2026])
    set_calendar_day(day("2026-11-23"), is_workday=False, name_zh="公司周年庆", actor_ref=ADMINISTRATOR)
    assert is_workday(day("2026-11-23")) is False
    set_calendar_day(day("2026-10-01"), is_workday=True, name_zh="值班", actor_ref=ADMINISTRATOR)
    fill_calendar([2026])
    assert is_workday(day("2026-10-01")) is True
    assert CalendarDay.objects.get(day="2026-10-01").source == CalendarSource.MANUAL
    assert Event.objects.filter(kind="core.calendar_day_changed").count() == 2

    forget_calendar_day(day("2026-10-01"), actor_ref=ADMINISTRATOR)
    forget_calendar_day(day("2026-11-23"), actor_ref=ADMINISTRATOR)
    assert is_workday(day("2026-10-01")) is False
    assert is_workday(day("2026-11-23")) is True


def test_setting_a_day_of_an_unfilled_year_keeps_its_other_holidays():
    set_calendar_day(day("2026-11-23"), is_workday=False, name_zh="公司周年庆", actor_ref=ADMINISTRATOR)
    assert is_workday(day("2026-10-01")) is False
    assert is_workday(day("2026-10-10")) is True


def test_a_day_set_by_hand_needs_a_reason():
    with pytest.raises(ValueProblem) as refused:
        set_calendar_day(day("2026-11-23"), is_workday=False, name_zh=" ", actor_ref=ADMINISTRATOR)
    assert refused.value.code == "calendar.name"
    assert CalendarDay.objects.count() == 0
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-20", 1, "2026-11-23"),  # Friday → Monday
        ("2026-11-20", 0, "2026-11-20"),
        ("2026-11-21", 0, "2026-11-23"),
        ("2026-11-21", 1, "2026-11-23"),
        ("2026-09-30", 2, "2026-10-09"),  # across National Day
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-10-12", -1, "2026-10-10"),
        ("2026-10-08", -1, "2026-09-30"),
        ("2026-12-31", 1, "2027-01-04"),
        ("2026-01-05", 2500, "2036-01-10"),
    ],
)
def test_workdays_are_counted_over_holidays(start, count, end):
    if count == 2500:
        reached = add_workdays(day(start), count)
        assert workdays_between(day(start), reached) == 2500
        assert reached.year == 2036
    else:
        assert add_workdays(day(start), count) == day(end)


def test_workdays_between_two_days_leave_the_first_out():
    assert workdays_between(day("2026-11-20"), day("2026-11-23")) == 1
    assert workdays_between(day("2026-11-23"), day("2026-11-20")) == -1
    assert workdays_between(day("2026-09-30"), day("2026-10-12")) == 4
    assert workdays_between(day("2026-11-21"), day("2026-11-21")) == 0


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-20T09:00", 60, "2026-11-20T10:00"),
        ("2026-11-20T11:30", 60, "2026-11-20T14:00"),  # over lunch
        ("2026-11-20T11:00", 60, "2026-11-20T12:00"),  # to lunch, not to its end
        ("2026-11-20T12:30", 60, "2026-11-20T14:30"),  # begins in lunch
        ("2026-11-20T17:30", 60, "2026-11-23T09:30"),  # over the weekend
        ("2026-11-20T09:00", 450, "2026-11-20T18:00"),  # due at the day's end
        ("2026-11-20T09:00", 451, "2026-11-23T09:01"),
        ("2026-11-20T22:00", 240, "2026-11-23T14:30"),
        ("2026-11-21T10:00", 240, "2026-11-23T14:30"),
        ("2026-11-23T07:00", 240, "2026-11-23T14:30"),
        ("2026-09-30T17:00", 120, "2026-10-08T10:00"),  # over National Day
        ("2026-10-09T17:00", 120, "2026-10-10T10:00"),  # into a worked Saturday
        ("2026-11-20T09:00:30", 1, "2026-11-20T09:01:30"),
        ("2026-11-22T10:00", 0, "2026-11-22T10:00"),
        ("2026-11-20T18:00", 1, "2026-11-23T09:01"),
        ("2026-12-31T17:59", 2, "2027-01-04T09:01"),
    ],
)
def test_a_promise_falls_due_in_working_time(start, minutes, end):
    due = add_business_minutes(at(start), minutes)
    assert due == at(end)
    assert due.tzinfo is dt.UTC


def test_a_promise_cannot_run_backwards():
    with pytest.raises(ValueError, match="before it begins"):
        add_business_minutes(at("2026-11-20T09:00"), -1)


@pytest.mark.parametrize(
    ("first", "last", "minutes"),
    [
        ("2026-11-20T09:00", "2026-11-20T18:00", 450),
        ("2026-11-20T11:00", "2026-11-20T13:00", 60),
        ("2026-11-20T17:30", "2026-11-23T09:30", 60),
        ("2026-11-21T00:00", "2026-11-22T23:59", 0),
        ("2026-11-20T10:00", "2026-11-20T10:00:59", 0),
        ("2026-09-30T17:00", "2026-10-08T10:00", 120),
        ("2026-11-20T10:00", "2026-11-20T09:00", -60),
    ],
)
def test_working_minutes_between_two_moments(first, last, minutes):
    assert business_minutes_between(at(first), at(last)) == minutes


def test_ten_years_are_counted_as_surely_as_an_hour():
    start = at("2026-11-20T10:17")
    due = add_business_minutes(start, 450 * 2_500 + 13)
    assert due > at("2036-01-01T00:00")
    assert business_minutes_between(start, due) == 450 * 2_500 + 13


@pytest.mark.parametrize(
    ("moment", "working"),
    [
        ("2026-11-20T10:00", "2026-11-20T10:00"),
        ("2026-11-20T12:00", "2026-11-20T13:30"),
        ("2026-11-20T07:00", "2026-11-20T09:00"),
        ("2026-11-20T18:00", "2026-11-23T09:00"),
        ("2026-11-22T10:00", "2026-11-23T09:00"),
    ],
)
def test_the_next_working_moment(moment, working):
    assert next_business_moment(at(moment)) == at(working)


def test_hours_are_figures_of_company_and_department():
    set_figure("calendar.work_end", "20:00", department_id=7, actor_ref=ADMINISTRATOR)
    assert add_business_minutes(at("2026-11-20T17:30"), 60, department_id=7) == at("2026-11-20T18:30")
    assert add_business_minutes(at("2026-11-20T17:30"), 60) == at("2026-11-23T09:30")
    set_figure("calendar.lunch_end", "12:00", actor_ref=ADMINISTRATOR)
    assert business_minutes_between(at("2026-11-20T09:00"), at("2026-11-20T18:00")) == 540


def test_hours_out_of_order_are_refused():
    with pytest.raises(ValueProblem) as refused:
        set_figure("calendar.work_end", "13:00", actor_ref=ADMINISTRATOR)
    assert refused.value.code == "calendar.hours"
    assert business_minutes_between(at("2026-11-20T09:00"), at("2026-11-20T18:00")) == 450


class AnySpan(TestCase):
    @settings(max_examples=150, deadline=None)
    @given(
        st.datetimes(min_value=dt.datetime(2024, 1, 1), max_value=dt.datetime(2029, 12, 31)),
        st.integers(min_value=1, max_value=200_000),
    )
    def test_adding_and_counting_agree(self, start, minutes):
        begin = start.replace(tzinfo=SHANGHAI, fold=0)
        due = add_business_minutes(begin, minutes)
        assert business_minutes_between(begin, due) == minutes
        assert due > begin
        assert add_business_minutes(begin, minutes + 1) > due
