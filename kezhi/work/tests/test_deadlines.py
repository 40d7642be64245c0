"""Deadlines: clocks of promises."""

import datetime as dt

import pytest

from kezhi.access.actors import system_actor
from kezhi.access.models import Absence
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import read_facts
from kezhi.core.figures import set_figure
from kezhi.core.models import Event
from kezhi.core.sealing import seal_all
from kezhi.core.workdays import set_calendar_day
from kezhi.records.operations import InvalidRecord
from kezhi.work.deadlines import (
    cancel_deadline,
    chips_for,
    meet_deadline,
    meet_deadlines,
    move_deadline,
    pause_deadline,
    resume_deadline,
    start_deadline,
)
from kezhi.work.deadlines_sweep import replan_deadlines, sweep_deadlines, told_above
from kezhi.work.models import Deadline
from kezhi.work.operations.tasks import About

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("promise_kinds")]


def begin(cast, kind="reply", record_id=1, **more):
    more.setdefault("owner_id", cast.rep.id)
    return start_deadline(kind, About("fake", record_id, "某记录"), actor=cast.rep.actor, **more)


def sweep():
    seal_all()
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
    assert begin(cast, "call").due_at == at("2026-11-21T17:00:00")


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


def test_whoever_is_told_late_has_their_time_before_the_next_is_told(cast, clock_at):
    clock = clock_at("2026-11-23 09:00")
    begin(cast)
    cast.manager.user.manager = cast.administrator.user
    cast.manager.user.save(update_fields=["manager"])
    epochs.bump(EPOCH)
    # Nobody swept until the next morning: it is too late for warnings, and not everybody is told at once.
    clock.move_to(at("2026-11-24T09:00:00"))
    assert (sweep(), sweep()) == (1, 0)
    assert happened()[1:] == [("breached", "")]
    clock.move_to(at("2026-11-24T09:30:00"))
    sweep()
    clock.move_to(at("2026-11-24T17:59:00"))
    sweep()
    assert happened()[2:] == [("escalated", 1)]
    clock.move_to(at("2026-11-24T18:00:00"))
    sweep()
    assert happened()[2:] == [("escalated", 1), ("escalated", 2)]


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


def test_a_pause_moves_the_end_by_the_business_time_it_lasted(cast, clock_at):
    clock = clock_at("2026-11-20 16:30")
    deadline = begin(cast)
    clock.move_to(at("2026-11-20T17:30:00"))
    paused = pause_deadline(deadline, "等客户答复", actor=cast.rep.actor)
    assert (paused.state, paused.next_moment) == ("paused", None)
    clock.move_to(at("2026-11-24T09:00:00"))
    sweep()
    resumed = resume_deadline(deadline, actor=cast.rep.actor)
    # An hour of two was used: what is left runs from Tuesday morning on.
    assert resumed.due_at == at("2026-11-24T10:00:00")
    assert happened() == [("started", ""), ("paused", ""), ("resumed", "")]


def test_pausing_needs_a_reason(cast):
    deadline = begin(cast)
    with pytest.raises(InvalidRecord):
        pause_deadline(deadline, " \u200b", actor=cast.rep.actor)
    assert Deadline.objects.ungated("test").get().state == "running"
    assert happened() == [("started", "")]


def test_what_is_met_too_late_was_broken_first_even_if_nobody_swept(cast, clock_at):
    clock = clock_at("2026-11-23 09:00")
    deadline = begin(cast)
    clock.move_to(at("2026-11-23T11:00:01"))
    met = meet_deadline(deadline, actor=cast.rep.actor)
    assert (met.state, met.is_broken, met.ended_by_id) == ("met", True, cast.rep.id)
    assert happened() == [("started", ""), ("breached", ""), ("met", "")]
    assert sweep() == 0


def test_met_in_time_is_said_so_and_only_once(cast):
    begin(cast)
    [met] = meet_deadlines("reply", "fake", [1, 2], actor=cast.rep.actor)
    meet_deadline(met, actor=cast.rep.actor)
    assert meet_deadlines("reply", "fake", [1, 2], actor=cast.rep.actor) == []
    last = Event.objects.order_by("pk").last()
    assert (last.kind, read_facts(last)["in_time"]) == ("deadline.met", True)
    assert happened() == [("started", ""), ("met", "")]


def test_after_the_end_a_new_promise_may_begin(cast):
    first = begin(cast)
    cancel_deadline(first, actor=cast.rep.actor, reason="不需要了")
    assert begin(cast).pk != first.pk


