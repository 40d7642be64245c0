"""The promise to review: what starts its clock, what meets it, and whose it is (CUS-9)."""

from collections import defaultdict

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.access.models import UserRole
from kezhi.access.rights import EPOCH
from kezhi.automation.defaults import install_rules
from kezhi.automation.models import Rule, RuleRun, RunState
from kezhi.automation.operations import switch_off
from kezhi.core import epochs
from kezhi.core.figures import set_figure
from kezhi.core.models import Event
from kezhi.core.sealing import seal_all, seal_events
from kezhi.customers.operations.reviewing import review_customer
from kezhi.records.defaults import install_defaults
from kezhi.records.operations import create_record
from kezhi.records.operations.writing import draft_new, store_new
from kezhi.records.registry import record_type
from kezhi.work.deadlines import Deadline
from tests.scenes import play

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewed(cast):
    play(install_defaults)
    play(install_rules)
    play(cast.grant, "customer", "contact", "task")
    set_figure("customers.review", "new", actor_ref=cast.administrator.actor.ref)
    return create_record(
        record_type("customer"), {"name": "苏州澜图科技有限公司", "phone": "13812345678"}, actor=cast.rep.actor
    )


def reviews():
    rows = Deadline.objects.ungated("test").filter(kind="review").order_by("pk")
    return [(row.record_id, row.owner_id, row.state) for row in rows]


def test_what_waits_for_review_is_promised_by_the_steward(cast, reviewed):
    seal_all()
    assert reviews() == [(reviewed.pk, cast.steward.id, "running")]


def test_the_stewards_word_meets_it(cast, reviewed):
    seal_all()
    review_customer(reviewed, "passed", actor=cast.steward.actor)
    seal_all()
    assert reviews() == [(reviewed.pk, cast.steward.id, "met")]


def test_without_a_steward_it_is_up_to_the_one_above(cast, reviewed):
    UserRole.objects.filter(user=cast.steward.user).delete()
    epochs.bump(EPOCH)
    seal_all()
    assert reviews() == [(reviewed.pk, cast.manager.id, "running")]


def test_switching_the_rule_off_starts_no_more_clocks(cast, reviewed):
    cast.grant("automation", actions=("view", "edit"))
    rule = Rule.objects.get(shipped_key="customer.review_promised")
    switch_off(rule, reason="由主管当面审核", actor=cast.administrator.actor)
    seal_all()
    assert reviews() == []


def test_each_clock_says_which_rule_set_it(cast, reviewed):
    seal_all()
    run = RuleRun.objects.get(rule__shipped_key="customer.review_promised")
    started = Event.objects.get(kind="deadline.started", operation=run.operation)
    assert (run.record_id, run.state) == (reviewed.pk, RunState.DONE)
    assert started.door_ref == f"{run.rule_id}:1"
    assert started.cause_id == run.event_id


class AllTogether:
    """How many are sealed and carried out in one step is no affair of the machine's speed here."""

    size = 200

    def note(self, count, seconds):
        pass


def test_the_clocks_of_many_records_take_no_more_queries_than_those_of_few(cast, monkeypatch):
    monkeypatch.setattr("kezhi.core.sealing._pace", AllTogether())
    monkeypatch.setattr("kezhi.automation.running._paces", defaultdict(AllTogether))
    play(install_defaults)
    play(install_rules)
    play(cast.grant, "customer", "contact", "task")
    set_figure("customers.review", "new", actor_ref=cast.administrator.actor.ref)

    def queries(count):
        rows = [{"name": f"苏州澜图科技{number}号有限公司"} for number in range(count)]
        drafts = draft_new(record_type("customer"), rows, actor=cast.rep.actor)
        store_new(record_type("customer"), drafts, actor=cast.rep.actor)
        with CaptureQueriesContext(connection) as counted:
            seal_events(200)
        return len(counted)

    queries(1)
    few, many = queries(3), queries(60)
    assert many <= few + 5
    assert len(reviews()) == 64
