"""Real processes with a database of their own, for tests that kill them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

SCHEMA = "core_processes"


class OwnDatabase:
    """A data folder and database that this test and its child processes share with nobody."""

    def __init__(self, folder: Path, settings) -> None:
        self.folder = folder
        self.children: list[subprocess.Popen] = []
        configured = connections["default"].settings_dict
        self.environment = {**os.environ, "KEZHI_DATA": str(folder), "PYTHONWARNINGS": "ignore"}
        if connections["default"].vendor == "postgresql":
            user, password = quote(configured["USER"] or ""), quote(configured["PASSWORD"] or "")
            # psycopg takes host from the query, so that a folder with a socket works too
            query = urlencode({"host": configured["HOST"], "options": f"-csearch_path={SCHEMA}"})
            port = f":{configured['PORT']}" if configured["PORT"] else ""
            self.environment["DATABASE_URL"] = (
                f"postgresql://{user}:{password}@localhost{port}/{configured['NAME']}?{query}"
            )
            self.environment["KEZHI_TEST_SCHEMA"] = SCHEMA
        else:
            self.environment.pop("DATABASE_URL", None)
        self.run("prepare")

    def run(self, act: str) -> None:
        command = [sys.executable, "-m", "kezhi.core.tests.worker_process", act]
        subprocess.run(command, env=self.environment, check=True, timeout=60)

    def start_worker(self) -> subprocess.Popen:
        command = [sys.executable, "-m", "kezhi.core.tests.worker_process", "work"]
        child = subprocess.Popen(command, env=self.environment)
        self.children.append(child)
        return child

    def connect(self) -> BaseDatabaseWrapper:
        """A connection of this process to the children's database."""
        configured = dict(connections["default"].settings_dict)
        options = dict(configured["OPTIONS"])
        options.pop("pool", None)
        if "DATABASE_URL" in self.environment:
            options["options"] = f"-csearch_path={SCHEMA}"
        else:
            configured["NAME"] = str(self.folder / "kezhi.sqlite3")
        configured |= {"OPTIONS": options, "TEST": {}}
        return load_backend(configured["ENGINE"]).DatabaseWrapper(configured, "default")

    def end(self) -> None:
        for child in self.children:
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
            child.wait(timeout=20)


def wait_until(condition: Callable[[], bool], *, seconds: float = 40) -> None:
    """Ask every few milliseconds; fail the test when it never comes true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail("waited too long")
        time.sleep(0.005)
