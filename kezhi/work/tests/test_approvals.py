"""Approvals: the chain, decisions, and that the act happens once or not at all."""

from datetime import timedelta
from decimal import Decimal

import pytest

from kezhi.access.models import Absence, User
from kezhi.access.operations import deactivate_user, hand_over
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import today
from kezhi.core.events import read_changes
from kezhi.core.figures import set_figure
from kezhi.core.jobs import run_pending
from kezhi.core.models.events import Event
from kezhi.core.sealing import seal_all
from kezhi.core.values.problem import ValueProblem
from kezhi.records.operations import change_record
from kezhi.work.approval_flows import Definition, FlowStep, Who, live_flows, read_definition
from kezhi.work.approvals import (
    About,
    ApprovalAct,
    ApprovalChanged,
    ApprovalProblem,
    add_approver,
    chain_for,
    comment,
    copy_to,
    decide,
    hand_on,
    read_payload,
    register_act,
    remind,
    request_approval,
    unregister_act,
    withdraw,
)
from kezhi.work.models import Approval, ApprovalFlow, ApprovalStep, Deadline, Notification, Task
from kezhi.work.operations import plan_task
from kezhi.work.operations.approval_clock import move_on
from kezhi.work.operations.approval_flows import install_flows, save_flow, switch_flow
from tests.scenes import play

pytestmark = pytest.mark.django_db


@pytest.fixture
def done():
    """What the act did: the payload's note and who did it, each time it ran."""
    ran = []
    ended = []
    act = ApprovalAct(
        key="test.pay",
        label="付款",
        perform=lambda approval, *, actor: ran.append((read_payload(approval)["note"], actor.user_id)),
        ended=lambda approval: ended.append(approval.state),
        has_amount=True,
    )
    register_act(act)
    ran_and_ended = type("Done", (), {"ran": ran, "ended": ended})()
    yield ran_and_ended
    unregister_act("test.pay")


@pytest.fixture
def people(cast):
    play(install_flows)
    play(cast.grant, "task")
    play(cast.grant, "settings", actions=("approvals",))
    return cast


def flow(people, *steps, act="test.pay", **rest):
    return save_flow(None, Definition(tuple(steps), **rest), act=act, name_zh="流程", actor=people.administrator.actor)


def named(mode, *members, minutes=0, on_timeout="stand_in"):
    who = Who("users", users=tuple(member.id for member in members))
    return FlowStep(mode, (who,), minutes=minutes, on_timeout=on_timeout)


def ask(people, *, about=None, by=None, amount=None, **rest):
    return request_approval(
        "test.pay",
        title="付一笔款",
        payload={"note": "甲"},
        about=about,
        amount=amount,
        actor=(by or people.rep).actor,
        **rest,
    )


def step_of(approval, member, *, state="waiting"):
    return ApprovalStep.objects.get(approval=approval, user_id=member.id, state=state)


def state_of(approval):
    return Approval.objects.ungated("test").get(pk=approval.pk).state


def make_task(people, owner=None):
    member = owner or people.rep
    return plan_task("报价", owner_id=member.id, due_at=None, actor=member.actor)


def waiting_for(member):
    return list(
        Notification.objects.filter(user_id=member.id, state="waiting", needs_action=True).values_list(
            "title", flat=True
        )
    )


# -- the chain


def test_without_a_flow_the_act_is_done_at_once(people, done):
    approval = ask(people)

    assert (approval.state, done.ran) == ("approved", [("甲", people.rep.id)])


def test_amounts_above_and_up_to_pick_the_flow(people, done):
    flow(people, named("any", people.manager), amount_from=Decimal(500), amount_to=Decimal(5000))
    flow(people, named("any", people.steward), amount_from=Decimal(5000))

    small, middle, large = (ask(people, amount=Decimal(sum_)) for sum_ in ("500", "500.01", "5000.01"))

    assert small.state == "approved"
    assert [step.user_id for step in middle.steps.all()] == [people.manager.id]
    assert [step.user_id for step in large.steps.all()] == [people.steward.id]


