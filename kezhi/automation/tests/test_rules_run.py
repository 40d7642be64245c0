"""Rules at work: events in, effects out, each exactly once."""

from datetime import timedelta

import pytest
import time_machine

from kezhi.automation.models import Firing, RuleRun, RunState
from kezhi.automation.operations import switch_off
from kezhi.automation.running import waiting_exist, wake_runs
from kezhi.automation.scanning import scan_everything
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core.clock import now
from kezhi.core.jobs import enqueue
from kezhi.core.models import Event
from kezhi.records.operations import change_record, delete_records
from kezhi.records.tests.fake_types import FIRM, Firm
from kezhi.work.models import Notification, Task

pytestmark = pytest.mark.django_db

TELL = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "请看{name}", "en": "Look at {name}"}}}
STEEL = {"all": [{"field": "trade", "op": "is", "value": ["steel"]}]}


def reload(firm):
    return Firm.objects.ungated("test").get(pk=firm.pk)


def test_a_new_record_that_meets_the_condition_starts_the_rule(write_rule, make_firm, firms):
    write_rule({"on": "created"}, [TELL], condition=STEEL)
    make_firm("钢厂", trade="steel")
    make_firm("面馆", trade="food")
    let_it_run()

    [notice] = Notification.objects.filter(kind="reminder")
    assert (notice.user_id, notice.title) == (firms.rep.id, "请看钢厂")
    assert [run.state for run in RuleRun.objects.all()] == [RunState.DONE]


def test_what_a_rule_did_stands_in_the_log_under_its_name_and_version(write_rule, make_firm):
    rule = write_rule({"on": "created"}, [{"do": "set_field", "with": {"field": "size", "value": "大"}}])
    firm = make_firm()
    let_it_run()

    event = Event.objects.get(record_type="firm", record_id=firm.pk, kind="record.changed")
    assert (event.actor_kind, event.door, event.door_ref) == ("rule", "rule", f"{rule.pk}:1")
    assert (event.depth, event.cause_id) == (1, RuleRun.objects.get().event_id)
    assert reload(firm).size == "大"


def test_a_change_of_another_field_does_not_start_it(write_rule, make_firm, firms):
    write_rule({"on": "changed", "fields": ["trade"]}, [TELL])
    firm = make_firm()
    change_record(firm, {"size": "小"}, actor=firms.rep.actor.through("api"))
    let_it_run()
    assert not RuleRun.objects.exists()

    change_record(reload(firm), {"trade": "steel"}, actor=firms.rep.actor.through("api"))
    let_it_run()
    assert RuleRun.objects.count() == 1


def test_the_values_before_can_be_asked_for(write_rule, make_firm, firms):
    write_rule(
        {"on": "changed", "fields": ["trade"]},
        [TELL],
        was={"all": [{"field": "trade", "op": "is", "value": ["food"]}]},
        condition=STEEL,
    )
    from_nothing, from_food = make_firm("一"), make_firm("二", trade="food")
    for firm in (from_nothing, from_food):
        change_record(firm, {"trade": "steel"}, actor=firms.rep.actor.through("api"))
    let_it_run()

    assert [run.record_id for run in RuleRun.objects.all()] == [from_food.pk]


def test_edits_by_hand_within_a_minute_reach_rules_as_one_change(write_rule, make_firm, firms):
    write_rule({"on": "changed", "fields": []}, [TELL])
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        firm = make_firm()
        for step, values in enumerate(({"trade": "food"}, {"size": "小"}, {"trade": "steel"})):
            clock.move_to(start + timedelta(seconds=20 * step))
            change_record(reload(firm), values, actor=firms.rep.actor)
        let_it_run()
        assert not RuleRun.objects.exists()

        clock.move_to(start + timedelta(seconds=130))
        from kezhi.automation.dispatching import dispatch_settled

        enqueue(dispatch_settled)
        let_it_run()
    assert RuleRun.objects.count() == 1


