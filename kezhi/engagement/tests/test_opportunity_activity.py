"""Talking with a customer is work on what is sold to it: open opportunities say so at once (FUP-2, SAL-2)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.core.clock import day_start, now, today
from kezhi.core.health import examine
from kezhi.customers.merging import merge_customers
from kezhi.engagement.operations import record_follow_up
from kezhi.records.operations import change_record, create_record, delete_records
from kezhi.records.registry import record_type
from kezhi.sales.boards import last_activity
from kezhi.sales.facts_pipelines import refresh_activities
from kezhi.sales.models import Opportunity
from kezhi.sales.operations.stages import enter_stage

pytestmark = pytest.mark.django_db

NOTHING_NEXT = {"next_action": "", "next_person": "", "next_due_at": "", "no_next_reason": "等对方内部讨论"}


@pytest.fixture
def sell(people, customer):
    people.grant("opportunity", actions=("view", "create", "edit", "delete"))

    def make(name="澜图机房改造", to=customer, days=3):
        raw = {"name": name, "customer": str(to.pk)}
        opportunity = create_record(record_type("opportunity"), raw, actor=people.rep.actor)
        long_ago = now() - timedelta(days=days)
        Opportunity.objects.ungated("test").filter(pk=opportunity.pk).update(stage_entered_at=long_ago)
        refresh_activities([opportunity.pk])
        return opportunity

    return make


def last_of(opportunity):
    return Opportunity.objects.ungated("test").get(pk=opportunity.pk).last_activity_at


def differences():
    return [said for key, said in examine() if key == "activities" and "activity" in said]


def test_a_follow_up_is_activity_of_the_customers_open_opportunities(sell, customer, people, words):
    first, second = sell(), sell("澜图备份")
    follow_up = record_follow_up(customer, words(**NOTHING_NEXT), actor=people.rep.actor)

    assert [last_of(first), last_of(second)] == [follow_up.happened_at] * 2
    assert differences() == []


def test_a_follow_up_deleted_is_no_activity(sell, customer, people, words):
    opportunity = sell()
    before = last_of(opportunity)
    follow_up = record_follow_up(customer, words(**NOTHING_NEXT), actor=people.rep.actor)
    delete_records(record_type("follow_up"), [follow_up.pk], actor=people.rep.actor)

    assert last_of(opportunity) == before
    assert differences() == []


def test_what_ended_does_not_move_any_more(sell, customer, people, words):
    lost = sell()
    enter_stage(lost, "project.lost", actor=people.rep.actor, values={"lost_reason": "price"})
    ended = last_of(lost)
    Opportunity.objects.ungated("test").filter(pk=lost.pk).update(stage_entered_at=ended - timedelta(days=9))
    refresh_activities([lost.pk])
    record_follow_up(customer, words(**NOTHING_NEXT), actor=people.rep.actor)

    assert last_of(lost) == ended - timedelta(days=9)


def test_an_opportunity_given_another_customer_has_that_ones_follow_ups(sell, customer, people, words):
    follow_up = record_follow_up(customer, words(**NOTHING_NEXT), actor=people.rep.actor)
    values = {"name": "常州宏远机械有限公司", "phone": "13912345678", "industry": "it", "level": "A"}
    other = create_record(record_type("customer"), values, actor=people.rep.actor)
    opportunity = sell(to=other)
    assert last_of(opportunity) < follow_up.happened_at

    change_record(opportunity, {"customer": str(customer.pk)}, actor=people.rep.actor)
    assert last_of(opportunity) == follow_up.happened_at


def test_merged_customers_bring_their_follow_ups_to_the_opportunities(sell, customer, people, words):
    people.grant("customer", actions=("merge", "delete"))
    follow_up = record_follow_up(customer, words(**NOTHING_NEXT), actor=people.rep.actor)
    values = {"name": "苏州澜图科技", "phone": "13912345678", "industry": "it", "level": "A"}
    other = create_record(record_type("customer"), values, actor=people.rep.actor)
    opportunity = sell(to=other)

    merge_customers(customer.pk, other.pk, {}, actor=people.rep.actor)
    assert last_of(opportunity) == follow_up.happened_at
    assert differences() == []


def test_ten_opportunities_take_as_many_statements_as_one(sell, customer, people, words):
    one, ten = [sell()], [sell(f"澜图 {number}") for number in range(10)]
    record_follow_up(customer, words(**NOTHING_NEXT), actor=people.rep.actor)
    counts = []
    for opportunities in (one, ten):
        ids = [opportunity.pk for opportunity in opportunities]
        Opportunity.objects.ungated("test").filter(pk__in=ids).update(last_activity_at=None)
        with CaptureQueriesContext(connection) as asked:
            refresh_activities(ids)
        counts.append(len(asked))
        assert [last_of(opportunity) for opportunity in opportunities].count(None) == 0

    assert counts[0] == counts[1]


def test_a_card_says_how_long_ago(people):
    noon = day_start(today()) + timedelta(hours=12)
    assert "今天有动作" in last_activity(now())
    assert "4 天前有动作" in last_activity(noon - timedelta(days=4))
    assert last_activity(None) == ""
