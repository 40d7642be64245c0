import pytest
from django.apps import apps

from kezhi.core.blanks import defaults_of, new_object
from kezhi.core.models import Event, Job


def values_of(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.parametrize("model", [each for each in apps.get_models() if each._meta.managed], ids=lambda m: m.__name__)
def test_a_blank_object_holds_what_django_would_give_it(model):
    assert defaults_of(model) == values_of(model())
    assert values_of(new_object(model)) == values_of(model())


def test_values_are_set_by_attribute_and_nothing_is_shared_between_objects():
    first, second = new_object(Job, name="a"), new_object(Job)
    first.args["x"] = 1

    assert (first.name, first.args, second.args) == ("a", {"x": 1}, {})
    assert (first._state.adding, first.pk) == (True, None)


@pytest.mark.django_db
def test_a_blank_object_is_saved_like_any_other():
    row = new_object(Event, kind="test", record_type="customer", record_id=1, actor_kind="system", door="job")
    row.at = "2026-11-22T06:30:00Z"
    row.operation = "op"
    row.save()

    assert Event.objects.get(pk=row.pk).kind == "test"
