"""The pages of approvals, as people use them: asking, deciding, lists, settings, private links, the API."""

import re
from datetime import timedelta

import pytest

from kezhi.access.models import Absence, Grant
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now, today
from kezhi.core.figures import set_figure
from kezhi.core.jobs import run_pending
from kezhi.records.api.tokens import make_token
from kezhi.records.operations import change_record
from kezhi.work.approval_flows import Definition, FlowStep, Who
from kezhi.work.approval_links import make_link
from kezhi.work.approval_pages import list_page
from kezhi.work.approvals import About, request_approval
from kezhi.work.models import Approval, ApprovalFlow, ApprovalLink, ApprovalStep, Notification, Task
from kezhi.work.operations import plan_task
from kezhi.work.operations.approval_flows import install_flows, save_flow, switch_flow
from kezhi.work.today import today_page
from tests.scenes import play

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast):
    play(install_flows)
    play(cast.grant, "task")
    play(cast.grant, "settings", actions=("approvals", "tokens"))
    return cast


@pytest.fixture
def task(people):
    return plan_task("报价", owner_id=people.rep.id, due_at=None, actor=people.rep.actor)


@pytest.fixture
def approval(people, task):
    return request_approval(
        "general", title="打八折", text="老客户", about=About("task", task.pk, "报价"), actor=people.rep.actor
    )


def only():
    return Approval.objects.ungated("test").get()


def ask_form(people, query, **typed):
    client = people.rep.client()
    shown = client.get(f"/approvals/new/?{query}")
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown.content.decode()))
    return client, shown, {**hidden, **typed}


# -- asking


def test_the_menu_of_a_record_offers_to_ask_and_the_chain_is_shown_beforehand(people, task):
    page = people.rep.client().get(f"/tasks/{task.pk}/").content.decode()
    assert f"/approvals/new/?act=general&amp;type=task&amp;ids={task.pk}" in page

    client, shown, form = ask_form(people, f"act=general&type=task&ids={task.pk}", title="打八折", amount="5万")
    assert "马经理" in shown.content.decode()
    answer = client.post("/approvals/new/", form)
    client.post("/approvals/new/", form)

    assert (answer.status_code, only().title, str(only().amount)) == (302, "打八折", "50000.00")
    assert "打八折" in client.get(f"/tasks/{task.pk}/").content.decode()


def test_without_a_title_nothing_is_asked_and_what_was_typed_stays(people, task):
    client, _shown, form = ask_form(people, f"act=general&type=task&ids={task.pk}", title=" ", text="很急")
    answer = client.post("/approvals/new/", form)

    assert (answer.status_code, Approval.objects.ungated("test").count()) == (422, 0)
    assert "很急" in answer.content.decode()


def test_a_chain_that_changed_since_it_was_shown_is_shown_again(people, task):
    client, _shown, form = ask_form(people, f"act=general&type=task&ids={task.pk}", title="打八折")
    flow = ApprovalFlow.objects.get(key="general")
    steps = (FlowStep("any", (Who("users", users=(people.steward.id,)),)),)
    save_flow(flow, Definition(steps), act="general", name_zh="一般", actor=people.administrator.actor)

    answer = client.post("/approvals/new/", form)

    assert (answer.status_code, Approval.objects.ungated("test").count()) == (409, 0)
    assert "舒管数" in answer.content.decode()


def test_nobody_asks_about_a_record_they_do_not_see(people, task):
    client = people.outsider.client()

    assert client.get(f"/approvals/new/?act=general&type=task&ids={task.pk}").status_code == 404
    assert client.get("/approvals/new/?act=export.sensitive&type=task&ids=1").status_code == 404
    assert client.get("/approvals/new/?act=general&type=task&ids=x").status_code == 404


def test_a_deletion_waits_where_the_flow_is_on_and_happens_once(people, task):
    flow = ApprovalFlow.objects.get(key="delete-records")
    switch_flow(flow, is_on=True, reason="", actor=people.administrator.actor)
    client = people.rep.client()

    asked = client.post(f"/tasks/{task.pk}/deletion/")
    assert asked["Location"] == f"/approvals/new/?act=record.delete&type=task&ids={task.pk}"
    assert Task.objects.ungated("test").get().deleted_at is None
    _client, _shown, form = ask_form(people, f"act=record.delete&type=task&ids={task.pk}", text="重复了")
    client.post("/approvals/new/", form)
    assert (only().title, Task.objects.ungated("test").get().deleted_at) == ("删除任务：报价", None)
    people.manager.client().post(f"/approvals/{only().pk}/decision/", {"verdict": "approve"})

    assert (only().state, Task.objects.ungated("test").get().deleted_at is not None) == ("approved", True)


