"""Cadence plans: which one a customer has, when it is contacted next, and what changes that (FUP-1, FUP-5)."""

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.access.policies import NotAllowed
from kezhi.automation.defaults import install_rules
from kezhi.automation.scanning import scan_everything
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core.health import examine
from kezhi.customers.models import Customer
from kezhi.engagement.cadence import months_after, refresh_batch, refresh_cadence, start_refresh
from kezhi.engagement.defaults.cadence_plans import install_cadence_plans
from kezhi.engagement.models import CadencePlan
from kezhi.engagement.moods import set_moods
from kezhi.engagement.operations import record_follow_up
from kezhi.engagement.operations.cadence import move_plan, save_plan
from kezhi.engagement.pages_cadence import cadence_words, planned
from kezhi.records.operations import InvalidRecord, change_record, create_record
from kezhi.records.registry import record_type
from kezhi.work.models import Task
from tests.scenes import play

pytestmark = pytest.mark.django_db

# A Monday.
NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def plans_in_force(people):
    play(install_cadence_plans)


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def make(people):
    def made(name="苏州澜图科技有限公司", **values):
        given = {"name": name, "phone": "13812345678", "industry": "it", "level": "A", **values}
        return create_record(record_type("customer"), given, actor=people.rep.actor)

    return made


def stored(customer):
    return Customer.objects.ungated("test").get(pk=customer.pk)


def plan_of(customer):
    row = stored(customer)
    return row.cadence, row.cadence_next_on


def facts(customer, **values):
    Customer.objects.ungated("test").filter(pk=customer.pk).update(**values)
    refresh_cadence([customer.pk])
    return plan_of(customer)


def followed(customer, people, **more):
    moment = datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(minutes=5)
    values = {"method": "phone", "happened_at": moment, "summary": "问了近况", "no_next_reason": "等对方", **more}
    return record_follow_up(customer, values, actor=people.rep.actor)


def test_each_level_has_its_plan_from_the_start(make, noon):
    found = {}
    for level in ("VIP", "A", "B", "C", ""):
        found[level] = plan_of(make(f"苏州甲{level or '无'}科技有限公司", level=level))[0]
    assert found == {
        "VIP": "potential_a",
        "A": "potential_a",
        "B": "potential_b",
        "C": "potential_c",
        "": "potential_c",
    }


def test_after_a_follow_up_the_next_day_is_the_plans_length_later(make, people, noon):
    customer = make()
    followed(customer, people)
    assert plan_of(customer) == ("potential_a", date(2026, 11, 30))


def test_a_day_off_gives_way_to_the_next_working_day(make, people):
    with time_machine.travel(NOON - timedelta(days=2), tick=False):
        customer = make()
        followed(customer, people)
    assert plan_of(customer) == ("potential_a", date(2026, 11, 30))


def test_changing_the_level_plans_anew(make, people, noon):
    customer = make()
    followed(customer, people)
    change_record(customer, {"level": "B"}, actor=people.rep.actor)
    assert plan_of(customer) == ("potential_b", date(2026, 12, 7))
    change_record(stored(customer), {"level": "C"}, actor=people.rep.actor)
    assert plan_of(customer) == ("potential_c", date(2026, 12, 23))


def test_working_customers_are_contacted_monthly_and_lost_ones_not(make, people, noon):
    customer = make()
    followed(customer, people)
    assert facts(customer, lifecycle="won") == ("working", date(2026, 12, 23))
    assert facts(customer, lifecycle="lost") == ("", None)


def test_without_an_owner_there_is_no_plan(make, people, noon):
    customer = make()
    change_record(customer, {"owner": ""}, actor=people.steward.actor)
    assert plan_of(customer) == ("", None)


def test_after_half_a_year_a_customer_is_woken_and_then_contacted_quarterly(make, people):
    with time_machine.travel(NOON - timedelta(days=200), tick=False):
        customer = make()
        followed(customer, people)
    with time_machine.travel(NOON, tick=False):
        refresh_batch()
        key, day = plan_of(customer)
        assert key == "dormant"
        assert NOON.date() <= day <= NOON.date() + timedelta(days=7)
        followed(customer, people)
        assert plan_of(customer) == ("asleep", date(2027, 2, 23))
    with time_machine.travel(NOON + timedelta(days=3), tick=False):
        followed(customer, people, feedback="下个月再看看报价")
        assert plan_of(customer) == ("potential_a", date(2026, 12, 3))


