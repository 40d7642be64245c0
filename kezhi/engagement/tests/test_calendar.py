"""The calendar and its feed: what stands there, and for whom (FUP-9)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from kezhi.access.models import FieldLevel, FieldRule, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.customers.models import Customer
from kezhi.engagement.models import CalendarFeed
from kezhi.engagement.operations.feeds import digest_of, end_feed, make_feed
from kezhi.records.operations import change_record, create_record
from kezhi.records.registry import record_type
from kezhi.sales.models import Contract, Instalment
from kezhi.work.calendar import calendar_entries

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def busy(people, customer):
    """The rep has a task on Wednesday and a customer to contact on Friday."""
    values = {"title": "给沈主任 138 1234 5678 回电话", "due_at": "2026-11-25 15:00", "owner": str(people.rep.id)}
    create_record(record_type("task"), values, actor=people.rep.actor)
    Customer.objects.ungated("test").filter(pk=customer.pk).update(cadence_next_on=date(2026, 11, 27))
    return customer


def found(member, **more):
    return [(str(entry.day), entry.title) for entry in calendar_entries(member.actor, FIRST, LAST, **more)]


MINE = [("2026-11-25", "给沈主任 138 1234 5678 回电话"), ("2026-11-27", "苏州澜图科技有限公司")]


def test_tasks_and_planned_contacts_stand_on_their_days(busy, people):
    assert found(people.rep) == MINE
    assert found(people.manager) == []
    assert found(people.manager, team=True) == MINE
    assert found(people.outsider, team=True) == []
    assert found(people.colleague, team=True) == []


def test_a_field_somebody_may_not_read_stands_in_no_calendar(busy, people):
    for kind, key in (("customer", "cadence_next_on"), ("task", "due_at")):
        FieldRule.objects.create(
            role=Role.objects.get(key="sales_rep"), record_type=kind, field=key, level=FieldLevel.HIDDEN
        )
    epochs.bump(EPOCH)
    assert found(people.rep) == []


def test_money_to_come_names_its_contract_and_stands_there_until_it_is_paid(customer, people):
    people.grant("contract", "instalment", actions=("view", "create", "edit"))
    values = {"name": "机房合同", "customer": str(customer.pk), "amount": "100", "ends_on": "2026-11-30"}
    contract = create_record(record_type("contract"), values, actor=people.rep.actor)
    values = {"name": "首付", "contract": str(contract.pk), "amount": "100", "due_on": "2026-11-25"}
    instalment = create_record(record_type("instalment"), values, actor=people.rep.actor)
    assert found(people.rep) == []
    Contract.objects.ungated("test").filter(pk=contract.pk).update(state=Contract.State.SIGNED)
    assert found(people.rep) == [("2026-11-25", "机房合同 · 首付"), ("2026-11-30", "机房合同")]
    Instalment.objects.ungated("test").filter(pk=instalment.pk).update(state=Instalment.State.PAID)
    Contract.objects.ungated("test").filter(pk=contract.pk).update(state=Contract.State.ENDED)
    assert found(people.rep) == []


@pytest.mark.parametrize("query", ["", "?span=week&day=2026-11-26", "?whose=team", "?span=month&day=2026-11-01"])
def test_the_page_shows_them(busy, people, query):
    page = people.rep.client().get(f"/calendar/{query}").content.decode()
    assert "回电话" in page
    assert "苏州澜图科技有限公司" in page


@pytest.mark.parametrize("query", ["?day=x", "?day=0001-01-01", "?day=9999-12-31", "?span=decade&whose=everybody"])
def test_a_page_asked_for_nonsense_answers_with_today(busy, people, query):
    page = people.rep.client().get(f"/calendar/{query}").content.decode()
    assert 'id="calendar-title">2026-11<' in page


def feed(token):
    return Client().get(f"/calendar/feed/{token}.ics")


def test_the_feed_is_a_calendar_of_ones_own_without_numbers(busy, people):
    answer = feed(make_feed(actor=people.rep.actor))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "no-store, private"
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [(str(event["SUMMARY"]), event["DTSTART"].dt) for event in events] == [
        ("任务 · 给沈主任 ••• 回电话", datetime(2026, 11, 25, 7, tzinfo=ZoneInfo("UTC"))),
        ("计划联系 · 苏州澜图科技有限公司", date(2026, 11, 27)),
    ]
    assert len({str(event["UID"]) for event in events}) == 2
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))


def test_the_feed_follows_rights_at_once(busy, people):
    token = make_feed(actor=people.rep.actor)
    change_record(busy, {"owner": str(people.colleague.id)}, actor=people.manager.actor)
    Customer.objects.ungated("test").filter(pk=busy.pk).update(cadence_next_on=date(2026, 11, 27))
    assert "苏州澜图科技有限公司" not in feed(token).content.decode()


def test_dead_and_guessed_links_answer_alike(busy, people):
    old = make_feed(actor=people.rep.actor)
    new = make_feed(actor=people.rep.actor)
    assert (feed(old).status_code, feed(new).status_code) == (404, 200)
    end_feed(actor=people.rep.actor)
    assert feed(new).status_code == 404
    assert feed(new).content == feed("x" * 43).content


def test_somebody_who_left_has_no_feed(busy, people):
    token = make_feed(actor=people.rep.actor)
    people.rep.user.is_active = False
    people.rep.user.save(update_fields=["is_active"])
    epochs.bump(EPOCH)
    assert feed(token).status_code == 404


def test_the_link_is_made_on_screen_told_once_and_stored_as_a_digest(people):
    client = people.rep.client()
    assert "还没有订阅链接" in client.get("/calendar/feed/").content.decode()
    page = client.post("/calendar/feed/", {"act": "make"}).content.decode()
    token = page.split('.ics"')[0].rsplit("/", 1)[1]
    assert feed(token).status_code == 200
    assert CalendarFeed.objects.get().digest == digest_of(token)
    assert token not in client.get("/calendar/feed/").content.decode()
    client.post("/calendar/feed/", {"act": "end"})
    assert not CalendarFeed.objects.exists()


def test_the_feed_reaches_half_a_year_ahead(people, customer):
    Customer.objects.ungated("test").filter(pk=customer.pk).update(cadence_next_on=NOON.date() + timedelta(days=181))
    assert Calendar.from_ical(feed(make_feed(actor=people.rep.actor)).content).walk("VEVENT") == []
