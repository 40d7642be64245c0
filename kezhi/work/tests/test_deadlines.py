"""Deadlines: clocks of promises."""

import datetime as dt

import pytest

from kezhi.access.actors import system_actor
from kezhi.core.events import read_facts
from kezhi.core.models import Event
from kezhi.records.operations import InvalidRecord
from kezhi.work.deadlines import (
    DeadlineKind,
    cancel_deadline,
    chips_for,
    meet_deadline,
    meet_deadlines,
    move_deadline,
    pause_deadline,
    register_deadline_kind,
    resume_deadline,
    start_deadline,
)
from kezhi.work.deadlines_sweep import sweep_deadlines
from kezhi.work.models import Deadline
from kezhi.work.operations.tasks import About

pytestmark = pytest.mark.django_db

KIND = register_deadline_kind(DeadlineKind("test_reply", "答复", minutes=120, business_time=True, order=990))
PLAIN = register_deadline_kind(DeadlineKind("test_call", "回电", minutes=1440, business_time=False, order=991))


def begin(cast, kind=KIND, record_id=1, **more):
    more.setdefault("owner_id", cast.rep.id)
    return start_deadline(kind.key, About("fake", record_id, "某记录"), actor=cast.rep.actor, **more)


def sweep():
    count = 0
    while found := sweep_deadlines(actor=system_actor("deadlines", door="job")):
        count += found
    return count


def happened():
    """What the log says: kind of event without its family, and the percent or level."""
    rows = Event.objects.filter(kind__startswith="deadline.").order_by("pk")
    return [
        (row.kind.partition(".")[2], facts.get("percent", facts.get("level", "")))
        for row in rows
        for facts in [read_facts(row)]
    ]


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone(dt.timedelta(hours=8)))


def test_a_promise_made_on_friday_evening_is_due_on_monday(cast, clock_at):
    clock_at("2026-11-20 17:00")
    assert begin(cast).due_at == at("2026-11-23T10:00:00")


def test_plain_time_runs_through_the_weekend(cast, clock_at):
    clock_at("2026-11-20 17:00")
    assert begin(cast, PLAIN).due_at == at("2026-11-21T17:00:00")


def test_one_of_a_kind_runs_for_a_record(cast):
    first, again = begin(cast), begin(cast)
    assert (first.pk, Deadline.objects.ungated("test").count()) == (again.pk, 1)
    assert happened() == [("started", "")]


def test_each_threshold_is_passed_once_and_a_clock_set_back_changes_nothing(cast, clock_at):
    clock = clock_at("2026-11-23 09:00")
    begin(cast)
    clock.move_to(at("2026-11-23T10:31:00"))
    sweep()
    clock.move_to(at("2026-11-23T09:31:00"))
    sweep()
    clock.move_to(at("2026-11-23T10:31:00"))
    sweep()
    assert happened() == [("started", ""), ("warned", 50), ("warned", 75)]


def test_a_broken_promise_is_told_to_the_manager_and_then_above(cast, clock_at):
    clock = clock_at("2026-11-23 09:00")
    begin(cast)
    clock.move_to(at("2026-11-23T11:00:00"))
    sweep()
    assert happened()[-1] == ("breached", "")
    clock.move_to(at("2026-11-23T11:30:00"))
    sweep()
    last = Event.objects.order_by("pk").last()
    assert (last.kind, read_facts(last)["level"], read_facts(last)["to"]) == (
        "deadline.escalated",
        1,
        [cast.manager.id],
    )
    clock.move_to(at("2026-12-30T11:30:00"))
    assert sweep() == 1
    # Nobody stands above the manager.
    assert Event.objects.order_by("pk").last() == last
    assert sweep() == 0
