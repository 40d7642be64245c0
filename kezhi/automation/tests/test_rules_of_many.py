"""A rule that matches a great many records: worked through in parts, told in one line, foreseen without walking."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.automation import scanning
from kezhi.automation.definition import read_definition
from kezhi.automation.models import Firing, RuleRun, RunState
from kezhi.automation.scanning import scan_rule
from kezhi.automation.tests.conftest import let_it_run
from kezhi.automation.trying import try_rule
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure, set_figure
from kezhi.core.models import Job, JobState
from kezhi.records.tests.fake_types import FIRM
from kezhi.work.models import Notification

pytestmark = pytest.mark.django_db

TELL = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "请看{name}"}}}


def test_all_are_reached_once_part_by_part(write_rule, make_firm, monkeypatch):
    monkeypatch.setattr(scanning, "_PAGE", 3)
    firms_made = [make_firm(f"厂{number}") for number in range(10)]
    rule = write_rule({"on": "schedule", "cron": "0 9 * * *"}, [TELL])
    let_it_run()
    assert not RuleRun.objects.exists()

    scan_rule(rule_id=rule.pk, moment=now().isoformat())
    waiting = Job.objects.filter(name="automation.scan_rule", state=JobState.WAITING).count()
    let_it_run()

    assert waiting == 1  # the next part; never all in one transaction
    assert sorted(RuleRun.objects.values_list("record_id", flat=True)) == sorted(firm.pk for firm in firms_made)
    assert set(RuleRun.objects.values_list("state", flat=True)) == {RunState.DONE}
    assert Firing.objects.count() == 10


def test_one_person_is_told_in_one_line(write_rule, make_firm):
    many = integer_figure("automation.fold_after") + 3
    write_rule({"on": "created"}, [TELL], name="新厂")
    for number in range(many):
        make_firm(f"厂{number}")
    let_it_run()

    [notice] = Notification.objects.filter(kind="reminder")
    assert (notice.title, notice.count) == (f"新厂：{many} 条", many)


def test_lines_further_apart_than_their_figure_stay_apart(write_rule, make_firm, firms, clock_at):
    ref = firms.administrator.actor.ref
    set_figure("automation.fold_after", 1, actor_ref=ref)
    set_figure("automation.fold_minutes", 30, actor_ref=ref)
    clock_at("2026-11-02 10:00")
    write_rule({"on": "created"}, [TELL], name="新厂")
    counts = []
    for time in ("10:00", "10:20", "11:30"):
        clock_at(f"2026-11-02 {time}")
        make_firm(f"厂{time}")
        let_it_run()
        counts.append(sorted(Notification.objects.filter(kind="reminder").values_list("count", flat=True)))

    assert counts == [[1], [2], [1, 2]]


def test_how_far_it_would_reach_is_counted_without_walking_through_them(make_firm, firms):
    firms.grant("automation", actions=("view", "edit"))
    definition = read_definition({"when": {"on": "created"}, "if": {}, "do": [TELL]}, FIRM)

    def tried(count):
        for number in range(count):
            make_firm(f"厂{count}-{number}")
        with CaptureQueriesContext(connection) as asked:
            trial = try_rule(definition, actor=firms.administrator.actor)
        return trial, len(asked)

    tried(2)
    _trial, few = tried(60)
    trial, many = tried(60)

    assert many == few
    assert (trial.looked_at, trial.messages, trial.people) == (122, 122, 1)
    assert not RuleRun.objects.exists()
