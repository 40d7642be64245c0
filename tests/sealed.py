"""Seals a test run off from the machine; loaded before Django's settings (``-p tests.sealed``).

Data goes to a folder of its own, the environment's settings do not reach the tests, and sockets reach this machine
only.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import sys
import tempfile
from ipaddress import ip_address

import pytest

KEPT = {"KEZHI_NO_SKIPS", "KEZHI_CANNOT_INSTALL", "KEZHI_CHROMIUM", "KEZHI_TEST_POSTGRES"}

for _name in [name for name in os.environ if name.startswith("KEZHI_") and name not in KEPT]:
    del os.environ[_name]
for _name in ("DATABASE_URL", "JOBS_ENGINE", "JOBS_BROKER"):
    os.environ.pop(_name, None)

# What is compiled is kept, else every process the tests start would compile all of Kezhi again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

_data = tempfile.mkdtemp(prefix="kezhi-test-")
os.environ["KEZHI_DATA"] = _data
_owner = os.getpid()


@atexit.register
def _remove_data() -> None:
    if os.getpid() == _owner:  # not in a child that was forked off a test
        shutil.rmtree(_data, ignore_errors=True)


class LeftTheMachine(AssertionError):
    """A test tried to talk to another machine."""


def _refuse_other_machines(method_name: str) -> None:
    real = getattr(socket.socket, method_name)

    def guarded(self: socket.socket, address: object) -> object:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]  # type: ignore[index]
            try:
                is_here = ip_address(host).is_loopback
            except ValueError:
                is_here = host in {"localhost", ""}
            if not is_here:
                self.close()
                raise LeftTheMachine(f"a test tried to reach {address!r}")
        return real(self, address)

    setattr(socket.socket, method_name, guarded)


_refuse_other_machines("connect")
_refuse_other_machines("connect_ex")


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    from django.conf import settings

    # One guess a microsecond instead of one in 50 ms: what is tested is who may sign in, not how slow guessing is.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    for database in settings.DATABASES.values():
        if "sqlite" in database["ENGINE"]:
            # A file, as in real use: threads and processes get connections of their own, and WAL is really tested.
            database.setdefault("TEST", {})["NAME"] = os.path.join(_data, "test.sqlite3")
    _look_for_static_files_once()


def _look_for_static_files_once() -> None:
    """Every test client builds the whole chain of middleware, and one link looks at all static files each time."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    look = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, object] = {}

    def look_once(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = look_once
