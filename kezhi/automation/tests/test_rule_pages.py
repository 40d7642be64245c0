"""What an administrator does with rules on screen."""

import json
import re

import pytest

from kezhi.automation.definition import definition_json, read_definition
from kezhi.automation.models import MessageTemplate, Rule, RuleRun, RunState
from kezhi.automation.monitoring import overview
from kezhi.automation.operations import make_rule, publish_rule, roll_back, save_draft, switch_off
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.sentences import rule_text
from kezhi.automation.tests.conftest import let_it_run
from kezhi.automation.trying import try_rule
from kezhi.core.models import Event
from kezhi.records.models import CustomField
from kezhi.records.operations import InvalidRecord
from kezhi.records.tests.fake_types import FIRM, Firm
from kezhi.work.models import Delivery, Notification, Task

pytestmark = pytest.mark.django_db

TELL = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "请看{name}"}}}
STEEL = {"all": [{"field": "trade", "op": "is", "value": ["steel"]}]}


@pytest.fixture
def keeper(firms):
    firms.grant("automation", actions=("view", "edit"))
    return firms.administrator


@pytest.fixture
def admin(keeper):
    return keeper.client()


def draft_rule(keeper, do, *, when=None, condition=None, name="一条规则"):
    definition = {"when": when or {"on": "created"}, "if": condition or {}, "do": do}
    return make_rule(FIRM, name_zh=name, draft=definition, actor=keeper.actor)


def test_a_rule_is_written_place_by_place_published_and_switched_on(admin, keeper, make_firm):
    answer = admin.post("/settings/rules/new/", {"name_zh": "新客户", "record_type": "firm", "on": "created"})
    rule = Rule.objects.get()
    assert answer["Location"] == f"/settings/rules/{rule.pk}/"

    base = f"/settings/rules/{rule.pk}"
    admin.post(f"{base}/condition/", {"path": "if", "condition": json.dumps(STEEL)})
    admin.post(f"{base}/step/", {"path": "do.0", "add": "1", "do": "notify", "to": ["owner"], "text.zh": "看{name}"})
    admin.post(f"{base}/step/", {"path": "do.1", "add": "1", "do": "wait", "span.number": "2", "span.unit": "workday"})
    page = admin.get(f"{base}/").content.decode()
    assert "钢铁" in page
    assert "〔名称〕" in page
    assert not RuleRun.objects.exists()

    admin.post(f"{base}/publish/", {"note": "第一次"})
    admin.post(f"{base}/switch/", {"turn": "on"})
    make_firm("钢厂", trade="steel")
    let_it_run()
    assert [notice.title for notice in Notification.objects.all()] == ["看钢厂"]


def test_what_is_missing_or_wrong_is_said_at_its_place(admin, keeper):
    rule = draft_rule(keeper, [])
    base = f"/settings/rules/{rule.pk}"
    answer = admin.post(
        f"{base}/step/", {"path": "do.0", "add": "1", "do": "notify", "to": ["owner"], "text.zh": "{nix}"}
    )
    assert answer.status_code == 422
    assert "文字里的字段“{nix}”不存在" in answer.content.decode()

    answer = admin.post(f"{base}/when/", {"on": "schedule", "cron": "jeden Tag"})
    assert answer.status_code == 422
    assert "时间表写得不对" in answer.content.decode()
    with pytest.raises(DefinitionProblem, match="请至少加一个动作"):
        publish_rule(rule, actor=keeper.actor)


def test_a_dry_run_says_what_would_happen_and_why_not_and_changes_nothing(keeper, make_firm, firms):
    make_firm("钢厂", trade="steel")
    make_firm("面馆", trade="food")
    rule = draft_rule(
        keeper,
        [TELL, {"do": "set_field", "with": {"field": "size", "value": "大"}}],
        condition=STEEL,
    )
    events = Event.objects.count()
    trial = try_rule(read_definition(rule.draft, FIRM), actor=keeper.actor, rule=rule)

    assert (trial.looked_at, trial.matching, trial.messages, trial.people) == (2, 1, 1, 1)
    told = {row.shown.title: row.would or row.why_not for row in trial.rows}
    assert told == {"钢厂": [f"通知{firms.rep.user.name}", "把规模改为大"], "面馆": ["不满足：行业是钢铁"]}
    assert Event.objects.count() == events
    assert not Notification.objects.exists()
    assert set(Firm.objects.ungated("test").values_list("size", flat=True)) == {""}


