"""An entry put on another day keeps its time, can be taken back, and says why where it cannot move (FUP-9)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from kezhi.access.models import FieldLevel, FieldRule, Grant, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import local
from kezhi.customers.models import Customer
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from kezhi.sales.models import Instalment
from kezhi.work.models import Task
from kezhi.work.operations import complete_task

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def task(people):
    values = {"title": "给沈主任回电话", "due_at": "2026-11-25 15:00", "owner": str(people.rep.id)}
    return create_record(record_type("task"), values, actor=people.rep.actor)


def move(member, key, to, **more):
    return member.client().post(
        "/calendar/move/?span=month&day=2026-11-23", {"key": key, "to": to, **more}, headers=HTMX
    )


def due(task):
    return f"{local(Task.objects.ungated('test').get(pk=task.pk).due_at):%m-%d %H:%M}"


def said(answer):
    """What the message of an answer to a script says."""
    return answer.headers.get("HX-Trigger", "").encode().decode("unicode_escape")


def test_a_task_dragged_to_another_day_keeps_its_time_and_can_be_taken_back(task, people):
    answer = move(people.rep, f"task-{task.pk}", "2026-11-27")

    assert (answer.status_code, due(task)) == (200, "11-27 15:00")
    assert 'id="calendar"' in answer.content.decode()
    assert "改到 11-27 周五" in said(answer)
    undo = said(answer).split('"undo": "', 1)[1].split('"', 1)[0]
    people.rep.client().post(undo)
    assert due(task) == "11-25 15:00"


def test_the_sheet_does_the_same_without_a_pointer(task, people):
    client = people.rep.client()
    page = client.get(f"/calendar/move/?span=week&day=2026-11-23&key=task-{task.pk}")
    assert 'type="date" name="to" value="2026-11-25"' in page.content.decode()
    assert '<b>给沈主任回电话</b> <span class="soft">11-25 周三</span>' in page.content.decode()
    assert client.get("/calendar/move/?key=task-99").status_code == 404
    sent = {"key": f"task-{task.pk}", "to": "2026-11-30", "from": "sheet"}
    answer = client.post("/calendar/move/?span=week&day=2026-11-23", sent)

    assert (answer.status_code, answer.url) == (302, "/calendar/?span=week&day=2026-11-23")
    assert due(task) == "11-30 15:00"
    refused = client.post("/calendar/move/?span=week&day=2026-11-23", {**sent, "to": ""})
    assert refused.status_code == 422
    assert "请选一个日子" in refused.content.decode()


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("2026-11-22", "不能挪到已经过去的日子"),
        ("2026-13-40", "请选一个日子"),
        ("", "请选一个日子"),
    ],
)
def test_a_day_that_cannot_be_is_refused_and_nothing_moves(task, people, to, why):
    answer = move(people.rep, f"task-{task.pk}", to)

    assert why in said(answer)
    assert due(task) == "11-25 15:00"


def test_an_hour_of_today_that_has_passed_is_refused(people):
    values = {"title": "早会", "due_at": "2026-11-25 09:00", "owner": str(people.rep.id)}
    task = create_record(record_type("task"), values, actor=people.rep.actor)

    assert "要晚于现在" in said(move(people.rep, f"task-{task.pk}", "2026-11-23"))
    assert due(task) == "11-25 09:00"


@pytest.mark.parametrize(
    ("kind", "why"),
    [("customer-cadence_next_on", "联系计划"), ("contract-ends_on", "合同"), ("moon", "不能在日历里挪")],
)
def test_what_follows_from_something_else_says_so(customer, people, kind, why):
    Customer.objects.ungated("test").filter(pk=customer.pk).update(cadence_next_on=date(2026, 11, 27))
    answer = move(people.rep, f"{kind}-{customer.pk}", "2026-11-28")

    assert answer.status_code == 200
    assert why in said(answer)
    assert Customer.objects.ungated("test").get(pk=customer.pk).cadence_next_on == date(2026, 11, 27)


def test_somebody_elses_task_is_not_there(task, people):
    assert move(people.outsider, f"task-{task.pk}", "2026-11-27").status_code == 404
    assert move(people.outsider, "task-9999999999999999999999", "2026-11-27").status_code == 404
    assert due(task) == "11-25 15:00"


def test_whoever_may_only_look_is_told_so(task, people):
    FieldRule.objects.create(
        role=Role.objects.get(key="sales_rep"), record_type="task", field="due_at", level=FieldLevel.READ
    )
    epochs.bump(EPOCH)
    assert "不能改它的日期" in said(move(people.rep, f"task-{task.pk}", "2026-11-27"))
    FieldRule.objects.all().delete()
    Grant.objects.filter(subject="task", action="edit").delete()
    epochs.bump(EPOCH)
    assert "不能改它的日期" in said(move(people.rep, f"task-{task.pk}", "2026-11-27"))
    assert due(task) == "11-25 15:00"


def test_a_finished_task_stays(task, people):
    complete_task(task, actor=people.rep.actor, result="已联系")
    assert "已经结束" in said(move(people.rep, f"task-{task.pk}", "2026-11-27"))


def test_an_instalment_moves_too(customer, people):
    people.grant("contract", "instalment", actions=("view", "create", "edit"))
    contract = create_record(
        record_type("contract"),
        {"name": "机房合同", "customer": str(customer.pk), "amount": "100"},
        actor=people.rep.actor,
    )
    values = {"name": "首付", "contract": str(contract.pk), "amount": "100", "due_on": "2026-11-25"}
    instalment = create_record(record_type("instalment"), values, actor=people.rep.actor)
    answer = move(people.rep, f"instalment-due_on-{instalment.pk}", "2026-11-27")

    assert "改到 11-27" in said(answer)
    assert Instalment.objects.ungated("test").get(pk=instalment.pk).due_on == date(2026, 11, 27)


def test_only_what_can_move_offers_it(task, customer, people):
    Customer.objects.ungated("test").filter(pk=customer.pk).update(cadence_next_on=date(2026, 11, 27))
    page = people.rep.client().get("/calendar/?span=month&day=2026-11-23").content.decode()

    assert f'data-entry="task-{task.pk}" data-movable' in page
    assert f'data-entry="customer-cadence_next_on-{customer.pk}">' in page