def test_somebody_who_answers_the_waking_call_is_awake(make, people):
    with time_machine.travel(NOON - timedelta(days=200), tick=False):
        customer = make()
        followed(customer, people)
    with time_machine.travel(NOON, tick=False):
        refresh_batch()
        followed(customer, people, signal="positive")
        assert plan_of(customer) == ("potential_a", date(2026, 11, 30))


def test_customers_long_overdue_are_spread_and_stay_where_they_were_put(make, people, noon):
    customers = [make(f"苏州乙{number}科技有限公司") for number in range(7)]
    old = NOON - timedelta(days=60)
    Customer.objects.ungated("test").update(last_followed_at=old, created_at=old, cadence="", cadence_next_on=None)
    refresh_batch()
    days = {plan_of(customer)[1] for customer in customers}
    assert len(days) == 6
    assert min(days) >= NOON.date()
    with time_machine.travel(NOON + timedelta(days=9), tick=False):
        refresh_batch()
        assert {plan_of(customer)[1] for customer in customers} == days


def test_a_positive_signal_makes_contacts_denser_for_a_time(make, people):
    play(install_rules)
    with time_machine.travel(NOON, tick=False):
        customer = make(level="B")
        followed(customer, people, signal="positive")
        let_it_run()
        assert plan_of(customer) == ("potential_b", date(2026, 11, 30))
        assert "加密联系到 12-23" in cadence_words(stored(customer))
    with time_machine.travel(NOON + timedelta(days=40), tick=False):
        followed(customer, people)
        assert plan_of(customer)[1] == date(2027, 1, 18)  # two weeks on is a Saturday


def test_a_negative_signal_lets_the_customer_rest_for_three_months(make, people):
    play(install_rules)
    with time_machine.travel(NOON, tick=False):
        customer = make()
        followed(customer, people, signal="negative")
        let_it_run()
        assert plan_of(customer) == ("potential_a", date(2027, 2, 23))
        assert "暂停到 02-23" in cadence_words(stored(customer))
        titles = Task.objects.ungated("test").values_list("title", flat=True)
        assert [title for title in titles if "重新评估" in title] == ["重新评估苏州澜图科技有限公司：还要不要跟进"]


def test_a_mood_can_be_taken_back(make, people, noon):
    customer = make()
    followed(customer, people)
    set_moods({customer.pk: "resting"})
    set_moods({customer.pk: ""})
    assert plan_of(customer) == ("potential_a", date(2026, 11, 30))


def cadence_tasks(state="open"):
    rows = Task.objects.ungated("test").filter(origin="cadence", state=state).order_by("pk")
    return [(row.about_id, row.owner_id) for row in rows]


def test_on_its_day_the_owner_gets_one_task_which_the_follow_up_finishes(make, people):
    play(install_rules)
    with time_machine.travel(NOON, tick=False):
        customer = make()
        followed(customer, people)
        let_it_run()
    for day in (7, 8, 9):
        with time_machine.travel(NOON + timedelta(days=day), tick=False):
            scan_everything()
            let_it_run()
            assert cadence_tasks() == [(customer.pk, people.rep.id)]
    with time_machine.travel(NOON + timedelta(days=9), tick=False):
        followed(customer, people)
        let_it_run()
        assert cadence_tasks() == []
        assert cadence_tasks("done") == [(customer.pk, people.rep.id)]


def test_where_a_next_step_is_planned_no_task_is_made(make, people):
    play(install_rules)
    with time_machine.travel(NOON, tick=False):
        customer = make()
        due = f"{NOON + timedelta(days=20):%Y-%m-%d %H:%M}"
        rep = str(people.rep.id)
        followed(
            customer, people, next_action="给沈主任发书面方案", next_person=rep, next_due_at=due, no_next_reason=""
        )
        let_it_run()
    with time_machine.travel(NOON + timedelta(days=8), tick=False):
        scan_everything()
        let_it_run()
        assert cadence_tasks() == []


def test_today_names_whose_day_has_come(make, people):
    with time_machine.travel(NOON, tick=False):
        customer = make()
        followed(customer, people)
        assert planned(people.rep.actor) is None
    with time_machine.travel(NOON + timedelta(days=8), tick=False):
        section = planned(people.rep.actor)
        assert [(row.title, row.when, row.state) for row in section.rows] == [
            ("苏州澜图科技有限公司", "晚了 1 天", "overdue")
        ]
        assert planned(people.colleague.actor) is None
        page = people.rep.client().get(f"/customers/{customer.pk}/").content.decode()
        assert "每周 · 下次 11-30 电话 · 重点：推进报价和决策人" in page