def test_a_dry_run_shows_only_records_the_asker_may_see(keeper, make_firm, firms):
    make_firm("一")
    make_firm("二", owner=firms.outsider)
    rule = draft_rule(keeper, [TELL])
    trial = try_rule(read_definition(rule.draft, FIRM), actor=firms.rep.actor, rule=rule)
    assert [row.shown.title for row in trial.rows] == ["一"]


def test_versions_can_be_compared_and_gone_back_to(admin, keeper):
    rule = draft_rule(keeper, [TELL])
    first = publish_rule(rule, actor=keeper.actor)
    save_draft(rule, {"when": {"on": "created"}, "if": STEEL, "do": [TELL]}, actor=keeper.actor)
    publish_rule(rule, actor=keeper.actor)

    page = admin.get(f"/settings/rules/{rule.pk}/versions/1/").content.decode()
    assert "<mark>若行业是钢铁</mark>" in page
    third = roll_back(rule, first, actor=keeper.actor)
    rule.refresh_from_db()
    assert (third.number, rule.current_id) == (3, third.pk)
    assert third.definition == first.definition


def test_switching_off_asks_for_a_reason(keeper, write_rule):
    rule = write_rule({"on": "created"}, [TELL])
    with pytest.raises(InvalidRecord) as refused:
        switch_off(rule, reason=" ", actor=keeper.actor)
    assert refused.value.problems == {"reason": "请写明停用的原因"}


def test_loops_and_conflicts_are_named_before_publishing(admin, keeper, write_rule):
    write_rule(
        {"on": "changed", "fields": ["size"]},
        [{"do": "set_field", "with": {"field": "note", "value": "甲"}}],
        name="甲",
    )
    rule = draft_rule(
        keeper,
        [{"do": "set_field", "with": {"field": "size", "value": "乙"}}],
        when={"on": "changed", "fields": ["note"]},
    )
    page = admin.get(f"/settings/rules/{rule.pk}/").content.decode()
    assert "会引发循环：这条规则 → 甲 → 这条规则" in page

    other = draft_rule(
        keeper,
        [{"do": "set_field", "with": {"field": "note", "value": "丙"}}],
        when={"on": "changed", "fields": ["trade"]},
    )
    page = admin.get(f"/settings/rules/{other.pk}/").content.decode()
    assert "与“甲”都会改备注" in page


def test_a_rule_whose_field_was_deleted_shows_as_broken_and_stops_nothing(admin, keeper, write_rule, make_firm, firms):
    field = CustomField.objects.create(record_type="firm", key="cf_9", kind="text", name_zh="旧")
    from kezhi.core import epochs

    epochs.bump("fields")
    write_rule({"on": "created"}, [TELL], condition={"all": [{"field": "cf_9", "op": "is_filled"}]}, name="坏的")
    write_rule({"on": "created"}, [TELL], name="好的")
    field.delete()
    epochs.bump("fields")
    make_firm("一")
    let_it_run()

    assert [run.rule.name_zh for run in RuleRun.objects.select_related("rule")] == ["好的"]
    assert "这条规则不能运行" in admin.get("/settings/rules/").content.decode()


def test_failed_runs_are_listed_and_run_again(admin, write_rule, make_firm):
    write_rule({"on": "created"}, [{"do": "set_field", "with": {"field": "name", "value": "{note}"}}])
    firm = make_firm("一", note="x" * 80)
    let_it_run()
    run = RuleRun.objects.get()
    page = admin.get("/settings/rules/runs/?state=failed").content.decode()
    assert "再运行" in page

    Firm.objects.ungated("test").filter(pk=firm.pk).update(note="新名字")
    admin.post(f"/settings/rules/runs/{run.pk}/again/", {"back": "/settings/rules/runs/"})
    let_it_run()
    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_everybody_who_sees_a_record_sees_which_rules_ran_and_why_others_did_not(write_rule, make_firm, firms):
    write_rule({"on": "created"}, [TELL], name="来了")
    write_rule({"on": "created"}, [TELL], condition=STEEL, name="钢铁来了")
    firm = make_firm("面馆", trade="food")
    let_it_run()

    page = firms.rep.client().get(f"/firms/{firm.pk}/rules/").content.decode()
    assert f"通知{firms.rep.user.name}" in page
    assert "现在不会触发：不满足：行业是钢铁" in page
    assert firms.outsider.client().get(f"/firms/{firm.pk}/rules/").status_code == 404


def test_nobody_reads_or_writes_rules_without_the_right(firms, write_rule):
    rule = write_rule({"on": "created"}, [TELL])
    from kezhi.access.models import Grant

    Grant.objects.filter(subject="automation", role__key="sales_rep").delete()
    from kezhi.core import epochs

    epochs.bump("access")
    client = firms.rep.client()
    for path in ("", "new/", "runs/", f"{rule.pk}/", f"{rule.pk}/try/", f"{rule.pk}/step/?path=do.0"):
        assert client.get(f"/settings/rules/{path}").status_code == 403
    assert client.post(f"/settings/rules/{rule.pk}/publish/").status_code == 403