def test_what_was_changed_and_changed_back_starts_nothing(write_rule, make_firm, firms):
    from kezhi.automation.dispatching import dispatch_settled

    write_rule({"on": "changed", "fields": []}, [TELL])
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        firm = make_firm(trade="food")
        for trade in ("steel", "food"):
            change_record(reload(firm), {"trade": trade}, actor=firms.rep.actor)
        let_it_run()
        clock.move_to(start + timedelta(minutes=3))
        enqueue(dispatch_settled)
        let_it_run()
    assert not RuleRun.objects.exists()


def test_a_rule_is_not_started_by_what_it_did_itself(write_rule, make_firm):
    write_rule({"on": "changed", "fields": ["size"]}, [{"do": "set_field", "with": {"field": "size", "value": "再大"}}])
    write_rule({"on": "created"}, [{"do": "set_field", "with": {"field": "size", "value": "大"}}])
    firm = make_firm()
    let_it_run()

    assert reload(firm).size == "再大"
    stopped = RuleRun.objects.get(state=RunState.STOPPED)
    assert "不会被自己引发的变化再次触发" in stopped.error


def test_two_rules_that_start_each_other_stop(write_rule, make_firm):
    for value, other in (("大", "小"), ("小", "大")):
        write_rule(
            {"on": "changed", "fields": ["size"]},
            [{"do": "set_field", "with": {"field": "size", "value": value}}],
            condition={"all": [{"field": "size", "op": "is", "value": other}]},
        )
    write_rule({"on": "created"}, [{"do": "set_field", "with": {"field": "size", "value": "大"}}])
    make_firm()
    let_it_run()

    assert RuleRun.objects.filter(state=RunState.STOPPED).count() == 1
    assert RuleRun.objects.filter(state=RunState.DONE).count() == 3


def test_waits_and_branches_look_at_the_record_as_it_is_then(write_rule, make_firm, firms):
    write_rule(
        {"on": "created"},
        [
            {"do": "wait", "span": {"number": 2, "unit": "hour"}},
            {
                "do": "branch",
                "if": STEEL,
                "then": [{"do": "set_field", "with": {"field": "size", "value": "钢"}}],
                "else": [{"do": "stop"}],
            },
            {"do": "set_field", "with": {"field": "note", "value": "{name}看过了"}},
        ],
    )
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        first, second = make_firm("一"), make_firm("二")
        let_it_run()
        assert set(RuleRun.objects.values_list("state", flat=True)) == {RunState.WAITING}
        assert not waiting_exist()
        change_record(first, {"trade": "steel"}, actor=firms.rep.actor.through("api"))

        clock.move_to(start + timedelta(hours=2, seconds=1))
        assert waiting_exist()
        enqueue(wake_runs)
        let_it_run()

    assert (reload(first).size, reload(first).note) == ("钢", "一看过了")
    assert (reload(second).size, reload(second).note) == ("", "")
    assert set(RuleRun.objects.values_list("state", flat=True)) == {RunState.DONE}


def test_a_rule_that_is_switched_off_does_not_go_on(write_rule, make_firm, firms):
    rule = write_rule({"on": "created"}, [{"do": "wait", "span": {"number": 1, "unit": "hour"}}, TELL])
    make_firm()
    let_it_run()
    switch_off(rule, reason="改流程", actor=firms.administrator.actor)
    with time_machine.travel(now() + timedelta(hours=2)):
        enqueue(wake_runs)
        let_it_run()
    assert RuleRun.objects.get().state == RunState.STOPPED
    assert not Notification.objects.exists()


def test_time_passed_fires_once_per_record_and_value(write_rule, make_firm, firms):
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        firm = make_firm()
        write_rule(
            {"on": "time", "field": "created_at", "direction": "after", "span": {"number": 7, "unit": "day"}}, [TELL]
        )
        let_it_run()
        assert not RuleRun.objects.exists()

        clock.move_to(start + timedelta(days=7, minutes=1))
        for _again in range(3):
            enqueue(scan_everything)
            let_it_run()
        assert [run.record_id for run in RuleRun.objects.all()] == [firm.pk]

        clock.move_to(start + timedelta(days=6))  # a clock set back fires nothing twice
        enqueue(scan_everything)
        let_it_run()
        clock.move_to(start + timedelta(days=9))
        enqueue(scan_everything)
        let_it_run()
    assert RuleRun.objects.count() == 1
    assert Firing.objects.count() == 1


