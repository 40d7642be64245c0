"""The audit: filtered, paged by key, personal values hidden until they are revealed with a trace."""

import datetime as dt

import pytest

from kezhi.access.audit import PAGE, AuditFilter, first_id_at, read_log
from kezhi.access.models import Role
from kezhi.access.operations import UserDetails, add_position, change_user
from kezhi.access.operations.roles import set_grants
from kezhi.core.clock import company_zone
from kezhi.core.models.events import Event


@pytest.fixture
def three_days(company, clock_at):
    """One event each on 20, 21 and 22 November, by the administrator."""
    Event.objects.all().delete()
    clock = clock_at("2026-11-20 10:00")
    ids = []
    for number in range(3):
        add_position(f"职位{number}", actor=company.administrator.actor)
        ids.append(Event.objects.latest("id").pk)
        clock.shift(24 * 3600)
    return company, ids


def found(**wanted):
    return [event.pk for event in read_log(AuditFilter(**wanted))[0]]


def test_the_log_is_filtered_by_day(three_days):
    _company, ids = three_days
    day = dt.date(2026, 11, 21)

    assert found(first_day=day, last_day=day) == [ids[1]]
    assert found(first_day=day) == [ids[2], ids[1]]
    assert found(last_day=day) == [ids[1], ids[0]]
    assert found(first_day=dt.date(2026, 12, 1)) == []
    assert found(last_day=dt.date(2026, 11, 1)) == []


def test_the_log_is_filtered_by_person_kind_and_record(three_days):
    company, ids = three_days
    newest = Event.objects.get(pk=ids[2])

    assert found(actor_id=company.administrator.id) == ids[::-1]
    assert found(actor_id=company.rep.id) == []
    assert found(kinds=("position.added",)) == ids[::-1]
    assert found(kinds=("position.removed",)) == []
    assert found(record_type="position", record_id=newest.record_id) == [ids[2]]


def test_a_moment_is_found_among_many_ids(three_days):
    _company, ids = three_days
    moment = dt.datetime(2026, 11, 21, 10, 0, tzinfo=company_zone())

    assert first_id_at(moment) == ids[1]
    assert first_id_at(moment + dt.timedelta(seconds=1)) == ids[2]
    assert first_id_at(moment + dt.timedelta(days=9)) == ids[2] + 1


def test_pages_follow_each_other_without_gap_or_repeat(company):
    Event.objects.all().delete()
    for number in range(PAGE + 3):
        add_position(f"职位{number}", actor=company.administrator.actor)

    first, following = read_log(AuditFilter())
    second, end = read_log(AuditFilter(before=following))

    assert (len(first), len(second), end) == (PAGE, 3, None)
    assert [event.pk for event in [*first, *second]] == list(Event.objects.order_by("-id").values_list("id", flat=True))


def phone_change(company):
    known = UserDetails("cast-rep", "任小芮", mobile="13812345678", department=company.rep.user.department)
    change_user(company.rep.user, known, actor=company.administrator.actor)
    return Event.objects.get(kind="user.changed")


def test_a_phone_in_the_log_is_hidden_until_it_is_revealed_with_a_trace(company):
    event = phone_change(company)
    client = company.administrator.client()

    hidden = client.get("/settings/audit/").content.decode()
    shown = client.post(f"/settings/audit/{event.pk}/").content.decode()

    assert "+8613812345678" not in hidden
    assert "+8613812345678" in shown
    trace = Event.objects.get(kind="audit.revealed")
    assert (trace.actor_id, trace.record_type, trace.record_id) == (company.administrator.id, "user", company.rep.id)


def test_who_may_read_the_log_may_not_reveal_without_that_right(company):
    event = phone_change(company)
    client = company.steward.client()

    page = client.get("/settings/audit/").content.decode()
    response = client.post(f"/settings/audit/{event.pk}/")

    assert "任小芮" in page
    assert "+8613812345678" not in page
    assert response.status_code == 403
    assert "+8613812345678" not in response.content.decode()
    assert not Event.objects.filter(kind="audit.revealed").exists()


def test_the_log_names_rights_and_scopes(company):
    set_grants(Role.objects.get(key="sales_rep"), {("settings", "figures"): "all"}, actor=company.administrator.actor)

    page = company.administrator.client().get("/settings/audit/").content.decode()

    assert "设置 · 调整参数" in page


def test_nonsense_in_the_filter_is_ignored(company):
    response = company.administrator.client().get(
        "/settings/audit/?person=x&kind=%00&from=yesterday&to=2026-02-30&id=99999999999999999999999&before=-1"
    )

    assert response.status_code == 200