def test_records_are_given_in_turn_to_those_at_work(write_rule, make_firm, firms):
    people = [f"user:{firms.rep.id}", f"user:{firms.colleague.id}"]
    write_rule({"on": "created"}, [{"do": "assign", "with": {"to": people, "way": "turn"}}])
    made = [make_firm(f"客户{number}", owner=firms.administrator) for number in range(4)]
    let_it_run()
    owners = [Firm.objects.ungated("test").get(pk=firm.pk).owner_id for firm in made]
    assert sorted(owners) == sorted([firms.rep.id, firms.colleague.id] * 2)
    assert owners[0] != owners[1]


def test_records_are_given_by_case_with_a_fallback_and_the_reason(write_rule, make_firm, firms):
    write_rule(
        {"on": "created"},
        [
            {
                "do": "assign",
                "with": {
                    "cases": [{"if": STEEL, "to": [f"user:{firms.colleague.id}"]}],
                    "fallback": [f"user:{firms.manager.id}"],
                    "way": "first",
                },
            }
        ],
    )
    steel, food = make_firm("钢厂", trade="steel"), make_firm("面馆", trade="food")
    let_it_run()
    assert Firm.objects.ungated("test").get(pk=steel.pk).owner_id == firms.colleague.id
    assert Firm.objects.ungated("test").get(pk=food.pk).owner_id == firms.manager.id
    why = {run.record_id: run.did[0]["facts"]["why"] for run in RuleRun.objects.all()}
    assert why == {steel.pk: "case:1", food.pk: "rest,fallback"}


def test_a_template_is_written_previewed_and_sent_in_the_readers_language(admin, keeper, write_rule, make_firm, firms):
    make_firm("苏州澜图")
    let_it_run()
    given = {"record_type": "firm", "name_zh": "问候", "title_zh": "您好{name}", "title_en": "Hello {name}"}
    page = admin.post("/settings/templates/new/", given | {"act": "preview"}).content.decode()
    assert "您好苏州澜图" in page
    assert not MessageTemplate.objects.exists()

    admin.post("/settings/templates/new/", given)
    template = MessageTemplate.objects.get()
    firms.rep.user.language = "en"
    firms.rep.user.save()
    write_rule({"on": "created"}, [{"do": "notify", "with": {"to": ["owner"], "text": {"template": template.key}}}])
    make_firm("澜图二")
    let_it_run()
    assert [notice.title for notice in Notification.objects.filter(kind="reminder")] == ["Hello 澜图二"]


def test_a_template_that_names_an_unknown_field_says_which_beside_the_text(admin, keeper, make_firm):
    make_firm("苏州澜图")
    given = {"record_type": "firm", "name_zh": "问候", "title_zh": "您好{name}", "body_en": "Dear {nobody}"}
    answers = [admin.post("/settings/templates/new/", given | extra) for extra in ({"act": "preview"}, {})]

    assert [answer.status_code for answer in answers] == [200, 422]
    assert ["文字里的字段“{nobody}”不存在" in answer.content.decode() for answer in answers] == [True, True]
    assert not MessageTemplate.objects.exists()


def test_a_department_in_a_condition_is_read_as_a_department(keeper, firms):
    department = firms.rep.user.department
    definition = read_definition(
        {
            "when": {"on": "created"},
            "if": {"any": [{"field": "owner", "op": "in_department", "value": [department.pk, "mine"]}]},
            "do": [{"do": "stop"}],
        },
        FIRM,
    )
    assert rule_text(definition) == f"当新建公司，若负责人属于部门{department.label}、我的部门，就到此为止。"


def test_a_sentence_reads_in_both_languages_and_the_definition_comes_back_unchanged(keeper, firms):
    raw = {
        "when": {"on": "time", "field": "created_at", "direction": "after", "span": {"number": 7, "unit": "day"}},
        "if": STEEL,
        "do": [
            TELL,
            {"do": "wait", "span": {"number": 2, "unit": "workday"}},
            {"do": "branch", "if": STEEL, "then": [TELL], "else": [{"do": "stop"}]},
        ],
    }
    definition = read_definition(raw, FIRM)
    assert rule_text(definition).startswith(
        "当公司的创建时间已过7 天，若行业是钢铁，就通知负责人：请看〔名称〕，再等2 个工作日"
    )
    again = read_definition(definition_json(definition), FIRM)
    assert definition_json(again) == definition_json(definition)


