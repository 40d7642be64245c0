"""A rule begins beside the act it is to do, its trigger filled in; and acts on approvals reach it."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from kezhi.automation.models import Rule, RuleRun
from kezhi.automation.tests.conftest import let_it_run
from kezhi.records.registry import record_type
from kezhi.work.approvals import About, decide, request_approval
from kezhi.work.models import Notification
from kezhi.work.operations import complete_task, plan_task
from kezhi.work.operations.approval_flows import install_flows
from tests.scenes import play

pytestmark = pytest.mark.django_db

TELL = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "请看{name}"}}}


@pytest.fixture
def keeper(firms):
    play(install_flows)
    play(firms.grant, "automation", actions=("view", "edit"))
    play(firms.grant, "task")
    return firms.manager


@pytest.fixture
def discount(firms, make_firm, keeper):
    firm = make_firm("一厂")
    return request_approval("general", title="打八折", about=About("firm", firm.pk, firm.name), actor=firms.rep.actor)


def beginnings(page):
    """Where the bolts of a page lead, as what they fill in."""
    urls = re.findall(r'href="(/settings/rules/new/\?[^"]*)"', page)
    return [{key: value[0] for key, value in parse_qs(urlsplit(html.unescape(url)).query).items()} for url in urls]


def begin(client, given):
    """The sheet behind a bolt, then the rule it makes."""
    shown = client.get("/settings/rules/new/", given)
    assert shown.status_code == 200
    answer = client.post("/settings/rules/new/", given | {"name_zh": "从这里"})
    assert answer.status_code == 302
    return Rule.objects.latest("pk").draft


def test_from_an_approval_a_rule_begins_with_its_outcome(keeper, discount):
    client = keeper.client()
    [decided] = beginnings(client.get(f"/approvals/{discount.pk}/decision/").content.decode())
    passed, refused = beginnings(client.get(f"/approvals/{discount.pk}/").content.decode())

    assert (
        decided == passed == {"record_type": "firm", "on": "event", "event": "approval.approved", "fact": "act:general"}
    )
    assert refused == passed | {"event": "approval.refused"}
    assert begin(client, refused)["when"] == {"on": "event", "event": "approval.refused", "facts": {"act": "general"}}


@pytest.mark.parametrize(
    ("place", "field", "value"),
    [("task_done", "state", "done"), ("task_postpone", "due_at", None), ("task_drop", "state", "dropped")],
)
def test_from_a_tasks_buttons_a_rule_begins_with_what_they_change(keeper, place, field, value):
    task = plan_task("回电话", owner_id=keeper.id, due_at=None, actor=keeper.actor)
    client = keeper.client()
    [given] = beginnings(client.get(reverse(f"work:{place}", args=[task.pk])).content.decode())
    assert given == {"record_type": "task", "on": "changed", "field": field} | ({"value": value} if value else {})

    draft = begin(client, given)
    assert draft["when"] == {"on": "changed", "fields": [field]}
    assert draft["if"] == ({"all": [{"field": field, "op": "is", "value": [value]}]} if value else {})


def test_a_rule_begun_beside_done_runs_when_a_task_is_done(keeper, write_rule):
    done = {"all": [{"field": "state", "op": "is", "value": ["done"]}]}
    tell = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "办好了{title}"}}}
    write_rule({"on": "changed", "fields": ["state"]}, [tell], condition=done, record_type=record_type("task"))
    task = plan_task("回电话", owner_id=keeper.id, due_at=None, actor=keeper.actor)
    complete_task(task, result="打通了", actor=keeper.actor.through("api"))
    let_it_run()

    assert [row.title for row in Notification.objects.filter(kind="reminder")] == ["办好了回电话"]


def test_a_webhook_fills_in_whose_messages_start_the_rule(keeper):
    given = {"record_type": "firm", "on": "webhook", "endpoint": "官网表单"}
    client = keeper.client()
    assert "接收地址“官网表单”收到消息" in client.get("/settings/rules/new/", given).content.decode()
    assert begin(client, given)["when"] == {"on": "webhook", "endpoint": "官网表单"}


def test_who_writes_no_rules_sees_no_bolt(firms, make_firm):
    install_flows()
    firm = make_firm("一厂")
    asked = request_approval("general", title="打八折", about=About("firm", firm.pk, firm.name), actor=firms.rep.actor)
    page = firms.manager.client().get(f"/approvals/{asked.pk}/decision/").content.decode()
    assert beginnings(page) == []


def test_an_approval_about_nothing_has_no_bolt(keeper, firms):
    asked = request_approval("general", title="买打印机", actor=firms.rep.actor)
    assert beginnings(keeper.client().get(f"/approvals/{asked.pk}/").content.decode()) == []


@pytest.mark.parametrize(("verdict", "told"), [("refuse", ["请看一厂"]), ("approve", [])])
def test_what_becomes_of_an_approval_starts_rules_about_its_record(verdict, told, keeper, discount, firms, write_rule):
    write_rule({"on": "event", "event": "approval.refused", "facts": {"act": "general"}}, [TELL])
    step = discount.steps.get(user_id=firms.manager.id)
    decide(step, verdict, reason="太低", actor=firms.manager.actor)
    let_it_run()

    assert [row.title for row in Notification.objects.filter(kind="reminder")] == told


def test_an_approval_of_another_act_or_about_another_type_starts_nothing(keeper, discount, firms, write_rule):
    write_rule({"on": "event", "event": "approval.refused", "facts": {"act": "records.delete"}}, [TELL])
    task_tell = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "{title}"}}}
    write_rule({"on": "event", "event": "approval.refused"}, [task_tell], record_type=record_type("task"))
    decide(discount.steps.get(user_id=firms.manager.id), "refuse", reason="太低", actor=firms.manager.actor)
    let_it_run()

    assert RuleRun.objects.count() == 0