def test_many_records_are_asked_for_together(people, task):
    other = plan_task("寄样品", owner_id=people.rep.id, due_at=None, actor=people.rep.actor)
    flow = ApprovalFlow.objects.get(key="delete-records")
    switch_flow(flow, is_on=True, reason="", actor=people.administrator.actor)
    answer = people.rep.client().post("/tasks/bulk/delete/", {"ids": [task.pk, other.pk]})

    assert answer["Location"] == f"/approvals/new/?act=record.delete&type=task&ids={task.pk}%2C{other.pk}"
    assert Task.objects.ungated("test").filter(deleted_at__isnull=True).count() == 2


@pytest.mark.parametrize(
    ("amount", "state", "flow"),
    [("500", "approved", None), ("500.01", "waiting", "compensation"), ("2万", "waiting", "compensation-large")],
)
def test_a_compensation_is_asked_for_by_its_amount(people, task, amount, state, flow):
    query = f"act=compensation&type=task&ids={task.pk}"
    client, _shown, form = ask_form(people, query, act="compensation", title="补偿客户")
    assert client.post("/approvals/new/", form).status_code == 422
    planned = client.get(f"/approvals/chain/?{query}&amount={amount}").content.decode()
    form["chain"] = re.search(r'name="chain" value="([^"]*)"', planned)[1]
    client.post("/approvals/new/", form | {"amount": amount})

    assert (only().act, only().state, only().flow and only().flow.key) == ("compensation", state, flow)


# -- deciding


def test_only_those_who_take_part_find_it(people, approval):
    found = {member.part for member in people if member.client().get(f"/approvals/{approval.pk}/").status_code == 200}

    assert found == {"rep", "manager"}


def test_the_page_shows_what_is_asked_the_record_the_chain_and_the_history(people, approval):
    page = people.manager.client().get(f"/approvals/{approval.pk}/").content.decode()

    for words in ("打八折", "老客户", "报价", "马经理", "提交了审批", "申请人的上级", "直接上级"):
        assert words in page


def test_approving_from_the_sheet_twice_is_one_decision_and_says_so(people, approval):
    client = people.manager.client()
    sheet = client.get(f"/approvals/{approval.pk}/decision/", headers={"HX-Request": "true"})
    step = re.search(r'name="step" value="(\d+)"', sheet.content.decode()).group(1)
    first = client.post(f"/approvals/{approval.pk}/decision/", {"verdict": "approve", "step": step, "back": "/inbox/"})
    second = client.post(
        f"/approvals/{approval.pk}/decision/", {"verdict": "approve", "step": step}, follow=True
    ).content.decode()

    assert (first["Location"], only().state) == ("/inbox/", "approved")
    assert "这一步已经由 马经理 处理：同意，不用再审批。" in second


def test_refusing_without_a_reason_is_asked_for_in_the_form(people, approval):
    answer = people.manager.client().post(f"/approvals/{approval.pk}/decision/", {"verdict": "refuse"})

    assert (answer.status_code, only().state) == (422, "waiting")
    assert "请写明驳回的原因。" in answer.content.decode()


def test_the_sheet_of_a_decision_offers_no_key_that_saves(people, approval):
    client, sheet = people.manager.client(), {"HX-Request": "true", "HX-Target": "sheet"}
    decision = client.get(f"/approvals/{approval.pk}/decision/", headers=sheet).content.decode()
    handing_on = client.get(f"/approvals/{approval.pk}/handing-on/", headers=sheet).content.decode()

    assert ("sheet__note" in decision, "sheet__note" in handing_on) == (False, True)


def test_what_says_neither_yes_nor_no_decides_nothing(people, approval, client):
    set_figure("approval.link_sign_in", False, actor_ref=people.administrator.actor.ref)
    answer = people.manager.client().post(f"/approvals/{approval.pk}/decision/", {"reason": "好"})
    by_link = client.post(link_of(approval, people.manager), {"verdict": ""})

    assert (answer.status_code, by_link.status_code, only().state) == (422, 409, "waiting")


