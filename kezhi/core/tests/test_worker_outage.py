"""What a worker had claimed when the database went away."""

import pytest
from django.db import OperationalError

from kezhi.core.jobs import Worker, enqueue, registry, run_pending
from kezhi.core.jobs import worker as worker_module
from kezhi.core.models import Job, JobState
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
