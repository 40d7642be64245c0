"""A database after all migrations, made once and copied: they take longer than most tests.

On SQLite it is kept between runs, under the name of what it was made from. On PostgreSQL it lives as long as the run's
server. That every migration can be undone and done again is tested on databases of its own (``test_migrations.py``).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

ROOT = Path(__file__).resolve().parent.parent
KEPT_IN = ROOT / ".pytest_cache" / "migrated"
TEMPLATE = "kezhi_migrated"
_LOCK = 4_390_501
MIGRATE = """
import gc
import django
from django.core.management import call_command
from tests.quick_states import copy_fields

gc.set_threshold(200_000, 20, 1000)  # thousands of model classes are made: collecting them at once costs a third
django.setup()
copy_fields()
call_command("migrate", verbosity=0)
"""


def copy_migrated(target: Path) -> None:
    """Put a copy of the migrated SQLite database there."""
    with _one_at_a_time():
        kept = KEPT_IN / f"{_fingerprint()}.sqlite3"
        if not kept.exists():
            for old in KEPT_IN.glob("*.sqlite3"):
                old.unlink()
            with tempfile.TemporaryDirectory(dir=KEPT_IN) as folder:
                _migrate({"KEZHI_DATA": folder})
                (Path(folder) / "kezhi.sqlite3").rename(kept)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept, target)


def create_migrated(connection: BaseDatabaseWrapper, name: str) -> None:
    """Create a PostgreSQL database of this name as a copy of the migrated one."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])  # until this connection closes
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
        if cursor.fetchone() is None:
            cursor.execute(f'CREATE DATABASE "{TEMPLATE}_unfinished"')
            _migrate({"DATABASE_URL": address_of(f"{TEMPLATE}_unfinished"), "KEZHI_DATA": os.environ["KEZHI_DATA"]})
            cursor.execute(f'ALTER DATABASE "{TEMPLATE}_unfinished" RENAME TO "{TEMPLATE}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')


def address_of(name: str) -> str:
    """How another database of the suite's PostgreSQL server is addressed."""
    address = os.environ["DATABASE_URL"].replace("/postgres?", f"/{name}?")
    assert name in address
    return address


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    KEPT_IN.mkdir(parents=True, exist_ok=True)
    with (KEPT_IN / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fingerprint() -> str:
    """Changes with the migrations and with what makes tables of them."""
    import django

    digest = hashlib.sha256(f"{django.__version__} {sys.version}".encode())
    others = (ROOT / "kezhi" / "core" / "model_fields.py", ROOT / "tests" / "quick_states.py")
    for path in [*sorted(ROOT.glob("kezhi/*/migrations/*.py")), *others]:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


def _migrate(environment: dict[str, str]) -> None:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("KEZHI_", "DATABASE_"))}
    settings = {"DJANGO_SETTINGS_MODULE": "kezhi.config.settings", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", MIGRATE], env=kept | settings | environment, check=True)
