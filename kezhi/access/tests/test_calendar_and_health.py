"""The working calendar and the health page."""

import datetime as dt

import pytest

from kezhi.core.models.calendar import CalendarDay
from kezhi.core.workdays import is_workday

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast):
    from kezhi.access.models import Grant, Role
    from kezhi.core import epochs

    role = Role.objects.get(key="administrator")
    Grant.objects.get_or_create(role=role, subject="settings", action="calendar", defaults={"scope": "all"})
    Grant.objects.get_or_create(role=role, subject="health", action="view", defaults={"scope": "all"})
    epochs.bump("access")
    return cast


def test_the_calendar_shows_holidays_and_where_they_come_from(people, clock_at):
    clock_at("2026-11-22 10:00")
    page = people.administrator.client().get("/settings/calendar/?year=2026").content.decode()

    assert "2026-10-01" in page
    assert "国务院放假安排" in page


def test_a_day_changed_by_hand_counts_at_once_and_can_be_taken_back(people, clock_at):
    clock_at("2026-11-22 10:00")
    client = people.administrator.client()
    day = dt.date(2026, 11, 25)
    assert is_workday(day)
    assert (
        client.post(
            "/settings/calendar/days/", {"day": "2026-11-25", "kind": "rest", "name_zh": "公司年会"}
        ).status_code
        == 302
    )
    assert not is_workday(day)
    assert client.post("/settings/calendar/days/2026-11-25/removal/").status_code == 302
    assert is_workday(day)


@pytest.mark.parametrize("values", [{"day": "2026-02-30", "name_zh": "x"}, {"day": "2026-11-25", "name_zh": " "}, {}])
def test_a_day_that_makes_no_sense_is_refused_and_nothing_changes(people, values):
    answer = people.administrator.client().post("/settings/calendar/days/", values)

    assert answer.status_code == 422
    assert not CalendarDay.objects.filter(source="manual").exists()


@pytest.mark.parametrize("path", ["/settings/calendar/", "/settings/health/"])
def test_others_are_refused(people, path):
    assert people.rep.client().get(path).status_code == 403


def test_health_says_each_check_to_the_administrator_and_one_word_to_others(people, client):
    page = people.administrator.client().get("/settings/health/").content.decode()
    answer = client.get("/health/")

    assert "运行状况" in page
    assert set(answer.json()) == {"state"}
    assert answer.status_code in (200, 503)
