"""The Celery engine with a real broker, which may lose, repeat and refuse messages."""

import datetime as dt
import random
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from kezhi.core.clock import now
from kezhi.core.jobs import JobOrder, Lane, brokered, enqueue, enqueue_many
from kezhi.core.models import Job, JobState, WorkerPulse
from kezhi.core.tests import fake_jobs
from kezhi.core.tests.fake_models import Mark
from kezhi.core.tests.processes import OwnDatabase, free_port, wait_until


class Broker:
    """A Redis server of this test's own that keeps nothing when it ends."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("redis-server is not installed")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(folder), "--save", ""]
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        wait_until(self._answers)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def broker(tmp_path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    yield broker
    broker.end()


@pytest.fixture
def own(broker, data_folder, transactional_db) -> Iterator[OwnDatabase]:
    """A database and a broker shared with child processes; this process's queries go there too."""
    own = OwnDatabase(data_folder, broker=broker.url)
    here = own.connect()
    usual = connections["default"]
    connections["default"] = here
    yield own
    connections["default"] = usual
    here.close()
    own.end()


def marks() -> list[str]:
    return sorted(Mark.objects.values_list("text", flat=True))


def done() -> int:
    return Job.objects.filter(state=JobState.DONE).count()


def deliver(broker: Broker, lane: Lane, ids: list[int]) -> None:
    """Put messages into the broker that nobody meant to send now."""
    with brokered.broker_app(broker.url) as app, app.producer_pool.acquire(block=True) as producer:
        for pk in ids:
            app.send_task(brokered.TASK, args=[pk], queue=brokered.queue_name(lane), producer=producer)


def test_jobs_of_every_sort_run_through_the_broker(own):
    enqueue(fake_jobs.mark, text="short")
    called = enqueue(fake_jobs.call_out, text="io")
    enqueue(fake_jobs.chain, left=3)
    for text in ("one", "two"):
        enqueue(fake_jobs.mark, unique_key="only one", text=text)
    later = enqueue(fake_jobs.mark, text="tomorrow", run_at=now() + dt.timedelta(days=1))
    doomed = enqueue(fake_jobs.hopeless)
    failing = enqueue(fake_jobs.mark_then_fail, text="never")
    worker = own.start_worker()
    wait_until(lambda: done() == 6)
    wait_until(lambda: Job.objects.get(pk=failing.pk).attempts == 2)  # its delay passed, and it was delivered again

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=100) == 0
    assert marks() == sorted(["short", f"io {called.idempotency_key}", "3", "2", "1", "one"])
    assert Job.objects.get(pk=later.pk).state == JobState.WAITING
    assert Job.objects.get(pk=doomed.pk).state == JobState.DEAD
    assert not WorkerPulse.objects.exists()


def test_a_job_delivered_many_times_runs_once(own, broker):
    jobs = [enqueue(fake_jobs.mark_slowly, text=f"{number:02}") for number in range(20)]
    early = enqueue(fake_jobs.mark, text="early", run_at=now() + dt.timedelta(days=1))
    deliver(broker, Lane.SHORT, [*(job.pk for job in jobs), early.pk, 10**9] * 3)
    own.start_worker()
    own.start_worker()
    wait_until(lambda: done() == 20)
    last = enqueue(fake_jobs.mark, text="last")
    deliver(broker, Lane.SHORT, [last.pk])

    wait_until(lambda: done() == 21)

    assert marks() == [*(f"{number:02}" for number in range(20)), "last"]
    assert Job.objects.get(pk=early.pk).attempts == 0


def test_what_a_broker_lost_is_sent_again(own, broker):
    wanted = [f"{number:03}" for number in range(300)]
    enqueue_many(fake_jobs.mark_slowly, [JobOrder({"text": text}) for text in wanted])
    own.start_worker()
    wait_until(lambda: done() > 20)
    broker.end()
    enqueue(fake_jobs.mark, text="meanwhile")
    broker.start()
    # As after the minute in which the lost messages might still have come.
    Job.objects.filter(state=JobState.WAITING).update(lease_until=now() - dt.timedelta(seconds=1))

    wait_until(lambda: done() == 301)

    assert marks() == [*wanted, "meanwhile"]


def test_workers_killed_at_any_moment_do_every_delivered_job_exactly_once(own):
    wanted = [f"{number:04}" for number in range(300)]
    enqueue_many(fake_jobs.mark_slowly, [JobOrder({"text": text}) for text in wanted])
    workers = [own.start_worker(), own.start_worker()]
    for _kill in range(3):
        target = min(done() + random.randint(5, 60), 280)
        wait_until(lambda target=target: done() >= target)
        victim = workers.pop(random.randrange(2))
        victim.kill()
        victim.wait()
        workers.append(own.start_worker())

    # What a dead worker had been given but not begun is sent again after a minute, which has passed here.
    wait_until(lambda: done() == len(wanted) or not Job.objects.filter(state=JobState.WAITING, lease_until=None))
    Job.objects.filter(state=JobState.WAITING).update(lease_until=None)
    wait_until(lambda: done() == len(wanted))

    assert marks() == wanted
    assert not Job.objects.exclude(state=JobState.DONE).exists()
