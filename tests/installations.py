"""Whole installations in folders of their own: the commands, the server with its worker, and ways to hurt them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

import psutil
import psycopg

from kezhi.core.tests.processes import free_port, wait_until
from tests.migrated import copy_migrated

_KEY = "key.json"


class Installation:
    """A data folder with a migrated database, and ``kezhi up`` on a port of its own."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.port = free_port()
        self.database = data / "kezhi.sqlite3"
        self.running: subprocess.Popen | None = None
        self.environment = clean_environment() | {"KEZHI_DATA": str(data)} | environment
        if "DATABASE_URL" in environment:
            data.mkdir(parents=True)
            _prepare(data, self.environment)
        else:
            shutil.copytree(_migrated(), data, dirs_exist_ok=True)
        # How the one who may do everything comes in, by page and by program.
        self._key: dict[str, str] = json.loads((data / _KEY).read_text())

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "kezhi.config.cli", "up", "--port", str(self.port)]
        self.running = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL)
        wait_until(self.answers, seconds=120)
        wait_until(lambda: self.workers() == 1, seconds=60)

    def answers(self) -> bool:
        return self.ask("/sign-in/")[0] in (200, 302)

    def workers(self) -> int:
        return len(list((self.data / "run").glob("worker-*.wake")))

    def ask(self, path: str, content: object = None) -> tuple[int, str]:
        """What a page or the programs' interface answers: status and text; 0 when nobody does."""
        # The key only where it belongs: with a session's cookie a post needs more than we have.
        name = "Authorization" if path.startswith("/api/") else "Cookie"
        headers = {name: self._key[name], "Accept-Language": "zh-CN", "Content-Type": "application/json"}
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.address + path, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=100) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()
        except OSError:
            return 0, ""

    def create_customer(self, name: str) -> int:
        return self.ask("/api/v1/customers/", {"name": name})[0]

    def kezhi(self, *arguments: str, code: int | None = 0) -> str:
        """Run a command; gives everything it said."""
        command = [sys.executable, "-m", "kezhi.config.cli", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=200, check=False)
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def query(self, sql: str) -> list[tuple]:
        """What is in the database, asked past Kezhi."""
        if url := self.environment.get("DATABASE_URL"):
            with psycopg.connect(url) as database:
                return database.execute(sql).fetchall()
        with closing(sqlite3.connect(self.database, timeout=100)) as database:
            return database.execute(sql).fetchall()

    def end(self) -> int:
        self.running.send_signal(signal.SIGTERM)
        return self.running.wait(timeout=100)

    def kill(self) -> None:
        """Everything at once, without a chance to say goodbye."""
        everybody = [psutil.Process(self.running.pid), *psutil.Process(self.running.pid).children(recursive=True)]
        for process in everybody:
            with suppress(psutil.NoSuchProcess):  # the system ends the children of a killed supervisor
                process.send_signal(signal.SIGKILL)
        self.running.wait()
        psutil.wait_procs(everybody[1:], timeout=100)

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
    copy_migrated(folder / "kezhi.sqlite3")
    _prepare(folder, clean_environment() | {"KEZHI_DATA": str(folder)})
    return folder


def _prepare(data: Path, environment: dict[str, str]) -> None:
    steps = {os.devnull: ["kezhi.config.cli", "migrate"], str(data / _KEY): ["tests.enter_installation"]}
    for output, arguments in steps.items():
        with open(output, "w") as file:
            subprocess.run([sys.executable, "-m", *arguments], env=environment, stdout=file, timeout=200, check=True)
