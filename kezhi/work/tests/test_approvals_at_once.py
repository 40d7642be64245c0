"""Two people, or two clicks, at the same moment: one effect, and a clear sentence for the other."""

import threading
from collections import Counter
from functools import partial

import pytest
from django.db import connection

from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.work.approval_flows import Definition, FlowStep, Who
from kezhi.work.approvals import (
    ApprovalAct,
    ApprovalProblem,
    decide,
    read_payload,
    register_act,
    request_approval,
    unregister_act,
    withdraw,
)
from kezhi.work.models import Approval, ApprovalStep, Task
from kezhi.work.operations import plan_task
from kezhi.work.operations.approval_clock import move_on
from kezhi.work.operations.approval_flows import save_flow

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


@pytest.fixture
def people(cast):
    """The act leaves a task each time it is done, so that doing it twice would show in the database."""
    cast.grant("task")
    cast.grant("settings", actions=("approvals",))
    epochs.bump(EPOCH)

    def leave_a_task(approval, *, actor):
        plan_task(str(read_payload(approval)["note"]), owner_id=actor.user_id, due_at=None, actor=actor)

    register_act(ApprovalAct(key="test.once", label="一次", perform=leave_a_task))
    yield cast
    unregister_act("test.once")


def flow(people, mode, *members, minutes=0):
    steps = (FlowStep(mode, (Who("users", users=tuple(member.id for member in members)),), minutes=minutes),)
    return save_flow(None, Definition(steps), act="test.once", name_zh="流程", actor=people.administrator.actor)


def ask(people, number=0, **rest):
    return request_approval(
        "test.once", title="一次", payload={"note": f"第{number}次"}, actor=people.rep.actor, **rest
    )


def step_of(approval, member):
    return ApprovalStep.objects.get(approval=approval, user_id=member.id)


def at_once(*acts):
    """What each of these gave, started together: "done", or the code of the sentence it was refused with."""
    start = threading.Barrier(len(acts))
    answers, errors = [], []

    def run(act):
        try:
            start.wait(20)
            act()
            answers.append("done")
        except ApprovalProblem as refused:
            answers.append(refused.code)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return Counter(answers)


def done(number=0):
    return Task.objects.ungated("test").filter(title=f"第{number}次").count()


def test_a_double_click_approves_once(people):
    flow(people, "any", people.manager)
    for number in range(ROUNDS):
        step = step_of(ask(people, number), people.manager)
        actor = people.manager.actor

        answers = at_once(*(partial(decide, step, "approve", actor=actor) for _click in range(3)))

        assert (answers, done(number)) == (Counter({"approval.decided": 2, "done": 1}), 1)


def test_of_two_who_may_each_decide_the_second_finds_it_over(people):
    flow(people, "any", people.manager, people.steward)
    for number in range(ROUNDS):
        approval = ask(people, number)
        first, second = step_of(approval, people.manager), step_of(approval, people.steward)
        manager, steward = people.manager.actor, people.steward.actor

        answers = at_once(
            partial(decide, first, "approve", actor=manager),
            partial(decide, second, "refuse", actor=steward, reason="不行"),
        )

        state = Approval.objects.ungated("test").get(pk=approval.pk).state
        assert answers == Counter({"done": 1, "approval.over": 1})
        assert done(number) == (1 if state == "approved" else 0)


def test_two_who_both_have_to_agree_at_the_same_moment_do_it_once(people):
    flow(people, "all", people.manager, people.steward)
    for number in range(ROUNDS):
        approval = ask(people, number)
        first, second = step_of(approval, people.manager), step_of(approval, people.steward)
        manager, steward = people.manager.actor, people.steward.actor

        answers = at_once(
            partial(decide, first, "approve", actor=manager), partial(decide, second, "approve", actor=steward)
        )

        assert (answers, done(number)) == (Counter({"done": 2}), 1)


def test_withdrawing_while_it_is_approved_is_one_or_the_other(people):
    flow(people, "any", people.manager)
    for number in range(ROUNDS):
        approval = ask(people, number)
        step, manager, rep = step_of(approval, people.manager), people.manager.actor, people.rep.actor

        answers = at_once(partial(decide, step, "approve", actor=manager), partial(withdraw, approval, actor=rep))

        state = Approval.objects.ungated("test").get(pk=approval.pk).state
        assert answers == Counter({"done": 1, "approval.over": 1})
        assert (state, done(number)) in (("approved", 1), ("withdrawn", 0))


def test_a_form_posted_twice_at_once_asks_once(people):
    flow(people, "any", people.manager)

    answers = at_once(*(lambda: ask(people, form_key="k") for _click in range(3)))

    assert (answers, Approval.objects.ungated("test").count()) == (Counter({"done": 3}), 1)


def test_two_clocks_at_once_move_a_late_step_once(people, clock_at):
    clock = clock_at("2026-11-23 10:00")
    flow(people, "any", people.manager, minutes=60)
    approval = ask(people)
    clock.shift(2 * 3600)

    at_once(move_on, move_on)

    states = Counter(ApprovalStep.objects.filter(approval=approval).values_list("state", flat=True))
    assert states == Counter({"timed_out": 1, "waiting": 1})
