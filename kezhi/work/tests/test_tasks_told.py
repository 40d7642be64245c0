"""Whoever gets a task from somebody else is told, once."""

import pytest

from kezhi.records.operations import change_record, change_records, create_record
from kezhi.records.registry import record_type
from kezhi.work.models import Notification
from kezhi.work.operations import plan_task
from kezhi.work.operations.task_handover import hand_over_task
from kezhi.work.operations.tasks import TaskPlan, complete_task, plan_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast):
    cast.grant("task", actions=("view", "create", "edit", "assign"))
    return cast


def told(person):
    rows = Notification.objects.filter(user=person.user, kind="assigned").exclude(state="done")
    return [(row.title, row.url, row.count) for row in rows.order_by("pk")]


def test_a_task_made_for_somebody_else_tells_them(people):
    values = {"title": "打电话", "owner": people.rep.id}
    task = create_record(record_type("task"), values, actor=people.manager.actor)

    assert told(people.rep) == [("马经理 给您安排了任务：打电话", f"/tasks/{task.pk}/", 1)]
    assert told(people.manager) == []


def test_ones_own_task_tells_nobody(people):
    create_record(record_type("task"), {"title": "打电话", "owner": people.rep.id}, actor=people.rep.actor)

    assert Notification.objects.count() == 0


def test_many_tasks_of_one_act_are_one_line(people):
    actor = people.manager.actor
    plan_tasks([TaskPlan(f"电话 {n}", people.rep.id, None, actor) for n in range(3)])

    assert told(people.rep) == [("马经理 给您安排了 3 个任务", "/tasks/", 3)]


def test_handing_over_tells_once_and_the_first_owner_has_no_line_left(people):
    task = plan_task("打电话", owner_id=people.rep.id, due_at=None, actor=people.manager.actor)
    hand_over_task(task, people.colleague.id, actor=people.rep.actor, note="我出差")

    assert told(people.rep) == []
    assert told(people.colleague) == [("任小芮 把任务转交给您：打电话", f"/tasks/{task.pk}/", 1)]
    assert Notification.objects.get(user=people.colleague.user).why == "我出差"


def test_another_owner_on_the_page_or_for_many_is_told_as_well(people):
    task = plan_task("打电话", owner_id=people.rep.id, due_at=None, actor=people.rep.actor)
    change_record(task, {"owner": people.colleague.id}, actor=people.manager.actor)
    assert told(people.colleague) == [("马经理 把任务转交给您：打电话", f"/tasks/{task.pk}/", 1)]

    more = [plan_task(f"{n}", owner_id=people.rep.id, due_at=None, actor=people.rep.actor).pk for n in range(2)]
    change_records(record_type("task"), more, {"owner": people.colleague.id}, actor=people.manager.actor.fresh())
    assert told(people.colleague)[1:] == [("马经理 转交给您 2 个任务", "/tasks/", 2)]


def test_a_task_that_is_over_is_told_of_to_nobody(people):
    task = plan_task("打电话", owner_id=people.rep.id, due_at=None, actor=people.rep.actor)
    complete_task(task, actor=people.rep.actor)
    change_record(task, {"owner": people.colleague.id}, actor=people.manager.actor)

    assert told(people.colleague) == []