def test_a_flow_reaches_its_department_and_those_below(people, done):
    flow(people, named("any", people.manager), department_id=people.manager.user.department_id)

    assert ask(people).state == "waiting"
    assert ask(people, by=people.outsider).state == "approved"


def test_a_condition_on_the_record_picks_the_flow(people, done):
    condition = {"field": "title", "op": "contains", "value": "报价"}
    flow(people, named("any", people.manager), record_type="task", condition=condition)
    fits = make_task(people)
    other = plan_task("寄样品", owner_id=people.rep.id, due_at=None, actor=people.rep.actor)

    assert ask(people, about=About("task", fits.pk, "报价")).state == "waiting"
    assert ask(people, about=About("task", other.pk, "寄样品")).state == "approved"


def test_the_chain_shown_beforehand_is_the_one_asked(people, done):
    steps = (FlowStep("any", (Who("manager"),)), FlowStep("all", (Who("role", role="data_steward"), Who("above", 9))))
    flow(people, *steps)

    shown = chain_for("test.pay", requester_id=people.rep.id)
    asked = ask(people)

    assert [[seat.user_id for seat in link.seats] for link in shown.links] == [
        [people.manager.id],
        [people.steward.id, people.manager.id],
    ]
    assert [step.user_id for step in asked.steps.all()] == [people.manager.id, people.steward.id, people.manager.id]


def test_who_would_approve_their_own_request_is_passed_over_to_the_next_level(people, done):
    boss = people.steward.user
    User.objects.filter(pk=people.manager.id).update(manager=boss)
    epochs.bump(EPOCH)
    flow(people, FlowStep("any", (Who("head"),)))

    approval = ask(people, by=people.manager)

    [step] = approval.steps.all()
    assert (step.user_id, step.why, step.came_from_id) == (boss.pk, "next_level", people.manager.id)


def test_at_the_top_the_fallback_role_answers(people, done):
    flow(people, FlowStep("any", (Who("manager"),)))

    approval = ask(people, by=people.manager)

    assert [(step.user_id, step.why) for step in approval.steps.all()] == [(people.administrator.id, "fallback")]


def test_nobody_is_asked_twice_in_a_row(people, done):
    flow(people, named("any", people.manager), FlowStep("any", (Who("manager"),)), named("any", people.administrator))
    approval = ask(people)

    assert [step.user_id for step in approval.steps.order_by("stage__position")] == [
        people.manager.id,
        people.administrator.id,
    ]


def test_what_runs_keeps_the_flow_it_started_with(people, done):
    known = flow(people, named("any", people.manager))
    approval = ask(people)
    save_flow(
        known,
        Definition((named("any", people.steward),)),
        act="test.pay",
        name_zh="流程",
        actor=people.administrator.actor,
    )

    assert [step.user_id for step in approval.steps.all()] == [people.manager.id]
    assert [step.user_id for step in ask(people).steps.all()] == [people.steward.id]
    assert (approval.flow_version.number, ApprovalFlow.objects.get(pk=known.pk).version.number) == (1, 2)


# -- deciding


def test_everybody_of_a_joint_stage_has_to_agree_and_then_the_act_is_done_once(people, done):
    flow(people, named("all", people.manager, people.steward))
    approval = ask(people)

    decide(step_of(approval, people.manager), "approve", actor=people.manager.actor)
    assert (state_of(approval), done.ran) == ("waiting", [])
    decide(step_of(approval, people.steward), "approve", actor=people.steward.actor)

    assert (state_of(approval), done.ran) == ("approved", [("甲", people.rep.id)])


def test_in_a_stage_of_whoever_comes_first_one_is_enough(people, done):
    flow(people, named("any", people.manager, people.steward))
    approval = ask(people)
    late = step_of(approval, people.steward)
    decide(step_of(approval, people.manager), "approve", actor=people.manager.actor)

    with pytest.raises(ApprovalProblem) as refused:
        decide(late, "approve", actor=people.steward.actor)

    assert (refused.value.code, len(done.ran)) == ("approval.over", 1)
    assert waiting_for(people.steward) == []


