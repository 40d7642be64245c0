"""What a worker had claimed when the database went away, and what never waits for slow calls."""

import pytest
from django.db import OperationalError

from kezhi.core.jobs import Worker, enqueue, job, registry, run_pending, whenever
from kezhi.core.jobs import worker as worker_module
from kezhi.core.models import Job, JobState
from kezhi.core.sealing import seal_all, unsealed_exist
from kezhi.core.tests import fake_jobs
from kezhi.core.tests.fake_models import Mark

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("data_folder")]


def test_jobs_lost_to_an_outage_are_given_back_without_counting_an_attempt(monkeypatch):
    monkeypatch.setattr(registry, "load_jobs", lambda: None)
    monkeypatch.setattr(registry, "_needs", {})
    for text in ("甲", "乙", "丙"):
        enqueue(fake_jobs.mark, text=text)
    worker = Worker(scheduler=False)

    def breaks_off(job):
        worker.stop()
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(worker_module, "run_claimed", breaks_off)
    try:
        worker._loop(worker._serve, worker._wait)
        assert set(Job.objects.values_list("state", "attempts")) == {(JobState.RUNNING, 1)}
        worker._next_sweep = 0.0
        worker._sweep()
    finally:
        worker.presence.leave()

    assert set(Job.objects.values_list("state", "attempts", "worker")) == {(JobState.WAITING, 0, "")}
    assert run_pending() == 3
    assert Mark.objects.count() == 3


def test_events_are_sealed_while_calls_to_others_take_their_time(monkeypatch):
    monkeypatch.setattr(registry, "load_jobs", lambda: None)
    monkeypatch.setattr(registry, "_needs", {})
    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    whenever(unsealed_exist)(job("core_tests.seal_promptly", lane="io")(seal_promptly))
    enqueue(fake_jobs.call_out, text="慢")
    fake_jobs.happen(1)
    worker = Worker(scheduler=False)
    try:
        worker._sweep()
        assert (worker._serve_needed(), worker._serve_needed()) == (True, False)
    finally:
        worker.presence.leave()

    assert not unsealed_exist()
    assert list(Job.objects.order_by("pk").values_list("name", "state")) == [
        ("core_tests.call_out", JobState.WAITING),
        ("core_tests.seal_promptly", JobState.DONE),
    ]


def seal_promptly(idempotency_key):
    seal_all()
