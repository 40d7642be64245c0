"""Real processes with a database of their own, for tests that kill them."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

SCHEMA = "core_processes"


class OwnDatabase:
    """A data folder and database that this test and its child processes share with nobody."""

    def __init__(self, folder: Path, *, broker: str = "") -> None:
        self.folder = folder
        self.children: list[subprocess.Popen] = []
        configured = {
            key: connections["default"].settings_dict[key]
            for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
        }
        options = {key: value for key, value in configured["OPTIONS"].items() if key != "pool"}
        if connections["default"].vendor == "postgresql":
            # The suite's database, but a schema of our own: the suite empties its tables after each test.
            options["options"] = f"-csearch_path={SCHEMA}"
        else:
            configured["NAME"] = str(folder / "kezhi.sqlite3")
        self.database = {**configured, "OPTIONS": options}
        self.environment = {
            **os.environ,
            "WORKER_TEST": json.dumps(
                {"folder": str(folder), "database": self.database, "schema": SCHEMA, "broker": broker}
            ),
        }
        self.run("prepare")

    def run(self, act: str) -> None:
        command = [sys.executable, "-m", "kezhi.core.tests.worker_process", act]
        subprocess.run(command, env=self.environment, check=True, timeout=200)

    def start_worker(self) -> subprocess.Popen:
        command = [sys.executable, "-m", "kezhi.core.tests.worker_process", "work"]
        child = subprocess.Popen(command, env=self.environment)
        self.children.append(child)
        return child

    def connect(self) -> BaseDatabaseWrapper:
        """A connection of this process to the children's database."""
        usual = connections["default"].settings_dict
        configured = {**usual, **self.database, "TEST": {}}
        return load_backend(configured["ENGINE"]).DatabaseWrapper(configured, "default")

    def end(self) -> None:
        for child in self.children:
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
            child.wait(timeout=100)


def free_port() -> int:
    """A port for a server of this test: none of those the system gives to whoever asks, which may take it first."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port among a hundred")


def wait_until(condition: Callable[[], bool], *, seconds: float = 100) -> None:
    """Ask every few milliseconds; fail the test when it never comes true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail("waited too long")
        time.sleep(0.005)
