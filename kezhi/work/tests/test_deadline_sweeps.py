"""Several sweeps at once, and sweeps that die: every threshold is passed once all the same."""

import threading
from collections import Counter

import pytest
from django.db import close_old_connections, connection

from kezhi.access.actors import system_actor
from kezhi.core.clock import now
from kezhi.core.events import read_facts
from kezhi.core.models import Event
from kezhi.core.sealing import seal_all
from kezhi.work import deadlines_sweep
from kezhi.work.deadlines import Promise, start_deadlines
from kezhi.work.deadlines_sweep import sweep_deadlines
from kezhi.work.models import Deadline
from kezhi.work.operations.tasks import About

COUNT = 60


@pytest.fixture
def due(promise_kinds, clock_at):
    """Many clocks that have used three quarters of their time."""
    clock = clock_at("2026-11-23 09:00")
    promises = [
        Promise(kind="reply", about=About("fake", pk, "某记录"), owner_id=None, minutes=100)
        for pk in range(1, COUNT + 1)
    ]
    start_deadlines(promises, actor=system_actor("test"))
    seal_all()
    clock.shift(80 * 60)


def warnings():
    rows = Event.objects.filter(kind="deadline.warned").order_by("pk")
    return Counter((row.record_id, read_facts(row)["percent"]) for row in rows)


def each_once():
    return Counter({(pk, percent): 1 for pk in range(1, COUNT + 1) for percent in (50, 75)})


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_share_the_work(due):
    together = threading.Barrier(2)
    swept, failures = [], []

    def sweep():
        try:
            together.wait(timeout=100)
            while count := sweep_deadlines(actor=system_actor("deadlines"), limit=7):
                swept.append(count)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=100)
    close_old_connections()
    # One of the two may have found everything locked by the other and gone home; what is left is for the next sweep.
    while count := sweep_deadlines(actor=system_actor("deadlines")):
        swept.append(count)
    assert failures == []
    assert sum(swept) == COUNT
    assert warnings() == each_once()


@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_dies_between_the_events_and_the_clocks_leaves_neither(due, monkeypatch):
    def die(rows):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(deadlines_sweep, "store_clocks", die)
        with pytest.raises(SystemExit):
            sweep_deadlines(actor=system_actor("deadlines"))
    assert warnings() == Counter()
    assert Deadline.objects.ungated("test").filter(warned=0, next_moment__lte=now()).count() == COUNT
    assert sweep_deadlines(actor=system_actor("deadlines")) == COUNT
    assert warnings() == each_once()
    assert sweep_deadlines(actor=system_actor("deadlines")) == 0
