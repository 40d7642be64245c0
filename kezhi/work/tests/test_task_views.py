"""The lists of tasks that come with the system."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from kezhi.records.defaults import install_defaults
from kezhi.records.models import SavedView
from kezhi.work.operations import plan_task

pytestmark = pytest.mark.django_db

OLD = ("tasks-all", "tasks-mine", "tasks-open")


def order():
    return list(SavedView.objects.filter(key__in=OLD).order_by("position").values_list("key", flat=True))


def put_first():
    import_module("kezhi.work.migrations.0006_open_tasks_first").put_first(apps, SimpleNamespace(connection=connection))


def test_the_list_of_tasks_begins_with_ones_own_open_ones_the_next_due_first(cast):
    cast.grant("task")
    install_defaults()
    for title, owner in (("报价", cast.rep), ("别人的", cast.colleague)):
        plan_task(title, owner_id=owner.id, due_at=None, actor=cast.manager.actor)

    page = cast.rep.client().get("/tasks/").content.decode()
    assert ("报价" in page, "别人的" in page) == (True, False)
    assert SavedView.objects.get(key=order()[0]).sort == "due_at"


def test_an_older_installation_gets_the_new_order_unless_it_has_one_of_its_own():
    install_defaults()
    for position, key in enumerate(OLD, start=5):
        SavedView.objects.filter(key=key).update(position=position)
    put_first()
    assert order() == ["tasks-mine", "tasks-open", "tasks-all"]

    SavedView.objects.filter(key="tasks-open").update(position=1)
    put_first()
    assert order() == ["tasks-open", "tasks-mine", "tasks-all"]
