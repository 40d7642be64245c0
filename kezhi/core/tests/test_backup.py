"""Backups for real: a data folder of its own, the ``kezhi`` command in processes of their own."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from kezhi.core.crypto import KeyRing
from tests.migrated import copy_migrated

pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.early]  # one process makes what all of them copy

PASSPHRASE = "correct horse battery"


class Installation:
    """A data folder and the commands run in it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("KEZHI_", "DATABASE_"))
        }
        self.environment |= {
            "KEZHI_DATA": str(folder),
            "PYTHONWARNINGS": "ignore",
            "KEZHI_LOG_LEVEL": "ERROR",
            **environment,
        }

    def kezhi(self, *arguments: object, code: int = 0) -> str:
        command = [sys.executable, "-m", "kezhi.config.cli", *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=200, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def sql(self, statement: str, *parameters: object) -> list[tuple]:
        with closing(sqlite3.connect(self.folder / "kezhi.sqlite3")) as database, database:
            return database.execute(statement, parameters).fetchall()

    def backup(self) -> Path:
        return next(self.folder.glob("backups/*.kezhi-backup"))

    def marks(self) -> list[str]:
        return [row[0] for row in self.sql("SELECT name FROM core_epoch WHERE name LIKE 'mark %' ORDER BY name")]


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory) -> Installation:
    """Rows, a file and keys, in a backup."""
    here = Installation(tmp_path_factory.mktemp("kezhi"), KEZHI_BACKUP_PASSPHRASE=PASSPHRASE)
    copy_migrated(here.folder / "kezhi.sqlite3")
    here.kezhi("migrate")
    for number in range(5):
        here.sql("INSERT INTO core_epoch (name, value) VALUES (?, 1)", f"mark {number}")
    (here.folder / "files" / "2026").mkdir(parents=True)
    (here.folder / "files" / "2026" / "合同.pdf").write_bytes(b"%PDF" + bytes(100_000))
    assert "verified" in here.kezhi("backup")
    return here


@pytest.fixture
def here(backed_up, tmp_path) -> Installation:
    shutil.copytree(backed_up.folder, tmp_path / "var")
    return Installation(tmp_path / "var", KEZHI_BACKUP_PASSPHRASE=PASSPHRASE)


def test_a_backup_brings_everything_back_and_keeps_what_was_there(here):
    ring = (here.folder / "keys.json").read_text()
    here.sql("DELETE FROM core_epoch WHERE name <> 'mark 0'")
    here.sql("INSERT INTO core_epoch (name, value) VALUES ('later', 1)")
    (here.folder / "files" / "2026" / "合同.pdf").unlink()
    (here.folder / "files" / "new.txt").write_text("later")
    (here.folder / "keys.json").write_text(KeyRing.fresh().to_json())

    said = here.kezhi("restore", "--yes")

    assert here.marks() == [f"mark {number}" for number in range(5)]
    assert (here.folder / "files" / "2026" / "合同.pdf").stat().st_size == 100_004
    assert not (here.folder / "files" / "new.txt").exists()
    assert (here.folder / "keys.json").read_text() == ring
    assert (here.folder / "keys.json").stat().st_mode & 0o777 == 0o600
    kept = next(here.folder.glob("before-restore-*"))
    assert str(kept) in said
    assert (kept / "files" / "new.txt").read_text() == "later"
    with closing(sqlite3.connect(kept / "kezhi.sqlite3")) as former:
        assert former.execute("SELECT name FROM core_epoch ORDER BY name").fetchall() == [("later",), ("mark 0",)]
    assert here.kezhi("migrate", "--check") == ""
    assert [path.name for path in here.folder.iterdir() if path.name.startswith((".restore", "restore"))] == []


def test_a_machine_that_has_only_the_file_and_the_passphrase_is_enough(backed_up, tmp_path):
    elsewhere = Installation(tmp_path / "new", KEZHI_BACKUP_PASSPHRASE=PASSPHRASE)

    elsewhere.kezhi("restore", backed_up.backup(), "--yes")

    assert len(elsewhere.marks()) == 5
    assert (elsewhere.folder / "keys.json").read_text() == (backed_up.folder / "keys.json").read_text()


def test_restoring_with_the_wrong_passphrase_changes_nothing(here):
    here.environment["KEZHI_BACKUP_PASSPHRASE"] = "another passphrase"
    before = (here.folder / "kezhi.sqlite3").read_bytes()

    said = here.kezhi("restore", "--yes", code=1)

    assert "Nothing was restored" in said
    assert (here.folder / "kezhi.sqlite3").read_bytes() == before


def test_a_damaged_backup_is_refused(here):
    content = bytearray(here.backup().read_bytes())
    content[len(content) // 2] ^= 1
    here.backup().write_bytes(content)

    assert "Nothing was restored" in here.kezhi("restore", "--yes", code=1)
    assert list(here.folder.glob("before-restore-*")) == []


def test_nobody_restores_without_being_asked(here):
    assert "--yes" in here.kezhi("restore", code=1)
    assert list(here.folder.glob("before-restore-*")) == []


def test_a_running_worker_stops_a_restore(here):
    worker = subprocess.Popen(
        [sys.executable, "-m", "kezhi.config.cli", "worker"], env=here.environment, stderr=subprocess.DEVNULL
    )
    try:
        while not list(here.folder.glob("run/worker-*.wake")):
            assert worker.poll() is None
        said = here.kezhi("restore", "--yes", code=1)
    finally:
        worker.kill()
        worker.wait()

    assert str(worker.pid) in said
    assert list(here.folder.glob("before-restore-*")) == []


def test_a_backup_opens_with_the_key_file_of_its_machine_only(here, tmp_path):
    here.backup().unlink()
    del here.environment["KEZHI_BACKUP_PASSPHRASE"]
    assert "backup.key" in here.kezhi("backup")
    elsewhere = Installation(tmp_path / "new")

    assert "backup.key" in elsewhere.kezhi("restore", here.backup(), "--yes", code=1)
    elsewhere.kezhi("restore", here.backup(), "--yes", "--key-file", here.folder / "backup.key")

    assert len(elsewhere.marks()) == 5


def test_old_backups_go_and_the_second_folder_gets_its_copy(here, tmp_path):
    here.environment["KEZHI_BACKUP_SECOND_DIR"] = str(tmp_path / "second")
    here.sql(
        "INSERT INTO core_figurevalue (key, value, changed_at) VALUES ('operation.backups_kept', '1', '2026-01-01')"
    )
    (here.folder / "backups" / "kezhi-20260101-000000-dead.partial").write_text("left by a crash")

    here.kezhi("backup")

    names = [path.name for path in (here.folder / "backups").iterdir()]
    assert len(names) == 1
    assert [path.name for path in (tmp_path / "second").iterdir()] == names
    assert here.kezhi("restore", "--verify", tmp_path / "second" / names[0]).startswith(str(tmp_path / "second"))


def test_a_full_disk_leaves_no_half_backup(here):
    """A limit on the size of files stands for the full disk: writing fails in the same place."""
    before = sorted((here.folder / "backups").iterdir())
    command = f"ulimit -f 200; exec {sys.executable} -m kezhi.config.cli backup"
    done = subprocess.run(
        ["bash", "-c", command], env=here.environment, capture_output=True, text=True, timeout=100, check=False
    )

    assert done.returncode == 1
    assert "No backup was written" in done.stderr
    assert sorted((here.folder / "backups").iterdir()) == before
