"""The supervisor with real processes: they are killed, and it is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from kezhi.core.supervisor import AlreadyRunning, ServerLock
from kezhi.core.tests.processes import wait_until


class Supervised:
    """A supervisor of ``web`` (which has a child of its own) and ``worker``, in a process of its own."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "kezhi.core.tests.supervised_programs", "supervise", str(folder)]
        self.process = subprocess.Popen([*command, "web", "worker", *more], stderr=subprocess.DEVNULL)

    def pids(self, name: str) -> list[int]:
        try:
            return [int(line) for line in (self.folder / name).read_text().split()]
        except FileNotFoundError:
            return []

    def everybody(self) -> list[int]:
        return [pid for path in self.folder.iterdir() for pid in self.pids(path.name)]


@pytest.fixture
def supervised(tmp_path):
    started: list[Supervised] = []

    def start(*arguments: str) -> Supervised:
        supervised = Supervised(tmp_path, *arguments)
        started.append(supervised)
        wait_until(lambda: bool(supervised.pids("worker") and supervised.pids("web.child")))
        return supervised

    yield start
    for supervised in started:
        supervised.process.kill()
        supervised.process.wait(timeout=100)
        for pid in supervised.everybody():
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_killed_program_is_started_again_and_what_it_left_ends(supervised):
    running = supervised()
    first = running.pids("web")[0]

    os.kill(first, signal.SIGKILL)

    wait_until(lambda: len(running.pids("web")) == 2)
    wait_until(lambda: not is_alive(running.pids("web.child")[0]))
    assert running.process.poll() is None
    assert len(running.pids("worker")) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_it_ends_everything(supervised, number):
    running = supervised()

    running.process.send_signal(number)

    assert running.process.wait(timeout=100) == 0
    assert (running.folder / "ready").exists()
    assert [pid for pid in running.everybody() if is_alive(pid)] == []


def test_a_program_that_does_not_end_is_killed_and_that_is_told(supervised):
    running = supervised("stubborn")
    wait_until(lambda: bool(running.pids("stubborn")))

    running.process.terminate()

    assert running.process.wait(timeout=100) == 1
    assert [pid for pid in running.everybody() if is_alive(pid)] == []


def test_programs_do_not_outlive_a_killed_supervisor(supervised):
    running = supervised()

    running.process.kill()
    running.process.wait()

    wait_until(lambda: not any(is_alive(pid) for name in ("web", "worker") for pid in running.pids(name)))


def test_a_data_folder_has_one_server(tmp_path):
    with ServerLock(tmp_path), pytest.raises(AlreadyRunning) as refused, ServerLock(tmp_path):
        pass
    assert refused.value.pid == str(os.getpid())

    with ServerLock(tmp_path):
        pass