def test_in_turn_the_second_is_asked_after_the_first(people, done):
    flow(people, named("turn", people.manager, people.steward))
    approval = ask(people)
    assert (len(waiting_for(people.manager)), waiting_for(people.steward)) == (1, [])
    with pytest.raises(ApprovalProblem):
        decide(step_of(approval, people.steward, state="planned"), "approve", actor=people.steward.actor)

    decide(step_of(approval, people.manager), "approve", actor=people.manager.actor)
    assert (waiting_for(people.manager), len(waiting_for(people.steward))) == ([], 1)
    decide(step_of(approval, people.steward), "approve", actor=people.steward.actor)

    assert (state_of(approval), len(done.ran)) == ("approved", 1)


def test_a_refusal_needs_a_reason_ends_it_and_nothing_is_done(people, done):
    flow(people, named("all", people.manager, people.steward))
    approval = ask(people)
    with pytest.raises(ApprovalProblem) as refused:
        decide(step_of(approval, people.manager), "refuse", actor=people.manager.actor, reason=" \u200b")
    assert refused.value.code == "approval.reason"

    decide(step_of(approval, people.manager), "refuse", actor=people.manager.actor, reason="太贵")

    assert (state_of(approval), done.ran, done.ended) == ("refused", [], ["refused"])
    told = Notification.objects.get(user_id=people.rep.id)
    assert (told.title, told.why) == ("审批被驳回：付一笔款", "太贵")
    event = Event.objects.get(kind="approval.step_refused")
    assert (read_changes(event)["words"], "太贵" in event.changes) == ((None, "太贵"), False)


def test_the_second_click_finds_it_done_and_says_by_whom(people, done):
    flow(people, named("all", people.manager, people.steward))
    approval = ask(people)
    step = step_of(approval, people.manager)
    decide(step, "approve", actor=people.manager.actor)

    with pytest.raises(ApprovalProblem) as refused:
        decide(step, "approve", actor=people.manager.actor)

    assert refused.value.message == "这一步已经由 马经理 处理：同意，不用再审批。"


def test_what_was_withdrawn_cannot_be_approved(people, done):
    flow(people, named("any", people.manager))
    approval = ask(people)
    step = step_of(approval, people.manager)
    with pytest.raises(ApprovalProblem):
        withdraw(approval, actor=people.manager.actor)
    withdraw(approval, actor=people.rep.actor)

    with pytest.raises(ApprovalProblem) as refused:
        decide(step, "approve", actor=people.manager.actor)

    assert (refused.value.code, done.ran, done.ended) == ("approval.over", [], ["withdrawn"])
    assert waiting_for(people.manager) == []


def test_nobody_else_decides(people, done):
    flow(people, named("any", people.manager))
    approval = ask(people)

    for member in (people.colleague, people.rep, people.administrator):
        with pytest.raises(ApprovalProblem) as refused:
            decide(step_of(approval, people.manager), "approve", actor=member.actor)
        assert refused.value.code == "approval.not_yours"
    assert done.ran == []


def test_a_record_changed_since_is_shown_and_asked_again(people, done):
    flow(people, named("turn", people.manager, people.steward))
    task = make_task(people)
    approval = ask(people, about=About("task", task.pk, "报价"))
    decide(step_of(approval, people.manager), "approve", actor=people.manager.actor)
    change_record(task, {"title": "报价（改）"}, actor=people.rep.actor)

    with pytest.raises(ApprovalChanged) as changed:
        decide(step_of(approval, people.steward), "approve", actor=people.steward.actor)
    assert (state_of(approval), done.ran) == ("waiting", [])
    decide(step_of(approval, people.steward), "approve", actor=people.steward.actor, seen=changed.value.seen)

    assert (state_of(approval), len(done.ran)) == ("approved", 1)
    assert Notification.objects.filter(user_id=people.manager.id, title__startswith="您同意过的").count() == 1


