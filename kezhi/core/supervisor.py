"""Keeping a few programs running: start, restart, stop (``kezhi up``). Imports nothing but the standard library."""

import contextlib
import ctypes
import fcntl
import logging
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
# A program that ran this long was healthy: its next end is a new trouble, not the old one.
_HEALTHY_SECONDS = 30.0
_TICK_SECONDS = 0.05
_LONGEST_WAIT_FOR_READY = 10.0
_PR_SET_PDEATHSIG = 1

logger = logging.getLogger(__name__)


class AlreadyRunning(Exception):
    """Another process holds the data folder's server lock; ``pid`` is what it wrote there."""

    def __init__(self, pid: str) -> None:
        super().__init__(pid)
        self.pid = pid


@dataclass
class Program:
    """One child: its command line, and how long it may take to end when asked.

    One that ``waits_for_ready`` is started once the others serve, so that it does not take the processor from them.
    """

    name: str
    command: Sequence[str]
    grace_seconds: float = 15.0
    waits_for_ready: bool = False
    environment: dict[str, str] = field(default_factory=dict)


class Supervisor:
    """Runs programs until SIGTERM or SIGINT, then ends all of them.

    A dead program is started again after a pause that grows while it keeps dying. Each child leads its own process
    group, so that what it started itself ends with it; and the system ends the children when this process is killed.
    """

    def __init__(self, programs: Sequence[Program], *, ready: Callable[[], bool], on_ready: Callable[[], None]) -> None:
        self._children = [_Child(program) for program in programs]
        self._ready = ready
        self._on_ready = on_ready
        self._is_announced = False
        self._signal: int | None = None

    def run(self) -> int:
        """Supervise until a signal arrives; gives 0, or 1 when a program had to be killed."""
        patience = time.monotonic() + _LONGEST_WAIT_FOR_READY
        with self._signals() as wakeup:
            try:
                while self._signal is None:
                    for child in self._children:
                        if self._is_announced or not child.program.waits_for_ready or time.monotonic() > patience:
                            child.keep_running()
                    if not self._is_announced and self._ready():
                        self._is_announced = True
                        self._on_ready()
                        continue
                    timeout = 1.0 if self._is_announced else _TICK_SECONDS
                    timeout = min([timeout, *(child.seconds_to_start() for child in self._children)])
                    if select.select([wakeup], [], [], max(0.0, timeout))[0]:
                        os.read(wakeup, 512)
            finally:
                killed = self._end_all()
        return 1 if killed else 0

    def stop(self, number: int = signal.SIGTERM) -> None:
        self._signal = number

    def _end_all(self) -> bool:
        for child in self._children:
            child.ask_to_end()
        # Not any(...) over a generator: each child must be waited for, also after the first that had to be killed.
        return any([child.wait_or_kill() for child in self._children])  # noqa: C419

    @contextlib.contextmanager
    def _signals(self) -> Iterator[int]:
        """Signals as bytes in a pipe, so that waiting for them and for dead children is one ``select``."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        os.set_blocking(reading, False)
        handled: dict[signal.Signals, Callable[[int, object], None]] = {
            signal.SIGTERM: lambda number, _frame: self.stop(number),
            signal.SIGINT: lambda number, _frame: self.stop(number),
            signal.SIGCHLD: lambda _number, _frame: None,
        }
        before = {number: signal.signal(number, handler) for number, handler in handled.items()}
        previous = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        try:
            yield reading
        finally:
            signal.set_wakeup_fd(previous)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(reading)
            os.close(writing)


class _Child:
    """A program and its present process, if it has one."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._start_at = 0.0
        self._pause = _FIRST_PAUSE

    def keep_running(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self._mourn()
        if self._process is None and time.monotonic() >= self._start_at:
            self._start()

    def seconds_to_start(self) -> float:
        return self._start_at - time.monotonic() if self._start_at and self._process is None else 3600.0

    def ask_to_end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait_or_kill(self) -> bool:
        """Wait for the end; True when it had to be forced."""
        if self._process is None:
            return False
        forced = False
        try:
            self._process.wait(self.program.grace_seconds)
        except subprocess.TimeoutExpired:
            forced = True
            logger.warning("%s did not end in time and is killed", self.program.name)
        self._end_group()
        self._process.wait()
        return forced

    def _start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own command lines
            list(self.program.command),
            env={**os.environ, **self.program.environment},
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),  # safe: this process has one thread
        )
        self._started = time.monotonic()
        logger.debug("%s started as process %s", self.program.name, self._process.pid)

    def _mourn(self) -> None:
        """The process ended by itself: end what it left behind and plan the next start."""
        if self._process is None:
            return
        self._end_group()
        if time.monotonic() - self._started > _HEALTHY_SECONDS:
            self._pause = _FIRST_PAUSE
        logger.error(
            "%s ended unexpectedly (%s), starting it again in %.1f s",
            self.program.name,
            _words(self._process.returncode),
            self._pause,
        )
        self._start_at = time.monotonic() + self._pause
        self._pause = min(_LONGEST_PAUSE, self._pause * 2)
        self._process = None

    def _end_group(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


class ServerLock:
    """Held in a data folder while a server runs there; the system drops it when the process dies."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "run" / "up.lock"
        self._descriptor = -1

    def __enter__(self) -> "ServerLock":
        """Raises AlreadyRunning when another process holds it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise AlreadyRunning(pid) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._descriptor)
        self._descriptor = -1


def _die_with(parent: int) -> Callable[[], None]:
    """For the child, before it becomes its program: be told when the parent dies (Linux; elsewhere nothing happens)."""
    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return lambda: None

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            # The parent died before this was arranged.
            os._exit(1)

    return arrange


def _words(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
