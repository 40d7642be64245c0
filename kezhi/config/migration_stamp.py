"""Telling without Django whether the database was already brought up to date by this very code."""

import hashlib
from pathlib import Path

from kezhi import __version__
from kezhi.config import environment

_PACKAGE = Path(__file__).resolve().parent.parent
_STAMP = "migrated"
_PEOPLE_STAMP = "inhabited"


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


def is_inhabited() -> bool:
    """Whether somebody could sign in to this database when it was last asked; nobody is ever removed from it."""
    try:
        return (environment.DATA.read() / "run" / _PEOPLE_STAMP).read_text() == _database_fingerprint()
    except OSError:
        return False


def stamp_inhabited() -> None:
    folder = environment.DATA.read() / "run"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _PEOPLE_STAMP).write_text(_database_fingerprint())


def _database_fingerprint() -> str:
    return hashlib.sha256(environment.DATABASE_URL.read().encode()).hexdigest()


def _fingerprint() -> str:
    names = sorted(str(path.relative_to(_PACKAGE)) for path in _PACKAGE.glob("*/migrations/0*.py"))
    return hashlib.sha256("\n".join([__version__, environment.DATABASE_URL.read(), *names]).encode()).hexdigest()
