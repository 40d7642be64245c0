"""The report of a month, and what rules tell their administrators by themselves."""

from datetime import datetime, timedelta

import pytest
import time_machine

from kezhi.access.models import Grant
from kezhi.access.rights import EPOCH
from kezhi.automation.models import Rule, RuleRun, RunState
from kezhi.automation.month import month_report
from kezhi.automation.reporting import report_failing, report_month, report_review
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core import epochs
from kezhi.core.clock import company_zone
from kezhi.work.models import Delivery, Notification

pytestmark = pytest.mark.django_db

TELL = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "请看{name}"}}}
MIDDLE = datetime(2026, 10, 15, 10, tzinfo=company_zone())
FIRST = MIDDLE.date().replace(day=1)


@pytest.fixture
def october(write_rule, make_firm, firms):
    """Twenty runs of one rule in October, two of which failed, and one of another; one more run in November."""
    with time_machine.travel(MIDDLE, tick=False):
        busy = write_rule({"on": "created"}, [TELL], name="来了")
        calm = write_rule({"on": "deleted"}, [TELL], name="走了")
        make_firm()
        let_it_run()
        RuleRun.objects.all().delete()
        rows = [
            RuleRun(
                rule=rule, version=rule.current, record_type="firm", record_id=number, state=RunState.DONE,
                started_at=MIDDLE, happened_at=MIDDLE - timedelta(seconds=2),
                finished_at=MIDDLE + timedelta(seconds=late),
            )
            for number, (rule, late) in enumerate([(busy, 0)] * 20 + [(calm, 58)])
        ]  # fmt: skip
        for row in rows[:2]:
            row.state, row.error = RunState.FAILED, "Traceback\n  ...\nValueError: 字段不在了"
        late = RuleRun(
            rule=busy, version=busy.current, record_type="firm", record_id=99, state=RunState.DONE,
            started_at=MIDDLE + timedelta(days=20), happened_at=MIDDLE + timedelta(days=20),
        )  # fmt: skip
        RuleRun.objects.bulk_create([*rows, late])
    return busy, calm


def test_a_month_says_how_rules_ran_what_failed_and_which_was_slowest(october):
    busy, calm = october
    notice = Notification.objects.order_by("pk").first()
    for number, state in enumerate([Delivery.State.SENT] * 3 + [Delivery.State.FAILED]):
        Delivery.objects.create(
            notification=notice, user_id=notice.user_id, channel=f"channel-{number}", key=str(number),
            state=state, created_at=MIDDLE, due_at=MIDDLE,
        )  # fmt: skip

    report = month_report(FIRST)

    figures = [(line.rule.pk, line.figures.runs, line.figures.success, line.lag, line.slowest) for line in report.lines]
    assert figures[:2] == [(busy.pk, 20, 90.0, "2 秒", "2 秒"), (calm.pk, 1, 100.0, "60 秒", "60 秒")]
    assert (report.success_words, report.delivered_words, report.slowest.rule.pk) == ("90.4%", "75%", calm.pk)
    assert [(each.rule.pk, each.words, each.count) for each in report.reasons] == [
        (busy.pk, "ValueError: 字段不在了", 2)
    ]
    assert [line.rule.pk for line in report.failing] == [busy.pk]


def test_the_page_shows_any_month_and_what_programs_said_only_to_those_who_look_after_rules(october, firms):
    page = firms.administrator.client().get("/settings/rules/month/?month=2026-10")
    assert page.context["report"].first == FIRST
    assert "ValueError: 字段不在了" in page.content.decode()
    for odd in ("", "2026-13", "0001-01", "x" * 7, "9999-12"):
        assert firms.administrator.client().get("/settings/rules/month/", {"month": odd}).status_code == 200
    Grant.objects.filter(subject="automation", action="edit").delete()
    epochs.bump(EPOCH)
    page = firms.administrator.client().get("/settings/rules/month/?month=2026-10")
    assert (page.status_code, page.context["reasons"]) == (200, [])


def test_the_first_of_a_month_tells_of_the_month_before_and_of_rules_nobody_looked_at(october, firms):
    busy, _calm = october
    Rule.objects.filter(pk=busy.pk).update(turned_at=MIDDLE - timedelta(days=200))
    with time_machine.travel(datetime(2026, 11, 1, 9, tzinfo=company_zone()), tick=False):
        report_month()
        report_month()
        report_review()
        told = Notification.objects.filter(kind="rule_report", user_id=firms.administrator.id).order_by("pk")

    assert list(told.values_list("title", "why", "url")) == [
        ("上月规则共运行 21 次，失败 2 次", "1 条规则失败偏多。", "/settings/rules/month/?month=2026-10"),
        ("1 条规则该复核了", "看看每条是否还合适，记为复核过。", "/settings/rules/runs/"),
    ]


def test_a_rule_that_fails_too_often_is_told_of_once_a_day(october, firms):
    with time_machine.travel(MIDDLE + timedelta(hours=1), tick=False):
        report_failing()
        report_failing()
        told = Notification.objects.filter(kind="rule_report", user_id=firms.administrator.id)

    assert [(each.title, each.urgency) for each in told] == [("规则“来了”失败偏多", Notification.Urgency.HIGH)]
