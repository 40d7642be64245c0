"""Rules never carry to anybody what they may not see; pages take whatever is sent to them."""

import pytest

from kezhi.access.models import FieldRule, Role
from kezhi.automation.models import RuleRun, RunState
from kezhi.automation.operations import make_rule, switch_off
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core import epochs
from kezhi.core.sealing import seal_all
from kezhi.records.tests.fake_types import FIRM, Firm
from kezhi.work.models import Notification, Task
from kezhi.work.models.approvals import Approval

pytestmark = pytest.mark.django_db

TELL = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "请看{name}"}}}


def hide(field):
    """The field is hidden from sales reps."""
    FieldRule.objects.create(role=Role.objects.get(key="sales_rep"), record_type="firm", field=field, level="hidden")
    epochs.bump("access")


def test_nobody_is_given_a_task_about_a_record_they_may_not_see(write_rule, make_firm, firms):
    to = [f"user:{firms.outsider.id}", "owner"]
    step = {"do": "create_task", "with": {"to": to, "text": {"zh": "{name}"}, "due": {"number": 1, "unit": "day"}}}
    write_rule({"on": "created"}, [step])
    make_firm("机密")
    let_it_run()
    assert [task.owner_id for task in Task.objects.ungated("test").all()] == [firms.rep.id]


def test_a_rule_never_copies_a_phone_into_a_text_many_may_read(write_rule, make_firm, firms):
    write_rule(
        {"on": "created"},
        [
            {"do": "set_field", "with": {"field": "note", "value": "电话{phone}"}},
            {"do": "ask_approval", "with": {"who": ["owner"], "text": {"zh": "请批{name} {phone}"}}},
        ],
    )
    firm = make_firm("一家", phone="13812345678")
    let_it_run()
    assert Firm.objects.ungated("test").get(pk=firm.pk).note == "电话138****5678"
    assert [approval.title for approval in Approval.objects.ungated("test").all()] == ["请批一家 138****5678"]


def test_what_rules_did_is_told_without_fields_the_reader_may_not_see(write_rule, make_firm, firms):
    write_rule(
        {"on": "created"},
        [{"do": "set_field", "with": {"field": "size", "value": "大客户"}}],
        condition={"all": [{"field": "budget", "op": "is_empty"}]},
    )
    firm = make_firm()
    let_it_run()
    hide("size")
    hide("budget")
    page = firms.rep.client().get(f"/firms/{firm.pk}/rules/").content.decode()
    assert "改了一个您看不到的字段" in page
    assert "这条规则用到您看不到的字段" in page
    assert "大客户" not in page
    assert "预算" not in page


def test_switching_off_stops_what_is_queued_too(write_rule, make_firm, firms):
    rule = write_rule({"on": "created"}, [TELL])
    make_firm()
    seal_all()
    assert RuleRun.objects.get().state == RunState.READY
    switch_off(rule, reason="发错了", actor=firms.administrator.actor)
    let_it_run()
    assert RuleRun.objects.get().state == RunState.STOPPED
    assert not Notification.objects.exists()


def test_an_error_in_one_rule_stops_no_other(write_rule, make_firm, monkeypatch):
    from kezhi.automation import dispatching

    bad = write_rule({"on": "created"}, [TELL], name="坏")
    write_rule({"on": "created"}, [TELL], name="好")
    real = dispatching._matching

    def matching(rule, changes):
        if rule.id == bad.pk:
            raise RuntimeError("kaputt")
        return real(rule, changes)

    monkeypatch.setattr(dispatching, "_matching", matching)
    make_firm()
    let_it_run()
    states = {run.rule.name_zh: run.state for run in RuleRun.objects.select_related("rule")}
    assert states == {"坏": RunState.FAILED, "好": RunState.DONE}


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("get", "step/?path=do", {}),
        ("get", "step/?path=do.0&do=nix", {}),
        ("post", "condition/", {"path": "when.on.x", "condition": "{}"}),
        ("post", "condition/", {"path": "if", "condition": "[" * 100_000}),
        ("post", "condition/", {"path": "if", "condition": '{"all": 7}'}),
        ("post", "arrange/", {"act": "up"}),
        ("post", "arrange/", {"act": "drop", "path": "do.999"}),
        ("post", "when/", {"on": "time", "field": "created_at", "span.figure": "nix", "span.unit": "day"}),
        ("post", "when/", {"on": "time", "field": "created_at", "span.number": "9" * 40, "span.unit": "day"}),
        ("post", "step/", {"path": "do.0", "add": "1", "do": "call_webhook", "url": "http://[x"}),
        ("post", "step/", {"path": "do.0", "add": "1", "do": "notify", "to": "user:99999999", "text.zh": "x"}),
        ("get", "try/?days=abc", {}),
        ("get", "versions/77/", {}),
    ],
)
def test_pages_take_whatever_is_sent(firms, method, path, data):
    firms.grant("automation", actions=("view", "edit"))
    draft = {"when": {"on": "created"}, "if": {}, "do": [TELL]}
    rule = make_rule(FIRM, name_zh="一条", draft=draft, actor=firms.administrator.actor)
    client = firms.administrator.client()
    answer = getattr(client, method)(f"/settings/rules/{rule.pk}/{path}", data)
    assert answer.status_code in (200, 302, 404, 422)
    assert client.get(f"/settings/rules/{rule.pk}/").status_code == 200
