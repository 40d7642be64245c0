"""A webhook may bring a record: created once, with the mapping a rule names, and found when it is there (AUTO-1)."""

import json

import pytest
from django.test import Client

from kezhi.automation.models import RuleRun, RunState
from kezhi.automation.operations import run_again
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.tests.conftest import (  # noqa: F401
    django_db_setup,
    fake_types,
    firms,
    let_it_run,
    make_firm,
    make_visit,
    write_rule,
)
from kezhi.core.models import Event
from kezhi.exchange.webhooks.receiving import FLOOD, add_endpoint
from kezhi.records.tests.fake_types import Firm
from kezhi.work.models import Notification

pytestmark = pytest.mark.django_db

TELL = {"do": "notify", "with": {"to": ["administrators"], "text": {"zh": "官网来了{name}"}}}
MADE = {"on": "webhook", "endpoint": "官网表单", "make": {"name": "company.name", "note": "words", "size": "size"}}


@pytest.fixture
def send(firms):  # noqa: F811
    FLOOD.forget()
    firms.grant("settings", actions=["channels"])
    _row, token, _secret = add_endpoint("官网表单", is_signed=False, actor=firms.administrator.actor)

    def post(payload, key):
        body = json.dumps(payload).encode()
        Client().post(f"/hooks/{token}/", body, content_type="application/json", headers={"webhook-id": key})
        let_it_run()

    return post


def names():
    return list(Firm.objects.ungated("test").order_by("pk").values_list("name", "note"))


def test_a_message_creates_the_record_its_rule_maps_and_the_rule_goes_on_with_it(write_rule, send, firms):  # noqa: F811
    rule = write_rule(MADE, [TELL])
    send({"company": {"name": "澜图科技"}, "words": "要报价", "other": [1]}, "m1")

    assert names() == [("澜图科技", "要报价")]
    created = Event.objects.get(record_type="firm", kind="record.created")
    assert (created.actor_kind, created.door_ref) == ("rule", f"{rule.pk}:1")
    assert created.cause_id == Event.objects.get(kind="webhook.received").pk
    assert Notification.objects.get(user=firms.administrator.user, kind="reminder").title == "官网来了澜图科技"
    assert [run.state for run in RuleRun.objects.all()] == [RunState.DONE]


def test_the_same_firm_is_found_and_not_made_twice(write_rule, send):  # noqa: F811
    write_rule(MADE, [TELL])
    send({"company": {"name": "澜图科技"}, "words": "要报价"}, "m1")
    send({"company": {"name": "澜图科技"}, "words": "再问一次"}, "m2")
    send({"company": {"name": "澜图科技"}, "words": "再问一次"}, "m2")
    assert names() == [("澜图科技", "要报价")]
    assert RuleRun.objects.count() == 2


def test_a_number_names_the_record_whatever_else_it_says(write_rule, send, make_firm):  # noqa: F811
    write_rule(MADE, [TELL])
    firm = make_firm("老厂")
    send({"number": firm.number, "company": {"name": "新名字"}}, "m1")
    assert names() == [("老厂", "")]
    assert RuleRun.objects.get().record_id == firm.pk


def test_what_cannot_be_made_says_why_and_can_be_run_again(write_rule, send, firms):  # noqa: F811
    write_rule(MADE, [TELL])
    send({"company": {"name": ""}, "words": "没有名字"}, "m1")
    assert names() == []
    failed = RuleRun.objects.get()
    assert (failed.state, failed.record_id) == (RunState.FAILED, 0)
    assert failed.error.startswith("名称")
    assert run_again(failed, actor=firms.administrator.actor)
    let_it_run()
    assert RuleRun.objects.get().state == RunState.FAILED
    page = firms.administrator.client().get("/settings/rules/runs/")
    assert page.status_code == 200


def test_a_list_brings_one_record_each(write_rule, send):  # noqa: F811
    write_rule(MADE, [TELL])
    send([{"company": {"name": "一厂"}}, {"company": {"name": "二厂"}}, "什么都不是"], "m1")
    assert [name for name, _note in names()] == ["一厂", "二厂"]


@pytest.mark.parametrize(
    ("when", "path"),
    [
        ({"make": {"name": "company.name"}}, "when.endpoint"),
        ({"endpoint": "x", "make": {"number": "n"}}, "when.make.number"),
        ({"endpoint": "x", "make": {"name": "a b"}}, "when.make.name"),
        ({"endpoint": "x", "make": {"note": "words"}}, "when.make.name"),
        ({"endpoint": "x", "make": {"name": "n"}, "match": ["size"]}, "when.match"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_its_place(write_rule, when, path):  # noqa: F811
    with pytest.raises(DefinitionProblem) as refused:
        write_rule({"on": "webhook", **when}, [TELL])
    assert refused.value.path == path


def test_the_mapping_is_written_in_the_editor(write_rule, firms):  # noqa: F811
    rule = write_rule(MADE, [TELL])
    client = firms.administrator.client()
    page = client.get(f"/settings/rules/{rule.pk}/when/").content.decode()
    assert 'name="make.name" value="company.name"' in page
    posted = {"on": "webhook", "endpoint": "官网表单", "make.name": "title", "match": ["name"]}
    assert client.post(f"/settings/rules/{rule.pk}/when/", posted).status_code == 302
    rule.refresh_from_db()
    assert rule.draft["when"] == {"on": "webhook", "endpoint": "官网表单", "make": {"name": "title"}, "match": ["name"]}
