"""Records are found by what a new version finds them by, also those saved before."""

import pytest
from django.db import connection

from kezhi.core.jobs import run_pending
from kezhi.core.statistics import refresh_statistics
from kezhi.customers.models import Customer
from kezhi.records.jobs import rebuild_outdated_searches
from kezhi.records.models import SearchEntry, SearchScheme
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from kezhi.records.search import scheme
from kezhi.records.search.engine import engine
from kezhi.records.search.finding import find_records

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(people):
    return create_record(record_type("customer"), {"name": "苏州澜图科技有限公司"}, actor=people.rep.actor)


def found(people):
    return [hit.record.id for hits in find_records("澜图", people.rep.actor) for hit in hits.hits]


def test_records_saved_before_an_upgrade_are_found_after_it(customer, people, monkeypatch):
    rebuild_outdated_searches()
    run_pending()
    entry = SearchEntry.objects.get(record_type="customer", record_id=customer.pk)
    scheme_before = SearchScheme.objects.get(record_type="customer").scheme
    engine().drop([(entry.pk, entry.words)])
    entry.delete()  # as if names had not been words before
    assert found(people) == []
    monkeypatch.setattr(scheme, "_WAY", 99)

    rebuild_outdated_searches()
    run_pending()

    assert found(people) == [customer.pk]
    assert SearchScheme.objects.get(record_type="customer").scheme != scheme_before
    assert scheme.outdated_types() == []


def test_nothing_is_made_anew_while_words_are_made_as_before(customer, people, monkeypatch):
    rebuild_outdated_searches()
    run_pending()
    asked = []
    monkeypatch.setattr("kezhi.records.jobs.rebuild_index", lambda known: asked.append(known.key))

    rebuild_outdated_searches()
    run_pending()

    assert asked == []


def test_a_type_without_records_is_settled_without_a_job(people):
    rebuild_outdated_searches()

    assert scheme.outdated_types() == []


def test_statements_that_say_a_text_is_filled_use_the_index_over_filled_texts(customer, people):
    refresh_statistics()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # it reads so small a table whole
    rows = Customer.objects.ungated("test").filter(phone_index__in=["a", "b"], phone_index__filled=True)

    assert "customer_phone" in rows.values_list("pk").explain()
    assert rows.count() == 0


def test_filled_and_empty_texts_are_told_apart(customer, people):
    rows = Customer.objects.ungated("test")

    assert (rows.filter(phone_index__filled=True).count(), rows.filter(phone_index__filled=False).count()) == (0, 1)
