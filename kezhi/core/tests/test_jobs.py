import datetime as dt

import pytest
from django.db import connection, transaction

from kezhi.core.clock import now
from kezhi.core.events import ActorRef
from kezhi.core.jobs import JobOrder, enqueue, enqueue_many, rerun_job, run_pending
from kezhi.core.jobs.queue import claim, give_back, reap, remove_finished, retry_delay
from kezhi.core.jobs.running import run_claimed, seconds_waiting
from kezhi.core.models import Job, JobState, Lane, Priority
from kezhi.core.tests import fake_jobs
from kezhi.core.tests.fake_models import Mark

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_folder")]


def marks() -> list[str]:
    return list(Mark.objects.order_by("pk").values_list("text", flat=True))


def test_a_job_runs_once_and_is_done():
    stored = enqueue(fake_jobs.mark, text="hello")

    assert run_pending() == 1
    assert run_pending() == 0
    stored.refresh_from_db()
    assert (stored.state, stored.attempts, stored.lease_until, marks()) == (JobState.DONE, 1, None, ["hello"])


def test_a_job_of_a_rolled_back_transaction_does_not_exist():
    with transaction.atomic():
        enqueue(fake_jobs.mark, text="never")
        transaction.set_rollback(True)

    assert Job.objects.count() == 0


def test_a_function_that_is_no_job_is_refused():
    with pytest.raises(TypeError, match="not a job"):
        enqueue(lambda: None)


def test_arguments_that_are_not_json_are_refused():
    with pytest.raises(TypeError):
        enqueue(fake_jobs.mark, text=object())


def test_a_unique_key_is_live_only_once():
    first = enqueue(fake_jobs.mark, unique_key="one", text="first")
    second = enqueue(fake_jobs.mark, unique_key="one", text="second")
    run_pending()
    third = enqueue(fake_jobs.mark, unique_key="one", text="third")
    run_pending()

    assert first.pk == second.pk != third.pk
    assert marks() == ["first", "third"]


def test_many_jobs_are_stored_at_once_and_known_keys_left_out():
    enqueue(fake_jobs.mark, unique_key="2", text="old")
    enqueue_many(fake_jobs.mark, [JobOrder({"text": str(n)}, unique_key=str(n)) for n in range(4)])

    run_pending()

    assert sorted(marks()) == ["0", "1", "3", "old"]


def test_a_running_short_job_may_ask_for_itself_again():
    enqueue(fake_jobs.again, unique_key="again")

    assert run_pending() == 3
    assert marks() == ["again"] * 3


def test_jobs_that_enqueue_jobs_are_run_too():
    enqueue(fake_jobs.chain, left=3)

    assert run_pending() == 3
    assert marks() == ["3", "2", "1"]


def test_the_more_urgent_job_goes_first_and_the_future_waits():
    enqueue(fake_jobs.mark, text="low", priority=Priority.LOW, run_at=fake_jobs.LONG_AGO)
    enqueue(fake_jobs.mark, text="later", priority=Priority.HIGH, run_at=now() + dt.timedelta(minutes=1))
    enqueue(fake_jobs.mark, text="normal")
    enqueue(fake_jobs.mark, text="high", priority=Priority.HIGH)

    run_pending()

    assert marks() == ["high", "normal", "low"]


def test_a_failed_short_job_leaves_nothing_and_is_tried_again_until_it_is_dead(clock_at):
    clock = clock_at("2026-11-20 09:00")
    stored = enqueue(fake_jobs.mark_then_fail, text="x")

    waits = []
    for _attempt in range(2):
        with pytest.raises(ValueError, match="no such luck"):
            run_pending()
        stored.refresh_from_db()
        assert (stored.state, marks()) == (JobState.WAITING, [])
        assert run_pending() == 0
        waits.append((stored.run_at - now()).total_seconds())
        clock.shift(stored.run_at - now())
    assert run_pending(raise_errors=False) == 1

    stored.refresh_from_db()
    assert (stored.state, stored.attempts, marks()) == (JobState.DEAD, 3, [])
    assert "no such luck" in stored.error
    assert 1.6 <= waits[0] <= 2.4
    assert 6.4 <= waits[1] <= 9.6


def test_delays_grow_to_an_hour():
    assert 3600 * 0.8 <= retry_delay(20).total_seconds() <= 3600 * 1.2


def test_a_hopeless_job_is_dead_at_once():
    stored = enqueue(fake_jobs.hopeless)

    run_pending(raise_errors=False)

    stored.refresh_from_db()
    assert (stored.state, stored.attempts) == (JobState.DEAD, 1)


def test_a_job_nobody_knows_any_more_ends_in_view():
    stored = enqueue(fake_jobs.mark, text="x")
    Job.objects.update(name="gone.app", max_attempts=1)

    run_pending(raise_errors=False)

    stored.refresh_from_db()
    assert stored.state == JobState.DEAD
    assert "gone.app" in stored.error


