"""Telling without Django whether the database was already brought up to date by this very code."""

import hashlib
from pathlib import Path

from kezhi import __version__
from kezhi.config import environment

_PACKAGE = Path(__file__).resolve().parent.parent
_STAMP = "migrated"


def is_stamped() -> bool:
    """Whether `kezhi migrate` has run with these migrations on this database."""
    stamp = environment.DATA.read() / "run" / _STAMP
    database = environment.DATA.read() / "kezhi.sqlite3"
    if not environment.DATABASE_URL.read() and not database.exists():
        return False
    try:
        return stamp.read_text() == _fingerprint()
    except OSError:
        return False


def stamp_migrated() -> None:
    folder = environment.DATA.read() / "run"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _STAMP).write_text(_fingerprint())


def _fingerprint() -> str:
    names = sorted(str(path.relative_to(_PACKAGE)) for path in _PACKAGE.glob("*/migrations/0*.py"))
    return hashlib.sha256("\n".join([__version__, environment.DATABASE_URL.read(), *names]).encode()).hexdigest()
