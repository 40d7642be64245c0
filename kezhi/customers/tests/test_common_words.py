"""Words that very many records have: what is looked at stays little, and nothing that can be found gets lost behind."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from kezhi.records.search import candidates, finding
from kezhi.records.search.finding import find_records

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_windows(monkeypatch):
    monkeypatch.setattr(candidates, "_WINDOW", 6)
    monkeypatch.setattr(candidates, "_ROUND", 3)
    monkeypatch.setattr(finding, "_CANDIDATES", 4)
    monkeypatch.setattr(finding, "_FEW", 1)


def found(text, member, **more):
    return {
        hits.record_type.key: [hit.record.title for hit in hits.hits]
        for hits in find_records(text, member.actor, **more)
    }


def test_another_type_is_found_behind_many_newer_customers_of_the_word(make_customer, make_contact, people):
    contact = make_contact(make_customer("无锡无关有限公司"), "科技小沈")
    for number in range(12):
        make_customer(f"苏州{number}号科技有限公司")

    result = found("科技", people.rep, most=2)

    assert (len(result["customer"]), result["contact"]) == (2, [contact.name])


def test_an_own_record_is_found_behind_many_newer_ones_of_others(make_customer, people):
    make_customer("苏州自家科技有限公司")
    for number in range(40):
        make_customer(f"苏州{number}号科技有限公司", by=people.outsider)

    assert found("科技", people.rep, most=2) == {"customer": ["苏州自家科技有限公司"]}


def test_the_best_of_those_looked_at_stand_first(make_customer, people):
    make_customer("科技")
    make_customer("科技园物业有限公司")
    for number in range(2):
        make_customer(f"苏州{number}号科技有限公司")

    [hits] = find_records("科技", people.rep.actor, only=["customer"], most=4)

    assert [hit.rank for hit in hits.hits] == [1, 2, 3, 3]
    assert [hit.record.title for hit in hits.hits][:2] == ["科技", "科技园物业有限公司"]


@pytest.mark.parametrize("most", [1, 30])
def test_the_end_of_a_phone_is_found_whether_few_or_many_records_hold_the_digits(make_customer, people, most):
    for number in range(8):
        make_customer(f"苏州第7788{number}号科技有限公司")
    mine = make_customer("苏州来电科技有限公司", phone="13812347788")

    [hits] = [each for each in find_records("7788", people.rep.actor, most=most) if each.record_type.key == "customer"]

    assert (hits.hits[0].record.title, hits.hits[0].rank) == (mine.name, 2)


def test_the_end_of_a_phone_of_somebody_elses_customer_finds_nothing(make_customer, people):
    make_customer("苏州来电科技有限公司", phone="13812347788")

    assert found("7788", people.outsider) == {}


def test_a_common_word_is_looked_up_twice_however_many_types_and_records_there_are(make_customer, people):
    for number in range(36):
        make_customer(f"苏州{number}号科技有限公司")

    with CaptureQueriesContext(connection) as context:
        find_records("科技", people.rep.actor, most=2)

    assert sum("records_searchentry" in query["sql"] for query in context.captured_queries) == 2


def test_what_is_found_of_one_type_only_is_not_lost_among_others(make_customer, make_contact, people):
    customer = make_customer("苏州甲科技有限公司")
    for number in range(12):
        make_contact(customer, f"科技{number}")

    assert found("科技", people.rep, only=["customer"]) == {"customer": ["苏州甲科技有限公司"]}


def test_tasks_are_found_too(people, make_customer):
    create_record(
        record_type("task"), {"title": "拜访科技园", "due_at": "2030-01-02T10:00:00+08:00"}, actor=people.rep.actor
    )

    assert found("科技", people.rep) == {"task": ["拜访科技园"]}