def test_a_changed_record_is_shown_before_it_is_approved(people, task, approval):
    change_record(task, {"title": "报价九折"}, actor=people.rep.actor)
    client = people.manager.client()
    shown = client.post(f"/approvals/{approval.pk}/decision/", {"verdict": "approve"})
    page = shown.content.decode()
    assert (shown.status_code, only().state) == (409, "waiting")
    assert ("<del>报价</del>" in page, "<ins>报价九折</ins>" in page) == (True, True)

    seen = re.search(r'name="seen" value="(\w+)"', page).group(1)
    client.post(f"/approvals/{approval.pk}/decision/", {"verdict": "approve", "seen": seen})

    assert only().state == "approved"


def test_handing_on_adding_copying_withdrawing_and_reminding_by_form(people, approval):
    manager, rep = people.manager.client(), people.rep.client()
    assert manager.get(f"/approvals/{approval.pk}/handing-on/").status_code == 200
    refused = manager.post(f"/approvals/{approval.pk}/handing-on/", {"person": people.rep.id})
    assert (refused.status_code, "是申请人" in refused.content.decode()) == (422, True)
    manager.post(f"/approvals/{approval.pk}/approver/", {"person": people.steward.id, "when": "after"})
    manager.post(f"/approvals/{approval.pk}/copies/", {"person": [people.colleague.id, people.outsider.id]})
    rep.post(f"/approvals/{approval.pk}/reminder/")
    rep.post(f"/approvals/{approval.pk}/comments/", {"text": "谢谢"})
    history = rep.get(f"/approvals/{approval.pk}/").content.decode()
    for words in ("请 舒管数 随后审批（后加签）", "抄送给 童小仁、卫南乔", "催办", "谢谢"):
        assert words in history

    rep.post(f"/approvals/{approval.pk}/withdrawal/")
    late = manager.post(f"/approvals/{approval.pk}/decision/", {"verdict": "approve"}, follow=True).content.decode()
    assert (only().state, "这份审批已经结束（已撤回），不能再处理。" in late) == ("withdrawn", True)


def test_lists_hold_what_each_person_has_to_do_with(people, approval):
    def titles(member, tab):
        return member.client().get(f"/approvals/?tab={tab}").content.decode().count("打八折")

    assert [titles(people.manager, tab) for tab in ("waiting", "asked", "done", "copied", "all")] == [1, 0, 0, 0, 1]
    assert [titles(people.rep, tab) for tab in ("waiting", "asked", "all")] == [0, 1, 1]
    assert titles(people.outsider, "all") == 0
    people.manager.client().post(f"/approvals/{approval.pk}/decision/", {"verdict": "approve"})
    assert [titles(people.manager, tab) for tab in ("waiting", "done")] == [0, 1]


def test_what_has_to_be_answered_first_stands_first(people):
    made = [
        request_approval("general", title=title, actor=people.rep.actor) for title in ("不急", "急", "很急", "没有期限")
    ]
    for approval, hours in zip(made, (9, 5, 1, None), strict=True):
        due = None if hours is None else now() + timedelta(hours=hours)
        ApprovalStep.objects.filter(approval=approval).update(due_at=due)

    rows = list_page("waiting", people.manager.actor).rows
    assert [row.approval.title for row in rows] == ["很急", "急", "不急", "没有期限"]
    [section] = [one for one in today_page(people.manager.actor).sections if one.key == "approvals"]
    assert [row.title for row in section.rows] == ["很急", "急", "不急", "没有期限"]
    assert list_page("waiting", people.manager.actor, before=3).rows[0].approval.title == "没有期限"


def test_approvals_of_a_record_are_shown_to_those_who_take_part_only(people, task, approval):
    assert "record-approvals" in people.manager.client().get(f"/tasks/{task.pk}/").content.decode()
    assert "record-approvals" not in people.steward.client().get(f"/tasks/{task.pk}/").content.decode()


# -- private links


def link_of(approval, member, days=0):
    step = ApprovalStep.objects.get(approval=approval, user_id=member.id)
    return make_link(step, member.id)


