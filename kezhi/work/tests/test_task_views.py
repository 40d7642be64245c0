"""The lists of tasks that come with the system."""

import re
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from kezhi.core import epochs
from kezhi.records.defaults import install_defaults
from kezhi.records.listing.views import EPOCH
from kezhi.records.models import SavedView
from kezhi.work.operations import plan_task
from kezhi.work.today import today_page
from tests.scenes import play

pytestmark = pytest.mark.django_db

OLD = ("tasks-all", "tasks-mine", "tasks-open")


def order():
    return list(SavedView.objects.filter(key__in=OLD).order_by("position").values_list("key", flat=True))


def put_first():
    import_module("kezhi.work.migrations.0006_open_tasks_first").put_first(apps, SimpleNamespace(connection=connection))


@pytest.fixture
def tasks(cast):
    """An open task of the manager, and one of the rep's, whom they lead."""
    play(cast.grant, "task")
    play(install_defaults)
    for title, owner in (("报价", cast.manager), ("下属的", cast.rep)):
        plan_task(title, owner_id=owner.id, due_at=None, actor=cast.manager.actor)
    return cast


def shown(client, address):
    page = client.get(address).content.decode()
    [current] = re.findall(r'<a class="tabs__tab" href="[^"]*" aria-current="page">([^<]*)', page)
    return current.strip(), [title for title in ("报价", "下属的") if f">{title}<" in page]


def test_the_list_of_tasks_opens_with_ones_own_open_ones_and_leads_to_all(tasks):
    client = tasks.manager.client()
    page = client.get("/tasks/").content.decode()
    tabs = re.findall(r'<a class="tabs__tab" href="([^"]*)"[^>]*>([^<]*)', page)

    assert [label.strip() for _address, label in tabs] == ["我的待办", "团队待办", "全部任务"]
    assert shown(client, "/tasks/") == ("我的待办", ["报价"])
    assert [shown(client, address) for address, _label in tabs[1:]] == [
        ("团队待办", ["报价", "下属的"]),
        ("全部任务", ["报价", "下属的"]),
    ]


def test_who_has_thrown_the_shipped_view_away_begins_with_everything(tasks):
    SavedView.objects.filter(key="tasks-mine").delete()
    epochs.bump(EPOCH)

    assert shown(tasks.manager.client(), "/tasks/") == ("全部任务", ["报价", "下属的"])


def test_a_name_of_the_team_on_today_leads_to_that_persons_open_tasks(tasks):
    [colleague] = [row for row in today_page(tasks.manager.actor).team if row.name == tasks.rep.user.name]
    page = tasks.manager.client().get(colleague.url).content.decode()

    assert (">下属的<" in page, ">报价<" in page) == (True, False)


def test_an_older_installation_gets_the_new_order_unless_it_has_one_of_its_own():
    install_defaults()
    for position, key in enumerate(OLD, start=5):
        SavedView.objects.filter(key=key).update(position=position)
    put_first()
    assert order() == ["tasks-mine", "tasks-open", "tasks-all"]

    SavedView.objects.filter(key="tasks-open").update(position=1)
    put_first()
    assert order() == ["tasks-open", "tasks-mine", "tasks-all"]
