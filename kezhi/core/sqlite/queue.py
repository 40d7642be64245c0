"""Whose turn it is to write: a queue between the threads and processes that share one SQLite file."""

import contextlib
import fcntl
import os
import time

from django.db.utils import OperationalError

# The one whose turn is next looks often, since the time between is lost to all; the others need not.
_NEXT_LOOKS_EVERY = 0.0003
_OTHERS_LOOK_EVERY = 0.001


class WriteLockTimeout(OperationalError):
    """Others have been writing for too long; nothing was changed, and trying again helps."""


class WriteQueue:
    """A lock beside the database file, as one connection sees it.

    Two locked files, a gate and the turn: whoever holds the gate is next, and passes on the gate when it gets the turn.
    Whoever ends a transaction and wants another has to go through the gate again, behind the one who is next, so nobody
    can overtake for ever. The system drops both locks when a process dies. Where files cannot be locked, nobody waits
    here and SQLite's own lock has to do.
    """

    def __init__(self, database: str, timeout: float) -> None:
        self._gate_path = f"{database}-gate"
        self._turn_path = f"{database}-turn"
        self._timeout = timeout
        self._turn = -1
        self.is_ours = False

    def enter(self) -> None:
        """Wait for the turn. Raises WriteLockTimeout after the database's usual timeout."""
        if self.is_ours:
            return
        until = time.monotonic() + self._timeout
        try:
            # Opened anew each time: a lock belongs to the open file, which a forked process would share.
            turn = os.open(self._turn_path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            self.is_ours = True
            return
        try:
            gate = os.open(self._gate_path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _lock(gate, until, _OTHERS_LOOK_EVERY)
                _lock(turn, until, _NEXT_LOOKS_EVERY)
            finally:
                os.close(gate)
        except WriteLockTimeout:
            os.close(turn)
            raise
        except OSError:
            os.close(turn)
            turn = -1
        self._turn = turn
        self.is_ours = True

    def leave(self) -> None:
        """Let the next one write; nothing happens when it is not our turn."""
        self.is_ours = False
        turn, self._turn = self._turn, -1
        if turn >= 0:
            with contextlib.suppress(OSError):
                os.close(turn)

    def __enter__(self) -> None:
        self.enter()

    def __exit__(self, *_exception: object) -> None:
        self.leave()


def _lock(descriptor: int, until: float, look_every: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise WriteLockTimeout("database is locked") from None
            time.sleep(look_every)
        else:
            return
