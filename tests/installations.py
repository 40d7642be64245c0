"""Whole installations in folders of their own: the commands, the server with its worker, and ways to hurt them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path

import psutil

from kezhi.core.tests.processes import wait_until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Installation:
    """A data folder with a migrated database, and ``kezhi up`` on a port of its own."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.port = free_port()
        self.database = data / "kezhi.sqlite3"
        self.running: subprocess.Popen | None = None
        self.environment = clean_environment() | {"KEZHI_DATA": str(data)} | environment
        if "DATABASE_URL" not in environment:
            shutil.copytree(_migrated(), data, dirs_exist_ok=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "kezhi.config.cli", "up", "--port", str(self.port)]
        self.running = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL)
        wait_until(self.answers, seconds=120)
        wait_until(lambda: self.workers() == 1, seconds=60)

    def answers(self) -> bool:
        return self.status("/sign-in/") == 200

    def workers(self) -> int:
        return len(list((self.data / "run").glob("worker-*.wake")))

    def status(self, path: str) -> int:
        """What a page answers; 0 when nobody does."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as answer:
            answer.close()
            return answer.code
        except OSError:
            return 0

    def kezhi(self, *arguments: str, code: int | None = 0) -> str:
        """Run a command; gives everything it said."""
        command = [sys.executable, "-m", "kezhi.config.cli", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=200, check=False)
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def end(self) -> int:
        self.running.send_signal(signal.SIGTERM)
        return self.running.wait(timeout=60)

    def kill(self) -> None:
        """Everything at once, without a chance to say goodbye."""
        everybody = [psutil.Process(self.running.pid), *psutil.Process(self.running.pid).children(recursive=True)]
        for process in everybody:
            process.send_signal(signal.SIGKILL)
        self.running.wait()
        psutil.wait_procs(everybody[1:], timeout=10)

    def is_running(self) -> bool:
        return self.running is not None and self.running.poll() is None


def clean_environment() -> dict[str, str]:
    """The environment without what would reach an installation, and quiet."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("KEZHI_", "DATABASE_", "JOBS_"))}
    kept["DJANGO_SETTINGS_MODULE"] = "kezhi.config.settings"
    return kept | {"PYTHONWARNINGS": "ignore", "KEZHI_LOG_LEVEL": "ERROR"}


@cache
def _migrated() -> Path:
    """A data folder after ``kezhi migrate``, made once: all migrations take longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="migrated-", dir=os.environ["KEZHI_DATA"]))  # removed with the suite's data
    environment = clean_environment() | {"KEZHI_DATA": str(folder)}
    subprocess.run(
        [sys.executable, "-m", "kezhi.config.cli", "migrate"],
        env=environment,
        stdout=subprocess.DEVNULL,
        timeout=200,
        check=True,
    )
    return folder