def test_an_act_that_cannot_be_done_any_more_fails_in_words_and_leaves_nothing(people, done):
    task = make_task(people)

    def pay(approval, *, actor):
        Task.objects.ungated("test").filter(pk=task.pk).update(title="付了一半")
        raise ValueProblem("pay.gone", "账户已经销户")

    unregister_act("test.pay")
    register_act(ApprovalAct(key="test.pay", label="付款", perform=pay))
    flow(people, named("any", people.manager))
    approval = ask(people)

    decide(step_of(approval, people.manager), "approve", actor=people.manager.actor)

    approval.refresh_from_db()
    assert (approval.state, approval.problem) == ("failed", "账户已经销户")
    assert Task.objects.ungated("test").get(pk=task.pk).title == "报价"


def test_a_form_sent_twice_asks_once(people, done):
    flow(people, named("any", people.manager))

    first, second = ask(people, form_key="k"), ask(people, form_key="k")

    assert (first.pk, Approval.objects.ungated("test").count()) == (second.pk, 1)


def test_who_need_not_answer_any_more_has_it_off_the_inbox_while_the_rest_goes_on(people, done):
    flow(people, named("any", people.manager, people.steward), named("any", people.administrator))
    approval = ask(people)
    decide(step_of(approval, people.manager), "approve", actor=people.manager.actor)

    assert (waiting_for(people.steward), len(waiting_for(people.administrator))) == ([], 1)
    assert state_of(approval) == "waiting"


def test_a_step_with_a_time_limit_has_a_clock_on_the_record(people, done, clock_at):
    clock = clock_at("2026-11-24 10:00")
    flow(people, named("turn", people.manager, people.steward, minutes=60))
    task = make_task(people)
    approval = ask(people, about=About("task", task.pk, "报价"))
    first = Deadline.objects.ungated("test").get()
    assert (first.kind, first.record_id, first.owner_id) == ("approval", task.pk, people.manager.id)
    clock.shift(600)
    decide(step_of(approval, people.manager), "approve", actor=people.manager.actor)
    hand_on(step_of(approval, people.steward), people.administrator.id, actor=people.steward.actor)
    withdraw(approval, actor=people.rep.actor)

    rows = Deadline.objects.ungated("test").order_by("pk").values_list("owner_id", "state")
    assert list(rows) == [
        (people.manager.id, "met"),
        (people.steward.id, "cancelled"),
        (people.administrator.id, "cancelled"),
    ]


# -- handing on, bringing in


def test_handing_on_moves_the_say_and_shows(people, done):
    flow(people, named("any", people.manager))
    approval = ask(people)
    hand_on(step_of(approval, people.manager), people.steward.id, actor=people.manager.actor, reason="归你管")

    assert (waiting_for(people.manager), len(waiting_for(people.steward))) == ([], 1)
    decide(step_of(approval, people.steward), "approve", actor=people.steward.actor)
    assert (state_of(approval), step_of(approval, people.manager, state="handed_on").reason) == ("approved", "归你管")


def test_nobody_hands_on_to_the_requester_or_to_a_leaver(people, done):
    flow(people, named("any", people.manager))
    approval = ask(people)
    User.objects.filter(pk=people.outsider.id).update(is_active=False)
    epochs.bump(EPOCH)

    for member, code in ((people.rep, "approval.requester"), (people.outsider, "approval.person")):
        with pytest.raises(ApprovalProblem) as refused:
            hand_on(step_of(approval, people.manager), member.id, actor=people.manager.actor)
        assert refused.value.code == code


