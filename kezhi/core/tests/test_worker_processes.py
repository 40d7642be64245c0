import random
import signal

import pytest
from django.db import connections

from kezhi.core.jobs import JobOrder, enqueue, enqueue_many
from kezhi.core.models import Event, Job, JobState, Outbox, WorkerPulse
from kezhi.core.models.jobs import LIVE_STATES
from kezhi.core.sealing import verify_chain
from kezhi.core.tests import fake_jobs
from kezhi.core.tests.fake_models import Mark
from kezhi.core.tests.processes import OwnDatabase, wait_until


@pytest.fixture
def own(data_folder, transactional_db):
    """A database shared with child processes; this process's queries go there too."""
    own = OwnDatabase(data_folder)
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


def test_workers_killed_at_any_moment_do_every_short_job_exactly_once(own):
    wanted = [f"{number:04}" for number in range(400)]
    enqueue_many(fake_jobs.mark_slowly, [JobOrder({"text": text}) for text in wanted])
    workers = [own.start_worker(), own.start_worker()]
    for _kill in range(4):
        target = min(done() + random.randint(5, 60), 380)
        wait_until(lambda target=target: done() >= target)
        victim = random.choice(workers)
        victim.kill()
        victim.wait()
        workers.remove(victim)
        workers.append(own.start_worker())

    wait_until(lambda: done() == len(wanted))

    assert marks() == wanted
    assert not Job.objects.exclude(state=JobState.DONE).exists()


def test_a_job_in_steps_cut_short_keeps_what_it_has_done_and_goes_on(own):
    wanted = [f"step {number:04}" for number in range(300)]
    enqueue_many(fake_jobs.mark_in_steps, [JobOrder({"first": first, "count": 100}) for first in (0, 100, 200)])
    for kill in range(3):
        target = 40 + 80 * kill
        worker = own.start_worker()
        wait_until(lambda target=target: Mark.objects.count() >= target)
        worker.kill()
        worker.wait()
        assert Mark.objects.count() >= target
    own.start_worker()

    wait_until(lambda: done() == 3)

    assert marks() == wanted


def test_an_outside_call_cut_short_is_repeated_under_the_same_key(own):
    stored = enqueue(fake_jobs.call_out_slowly, text="sent")
    worker = own.start_worker()
    wait_until(lambda: Mark.objects.count() == 1)
    worker.kill()
    worker.wait()
    own.start_worker()

    wait_until(lambda: done() == 1)

    assert marks() == [f"sent kezhi-job-{stored.pk}"] * 2


def test_a_worker_told_to_stop_finishes_and_signs_off(own):
    enqueue_many(fake_jobs.mark_slowly, [JobOrder({"text": str(number)}) for number in range(200)])
    worker = own.start_worker()
    wait_until(lambda: done() > 3 and WorkerPulse.objects.exists())

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=100) == 0
    assert len(marks()) == done() < 200
    assert set(Job.objects.values_list("state", "attempts")) == {(JobState.DONE, 1), (JobState.WAITING, 0)}
    assert not WorkerPulse.objects.exists()
    assert list((own.folder / "run").iterdir()) == []


def test_workers_killed_at_random_lose_and_double_no_event_and_no_effect(own):
    """Short jobs and events exactly once; outside calls at least once, always under the same key."""
    numbers = range(1, 151)
    enqueue_many(fake_jobs.happen_slowly, [JobOrder({"number": number}) for number in numbers])
    workers = [own.start_worker(), own.start_worker()]
    for kill in range(4):
        target = done() + random.randint(5, 50)
        fake_jobs.happen(1000 + kill)
        wait_until(lambda target=target: done() >= target or not is_work_left())
        victim = workers.pop(random.randrange(len(workers)))
        victim.kill()
        victim.wait()
        workers.append(own.start_worker())

    wait_until(lambda: not is_work_left())

    events = list(Event.objects.order_by("pk"))
    assert sorted(event.record_id for event in events) == [*numbers, 1000, 1001, 1002, 1003]
    assert marked("did ") == sorted(f"did {number}" for number in numbers)
    assert marked("saw ") == sorted(f"saw {event.pk}" for event in events)
    called = Job.objects.filter(name="core_tests.call_out")
    assert sorted({job.args["text"] for job in called}) == sorted(
        f"call {event.pk}" for event in events if event.record_id % 5 == 0
    )
    assert set(marked("call ")) == {f"{job.args['text']} {job.idempotency_key}" for job in called}
    assert verify_chain() == []


def is_work_left() -> bool:
    return Outbox.objects.exists() or Job.objects.filter(state__in=LIVE_STATES).exists()


def marked(beginning: str) -> list[str]:
    return sorted(Mark.objects.filter(text__startswith=beginning).values_list("text", flat=True))
