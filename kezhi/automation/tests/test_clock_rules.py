"""Rules that only set clocks: done when the event is sealed, set-wise, and none lost to an error."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.automation import scanning
from kezhi.automation.actions.promising import StartDeadline
from kezhi.automation.models import Firing, RuleRun, RunState
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.scanning import scan_everything, start_due_tables
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core.clock import now
from kezhi.core.jobs import enqueue
from kezhi.core.sealing import seal_all, seal_events
from kezhi.records.operations import change_record
from kezhi.work.deadlines import Deadline, DeadlineKind, register_deadline_kind

pytestmark = pytest.mark.django_db

register_deadline_kind(DeadlineKind("test_answer", "答复", minutes=60, business_time=False))
register_deadline_kind(DeadlineKind("test_dated", "到期"))
START = {"do": "start_deadline", "with": {"kind": "test_answer", "who": ["owner"]}}
MEET = {"do": "meet_deadline", "with": {"kind": "test_answer"}}
STEEL = {"all": [{"field": "trade", "op": "is", "value": ["steel"]}]}
TELL = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "请看{name}"}}}


def clocks():
    rows = Deadline.objects.ungated("test").filter(kind__startswith="test_").order_by("pk")
    return [(row.record_id, row.state) for row in rows]


def test_a_clock_runs_from_when_it_happened_as_soon_as_the_event_is_sealed(write_rule, make_firm, firms):
    write_rule({"on": "created"}, [START])
    firm = make_firm()
    seal_all()

    row = Deadline.objects.ungated("test").get(kind="test_answer")
    assert (row.record_id, row.owner_id, row.state) == (firm.pk, firms.rep.id, "running")
    assert row.started_at == RuleRun.objects.get().happened_at
    assert RuleRun.objects.get().state == RunState.DONE


def test_a_change_by_hand_meets_its_clock_without_waiting_for_the_author_to_finish(write_rule, make_firm, firms):
    write_rule({"on": "created"}, [START])
    write_rule({"on": "changed", "fields": ["trade"]}, [MEET], condition=STEEL)
    firm = make_firm()
    change_record(firm, {"trade": "steel"}, actor=firms.rep.actor)
    seal_all()
    assert clocks() == [(firm.pk, "met")]


def test_a_record_without_such_a_clock_starts_no_run(write_rule, make_firm, firms):
    write_rule({"on": "saved"}, [MEET])
    make_firm()
    seal_all()
    assert not RuleRun.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "\u200b \u2060"])
def test_a_rule_that_pauses_says_why(write_rule, reason):
    with pytest.raises(DefinitionProblem, match="为什么暂停"):
        write_rule({"on": "created"}, [{"do": "pause_deadline", "with": {"kind": "test_answer", "reason": reason}}])


def test_clocks_pause_and_go_on_by_rules(write_rule, make_firm, firms):
    write_rule({"on": "created"}, [START])
    write_rule(
        {"on": "changed", "fields": ["trade"]},
        [{"do": "pause_deadline", "with": {"kind": "test_answer", "reason": "等对方"}}],
        condition=STEEL,
    )
    write_rule(
        {"on": "changed", "fields": ["trade"]},
        [{"do": "resume_deadline", "with": {"kind": "test_answer"}}],
        condition={"not": STEEL},
    )
    firm = make_firm()
    seal_all()
    states = []
    for trade in ("steel", "food"):
        change_record(type(firm).objects.ungated("test").get(pk=firm.pk), {"trade": trade}, actor=firms.rep.actor)
        seal_all()
        states += clocks()
    assert states == [(firm.pk, "paused"), (firm.pk, "running")]


def test_a_clock_of_a_kind_without_a_length_asks_for_one(write_rule, make_firm):
    with pytest.raises(DefinitionProblem):
        write_rule({"on": "created"}, [{"do": "start_deadline", "with": {"kind": "test_dated", "who": ["owner"]}}])


def test_an_error_while_sealing_leaves_the_run_to_a_job(write_rule, make_firm, monkeypatch):
    write_rule({"on": "created"}, [START])
    perform, calls = StartDeadline.perform, []

    def fails_once(self, step, targets):
        calls.append(len(targets))
        if len(calls) == 1:
            raise RuntimeError("kaputt")
        perform(self, step, targets)

    monkeypatch.setattr(StartDeadline, "perform", fails_once)
    firm = make_firm()
    let_it_run()
    assert clocks() == [(firm.pk, "running")]
    assert [run.state for run in RuleRun.objects.all()] == [RunState.DONE]


def test_only_what_people_do_themselves_counts_where_a_rule_says_so(write_rule, make_firm, firms):
    write_rule({"on": "changed", "people": True, "besides": ["trade"]}, [TELL])
    firm = make_firm()
    change_record(firm, {"trade": "steel"}, actor=firms.rep.actor.through("api"))
    let_it_run()
    assert not RuleRun.objects.exists()
    change_record(firm, {"size": "小"}, actor=firms.rep.actor.through("api"))
    let_it_run()
    assert RuleRun.objects.count() == 1


def test_what_an_import_brings_counts_only_where_a_rule_says_so(write_rule, firms):
    from kezhi.records.operations import create_record
    from kezhi.records.tests.fake_types import FIRM

    write_rule({"on": "created", "imports": False}, [TELL])
    create_record(FIRM, {"name": "钢厂"}, actor=firms.rep.actor.through("import"))
    let_it_run()
    assert not RuleRun.objects.exists()


def test_setting_many_clocks_takes_no_more_queries_than_setting_few(write_rule, make_firm):
    write_rule({"on": "created"}, [START])

    def queries(count):
        for number in range(count):
            make_firm(f"钢厂{count}-{number}")
        with CaptureQueriesContext(connection) as counted:
            seal_events(200)
        return len(counted)

    queries(1)
    few, many = queries(3), queries(40)
    assert many <= few + 3
    assert len(clocks()) == 44


def test_a_repetition_passed_over_is_not_made_up_by_a_clock_set_back(write_rule, make_firm, clock_at):
    start = now()
    clock_at(start)
    make_firm()
    when = {"on": "time", "field": "created_at", "direction": "after", "span": {"number": 1, "unit": "day"}}
    clock_at(start + timedelta(days=9, minutes=10))
    write_rule(when | {"again": "weekly"}, [TELL])
    let_it_run()
    assert RuleRun.objects.count() == 1
    clock_at(start + timedelta(days=7, minutes=50))  # an hour and more before the second round began
    enqueue(scan_everything)
    let_it_run()
    assert (RuleRun.objects.count(), Firing.objects.count()) == (1, 1)


def test_a_time_table_fires_once_though_the_clock_is_set_back_an_hour(write_rule, make_firm, clock_at):
    clock_at("2026-11-20 08:59")
    make_firm()
    write_rule({"on": "schedule", "cron": "0 9 * * *"}, [TELL])
    for moment in ("09:00", "09:01", "08:01", "08:59", "09:00", "09:02"):
        clock_at(f"2026-11-20 {moment}")
        enqueue(start_due_tables)
        let_it_run()
    assert RuleRun.objects.count() == 1


def test_looking_for_due_records_holds_no_lock(monkeypatch, write_rule, make_firm):
    seen = []
    look = scanning.due_records
    monkeypatch.setattr(
        scanning,
        "due_records",
        lambda *given, **more: seen.append(len(connection.savepoint_ids)) or look(*given, **more),
    )
    when = {"on": "time", "field": "created_at", "direction": "after", "span": {"number": 1, "unit": "day"}}
    rule = write_rule(when, [TELL])
    firm = make_firm()
    type(firm).objects.ungated("test").filter(pk=firm.pk).update(created_at=now() - timedelta(days=3))
    enqueue(scanning.scan_rule, rule_id=rule.pk, full=True)
    outside = len(connection.savepoint_ids)
    let_it_run()

    assert set(seen) == {outside}
    assert Firing.objects.filter(rule_id=rule.pk).count() == 1
