"""Approvals in a real browser: asked for from a record's menu, decided on the sheet, within everybody's reach."""

import pytest

from kezhi.records.operations import change_record
from kezhi.work.approvals import About, request_approval
from kezhi.work.models import Approval
from kezhi.work.operations import plan_task
from kezhi.work.operations.approval_flows import install_flows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def task(cast):
    install_flows()
    cast.grant("task")
    cast.grant("settings", actions=("approvals",))
    return plan_task("报价", owner_id=cast.rep.id, due_at=None, actor=cast.rep.actor)


@pytest.fixture
def go(page):
    def to(path):
        page.goto(path)
        page.wait_for_function("window.htmx !== undefined")
        return page

    return to


def only():
    return Approval.objects.ungated("test").get()


def test_asked_for_from_the_menu_and_the_chain_follows_the_amount(cast, task, go, sign_in):
    sign_in(cast.rep)
    page = go(f"/tasks/{task.pk}/")
    page.click("#record-head [data-menu-button]")
    page.click("#record-head .menu >> text=申请审批")
    page.wait_for_selector("#sheet #planned-chain >> text=马经理")
    page.fill("#sheet [name=title]", "打八折")
    with page.expect_response("**/approvals/chain/**"):  # while typing: the next click may be the one that sends it
        page.fill("#sheet [name=amount]", "5万")
    page.click("#sheet button:has-text('提交审批')")
    page.wait_for_selector(".toast:has-text('已提交审批')")

    assert (only().title, str(only().amount), only().state) == ("打八折", "50000.00", "waiting")
    page.wait_for_selector("#record-approvals:has-text('打八折')")


def test_decided_on_the_sheet_after_a_look_at_what_changed(cast, task, go, sign_in):
    request_approval("general", title="打八折", about=About("task", task.pk, "报价"), actor=cast.rep.actor)
    sign_in(cast.manager)
    page = go("/approvals/")
    page.click(".decision__acts >> text=审批")
    page.wait_for_selector("#sheet [name=verdict][value=approve]")
    change_record(task, {"title": "报价九折"}, actor=cast.rep.actor)
    page.click("#sheet [name=verdict][value=refuse]")
    page.wait_for_selector("#sheet .field__error:has-text('请写明驳回的原因。')")
    page.click("#sheet [name=verdict][value=approve]")
    page.wait_for_selector("#sheet [name=seen]", state="attached")
    page.wait_for_selector("#sheet ins:has-text('报价九折')")
    assert only().state == "waiting"

    page.dblclick("#sheet [name=verdict][value=approve]")
    page.wait_for_selector(".toast:has-text('已同意，审批通过')")
    assert (only().state, page.locator(".toast").count()) == ("approved", 1)
    # The browser itself notes answers that refuse; there were the two that were meant.
    assert [text.rpartition("status of ")[2][:3] for text in page.errors] == ["422", "409"]
    page.errors.clear()


def test_several_chosen_in_the_list_are_agreed_to_on_one_sheet(cast, task, go, sign_in):
    for title in ("打八折", "打七折", "打六折"):
        request_approval("general", title=title, actor=cast.rep.actor)
    sign_in(cast.manager)
    page = go("/approvals/")
    page.check(".approvallist [data-list-select-target=head]")
    page.uncheck(".decision:has-text('打六折') [name=ids]")
    page.click(".bulkbar >> text=一起审批")
    page.dblclick("#sheet button:has-text('同意 2 份')")
    page.wait_for_selector(".toast:has-text('已同意 2 份审批')")

    states = Approval.objects.ungated("test").order_by("pk").values_list("state", flat=True)
    assert (list(states), page.locator(".decision").count()) == (["approved", "approved", "waiting"], 1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_approvals_is_within_reach(cast, task, go, sign_in, axe, theme):
    approval = request_approval(
        "general", title="打八折", text="老客户", about=About("task", task.pk, "报价"), actor=cast.rep.actor
    )
    other = request_approval("general", title="打七折", amount=7, actor=cast.rep.actor)
    flow = approval.flow_id
    cast.manager.user.theme = theme
    cast.manager.user.save(update_fields=["theme"])
    sign_in(cast.manager)
    found = []
    for address in (
        "/approvals/",
        f"/approvals/{approval.pk}/",
        f"/approvals/{approval.pk}/decision/",
        f"/approvals/{approval.pk}/approver/",
        f"/approvals/decisions/?ids={approval.pk}&ids={other.pk}",
        f"/approvals/new/?act=general&type=task&ids={task.pk}",
        "/settings/approvals/",
        f"/settings/approvals/{flow}/",
    ):
        go(address)
        found += axe(address)

    assert found == []