def test_a_task_without_anybody_to_do_it_fails_in_words(write_rule, make_firm):
    step = {
        "do": "create_task",
        "with": {"to": ["owner_manager"], "text": {"zh": "看"}, "due": {"number": 1, "unit": "day"}},
    }
    write_rule({"on": "created"}, [step])
    firm = make_firm()
    Firm.objects.ungated("test").filter(pk=firm.pk).update(owner=None)
    let_it_run()
    run = RuleRun.objects.get()
    assert run.state == RunState.FAILED
    assert "没有人可以接这条任务" in run.error
    assert not Task.objects.ungated("test").exists()


def test_the_timeline_names_the_rule_and_its_version(admin, write_rule, make_firm, firms):
    rule = write_rule({"on": "created"}, [{"do": "set_field", "with": {"field": "size", "value": "大"}}], name="定规模")
    firm = make_firm()
    let_it_run()
    shown = admin.get(f"/firms/{firm.pk}/").content.decode()
    assert "定规模" in shown
    assert f'<a class="link" href="/settings/rules/{rule.pk}/versions/1/">规则第 1 版</a>' in shown


def test_a_rule_begins_at_a_column_of_a_list_a_column_of_a_board_and_a_bulk_act(make_firm, firms):
    firms.grant("automation", actions=("view", "edit"))
    firm = make_firm(trade="steel")
    client = firms.administrator.client()
    pages = {
        f"/{FIRM.slug}/": f"record_type={FIRM.key}&amp;on=changed&amp;field=trade",
        f"/{FIRM.slug}/board/?by=trade": f"record_type={FIRM.key}&amp;on=saved&amp;field=trade&amp;value=steel",
        f"/{FIRM.slug}/bulk/assign/?ids={firm.pk}": f"record_type={FIRM.key}&amp;on=changed&amp;field=owner",
    }
    for address, begin in pages.items():
        assert begin in client.get(address).content.decode(), address


def test_what_the_wish_began_with_is_filled_in(make_firm, firms):
    firms.grant("automation", actions=("view", "edit"))
    client = firms.administrator.client()
    begin = {"record_type": FIRM.key, "on": "saved", "field": "trade", "value": "steel"}
    page = client.get("/settings/rules/new/", begin).content.decode()
    assert '<option value="saved" selected>' in page
    client.post("/settings/rules/new/", begin | {"name_zh": "钢厂"})
    rule = Rule.objects.get(name_zh="钢厂")
    assert rule.draft == {
        "when": {"on": "saved", "fields": ["trade"]},
        "if": {"all": [{"field": "trade", "op": "is", "value": ["steel"]}]},
        "do": [],
    }


def test_who_writes_no_rules_sees_no_beginning(make_firm, firms):
    make_firm()
    assert "table__automate" not in firms.rep.client().get(f"/{FIRM.slug}/").content.decode()


def test_the_runs_page_says_how_many_ended_well_and_how_many_messages_arrived(admin, keeper, write_rule, make_firm):
    write_rule({"on": "created"}, [TELL])
    firms_made = [make_firm(f"厂{number}") for number in range(4)]
    let_it_run()
    RuleRun.objects.filter(record_id=firms_made[0].pk).update(state=RunState.FAILED)
    for number, notice in enumerate(Notification.objects.order_by("pk")):
        state = Delivery.State.SENT if number else Delivery.State.FAILED
        Delivery.objects.create(
            notification=notice,
            user_id=notice.user_id,
            channel="mail",
            key=str(number),
            state=state,
            created_at=notice.at,
            due_at=notice.at,
        )

    known = overview()

    assert (known.success_words, known.failed, known.delivered_words) == ("75%", 1, "75%")
    page = admin.get("/settings/rules/runs/").content.decode()
    assert re.findall(r'figure__name">(?:<a[^>]*>)?(成功率|送达率)<.*?figure__value">([^<]*)<', page) == [
        ("成功率", "75%"),
        ("送达率", "75%"),
    ]


def test_rules_are_found_by_words_of_their_name_and_sentence(admin, write_rule):
    for name, field in (("先打电话", "trade"), ("补资料", "phone")):
        write_rule({"on": "changed", "fields": [field]}, [TELL], name=name)

    def found(**typed):
        page = admin.get("/settings/rules/", typed).content.decode()
        return [name for name in ("先打电话", "补资料") if f">{name}</a>" in page]

    assert found() == found(q="通知") == ["先打电话", "补资料"]
    assert (found(q="打电"), found(q="补资 改变 请看"), found(q="没有的词")) == (["先打电话"], ["补资料"], [])
    assert found(q="打电", state="off") == []
