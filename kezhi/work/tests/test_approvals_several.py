"""Several approvals decided together, from the list and from the inbox."""

import pytest

from kezhi.records.operations import change_record
from kezhi.work.approvals import About, decide, request_approval
from kezhi.work.models import Approval, ApprovalStep, Notification
from kezhi.work.operations import plan_task
from kezhi.work.operations.approval_flows import install_flows
from tests.scenes import play

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(cast):
    """Three requests of the rep that wait for the manager, and the record of the last."""
    play(install_flows)
    play(cast.grant, "task")
    task = plan_task("报价", owner_id=cast.rep.id, due_at=None, actor=cast.rep.actor)
    about = [None, None, About("task", task.pk, "报价")]
    return [
        request_approval("general", title=f"打{number}折", about=one, amount=number, actor=cast.rep.actor)
        for number, one in zip((9, 8, 7), about, strict=True)
    ], task


def form(approvals, **typed):
    ids = [row.pk for row in approvals]
    steps = ApprovalStep.objects.filter(approval_id__in=ids, state="waiting")
    return {"ids": ids, "step": list(steps.values_list("pk", flat=True)), "back": "/approvals/", **typed}


def states():
    return list(Approval.objects.ungated("test").order_by("pk").values_list("state", flat=True))


def toasts(client):
    return client.get("/approvals/").content.decode()


def test_the_chosen_ones_are_shown_with_their_sum_and_agreed_to_together_once(cast, asked):
    approvals, _task = asked
    client = cast.manager.client()
    ids = "&".join(f"ids={row.pk}" for row in approvals)
    shown = client.get(f"/approvals/decisions/?{ids}").content.decode()
    assert ("¥24</b>" in shown, "同意 3 份" in shown, '<span class="dot"></span>报价' in shown) == (True, True, True)

    first = client.post("/approvals/decisions/", form(approvals, verdict="approve"))
    second = client.post("/approvals/decisions/", form(approvals, verdict="approve", step=_decided()))

    assert (first.status_code, first["Location"], states()) == (302, "/approvals/", ["approved"] * 3)
    assert second.status_code == 302
    assert not Notification.objects.filter(user_id=cast.manager.id, needs_action=True).exclude(state="done").exists()


def _decided():
    return list(ApprovalStep.objects.filter(state="approved").values_list("pk", flat=True))


def test_one_that_changed_is_set_apart_and_one_decided_elsewhere_is_named(cast, asked):
    approvals, task = asked
    client = cast.manager.client()
    whole = form(approvals, verdict="approve")
    change_record(task, {"title": "报价九折"}, actor=cast.rep.actor)
    decide(approvals[0].steps.get(), "refuse", actor=cast.manager.actor, reason="太低")

    shown = client.get("/approvals/decisions/", {"ids": whole["ids"]}).content.decode()
    assert ("要单独看过再审批" in shown, "同意 1 份" in shown, "还有 1 份已经不用您审批" in shown) == (True, True, True)
    client.post("/approvals/decisions/", whole)
    said = toasts(client)

    assert states() == ["refused", "approved", "waiting"]
    assert ("已同意 1 份审批" in said, "“打9折”没有办成" in said, "“打7折”没有办成" in said) == (True, True, True)


def test_refusing_several_needs_one_reason_that_each_gets(cast, asked):
    approvals, _task = asked
    client = cast.manager.client()
    answer = client.post("/approvals/decisions/", form(approvals[:2], verdict="refuse", reason=" "))
    assert (answer.status_code, states()) == (422, ["waiting"] * 3)

    client.post("/approvals/decisions/", form(approvals[:2], verdict="refuse", reason="预算用完了"))

    assert states() == ["refused", "refused", "waiting"]
    assert set(ApprovalStep.objects.filter(state="refused").values_list("reason", flat=True)) == {"预算用完了"}


def test_lines_of_the_inbox_lead_to_their_approvals_and_only_ones_own(cast, asked):
    lines = list(Notification.objects.filter(user_id=cast.manager.id).values_list("pk", flat=True))

    own = cast.manager.client().get("/inbox/approvals/", {"ids": lines}).content.decode()
    other = cast.colleague.client().get("/inbox/approvals/", {"ids": lines}).content.decode()

    assert ("同意 3 份" in own, "打9折" in other, "没有等您审批的" in other) == (True, False, True)


def test_nobody_decides_what_is_not_theirs(cast, asked):
    approvals, _task = asked
    for person in (cast.rep, cast.colleague):
        person.client().post("/approvals/decisions/", form(approvals, verdict="approve"))

    assert states() == ["waiting"] * 3
