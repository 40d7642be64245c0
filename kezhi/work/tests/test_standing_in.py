"""Who stands in hears of it; and an approval whose time is up goes to them (ORG-6)."""

import pytest

from kezhi.access.actors import system_actor
from kezhi.access.operations import mark_away, remove_absence
from kezhi.core.clock import today
from kezhi.core.jobs import run_pending
from kezhi.core.sealing import seal_all
from kezhi.work.approval_flows import Definition, FlowStep, Who
from kezhi.work.approvals import request_approval
from kezhi.work.models import ApprovalStep, Notification
from kezhi.work.operations.approval_clock import move_on
from kezhi.work.operations.approval_flows import save_flow

pytestmark = pytest.mark.django_db


def told(member):
    seal_all()
    run_pending()
    return list(
        Notification.objects.filter(user_id=member.id, kind="system").order_by("pk").values_list("title", flat=True)
    )


def test_a_stand_in_is_told_when_they_are_named_and_when_they_need_not_any_more(cast):
    day = f"{today():%m-%d}"
    away = mark_away(cast.manager.user, cast.steward.user, today(), today(), actor=cast.manager.actor)
    assert told(cast.steward) == [f"{day} 到 {day} 由您替 马经理 处理工作"]

    remove_absence(away, actor=cast.manager.actor)
    assert told(cast.steward)[1:] == [f"{day} 到 {day} 不用再替 马经理 了"]
    assert told(cast.manager) == []


def test_an_approval_whose_time_is_up_goes_to_the_stand_in_of_somebody_away(cast, clock_at):
    clock_at("2026-11-24 10:00")
    cast.grant("settings", actions=("approvals",))
    who = Who("users", users=(cast.manager.id,))
    definition = Definition((FlowStep("any", (who,), minutes=60),))
    save_flow(None, definition, act="general", name_zh="流程", actor=cast.administrator.actor)
    approval = request_approval("general", title="打八折", actor=cast.rep.actor)
    mark_away(cast.manager.user, cast.steward.user, today(), today(), actor=system_actor("tests"))
    clock_at("2026-11-24 14:00")
    move_on()

    [step] = ApprovalStep.objects.filter(approval=approval, state="waiting")
    assert (step.user_id, step.why, step.came_from_id) == (cast.steward.id, "timed_out", cast.manager.id)
