"""Runs that are carried out together, in steps short enough for everybody else; each exactly once all the same."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.access.models import Department, User
from kezhi.access.rights import EPOCH
from kezhi.automation import running
from kezhi.automation.catalogue import live_rules
from kezhi.automation.models import RuleRun, RunState
from kezhi.automation.operations import switch_off
from kezhi.automation.running import run_rules
from kezhi.automation.selecting import matching_ids
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core import epochs
from kezhi.core.jobs import run_pending
from kezhi.core.models import Job, JobState, Seal
from kezhi.core.sealing import seal_all
from kezhi.records.tests.fake_types import Firm
from kezhi.work.models import Notification

pytestmark = pytest.mark.django_db

TELL = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "请看{name}"}}}
STEEL = {"all": [{"field": "trade", "op": "is", "value": ["steel"]}]}


def ready() -> list[int]:
    return list(RuleRun.objects.filter(state=RunState.READY).order_by("pk").values_list("pk", flat=True))


def told() -> list[str]:
    return list(Notification.objects.filter(kind="reminder").order_by("pk").values_list("title", flat=True))


def test_one_job_takes_what_waits_for_later_jobs_and_those_then_find_nothing(write_rule, make_firm):
    write_rule({"on": "created"}, [TELL])
    for name in ("一厂", "二厂", "三厂"):
        make_firm(name)
        seal_all()
    assert Job.objects.filter(name="automation.run", state=JobState.WAITING).count() == 3

    run_pending(limit=1)

    assert told() == ["请看一厂", "请看二厂", "请看三厂"]
    assert ready() == []
    let_it_run()
    assert len(told()) == 3
    assert set(Job.objects.filter(name="automation.run").values_list("state", flat=True)) == {JobState.DONE}


def test_a_job_that_begins_again_does_nothing_twice(write_rule, make_firm):
    write_rule({"on": "created"}, [TELL])
    make_firm("一厂")
    seal_all()
    ids = ready()

    run_rules(run_ids=ids)
    run_rules(run_ids=ids)

    assert told() == ["请看一厂"]


def test_a_job_that_begins_again_leaves_a_wait_alone(write_rule, make_firm):
    write_rule({"on": "created"}, [{"do": "wait", "span": {"number": 2, "unit": "day"}}, TELL])
    make_firm("一厂")
    seal_all()
    ids = ready()

    run_rules(run_ids=ids)
    run_rules(run_ids=ids)

    assert (told(), RuleRun.objects.get().state) == ([], RunState.WAITING)


def test_what_breaks_off_halfway_is_taken_up_where_it_stood(write_rule, make_firm, monkeypatch):
    write_rule({"on": "created"}, [TELL], name="甲")
    write_rule({"on": "created"}, [TELL], name="乙")
    make_firm("一厂")
    seal_all()
    ids, usual, turns = ready(), running._carry_on, []

    def breaks_off(*args):
        turns.append(args)
        if len(turns) == 2:
            raise KeyboardInterrupt
        usual(*args)

    monkeypatch.setattr(running, "_carry_on", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        run_rules(run_ids=ids)
    assert (len(told()), len(ready())) == (1, 1)

    run_rules(run_ids=ids)
    assert (len(told()), len(ready())) == (2, 0)


def test_runs_stopped_meanwhile_are_not_carried_out(write_rule, make_firm, monkeypatch, firms):
    rule = write_rule({"on": "created"}, [TELL])
    make_firm("一厂")
    seal_all()
    usual = running._lock

    def switched_off_first(runs, mine):
        switch_off(rule, reason="不要了", actor=firms.administrator.actor)
        return usual(runs, mine)

    monkeypatch.setattr(running, "_lock", switched_off_first)
    run_rules(run_ids=ready())

    assert (told(), RuleRun.objects.get().state) == ([], RunState.STOPPED)


def test_a_later_rule_of_the_same_job_sees_what_an_earlier_one_changed(write_rule, make_firm):
    write_rule({"on": "created"}, [{"do": "set_field", "with": {"field": "name", "value": "新{name}"}}], name="改名")
    write_rule({"on": "created"}, [TELL], name="通知")
    make_firm("一厂")
    let_it_run()

    assert told() == ["请看新一厂"]


def test_events_looked_at_together_are_sealed_in_short_links_and_each_starts_its_rules_once(
    write_rule, make_firm, monkeypatch
):
    write_rule({"on": "created"}, [TELL])
    let_it_run()
    links = Seal.objects.count()
    for number in range(5):
        make_firm(f"厂{number}")
    monkeypatch.setattr("kezhi.core.sealing._pace.size", 2)
    monkeypatch.setattr("kezhi.core.sealing._pace.note", lambda count, seconds: None)
    let_it_run()

    assert Seal.objects.count() == links + 3
    assert told() == [f"请看厂{number}" for number in range(5)]


def test_a_condition_becomes_a_statement_once(write_rule, make_firm):
    rule = write_rule({"on": "created"}, [TELL], condition=STEEL)
    firms_made = [make_firm("钢厂", trade="steel"), make_firm("面馆", trade="food")]
    ids = {firm.pk for firm in firms_made}
    live = live_rules().by_id[rule.pk]
    with epochs.snapshot():
        assert matching_ids(live, ids) == {firms_made[0].pk}
        with CaptureQueriesContext(connection) as asked:
            assert matching_ids(live, {firms_made[1].pk}) == set()
            assert matching_ids(live, set()) == set()
    assert len(asked) == 1


def test_a_kept_statement_follows_the_people_of_a_trial(write_rule, make_firm, firms):
    department = Department.objects.get(pk=firms.rep.user.department_id)
    rule = write_rule({"on": "created"}, [TELL], pilot=department)
    firm = make_firm("钢厂")
    assert matching_ids(live_rules().by_id[rule.pk], {firm.pk}) == {firm.pk}

    User.objects.filter(pk=firms.rep.id).update(department=None)
    epochs.bump(EPOCH)

    assert matching_ids(live_rules().by_id[rule.pk], {firm.pk}) == set()


def test_a_deleted_record_meets_only_rules_about_deleting(write_rule, make_firm):
    kept = write_rule({"on": "created"}, [TELL], name="新建")
    gone = write_rule({"on": "deleted"}, [TELL], name="删除")
    firm = make_firm("一厂")
    Firm.objects.ungated("test").filter(pk=firm.pk).update(deleted_at=firm.created_at)

    assert matching_ids(live_rules().by_id[kept.pk], {firm.pk}) == set()
    assert matching_ids(live_rules().by_id[gone.pk], {firm.pk}) == {firm.pk}
