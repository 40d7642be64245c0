# zh-data: names of the demo company
"""``kezhi demo`` on the command line, and what a new installation is given."""

import argparse

import pytest

from kezhi.access.models import Role, User
from kezhi.config.commands import demo, migrate
from kezhi.config.install import install_shipped
from kezhi.core.models import CalendarDay
from kezhi.customers.models import Customer
from kezhi.records.models import PickList, SavedView

pytestmark = pytest.mark.django_db


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    return parser.parse_args(arguments)


def test_it_is_loaded_and_prints_who_can_sign_in(capsys, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path

    assert demo.run(options("--size", "14")) == 0
    assert "14 customers" in capsys.readouterr().out
    assert demo.run(options("--sign-ins")) == 0

    printed = capsys.readouterr().out
    assert "wenjing      李文静" in printed
    assert demo.PASSWORD in printed


def test_a_second_time_it_refuses_and_says_so(cast, capsys):
    assert demo.run(options()) == 1

    assert "--force" in capsys.readouterr().err
    assert not Customer.objects.ungated("test").exists()


def test_an_empty_database_is_brought_up_to_date_first(cast, capsys, monkeypatch):
    done = []
    monkeypatch.setattr(migrate, "steps_to_do", lambda: [("a migration", False)])
    monkeypatch.setattr(migrate, "run", lambda given: done.append(given.check))

    assert demo.run(options()) == 1
    assert done == [False]


def test_without_the_demo_company_nobody_is_printed(cast, capsys):
    assert demo.run(options("--sign-ins")) == 0

    assert capsys.readouterr().out == ""


def test_a_new_installation_has_its_roles_lists_views_and_calendar(capsys):
    install_shipped()
    install_shipped()

    assert Role.objects.filter(key="sales_rep").count() == 1
    assert PickList.objects.filter(key="level").count() == 1
    assert SavedView.objects.filter(key="customers-mine").count() == 1
    assert CalendarDay.objects.exists()
    assert not User.objects.exists()
