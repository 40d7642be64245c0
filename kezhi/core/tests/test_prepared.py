import datetime as dt

import pytest
from django.core.exceptions import EmptyResultSet
from django.db.models import Case, IntegerField, Value, When

from kezhi.core.models.events import Event
from kezhi.core.prepared import prepare

pytestmark = pytest.mark.django_db


def make_event(number):
    return Event.objects.create(
        at=dt.datetime(2026, 11, 22, 6, 30, number, tzinfo=dt.UTC),
        kind="test 100%",
        record_type="customer",
        record_id=number,
        actor_kind="system",
        actor_label="test",
        door="system",
        operation=f"op{number}",
    )


def rows():
    turn = Case(When(record_id__gte=2, then=Value(1)), default=Value(0), output_field=IntegerField())
    chosen = Event.objects.filter(kind="test 100%").annotate(turn=turn).order_by("-pk")
    return chosen.values_list("pk", "at", "turn", "operation")


def test_a_prepared_statement_gives_what_the_queryset_gives_for_any_ids():
    events = [make_event(number) for number in range(4)]
    statement = prepare(rows())

    for chosen in (events[:1], events[1:], events[::-1]):
        ids = [event.pk for event in chosen]
        assert statement.ask(ids) == list(rows().filter(pk__in=ids))


def test_the_ids_may_be_those_of_another_column():
    events = [make_event(number) for number in range(3)]

    assert [row[0] for row in prepare(rows(), "record_id").ask([1, 2])] == [events[2].pk, events[1].pk]


def test_conditions_that_let_nothing_through_cannot_be_prepared():
    with pytest.raises(EmptyResultSet):
        prepare(rows().filter(record_id__in=[]))
