import datetime as dt

import pytest

from kezhi.core.clock import now
from kezhi.core.jobs import registry, run_pending, schedule
from kezhi.core.jobs.clockwork import start_due_schedules, sync_schedules
from kezhi.core.models import Job, Schedule
from kezhi.core.tests.fake_models import Mark

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_folder", "only_nightly")]


def nightly() -> None:
    Mark.objects.create(text="nightly")


@pytest.fixture
def only_nightly(monkeypatch):
    monkeypatch.setattr(registry, "_schedules", {})
    monkeypatch.setattr(registry, "load_jobs", lambda: None)
    schedule("core_tests.nightly", cron="0 3 * * *")(nightly)


def test_a_schedule_starts_its_job_at_its_time_and_not_before(clock_at):
    clock = clock_at("2026-11-20 02:00")
    sync_schedules()
    assert start_due_schedules() == 0
    clock.shift(3600)
    assert start_due_schedules() == 1
    assert start_due_schedules() == 0
    run_pending()

    row = Schedule.objects.get()
    assert Mark.objects.count() == 1
    assert row.last_run == now()
    assert row.next_run - now() == dt.timedelta(days=1)


def test_runs_missed_for_a_week_are_made_up_once(clock_at):
    clock = clock_at("2026-11-20 02:00")
    sync_schedules()
    clock.shift(dt.timedelta(days=7))

    assert start_due_schedules() == 1
    assert run_pending() == 1


def test_two_workers_that_saw_the_same_row_start_it_once(clock_at, monkeypatch):
    clock = clock_at("2026-11-20 02:00")
    sync_schedules()
    clock.shift(3600)
    seen = list(Schedule.objects.all())
    start_due_schedules()
    run_pending()

    monkeypatch.setattr(Schedule.objects, "all", lambda: seen)
    assert start_due_schedules() == 0
    assert Job.objects.count() == 1


def test_a_run_still_waiting_is_not_doubled(clock_at):
    clock = clock_at("2026-11-20 02:00")
    sync_schedules()
    clock.shift(3600)
    start_due_schedules()
    clock.shift(dt.timedelta(days=1))
    start_due_schedules()

    assert Job.objects.count() == 1


def test_a_clock_set_back_does_not_silence_a_schedule(clock_at):
    clock = clock_at("2030-01-01 02:00")
    sync_schedules()
    clock.move_to(dt.datetime(2026, 11, 20, tzinfo=dt.UTC))

    start_due_schedules()

    assert Schedule.objects.get().next_run == dt.datetime(2026, 11, 20, 19, tzinfo=dt.UTC)


def test_rows_follow_the_code(clock_at):
    clock_at("2026-11-20 02:00")
    Schedule.objects.create(name="gone", cron="* * * * *", next_run=now())
    Schedule.objects.create(name="core_tests.nightly", cron="0 5 * * *", next_run=now())

    sync_schedules()

    row = Schedule.objects.get()
    assert (row.name, row.cron, row.next_run) == (
        "core_tests.nightly",
        "0 3 * * *",
        dt.datetime(2026, 11, 19, 19, tzinfo=dt.UTC),
    )