def test_somebody_added_before_decides_first(people, done):
    flow(people, named("any", people.manager))
    approval = ask(people)
    mine = step_of(approval, people.manager)
    add_approver(mine, people.steward.id, when="before", actor=people.manager.actor)
    with pytest.raises(ApprovalProblem):
        decide(mine, "approve", actor=people.manager.actor)

    decide(step_of(approval, people.steward), "approve", actor=people.steward.actor)
    assert done.ran == []
    decide(mine, "approve", actor=people.manager.actor)

    assert (state_of(approval), len(done.ran)) == ("approved", 1)


def test_somebody_added_after_decides_next_and_before_the_following_stage(people, done):
    flow(people, named("any", people.manager), named("any", people.administrator))
    approval = ask(people)
    mine = step_of(approval, people.manager)
    add_approver(mine, people.steward.id, when="after", actor=people.manager.actor)
    decide(mine, "approve", actor=people.manager.actor)
    assert (len(waiting_for(people.steward)), waiting_for(people.administrator)) == (1, [])

    decide(step_of(approval, people.steward), "approve", actor=people.steward.actor)
    decide(step_of(approval, people.administrator), "approve", actor=people.administrator.actor)

    assert (state_of(approval), len(done.ran)) == ("approved", 1)


def test_copied_people_read_along_and_others_find_nothing(people, done):
    flow(people, named("any", people.manager))
    approval = ask(people)
    seen = {member.part for member in people if Approval.objects.visible_to(member.actor).exists()}
    assert seen == {"rep", "manager"}

    copy_to(approval, [people.outsider.id], actor=people.rep.actor)
    comment(approval, "请快一点", actor=people.outsider.actor)

    assert Approval.objects.visible_to(people.outsider.actor).count() == 1
    assert Notification.objects.filter(user_id=people.outsider.id).get().title == "抄送给您：付一笔款"


def test_reminding_again_at_once_is_refused(people, done, clock_at):
    clock_at("2026-11-24 10:00")
    flow(people, named("any", people.manager))
    approval = ask(people)

    assert remind(approval, actor=people.rep.actor) == 1
    with pytest.raises(ApprovalProblem):
        remind(approval, actor=people.rep.actor)


# -- time, absence, leaving


def test_after_its_working_hours_it_goes_to_the_approvers_manager_once(people, done, clock_at):
    clock_at("2026-11-23 17:00")
    User.objects.filter(pk=people.manager.id).update(manager=people.steward.user)
    epochs.bump(EPOCH)
    flow(people, named("any", people.manager, minutes=120, on_timeout="manager"))
    approval = ask(people)
    clock_at("2026-11-24 09:59")
    assert move_on() == 0

    clock_at("2026-11-24 10:01")
    assert (move_on(), move_on()) == (1, 0)

    moved = step_of(approval, people.steward)
    assert (moved.why, moved.came_from_id) == ("timed_out", people.manager.id)
    assert (waiting_for(people.manager), len(waiting_for(people.steward))) == ([], 1)


def test_where_nobody_stands_above_it_stays_and_the_approver_is_told_again(people, done, clock_at):
    clock_at("2026-11-24 10:00")
    set_figure("approval.fallback_role", "nobody", actor_ref=people.administrator.actor.ref)
    flow(people, named("any", people.steward, minutes=60))
    approval = ask(people)
    clock_at("2026-11-24 14:00")

    assert (move_on(), move_on()) == (1, 0)
    assert step_of(approval, people.steward).due_at is None


def test_a_stand_in_approves_for_somebody_away_and_it_shows(people, done):
    flow(people, named("any", people.manager))
    approval = ask(people)
    away(people.manager, people.steward)

    assert (move_on(), move_on()) == (1, 0)
    assert len(waiting_for(people.steward)) == 1
    decide(step_of(approval, people.manager), "approve", actor=people.steward.actor)

    step = step_of(approval, people.manager, state="approved")
    assert (step.decided_by_id, len(done.ran)) == (people.steward.id, 1)


