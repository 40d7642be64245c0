"""Writers of one SQLite file in several real processes: each gets its turn, and nobody is told "locked"."""

import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.db import OperationalError

from kezhi.core.outage import is_outage
from kezhi.core.sqlite.base import DatabaseWrapper
from kezhi.core.sqlite.queue import WriteLockTimeout, WriteQueue

Start = Callable[..., subprocess.Popen]

pytestmark = pytest.mark.django_db  # only to be allowed a connection; the suite's own database is not touched


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "notes.sqlite3"


@pytest.fixture
def start(file: Path):
    """Start a writing process on the file."""
    running: list[subprocess.Popen] = []

    def begin(act: str) -> subprocess.Popen:
        given = json.dumps({"database": described(file, 20)})
        process = subprocess.Popen(
            [sys.executable, "-m", "kezhi.core.tests.writing_process", act],
            env={**os.environ, "WRITING_TEST": given},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    prepared = begin("prepare").communicate(timeout=100)
    assert prepared == ("", "")
    yield begin
    for process in running:
        process.kill()
        process.communicate()


def described(file: Path, timeout: float) -> dict[str, object]:
    return {
        "ENGINE": "kezhi.core.sqlite",
        "NAME": str(file),
        "OPTIONS": {
            "timeout": timeout,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL",
        },
    }


def connect(file: Path, timeout: float) -> DatabaseWrapper:
    usual = {
        "USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "TIME_ZONE": None, "CONN_MAX_AGE": 0, "AUTOCOMMIT": True,
        "ATOMIC_REQUESTS": False, "CONN_HEALTH_CHECKS": False, "TEST": {},
    }  # fmt: skip
    return DatabaseWrapper({**usual, **described(file, timeout)}, "default")


def test_eight_writers_in_four_processes_take_turns(file: Path, start: Start):
    writers = [start("write") for _number in range(4)]
    said = [writer.communicate(timeout=120) for writer in writers]

    assert said == [("", "")] * 4
    with closing(sqlite3.connect(file)) as reader:
        order = [who for (who,) in reader.execute("SELECT who FROM note ORDER BY id")]
    names = sorted(set(order))
    assert {name: order.count(name) for name in names} == dict.fromkeys(names, 60)
    assert len(names) == 8
    assert longest_wait(order, names) < 200


def longest_wait(order: list[str], names: list[str]) -> int:
    """The most rows others wrote between two of the same writer."""
    places = {name: [place for place, who in enumerate(order) if who == name] for name in names}
    return max(after - before for own in places.values() for before, after in itertools.pairwise(own))


def test_the_turn_of_a_killed_process_is_free(file: Path, start: Start):
    holder = start("hold")
    assert holder.stdout.readline() == "holding\n"
    holder.send_signal(signal.SIGKILL)
    holder.wait(20)

    connection = connect(file, 20)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO note (who) VALUES ('next')")
        cursor.execute("SELECT who FROM note")
        assert cursor.fetchall() == [("next",)]
    connection.close()


def test_whoever_waits_too_long_is_told_to_come_back(file: Path, start: Start):
    holder = start("hold")
    assert holder.stdout.readline() == "holding\n"

    connection = connect(file, 0.05)
    with connection.cursor() as cursor, pytest.raises(WriteLockTimeout, match="database is locked") as refused:
        cursor.execute("INSERT INTO note (who) VALUES ('late')")
    with pytest.raises(WriteLockTimeout):
        connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    assert is_outage(refused.value)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM note")  # reading waits for nobody
        assert cursor.fetchone() == (0,)

    holder.kill()
    holder.wait(20)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO note (who) VALUES ('late')")
    connection.close()


def test_a_failed_statement_gives_the_turn_back(file: Path, start: Start):
    first, second = connect(file, 0.05), connect(file, 0.05)
    with first.cursor() as cursor, pytest.raises(OperationalError) as refused:
        cursor.execute("INSERT INTO nothing (who) VALUES ('lost')")
    assert not is_outage(refused.value)
    first.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    first.rollback()
    with second.cursor() as cursor:
        cursor.execute("INSERT INTO note (who) VALUES ('kept')")
    first.close()
    second.close()


def test_closing_a_connection_in_the_middle_gives_the_turn_back(file: Path, start: Start):
    first, second = connect(file, 0.05), connect(file, 0.05)
    first.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    first.close()
    with second.cursor() as cursor:
        cursor.execute("INSERT INTO note (who) VALUES ('kept')")
        cursor.execute("SELECT who FROM note")
        assert cursor.fetchall() == [("kept",)]
    second.close()


def test_where_files_cannot_be_locked_nobody_waits(tmp_path: Path):
    queue = WriteQueue(str(tmp_path / "missing" / "notes.sqlite3"), 1.0)
    with queue:
        assert queue.is_ours
    assert not queue.is_ours


def test_a_database_in_memory_has_no_queue():
    connection = connect(Path("/nowhere"), 1)
    connection.settings_dict["NAME"] = ":memory:"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE note (who text)")
        cursor.execute("INSERT INTO note (who) VALUES ('one')")
    connection.connection.close()
