"""First contact and next action: what starts their clocks and what meets them (FUP-4)."""

import pytest

from kezhi.automation.defaults import install_rules
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core.figures import set_figure
from kezhi.core.jobs import enqueue
from kezhi.core.models import Event, EventSubject
from kezhi.core.sealing import seal_all
from kezhi.customers.merging import merge_customers, unmerge_customers
from kezhi.engagement.operations import record_follow_up
from kezhi.records.operations import change_record, create_record
from kezhi.records.registry import record_type
from kezhi.work.deadlines import Deadline, chips_for
from kezhi.work.deadlines_jobs import sweep_due_deadlines
from kezhi.work.models import Notification, Task
from kezhi.work.operations import complete_task, drop_task, postpone_task
from tests.scenes import play

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shipped_rules_in_force(people):
    play(install_rules)


def clocks(kind):
    rows = Deadline.objects.ungated("test").filter(kind=kind).order_by("pk")
    return [(row.record_id, row.owner_id, row.state) for row in rows]


def test_a_new_customer_is_to_be_contacted_within_two_days(customer, people):
    seal_all()
    assert clocks("first_contact") == [(customer.pk, people.rep.id, "running")]
    [row] = Deadline.objects.ungated("test")
    assert (row.due_at - row.started_at).total_seconds() == 48 * 3600
    assert row.started_at == Event.objects.get(kind="record.created", record_type="customer").at


def test_the_first_follow_up_meets_it(customer, people, words):
    seal_all()
    record_follow_up(customer, words(), actor=people.rep.actor)
    seal_all()
    assert clocks("first_contact") == [(customer.pk, people.rep.id, "met")]
    assert chips_for("customer", [customer.pk]) == {}


def test_one_followed_up_before_anybody_looked_gets_no_clock(customer, people, words):
    record_follow_up(customer, words(), actor=people.rep.actor)
    seal_all()
    assert clocks("first_contact") == []


def test_a_customer_given_to_somebody_else_takes_the_clock_along(customer, people):
    seal_all()
    change_record(customer, {"owner": str(people.colleague.id)}, actor=people.manager.actor)
    seal_all()
    assert clocks("first_contact") == [(customer.pk, people.colleague.id, "running")]


def test_imported_customers_are_no_promises_unless_a_figure_says_so(people):
    def brought(name):
        values = {"name": name, "phone": "13812345679"}
        return create_record(record_type("customer"), values, actor=people.rep.actor.through("import"))

    brought("无锡锡东精密机械有限公司")
    seal_all()
    assert clocks("first_contact") == []
    set_figure("engagement.first_contact_of_imported", True, actor_ref=people.administrator.actor.ref)
    second = brought("上海茗岳医疗器械有限公司")
    seal_all()
    assert clocks("first_contact") == [(second.pk, people.rep.id, "running")]


def test_the_next_action_runs_to_its_time_and_shows_on_the_customer(customer, people, words):
    record_follow_up(customer, words(), actor=people.rep.actor)
    seal_all()
    task = Task.objects.ungated("test").get()
    [row] = Deadline.objects.ungated("test").filter(kind="next_action")
    assert (row.record_id, row.due_at, row.owner_id) == (task.pk, task.due_at, people.rep.id)
    told = EventSubject.objects.filter(record_type="customer", record_id=customer.pk, event__kind="deadline.started")
    assert told.count() == 1


def test_the_next_action_moves_and_ends_with_its_task(customer, people, words):
    record_follow_up(customer, words(), actor=people.rep.actor)
    seal_all()
    task = Task.objects.ungated("test").get()
    later = task.due_at.replace(second=0, microsecond=0) + (task.due_at - task.created_at)
    postponed = postpone_task(task, later, actor=people.rep.actor)
    seal_all()
    assert Deadline.objects.ungated("test").get(kind="next_action").due_at == postponed.due_at
    complete_task(task, actor=people.rep.actor)
    seal_all()
    assert clocks("next_action") == [(task.pk, people.rep.id, "met")]


def test_a_dropped_next_action_is_no_promise_any_more(customer, people, words):
    record_follow_up(customer, words(), actor=people.rep.actor)
    seal_all()
    task = Task.objects.ungated("test").get()
    drop_task(task, actor=people.rep.actor, reason="客户已停业")
    seal_all()
    assert clocks("next_action") == [(task.pk, people.rep.id, "cancelled")]


def test_a_merge_stops_the_clock_of_the_one_gone_and_taking_it_apart_lets_it_go_on(customer, people):
    other = create_record(
        record_type("customer"), {"name": "苏州澜图科技", "phone": "13812345670"}, actor=people.rep.actor
    )
    seal_all()
    merge = merge_customers(customer.pk, other.pk, {}, actor=people.administrator.actor)
    seal_all()
    assert [state for _pk, _owner, state in clocks("first_contact")] == ["running", "paused"]
    unmerge_customers(merge, actor=people.administrator.actor)
    seal_all()
    assert [state for _pk, _owner, state in clocks("first_contact")] == ["running", "running"]


def test_a_change_learnt_is_to_be_entered_within_a_day_and_entering_it_keeps_the_promise(customer, people, words):
    record_follow_up(customer, words(has_changes="1"), actor=people.rep.actor)
    seal_all()
    assert clocks("change_entered") == [(customer.pk, people.rep.id, "running")]
    change_record(customer, {"owner": str(people.colleague.id)}, actor=people.manager.actor)
    seal_all()
    # Giving the customer to somebody else enters nothing, and who learnt it still owes it.
    assert clocks("change_entered") == [(customer.pk, people.rep.id, "running")]
    change_record(customer, {"phone": "13912345678"}, actor=people.colleague.actor)
    seal_all()
    assert clocks("change_entered") == [(customer.pk, people.rep.id, "met")]


def test_a_contact_entered_keeps_the_promise_as_well(customer, people, words):
    record_follow_up(customer, words(has_changes="1"), actor=people.rep.actor)
    seal_all()
    values = {"name": "沈知远", "customer": str(customer.pk)}
    create_record(record_type("contact"), values, actor=people.rep.actor)
    seal_all()
    assert clocks("change_entered") == [(customer.pk, people.rep.id, "met")]


def test_shipped_rules_tell_the_owner_of_a_next_action_that_runs_out(people, words, clock_at):
    clock = clock_at("2026-11-23 09:00")
    values = {"name": "苏州澜图科技有限公司", "phone": "13812345678", "industry": "it", "level": "A"}
    customer = create_record(record_type("customer"), values, actor=people.rep.actor)
    record_follow_up(customer, words(), actor=people.rep.actor)
    let_it_run()
    for hours in (23, 2):
        clock.shift(hours * 3600)
        enqueue(sweep_due_deadlines)
        let_it_run()
    told = Notification.objects.filter(user=people.rep.user, title__contains="约定的下一步").order_by("pk")
    assert [row.title.partition("：")[0] for row in told] == ["约定的下一步快到期", "约定的下一步逾期"]
    assert [row.why.partition("，")[0] for row in told] == ["苏州澜图科技有限公司"] * 2
