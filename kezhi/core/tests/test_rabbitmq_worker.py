"""The Celery engine with RabbitMQ: what is particular to it (confirmed sends, acknowledgements), by a real server."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kezhi.core.jobs import JobOrder, Lane, enqueue, enqueue_many
from kezhi.core.models import Job, JobState
from kezhi.core.tests import fake_jobs
from kezhi.core.tests.processes import free_port, wait_until
from kezhi.core.tests.test_brokered_worker import deliver, done, marks, own  # noqa: F401 - a fixture

# The Debian package's own program: the one in the path changes to a user of its own, who may not write here.
_PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"


class Rabbit:
    """A RabbitMQ server of this test's own: its node, port mapper, folders and cookie meet no other's."""

    def __init__(self, folder: Path) -> None:
        if shutil.which(_PROGRAM) is None:
            pytest.skip("rabbitmq-server is not installed")
        self.port, distribution, self._mapper = free_port(), free_port(), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        (folder / "plugins").write_text("[].")
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self._mapper),
            "RABBITMQ_NODENAME": f"kezhi-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-setcookie kezhi",
        }
        self._process = subprocess.Popen(
            [_PROGRAM],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._answers)

    def end(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        mapper = shutil.which("epmd") or "epmd"
        subprocess.run([mapper, "-port", str(self._mapper), "-kill"], capture_output=True, check=False)

    def _answers(self) -> bool:
        assert self._process.poll() is None, "RabbitMQ did not start"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def broker(tmp_path) -> Iterator[Rabbit]:
    rabbit = Rabbit(tmp_path)
    yield rabbit
    rabbit.end()


def test_jobs_run_once_each_through_rabbitmq_and_a_killed_worker_loses_none(own, broker):  # noqa: F811
    wanted = [f"{number:02}" for number in range(20)]
    enqueue_many(fake_jobs.mark_slowly, [JobOrder({"text": text}) for text in wanted])
    doomed = enqueue(fake_jobs.hopeless)
    deliver(broker, Lane.SHORT, [*Job.objects.values_list("pk", flat=True), 10**9])
    first = own.start_worker()
    wait_until(lambda: done() >= 5)
    first.kill()
    first.wait()
    # What the killed one had been given but not begun is sent again after a minute, which has passed here.
    Job.objects.filter(state=JobState.WAITING).update(lease_until=None)
    called = enqueue(fake_jobs.call_out, text="io")
    worker = own.start_worker()

    wait_until(lambda: done() == len(wanted) + 1)
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=100) == 0
    assert marks() == sorted([*wanted, f"io {called.idempotency_key}"])
    assert Job.objects.get(pk=doomed.pk).state == JobState.DEAD