def test_thousands_are_planned_with_the_same_few_queries(make, people, noon):
    def queries(count):
        ids = list(Customer.objects.ungated("test").values_list("pk", flat=True)[:count])
        Customer.objects.ungated("test").update(cadence="", cadence_next_on=None)
        with CaptureQueriesContext(connection) as found:
            assert refresh_cadence(ids) == count
        return sum(not query["sql"].startswith("SELECT name, value FROM core_epoch") for query in found)

    for number in range(6):
        make(f"苏州丙{number}科技有限公司")
    queries(1)
    assert queries(6) == queries(1)


def test_the_doctor_finds_a_wrong_plan(make, people, noon):
    customer = make()
    assert [line for check, line in examine() if check == "cadence"] == []
    Customer.objects.ungated("test").filter(pk=customer.pk).update(cadence="working")
    assert len([line for check, line in examine() if check == "cadence"]) == 1


def values_of(**more):
    given = {"name_zh": "大客户", "stage": "active", "every": "10", "unit": "day", "method": "visit", "is_on": True}
    return {**given, "condition": json.dumps({"all": []}), **more}


def test_a_plan_made_on_screen_holds_in_its_order(make, people, noon):
    people.grant("settings", actions=("figures",))
    actor = people.administrator.actor
    customer = make()
    followed(customer, people)
    named = json.dumps({"all": [{"field": "name", "op": "contains", "value": "澜图"}]})
    plan = save_plan(None, values_of(condition=named), actor=actor)
    let_it_run()
    assert plan_of(customer)[0] == "potential_a"
    for _step in range(5):
        move_plan(plan, True, actor=actor)
    let_it_run()
    assert plan_of(customer) == (plan.key, date(2026, 12, 3))
    save_plan(CadencePlan.objects.get(pk=plan.pk), values_of(is_on=False), actor=actor)
    let_it_run()
    assert plan_of(customer)[0] == "potential_a"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name_zh", " "),
        ("every", "0"),
        ("every", "９９９９９"),
        ("every", "1.5"),
        ("unit", "year"),
        ("stage", "x"),
        ("method", "pigeon"),
        ("condition", "{"),
        ("condition", '{"field": "nothing", "op": "is"}'),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(key, value, people):
    people.grant("settings", actions=("figures",))
    with pytest.raises(InvalidRecord):
        save_plan(None, values_of(**{key: value}), actor=people.administrator.actor)
    assert CadencePlan.objects.count() == 6


def test_plans_are_the_administrators(people):
    with pytest.raises(NotAllowed):
        save_plan(None, values_of(), actor=people.rep.actor)
    assert people.rep.client().get("/settings/cadence/").status_code == 403


def test_the_settings_page_shows_and_changes_plans(people):
    people.grant("settings", actions=("figures",))
    client = people.administrator.client()
    page = client.get("/settings/cadence/").content.decode()
    assert "潜在 A 级，每周" in page
    plan = CadencePlan.objects.get(key="potential_a")
    assert client.get(f"/settings/cadence/{plan.pk}/").status_code == 200
    assert client.post(f"/settings/cadence/{plan.pk}/", {"name_zh": ""}).status_code == 422
    sent = {**values_of(), "is_on": "on", "condition": json.dumps(plan.condition)}
    assert client.post(f"/settings/cadence/{plan.pk}/", sent).status_code == 302
    plan.refresh_from_db()
    assert (plan.every, plan.unit, plan.key) == (10, "day", "potential_a")
    assert client.post("/settings/cadence/new/", {**sent, "name_zh": "新计划"}).status_code == 302
    assert client.post(f"/settings/cadence/{plan.pk}/move/", {"to": "up"}).status_code == 302


def test_a_round_over_everybody_goes_on_batch_by_batch(make, people, noon, monkeypatch):
    monkeypatch.setattr("kezhi.engagement.cadence._BATCH", 2)
    customers = [make(f"苏州丁{number}科技有限公司") for number in range(5)]
    Customer.objects.ungated("test").update(cadence="", cadence_next_on=None)
    start_refresh()
    let_it_run()
    assert {plan_of(customer)[0] for customer in customers} == {"potential_a"}


def test_months_keep_to_their_length():
    assert months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert months_after(date(2026, 3, 15), -4) == date(2025, 11, 15)