def test_a_requester_who_stands_in_does_not_approve_their_own_request(people, done):
    flow(people, named("any", people.manager))
    approval = ask(people)
    away(people.manager, people.rep)

    with pytest.raises(ApprovalProblem) as refused:
        decide(step_of(approval, people.manager), "approve", actor=people.rep.actor)
    assert refused.value.code == "approval.own"
    assert move_on() == 1
    assert step_of(approval, people.administrator).why == "away"


def test_a_leavers_approvals_go_to_the_next_above_at_once(people, done):
    User.objects.filter(pk=people.manager.id).update(manager=people.steward.user)
    cast_grant(people)
    flow(people, named("any", people.manager))
    approval = ask(people)

    deactivate_user(people.manager.user, actor=people.administrator.actor)
    seal_all()
    run_pending()

    assert step_of(approval, people.steward).why == "left"


def away(member, stand_in):
    Absence.objects.create(user=member.user, stand_in=stand_in.user, first_day=today(), last_day=today() + timedelta(1))
    epochs.bump(EPOCH)


def cast_grant(people):
    people.grant("settings", actions=("organisation",))


# -- flows


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"steps": []}, "approval.steps"),
        ({"steps": [{"mode": "any", "approvers": []}]}, "approval.approvers"),
        ({"steps": [{"mode": "some", "approvers": [{"by": "manager"}]}]}, "approval.mode"),
        ({"steps": [{"mode": "any", "approvers": [{"by": "users"}]}]}, "approval.users"),
        ({"steps": [{"mode": "any", "approvers": [{"by": "above", "levels": 99}]}]}, "approval.levels"),
        ({"steps": [{"mode": "any", "approvers": [{"by": "manager"}]}], "amount_from": "NaN"}, "approval.amount"),
        (
            {"steps": [{"mode": "any", "approvers": [{"by": "manager"}]}], "condition": {"field": "x"}},
            "approval.condition",
        ),
    ],
)
def test_a_flow_that_cannot_be_says_which_part(people, raw, code):
    with pytest.raises(ValueProblem) as refused:
        read_definition(raw)

    assert refused.value.code == code


def test_switching_off_needs_a_reason_and_lets_acts_pass(people, done):
    known = flow(people, named("any", people.manager))
    with pytest.raises(ValueProblem):
        switch_flow(known, is_on=False, reason="", actor=people.administrator.actor)
    switch_flow(known, is_on=False, reason="试行结束", actor=people.administrator.actor)

    assert (live_flows("test.pay"), ask(people).state) == ((), "approved")


def test_shipped_flows_come_once_and_what_was_changed_stays(people):
    known = ApprovalFlow.objects.get(key="general")
    switch_flow(known, is_on=False, reason="不用", actor=people.administrator.actor)
    install_flows()

    # Apps above bring flows of their own.
    mine = ApprovalFlow.objects.filter(key__in=["delete-records", "export-sensitive", "general"])
    assert list(mine.order_by("key").values_list("key", "is_on")) == [
        ("delete-records", False),
        ("export-sensitive", True),
        ("general", False),
    ]


def test_what_waits_for_a_leaver_goes_to_who_takes_over(people, done):
    flow(people, named("any", people.manager))
    people.grant("settings", actions=("organisation",))
    approval = ask(people)

    moved = hand_over(people.manager.user, {"work.approvals": people.steward.id}, actor=people.administrator.actor)

    assert moved == {"work.approvals": 1}
    assert step_of(approval, people.manager, state="handed_on").decided_by_id == people.administrator.id
    decide(step_of(approval, people.steward), "approve", actor=people.steward.actor)
    assert done.ran == [("甲", people.rep.id)]


def test_nobody_is_handed_the_decision_on_their_own_request(people, done):
    flow(people, named("any", people.manager))
    people.grant("settings", actions=("organisation",))
    approval = ask(people)

    moved = hand_over(people.manager.user, {"work.approvals": people.rep.id}, actor=people.administrator.actor)

    assert moved == {"work.approvals": 0}
    assert step_of(approval, people.manager).state == "waiting"
