"""A copy of the embedded database that follows it by the second (litestream). Standard library only.

The target folder holds one folder for each history: a database that was put in place of another begins a new one, so
that no two are mixed. The data folder remembers which belongs to the present database.
"""

import datetime as dt
import json
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HISTORY_FILE = "history"
_PREFIX = "kezhi-"
_STAMP = "%Y%m%dT%H%M%SZ"
_CONFIGURATION = "run/litestream.json"


class ReplicaProblem(Exception):
    """The copy cannot be kept or read; the text is what the program said."""


class MomentMissing(ReplicaProblem):
    """No history reaches back to that moment."""


@dataclass(frozen=True)
class Replica:
    """Where the copy of one database is kept, and for how many days any moment can be restored."""

    database: Path
    target: Path
    days: int

    def command(self) -> list[str]:
        """What to run beside the server; begins a history when the present database has none. Raises ReplicaProblem."""
        program = litestream()
        history = self.history() or self._begin_history()
        configuration = {
            "l0-retention": "1h",
            "snapshot": {"interval": "24h", "retention": f"{self.days * 24}h"},
            "logging": {"level": "warn"},
            "dbs": [{"path": str(self.database), "replica": {"type": "file", "path": str(history)}}],
        }
        path = self.database.parent / _CONFIGURATION
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(configuration))
        self._remove_old()
        return [program, "replicate", "-no-expand-env", "-config", str(path)]

    def history(self) -> Path | None:
        """The folder of the present database's history, if it has one."""
        try:
            path = Path((self.database.parent / HISTORY_FILE).read_text().strip())
        except OSError:
            return None
        return path if path.parent == self.target and path.is_dir() else None

    def seconds_behind(self) -> float | None:
        """How much of the newest changes the copy lacks; None when there is no copy yet."""
        history = self.history()
        copied = max((_changed(path) for path in history.glob("ltx/*/*.ltx")), default=0.0) if history else 0.0
        if not copied:
            return None
        log = self.database.with_name(self.database.name + "-wal")
        return max(0.0, max(_changed(self.database), _changed(log)) - copied)

    def write_copy(self, path: Path, moment: dt.datetime | None) -> None:
        """Write the database as it was at a moment (None: the newest there is) to ``path``.

        Raises ReplicaProblem.
        """
        histories = [(began, folder) for began, folder in self._histories() if moment is None or began <= moment]
        for _began, folder in sorted(histories, reverse=True):
            if _written(folder, path, moment):
                return
        raise MomentMissing

    def _begin_history(self) -> Path:
        name = f"{_PREFIX}{dt.datetime.now(dt.UTC):{_STAMP}}-{secrets.token_hex(2)}"
        history = self.target / name
        # What litestream noted about another history would be taken for a gap in this one.
        shutil.rmtree(_state(self.database), ignore_errors=True)
        history.mkdir(parents=True, mode=0o700)
        (self.database.parent / HISTORY_FILE).write_text(f"{history}\n")
        return history

    def _histories(self) -> list[tuple[dt.datetime, Path]]:
        found = []
        for folder in self.target.glob(f"{_PREFIX}*"):
            try:
                began = dt.datetime.strptime(folder.name.split("-")[1], _STAMP).replace(tzinfo=dt.UTC)
            except ValueError:
                continue
            found.append((began, folder))
        return found

    def _remove_old(self) -> None:
        """Drop the histories of databases that were replaced longer ago than any moment is kept."""
        limit = dt.datetime.now(dt.UTC).timestamp() - self.days * 24 * 3600
        for _began, folder in self._histories():
            if folder != self.history() and max(map(_changed, [folder, *folder.glob("ltx/*/*.ltx")])) < limit:
                shutil.rmtree(folder, ignore_errors=True)


def remains(database: Path) -> list[Path]:
    """What belongs to a database's history and must leave with it."""
    return [database.parent / HISTORY_FILE, _state(database)]


def _state(database: Path) -> Path:
    return database.with_name(f".{database.name}-litestream")


def litestream() -> str:
    """The path of the program. Raises ReplicaProblem."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which("litestream", path=places)
    if found is None:
        raise ReplicaProblem("KEZHI_LITESTREAM needs the program litestream: install Kezhi with kezhi[litestream].")
    return found


def _written(history: Path, path: Path, moment: dt.datetime | None) -> bool:
    when = [] if moment is None else ["-timestamp", moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")]
    done = subprocess.run(  # noqa: S603 - found on this machine, arguments are ours
        [litestream(), "restore", *when, "-o", str(path), f"file://{history}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return True
    path.unlink(missing_ok=True)
    said = (done.stderr or done.stdout).strip()
    if "timestamp does not exist" in said or "no matching backup" in said:
        return False
    raise ReplicaProblem(said[-500:])


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
