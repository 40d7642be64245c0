"""Waking a worker the moment a job is committed, through a pipe in the data folder; if it fails, polling remains."""

import contextlib
import fcntl
import os
import secrets
import select
import socket
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

_PIPE = ".wake"
_LOCK = ".lock"
_PREFIX = "worker-"


class Presence:
    """A worker's place in the data folder: a pipe others wake it by, and a lock that the system drops when it dies."""

    def __init__(self) -> None:
        folder = run_folder()
        folder.mkdir(parents=True, exist_ok=True)
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{os.getpid()}-{secrets.token_hex(4)}"
        self._pipe_path = folder / f"{_PREFIX}{_token(self.name)}{_PIPE}"
        self._lock_path = folder / f"{_PREFIX}{_token(self.name)}{_LOCK}"
        self._lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.mkfifo(self._pipe_path, 0o600)
        # Read and write, so that the pipe has a writer at all times and never reports its end.
        self._pipe = os.open(self._pipe_path, os.O_RDWR | os.O_NONBLOCK)

    def wait(self, seconds: float) -> bool:
        """Sleep until woken, at most ``seconds``; tells whether somebody called."""
        readable, _, _ = select.select([self._pipe], [], [], seconds)
        if not readable:
            return False
        with contextlib.suppress(BlockingIOError):
            os.read(self._pipe, 4096)
        return True

    def wake(self) -> None:
        """Wake this worker itself, from another thread or a signal handler."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._pipe, b"!")

    def leave(self) -> None:
        for path in (self._pipe_path, self._lock_path):
            path.unlink(missing_ok=True)
        os.close(self._pipe)
        os.close(self._lock)


def run_folder() -> Path:
    return Path(settings.DATA_DIR) / "run"


def wake_after_commit() -> None:
    """Wake the workers of this machine once the surrounding transaction commits."""
    waiting = connection.run_on_commit
    if waiting and waiting[-1][1] is wake_workers and waiting[-1][0] == set(connection.savepoint_ids):
        return
    transaction.on_commit(wake_workers)


def wake_workers() -> None:
    try:
        entries = list(os.scandir(run_folder()))
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith(_PIPE):
            _call(entry.path)


def is_gone(worker: str) -> bool:
    """Whether a worker of this machine is certainly dead. Says False when it cannot know (another machine)."""
    if worker.partition(":")[0] != socket.gethostname()[:60]:
        return False
    lock = run_folder() / f"{_PREFIX}{_token(worker)}{_LOCK}"
    if lock.exists():
        return _is_free(lock)
    # Left in order, or its folder is elsewhere: only its process id can tell.
    return not _runs(worker)


def live_workers() -> list[str]:
    """The process ids of the workers alive in this data folder."""
    return [
        path.name.removeprefix(_PREFIX).partition("-")[0]
        for path in sorted(run_folder().glob(f"{_PREFIX}*{_LOCK}"))
        if not _is_free(path)
    ]


def clear_remains() -> None:
    """Remove pipes and locks of workers that died without leaving."""
    for lock in run_folder().glob(f"{_PREFIX}*{_LOCK}"):
        with contextlib.suppress(OSError):
            descriptor = os.open(lock, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                lock.with_suffix(_PIPE).unlink(missing_ok=True)
                lock.unlink(missing_ok=True)
            finally:
                os.close(descriptor)


def _call(path: str) -> None:
    # ENXIO: nobody reads any more; EAGAIN: the pipe is full, so its worker is awake already.
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(descriptor, b"!")
        finally:
            os.close(descriptor)


def _is_free(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def _token(worker: str) -> str:
    return worker.rpartition(":")[2]


def _runs(worker: str) -> bool:
    try:
        os.kill(int(worker.split(":")[1]), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError, IndexError):
        return True
    return True