def test_time_rules_may_fire_again_each_week(write_rule, make_firm):
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        make_firm()
        write_rule(
            {
                "on": "time",
                "field": "created_at",
                "direction": "after",
                "span": {"number": 1, "unit": "day"},
                "again": "weekly",
            },
            [TELL],
        )
        for days in (2, 3, 9, 10, 16):
            clock.move_to(start + timedelta(days=days))
            enqueue(scan_everything)
            let_it_run()
    assert RuleRun.objects.count() == 3


def test_one_bad_record_stops_nobody_else(write_rule, make_firm):
    write_rule({"on": "created"}, [{"do": "set_field", "with": {"field": "name", "value": "{note}"}}])
    good, bad = make_firm("一", note="改名"), make_firm("二")
    Firm.objects.ungated("test").filter(pk=bad.pk).update(note="x" * 80)
    let_it_run()

    assert reload(good).name == "改名"
    failed = RuleRun.objects.get(state=RunState.FAILED)
    assert failed.record_id == bad.pk
    assert failed.error.startswith("名称")


def test_an_unexpected_error_is_tried_again_and_then_kept_for_a_person(write_rule, make_firm, monkeypatch):
    from kezhi.automation.actions.changing import SetField

    def broken(self, step, targets):
        raise RuntimeError("kaputt")

    monkeypatch.setattr(SetField, "perform", broken)
    write_rule({"on": "created"}, [{"do": "set_field", "with": {"field": "size", "value": "大"}}])
    make_firm()
    let_it_run()
    run = RuleRun.objects.get()
    assert (run.state, run.attempts) == (RunState.WAITING, 1)
    with time_machine.travel(now(), tick=False) as clock:
        for hours in (1, 2, 3):
            clock.shift(timedelta(hours=hours))
            enqueue(wake_runs)
            let_it_run()
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.FAILED, 4)
    assert "kaputt" in run.error


def test_a_deleted_record_starts_the_rule_for_deleting(write_rule, make_firm, firms):
    write_rule(
        {"on": "deleted"},
        [
            {
                "do": "create_task",
                "with": {"to": ["owner"], "text": {"zh": "查{name}"}, "due": {"number": 1, "unit": "workday"}},
            }
        ],
    )
    firm = make_firm("旧客户")
    delete_records(FIRM, [firm.pk], actor=firms.administrator.actor)
    let_it_run()
    [task] = Task.objects.ungated("test").all()
    assert (task.title, task.owner_id, task.origin) == ("查旧客户", firms.rep.id, "rule")


def test_a_pilot_reaches_only_the_records_of_its_department(write_rule, make_firm, firms):
    write_rule({"on": "created"}, [TELL], pilot=firms.outsider.user.department)
    make_firm("一")
    make_firm("二", owner=firms.outsider)
    let_it_run()
    assert [notice.user_id for notice in Notification.objects.all()] == [firms.outsider.id]


def test_nobody_is_told_of_a_record_they_may_not_see(write_rule, make_firm, firms):
    write_rule(
        {"on": "created"},
        [{"do": "notify", "with": {"to": [f"user:{firms.outsider.id}", "owner"], "text": {"zh": "{name}"}}}],
    )
    make_firm("机密")
    let_it_run()
    assert [notice.user_id for notice in Notification.objects.all()] == [firms.rep.id]
    assert RuleRun.objects.get().did[0]["facts"]["hidden"] == [firms.outsider.id]


def test_history_entered_under_its_own_date_starts_nothing(write_rule, make_firm):
    write_rule({"on": "created"}, [TELL])
    with time_machine.travel(now() - timedelta(days=30)):
        make_firm("旧事")
    make_firm("新事")
    let_it_run()
    assert [notice.title for notice in Notification.objects.all()] == ["请看新事"]
