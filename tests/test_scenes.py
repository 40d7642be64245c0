"""What is written as remembered is what the operation writes."""

import datetime as dt

import pytest
from django.db import transaction

from kezhi.access.models import User
from kezhi.access.testing import make_cast
from kezhi.core.clock import now
from kezhi.records.defaults import install_defaults
from kezhi.records.models import PickItem, PickList
from tests import scenes
from tests.scenes import play

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    monkeypatch.setattr(scenes, "_remembered", {})


def one_test(*makes):
    """The rows and the cast a test would find that begins with these scenes; then everything is taken back."""
    with transaction.atomic():
        scenes.begin()
        cast, *_others = [play(make) for make in makes]
        rows = [list(model.objects.order_by("pk").values()) for model in (User, PickList, PickItem)]
        transaction.set_rollback(True)
    return rows, cast


def test_the_second_test_finds_the_same_rows_under_the_same_ids(clock_at):
    clock_at("2026-11-20 09:30")

    first, cast = one_test(make_cast, install_defaults)
    second, again = one_test(make_cast, install_defaults)

    assert all(first)
    assert second == first
    assert [member.user.pk for member in again] == [member.user.pk for member in cast]
    assert again.rep.user is not cast.rep.user
    assert again.rep.user.manager == cast.manager.user


def test_what_happened_then_happens_now(clock_at):
    clock = clock_at("2026-11-20 09:30")
    (users, *_lists), _cast = one_test(make_cast)
    clock.shift(dt.timedelta(days=40))

    (later, *_lists), cast = one_test(make_cast)

    assert {user["created_at"] for user in later} == {now()}
    assert cast.rep.user.created_at == now()
    assert [user["created_at"] + dt.timedelta(days=40) for user in users] == [user["created_at"] for user in later]


def test_after_anything_else_was_written_the_operation_itself_is_called():
    called = []

    def make():
        called.append(1)

    make.__qualname__ = "make"
    for _test in range(2):
        scenes.begin()
        play(make)
    assert called == [1]

    PickList.objects.create(key="another", name_zh="另一个", name_en="Another")
    play(make)

    assert called == [1, 1]
