"""Several processes' worth of threads doing the same thing to the job table at the same moment."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from kezhi.core.clock import now
from kezhi.core.jobs import JobOrder, enqueue, enqueue_many, registry, schedule
from kezhi.core.jobs.clockwork import start_due_schedules, sync_schedules
from kezhi.core.jobs.queue import claim
from kezhi.core.models import Job, Lane, Schedule
from kezhi.core.tests import fake_jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("data_folder")]


def at_once(act: Callable[[int], object], count: int = 8) -> list[object]:
    """What each thread's ``act`` gave; an error in one fails the test."""
    start = threading.Barrier(count)
    answers: list[object] = []
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            start.wait(20)
            answers.append(act(number))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return answers


def test_one_unique_key_enqueued_by_many_at_once_is_one_job():
    answers = at_once(lambda number: enqueue(fake_jobs.mark, unique_key="one", text=str(number)).pk)

    assert Job.objects.count() == 1
    assert set(answers) == {Job.objects.get().pk}


def test_workers_that_claim_at_once_never_take_the_same_job():
    enqueue_many(fake_jobs.mark, [JobOrder({"text": str(number)}) for number in range(60)])

    answers = at_once(lambda number: [job.pk for job in claim(Lane.SHORT, worker=f"w{number}", limit=10)])

    taken = [pk for pks in answers for pk in pks]
    assert len(taken) == len(set(taken))
    assert Job.objects.filter(state="running").count() == len(taken)
    assert len(taken) >= 10


def test_a_schedule_due_for_many_workers_starts_once(monkeypatch):
    monkeypatch.setattr(registry, "_schedules", {})
    monkeypatch.setattr(registry, "load_jobs", lambda: None)
    schedule("core_tests.hourly", cron="0 * * * *")(fake_jobs.hopeless)
    sync_schedules()
    Schedule.objects.update(next_run=now() - dt.timedelta(minutes=1))

    answers = at_once(lambda _number: start_due_schedules())

    assert sum(answers) == 1
    assert Job.objects.count() == 1
