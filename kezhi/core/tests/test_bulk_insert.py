import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from kezhi.core.bulk_insert import insert_many, insert_values
from kezhi.core.models.events import Event, EventSubject

pytestmark = pytest.mark.django_db


def make_event(number):
    return Event(
        at=dt.datetime(2026, 11, 22, 6, 30, number, tzinfo=dt.UTC),
        kind="test",
        record_type="customer",
        record_id=number,
        actor_kind="system",
        actor_label="test",
        door="system",
        operation=f"op{number}",
    )


def test_objects_get_ids_in_order_and_are_stored_as_they_are():
    first = make_event(1)
    first.save()
    events = [make_event(number) for number in range(2, 5)]

    insert_many(events)

    assert [event.pk for event in events] == sorted({event.pk for event in events})
    assert min(event.pk for event in events) > first.pk
    for event in events:
        stored = Event.objects.get(pk=event.pk)
        assert (stored.at, stored.record_id, stored.actor_id, stored.changes) == (event.at, event.record_id, None, "{}")


def test_what_is_saved_afterwards_gets_the_next_id():
    events = [make_event(1), make_event(2)]
    insert_many(events)
    after = make_event(3)
    after.save()

    assert after.pk > events[-1].pk


def test_a_constraint_is_kept_or_its_breakers_are_left_out():
    event = make_event(1)
    event.save()
    rows = [(event.pk, "customer", 1), (event.pk, "customer", 1)]

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_values(EventSubject, ("event", "record_type", "record_id"), rows)
    insert_values(EventSubject, ("event", "record_type", "record_id"), rows, conflicts=True)

    assert EventSubject.objects.filter(event=event).count() == 1


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_refuses():
    with pytest.raises(RuntimeError):
        insert_many([make_event(1)])

    assert Event.objects.count() == 0