def test_a_dead_job_can_be_run_again_unless_its_work_is_live():
    dead = enqueue(fake_jobs.hopeless, unique_key="h")
    run_pending(raise_errors=False)

    assert rerun_job(dead.pk) is True
    assert rerun_job(dead.pk) is False
    run_pending(raise_errors=False)
    live = enqueue(fake_jobs.hopeless, unique_key="h")
    assert rerun_job(dead.pk) is False
    assert live.pk != dead.pk


def test_an_outside_call_gets_the_same_key_at_every_attempt():
    stored = enqueue(fake_jobs.call_out, text="sent")

    run_pending()

    assert marks() == [f"sent kezhi-job-{stored.pk}"]


def test_the_actor_is_handed_on():
    enqueue(fake_jobs.signed, actor=ActorRef("user", "李雷", "page", user_id=3, operation="op1"))

    run_pending()

    assert marks() == ["李雷 page op1"]


def test_a_worker_that_lost_its_lease_does_nothing():
    enqueue(fake_jobs.mark, text="once")
    slow = claim(Lane.SHORT, worker="slow", limit=1)[0]
    Job.objects.update(lease_until=now() - dt.timedelta(seconds=1))

    assert reap() == 1
    assert run_pending() == 1
    run_claimed(slow)

    assert marks() == ["once"]
    assert Job.objects.get().attempts == 2


def test_a_job_that_kills_its_workers_ends_dead():
    stored = enqueue(fake_jobs.mark, text="x")
    for _attempt in range(4):
        assert len(claim(Lane.SHORT, worker="dies", limit=1)) == 1
        Job.objects.update(lease_until=now() - dt.timedelta(seconds=1))
        assert reap() == 1

    stored.refresh_from_db()
    assert (stored.state, stored.attempts) == (JobState.DEAD, 4)
    assert "worker died" in stored.error


def test_a_lease_written_by_a_wrong_clock_is_over():
    enqueue(fake_jobs.mark, text="x")
    claim(Lane.SHORT, worker="ahead", limit=1)

    Job.objects.update(lease_until=now() + dt.timedelta(days=300))

    assert reap() == 1


def test_what_a_stopping_worker_did_not_begin_goes_back_uncounted():
    enqueue_many(fake_jobs.mark, [JobOrder({"text": str(n)}) for n in range(3)])
    claim(Lane.SHORT, worker="stops", limit=3)

    assert give_back("stops") == 3
    assert list(Job.objects.values_list("state", "attempts").distinct()) == [(JobState.WAITING, 0)]


def test_old_done_jobs_are_removed_and_dead_ones_stay(clock_at):
    clock = clock_at("2026-11-01 09:00")
    enqueue(fake_jobs.mark, text="old")
    enqueue(fake_jobs.hopeless)
    run_pending(raise_errors=False)
    clock.move_to(dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    enqueue(fake_jobs.mark, text="new")
    run_pending()

    assert remove_finished(now() - dt.timedelta(days=7)) == 1
    assert set(Job.objects.values_list("state", flat=True)) == {JobState.DONE, JobState.DEAD}


def test_the_longest_wait_is_known(clock_at):
    clock = clock_at("2026-11-01 09:00")
    assert seconds_waiting() == 0
    enqueue(fake_jobs.mark, text="x")
    clock.shift(90)

    assert seconds_waiting() == 90


def test_polling_an_empty_table_takes_one_query_and_no_lock(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert claim(Lane.SHORT, worker="w", limit=10) == []


def test_looking_for_due_jobs_walks_an_index():
    due = Job.objects.filter(state=JobState.WAITING, lane=Lane.SHORT, priority=1, run_at__lte=now())
    if connection.vendor == "sqlite":
        assert "job_due" in due.order_by("run_at", "pk").explain()


def test_a_job_in_steps_is_done_after_its_work_and_an_error_keeps_its_finished_steps(monkeypatch):
    stored = enqueue(fake_jobs.mark_in_steps, first=0, count=3)
    usual = Mark.objects.create

    def fails_at_the_last(text):
        if text == "step 0002":
            raise ValueError("no such luck")
        return usual(text=text)

    monkeypatch.setattr(Mark.objects, "create", fails_at_the_last)
    run_pending(raise_errors=False)
    stored.refresh_from_db()
    assert (marks(), stored.state) == (["step 0000", "step 0001"], JobState.WAITING)

    monkeypatch.setattr(Mark.objects, "create", usual)
    Job.objects.update(run_at=now())
    run_pending()
    stored.refresh_from_db()
    assert (marks(), stored.state, stored.attempts) == (["step 0000", "step 0001", "step 0002"], JobState.DONE, 2)