def test_a_moved_promise_has_its_thresholds_ahead_again(cast, clock_at):
    clock = clock_at("2026-11-23 09:00")
    deadline = begin(cast, due_at=at("2026-11-23T10:00:00"))
    clock.move_to(at("2026-11-23T10:00:00"))
    sweep()
    moved = move_deadline(deadline, at("2026-11-23T13:00:00"), actor=cast.rep.actor)
    assert (moved.due_at, moved.is_broken, moved.warned) == (at("2026-11-23T13:00:00"), False, 0)
    clock.move_to(at("2026-11-23T13:00:00"))
    sweep()
    assert [what for what, _number in happened()].count("breached") == 2


def test_a_holiday_decided_later_moves_the_end_and_says_so(cast, clock_at):
    clock_at("2026-11-20 17:00")
    begin(cast)
    set_calendar_day(dt.date(2026, 11, 23), is_workday=False, name_zh="停电", actor_ref=cast.administrator.actor.ref)
    system = system_actor("deadlines", door="job")
    assert (replan_deadlines(actor=system), replan_deadlines(actor=system)) == (1, 0)
    assert Deadline.objects.ungated("test").get().due_at == at("2026-11-24T10:00:00")
    assert happened()[-1] == ("moved", "")


def test_other_warnings_hold_for_clocks_that_run(cast, clock_at):
    clock = clock_at("2026-11-23 09:00")
    begin(cast)
    set_figure("deadlines.reply_warn_percents", "20", actor_ref=cast.administrator.actor.ref)
    replan_deadlines(actor=system_actor("deadlines", door="job"))
    clock.move_to(at("2026-11-23T10:59:00"))
    sweep()
    assert happened() == [("started", ""), ("warned", 20)]


def test_a_kind_that_is_off_starts_nothing_and_warns_of_nothing(cast, clock_at):
    clock = clock_at("2026-11-23 09:00")
    begin(cast)
    set_figure("deadlines.reply_on", False, actor_ref=cast.administrator.actor.ref)
    replan_deadlines(actor=system_actor("deadlines", door="job"))
    clock.move_to(at("2026-11-24T10:59:00"))
    assert sweep() == 0
    assert begin(cast, record_id=2) is None
    assert chips_for("fake", [1]) == {}
    set_figure("deadlines.reply_on", True, actor_ref=cast.administrator.actor.ref)
    replan_deadlines(actor=system_actor("deadlines", door="job"))
    assert sweep() == 1


def test_nobody_is_warned_of_what_was_settled_while_no_worker_ran(cast, clock_at):
    clock = clock_at("2026-11-23 09:00")
    begin(cast)
    seal_all()
    clock.move_to(at("2026-11-23T09:30:00"))
    begin(cast, record_id=2)
    clock.move_to(at("2026-11-23T12:00:00"))
    # The log of 09:30 has not been read yet: what happened then may settle the first one.
    assert sweep_deadlines(actor=system_actor("deadlines", door="job")) == 0
    assert sweep() == 2


def test_a_log_that_is_read_late_does_not_shorten_anybodys_time(cast, clock_at):
    clock = clock_at("2026-11-23 09:00")
    begin(cast)
    seal_all()
    clock.move_to(at("2026-11-24T09:00:00"))
    begin(cast, record_id=2)
    clock.move_to(at("2026-11-26T09:00:00"))
    # Only what happened until the 24th has been read; the breach is told on the 26th all the same.
    sweep_deadlines(actor=system_actor("deadlines", door="job"))
    assert Deadline.objects.ungated("test").get(record_id=1).noticed_at == now()
    sweep()
    assert [what for what, _number in happened()].count("escalated") == 0


def test_somebody_away_is_told_together_with_the_stand_in(cast, clock_at):
    clock_at("2026-11-23 09:00")
    Absence.objects.create(
        user=cast.manager.user,
        stand_in=cast.colleague.user,
        first_day=dt.date(2026, 11, 23),
        last_day=dt.date(2026, 11, 30),
        created_at=now(),
    )
    epochs.bump(EPOCH)
    assert told_above(cast.rep.id, 1) == [cast.manager.id, cast.colleague.id]


def test_administrators_are_told_of_those_nobody_stands_above(cast):
    assert told_above(cast.manager.id, 1) == [cast.administrator.id]
    assert told_above(None, 1) == [cast.administrator.id]
    assert told_above(cast.manager.id, 2) == []
