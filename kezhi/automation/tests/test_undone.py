"""An act that is taken back takes with it what rules made of it."""

from datetime import timedelta

import pytest

from kezhi.access.actors import system_actor
from kezhi.automation.models import RuleRun
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core.models import Event
from kezhi.records.operations import UndoResult, change_many, change_record, undo_operation
from kezhi.records.tests.fake_types import FIRM
from kezhi.records.views.record_undo import undo_words
from kezhi.work.deadlines import Deadline, DeadlineKind, pause_deadline, register_deadline_kind
from kezhi.work.models import Notification, Task
from kezhi.work.operations.tasks import postpone_task

pytestmark = pytest.mark.django_db

register_deadline_kind(DeadlineKind("test_answer", "答复", minutes=60, business_time=False))
GIVEN = {"on": "changed", "fields": ["trade"]}
STEEL = {"all": [{"field": "trade", "op": "is", "value": ["steel"]}]}
TASK = {
    "do": "create_task",
    "with": {"to": ["owner"], "text": {"zh": "拜访{name}"}, "due": {"number": 1, "unit": "day"}},
}
START = {"do": "start_deadline", "with": {"kind": "test_answer", "who": ["owner"]}}
TELL = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "请看{name}"}}}
WAIT = {"do": "wait", "span": {"number": 1, "unit": "day"}}


def tasks():
    return dict(Task.objects.ungated("test").order_by("pk").values_list("about_id", "state"))


def clocks():
    rows = Deadline.objects.ungated("test").filter(kind="test_answer").order_by("pk")
    return dict(rows.values_list("record_id", "state"))


@pytest.fixture
def in_bulk(write_rule, make_firm, firms):
    """Three firms whose trade was changed in one act, and what the rules made of it."""
    made = [make_firm(f"厂{number}") for number in range(3)]
    for name, steps in (("任务", [TASK, TELL, WAIT, TELL]), ("时限", [START])):
        write_rule(GIVEN, steps, condition=STEEL, name=name)
    actor = firms.manager.actor
    change_many(FIRM, [firm.pk for firm in made], {"trade": "steel"}, actor=actor)
    let_it_run()
    return made, actor


def test_what_rules_made_of_an_act_goes_with_it(in_bulk):
    made, actor = in_bulk
    assert list(tasks().values()) == ["open"] * 3
    assert list(clocks().values()) == ["running"] * 3

    result = undo_operation(actor.ref.operation, actor=actor.fresh())

    assert (result.undone, result.withdrawn) == (3, 9)
    assert tasks() == {firm.pk: "dropped" for firm in made}
    assert clocks() == {firm.pk: "cancelled" for firm in made}
    assert list(Notification.objects.filter(kind="reminder").values_list("state", flat=True)) == ["done"] * 3
    assert set(RuleRun.objects.filter(rule__name_zh="任务").values_list("state", flat=True)) == {"stopped"}
    assert "由此产生的 9 项任务、时限和提醒已收回。" in undo_words(result, actor)


def test_what_somebody_has_taken_in_hand_or_did_not_go_back_stays(in_bulk, firms):
    [first, second, third], actor = in_bulk
    change_record(first, {"trade": "food"}, actor=firms.rep.actor)
    task = Task.objects.ungated("test").get(about_id=second.pk)
    postpone_task(task, task.due_at + timedelta(days=1), actor=system_actor("test"))
    pause_deadline(Deadline.objects.ungated("test").get(record_id=third.pk), "等客户", actor=actor)

    result = undo_operation(actor.ref.operation, actor=actor.fresh())

    assert set(result.kept) == {("firm", first.pk)}
    assert tasks() == {first.pk: "open", second.pk: "open", third.pk: "dropped"}
    assert clocks() == {first.pk: "running", second.pk: "cancelled", third.pk: "paused"}


def test_an_act_nothing_came_of_says_nothing_of_it(make_firm, firms):
    firm = make_firm()
    actor = firms.rep.actor
    change_record(firm, {"trade": "steel"}, actor=actor)
    result = undo_operation(actor.ref.operation, actor=actor.fresh())

    assert result == UndoResult(undone=1)
    assert Event.objects.filter(kind="record.changed", record_id=firm.pk).count() == 2