def test_a_private_link_needs_signing_in_by_default(people, approval, client):
    address = link_of(approval, people.manager)

    assert client.get(address)["Location"] == f"/sign-in/?next=/approvals/{approval.pk}/decision/"
    assert people.manager.client().get(address)["Location"] == f"/approvals/{approval.pk}/decision/"
    assert ApprovalLink.objects.get().token_hash not in address


def test_a_private_link_decides_by_post_only_where_that_is_allowed(people, approval, client):
    set_figure("approval.link_sign_in", False, actor_ref=people.administrator.actor.ref)
    address = link_of(approval, people.manager)
    page = client.get(address)
    assert (page.status_code, "马经理" in page.content.decode(), only().state) == (200, True, "waiting")

    refused = client.post(address, {"verdict": "refuse"})
    assert (refused.status_code, only().state) == (409, "waiting")
    client.post(address, {"verdict": "approve"})
    again = client.post(address, {"verdict": "refuse", "reason": "晚了"})

    assert (again.status_code, only().state) == (409, "approved")
    assert ApprovalLink.objects.get().used_at is not None


def test_a_private_link_that_expired_or_was_guessed_is_not_found(people, approval, client):
    address = link_of(approval, people.manager)
    ApprovalLink.objects.update(expires_at=now() - timedelta(minutes=1))

    assert client.get(address).status_code == 404
    assert client.get("/a/guess/").status_code == 404
    assert client.get(f"/a/{'x' * 4000}/").status_code == 404


# -- settings


def test_flows_read_as_sentences(people):
    page = people.administrator.client().get("/settings/approvals/").content.decode()

    assert "部门负责人（8 个工作小时没处理就转给替班人或上级）" in page
    assert people.rep.client().get("/settings/approvals/").status_code == 200


def test_settings_are_closed_without_the_right(cast):
    install_flows()

    assert cast.rep.client().get("/settings/approvals/").status_code == 403
    assert cast.rep.client().post("/settings/approvals/new/", {"act": "general"}).status_code == 403


def test_a_flow_is_built_on_screen_step_by_step(people):
    client = people.administrator.client()
    typed = {
        "act": "general",
        "name_zh": "大额",
        "amount_from": "5000",
        "record_type": "task",
        "condition": '{"all": [{"field": "title", "op": "contains", "value": "报价"}]}',
        "step": "1",
        "who-1": ["manager", f"user:{people.steward.id}"],
        "mode-1": "all",
        "hours-1": "4",
        "copies": ["head"],
    }
    more = client.post("/settings/approvals/new/", {**typed, "shape": "add"}).content.decode()
    assert ('name="who-2"' in more, ApprovalFlow.objects.filter(name_zh="大额").exists()) == (True, False)
    client.post("/settings/approvals/new/", {**typed, "step": ["1", "2"], "who-2": ["role:administrator"]})

    definition = ApprovalFlow.objects.get(name_zh="大额").version.definition
    assert [step["mode"] for step in definition["steps"]] == ["all", "any"]
    assert definition["steps"][0]["approvers"] == [{"by": "manager"}, {"by": "users", "users": [people.steward.id]}]
    assert (definition["amount_from"], definition["steps"][0]["minutes"]) == ("5000", 240)
    page = client.get("/settings/approvals/").content.decode()
    assert "金额超过 ¥5,000.00" in page


def test_a_flow_that_cannot_be_is_refused_and_kept_in_the_form(people):
    client = people.administrator.client()
    answer = client.post(
        "/settings/approvals/new/", {"act": "general", "name_zh": "半成品", "step": "1", "hours-1": "-1"}
    )

    assert (answer.status_code, ApprovalFlow.objects.filter(name_zh="半成品").exists()) == (422, False)
    assert "半成品" in answer.content.decode()


def test_an_old_version_is_opened_and_saved_as_the_new_one(people):
    flow = ApprovalFlow.objects.get(key="general")
    steps = (FlowStep("any", (Who("head"),)),)
    save_flow(flow, Definition(steps), act="general", name_zh="一般", actor=people.administrator.actor)
    page = people.administrator.client().get(f"/settings/approvals/{flow.pk}/?version=1").content.decode()

    assert re.search(r'value="manager" selected', page)


# -- API


