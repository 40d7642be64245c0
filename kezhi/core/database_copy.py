"""A whole copy of the database in one file, checking it, and putting it back: one class per kind of database."""

import os
import shutil
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from django.db import DatabaseError, connection, connections
from django.utils.translation import gettext as _

from kezhi.core.replica import remains
from kezhi.core.swapping import Swap


class CopyProblem(Exception):
    """The database could not be copied, checked or put back; the text is for people."""


class DatabaseCopy(ABC):
    """How one kind of database is copied."""

    vendor: str
    file_name: str

    @abstractmethod
    def write(self, path: Path) -> None:
        """Write a consistent copy while others go on working. Raises CopyProblem."""

    @abstractmethod
    def check(self, path: Path) -> dict[str, int]:
        """Read the whole copy; gives rows by table where that can be known. Raises CopyProblem."""

    @abstractmethod
    def put_back(self, path: Path, kept: Path) -> list[Swap]:
        """Restore the copy at once, or give the swaps that will. What was there is kept under ``kept``."""


class SQLiteCopy(DatabaseCopy):
    """``VACUUM INTO`` reads one snapshot, without stopping writers, and leaves a compact file."""

    vendor = "sqlite"
    file_name = "kezhi.sqlite3"

    def write(self, path: Path) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(path)])
        except DatabaseError as problem:
            raise CopyProblem(_("无法复制数据库：%(reason)s") % {"reason": problem}) from problem

    def check(self, path: Path) -> dict[str, int]:
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
                answer = copy.execute("PRAGMA integrity_check").fetchone()[0]
                if answer != "ok":
                    raise CopyProblem(_("备份里的数据库不完整：%(reason)s") % {"reason": answer})
                names = [row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
                counted = [name for name in names if "_fts" not in name]
                return {
                    name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - its own tables
                    for name in sorted(counted)
                }
        except sqlite3.Error as problem:
            raise CopyProblem(_("备份里的数据库不完整：%(reason)s") % {"reason": problem}) from problem

    def put_back(self, path: Path, kept: Path) -> list[Swap]:
        present = Path(str(connection.settings_dict["NAME"]))
        connections.close_all()
        # The log beside the old database belongs to it; left there, it would be played into the new one. So does what
        # tells where its history is kept.
        beside = [*(present.with_name(present.name + suffix) for suffix in ("-wal", "-shm")), *remains(present)]
        return [*(Swap(log, kept / log.name, None) for log in beside), Swap(present, kept / present.name, path)]


class PostgreSQLCopy(DatabaseCopy):
    """``pg_dump`` and ``pg_restore``, which must be installed and not older than the server."""

    vendor = "postgresql"
    file_name = "kezhi.dump"

    def write(self, path: Path) -> None:
        self._run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}")

    def check(self, path: Path) -> dict[str, int]:
        # Writing SQL to nowhere makes pg_restore unpack every row of the copy.
        self._run("pg_restore", f"--file={os.devnull}", str(path))
        return {}

    def put_back(self, path: Path, kept: Path) -> list[Swap]:
        kept.mkdir(parents=True, exist_ok=True)
        self.write(kept / self.file_name)
        connections.close_all()
        self._run(
            *("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction"),
            *(f"--dbname={connection.settings_dict['NAME']}", str(path)),
        )
        return []

    def _run(self, program: str, *arguments: str) -> None:
        found = shutil.which(program)
        if found is None:
            raise CopyProblem(_("没有安装 %(program)s，无法备份 PostgreSQL 数据库。") % {"program": program})
        done = subprocess.run(  # noqa: S603 - found on this machine, arguments are ours
            [found, *arguments], env={**os.environ, **self._environment()}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            reason = done.stderr.strip()[-500:]
            raise CopyProblem(_("%(program)s 失败：%(reason)s") % {"program": program, "reason": reason})

    def _environment(self) -> Mapping[str, str]:
        settings = connection.settings_dict
        # Not on the command line, where every user of the machine could read the password.
        named = {"PGDATABASE": "NAME", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGHOST": "HOST", "PGPORT": "PORT"}
        return {variable: str(settings[key]) for variable, key in named.items() if settings.get(key)}


def database_copy(vendor: str | None = None) -> DatabaseCopy:
    """The way of the configured database, or of a named kind. Raises CopyProblem for one we cannot copy."""
    wanted = vendor or connection.vendor
    for kind in (SQLiteCopy, PostgreSQLCopy):
        if kind.vendor == wanted:
            return kind()
    raise CopyProblem(_("不支持备份这种数据库：%(vendor)s") % {"vendor": wanted})