def test_the_api_lists_shows_and_decides_once(people, approval, client):
    _token, secret = make_token("机器人", ["approval.view", "approval.edit"], 30, actor=people.manager.actor)
    head = {"Authorization": f"Bearer {secret}"}
    listed = client.get("/api/v1/approvals/?tab=waiting", headers=head).json()
    assert [item["id"] for item in listed["items"]] == [approval.pk]
    address = f"/api/v1/approvals/{approval.pk}/decision/"
    bad = client.post(address, {"verdict": "maybe"}, content_type="application/json", headers=head)
    wordless = client.post(address, {"verdict": "refuse"}, content_type="application/json", headers=head)
    done = client.post(address, {"verdict": "approve"}, content_type="application/json", headers=head)
    again = client.post(address, {"verdict": "approve"}, content_type="application/json", headers=head)

    assert [answer.status_code for answer in (bad, wordless, done, again)] == [422, 422, 200, 409]
    assert done.json()["state"] == "approved"


def test_a_token_that_may_only_look_does_not_decide(people, approval, client):
    _token, secret = make_token("看", ["approval.view"], 30, actor=people.manager.actor)
    head = {"Authorization": f"Bearer {secret}"}
    answer = client.post(
        f"/api/v1/approvals/{approval.pk}/decision/",
        {"verdict": "approve"},
        content_type="application/json",
        headers=head,
    )

    assert (answer.status_code, only().state) == (403, "waiting")


def test_strangers_get_nothing_from_the_api(people, approval, client):
    _token, secret = make_token("外", ["approval.view"], 30, actor=people.outsider.actor)
    head = {"Authorization": f"Bearer {secret}"}

    assert client.get(f"/api/v1/approvals/{approval.pk}/", headers=head).status_code == 404
    assert client.get("/api/v1/approvals/", headers=head).json()["items"] == []


def test_a_program_cannot_delete_what_somebody_has_to_agree_to(people, task, client):
    flow = ApprovalFlow.objects.get(key="delete-records")
    switch_flow(flow, is_on=True, reason="", actor=people.administrator.actor)
    _token, secret = make_token("删", ["task.view", "task.delete"], 30, actor=people.rep.actor)
    answer = client.delete(f"/api/v1/tasks/{task.pk}/", headers={"Authorization": f"Bearer {secret}"})

    assert (answer.status_code, Task.objects.ungated("test").get().deleted_at) == (403, None)
    assert "删除要先审批" in answer.json()["detail"]


def test_the_mail_about_an_approval_carries_a_private_link_and_a_robot_does_not(people, task, loft, client):
    request_approval("general", title="打八折", about=About("task", task.pk, "报价"), actor=people.rep.actor)
    run_pending()

    [mail] = loft["mail"].sent
    address = mail.lines[0].act_url
    assert (mail.user_id, mail.subject, address.startswith("/a/")) == (people.manager.id, "任小芮 申请：打八折", True)
    assert (mail.lines[0].why, mail.lines[0].about) == ("一般审批 · 报价", ("task", task.pk))
    assert people.manager.client().get(address)["Location"] == f"/approvals/{only().pk}/decision/"
    assert Notification.objects.get().act_url == f"/approvals/{only().pk}/decision/"


def test_a_stand_in_finds_what_the_absent_person_has_to_decide(people, approval):
    Absence.objects.create(
        user=people.manager.user, stand_in=people.steward.user, first_day=today(), last_day=today() + timedelta(days=1)
    )
    epochs.bump(EPOCH)
    page = people.steward.client().get(f"/approvals/{approval.pk}/").content.decode()
    people.steward.client().post(f"/approvals/{approval.pk}/decision/", {"verdict": "approve"})

    assert "马经理 不在，您代为审批。" in page
    history = people.rep.client().get(f"/approvals/{approval.pk}/").content.decode()
    assert (only().state, "替 马经理 同意" in history, "由 舒管数 代为处理" in history) == ("approved", True, True)


def test_searching_approvals_finds_no_more_than_the_list_shows(people, task):
    named = request_approval(
        "general", title="给报价打八折", about=About("task", task.pk, "报价"), actor=people.rep.actor
    )
    Grant.objects.filter(role__key="sales_manager", subject="task").delete()
    epochs.bump(EPOCH)

    def found(person, query):
        return [row.approval.pk for row in list_page("all", person.actor, query=query).rows]

    assert found(people.rep, "报价") == [named.pk]
    assert found(people.manager, "") == found(people.manager, "打八折") == [named.pk]
    assert found(people.manager, "报价") == []
    assert found(people.manager, "给报") == []
