"""Cheap refusals before anything expensive: how many sign-ins an address may try, how many hashes a process computes.

Kept in the process's memory: it protects the processor of this process. What must hold across processes (lock-out) is
in the database.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Throttle:
    """So many acts per key within a span, refilled evenly; forgets the keys not used for longest."""

    def __init__(self, *, largest: int = 10_000) -> None:
        self._largest = largest
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, *, amount: int, seconds: float) -> bool:
        """Take one act; False when the key has used up its ``amount`` per ``seconds``."""
        moment = monotonic()
        with self._lock:
            left, then = self._buckets.pop(key, (float(amount), moment))
            left = min(float(amount), left + (moment - then) * amount / seconds)
            allowed = left >= 1
            self._buckets[key] = (left - 1 if allowed else left, moment)
            while len(self._buckets) > self._largest:
                self._buckets.popitem(last=False)
        return allowed

    def forget(self) -> None:
        """Start anew (between tests)."""
        with self._lock:
            self._buckets.clear()


class Busy(Exception):
    """Too many do the same at this moment; try again in a few seconds."""


ADDRESSES = Throttle()
CHECKS = Throttle(largest=1)
_checking = threading.Semaphore(1)
# One thread of a process may hash while the others answer pages. A second one waits so briefly that a process with two
# threads goes on answering pages during a flood.
_PATIENCE_SECONDS = 0.1


@contextmanager
def password_check(per_second: int) -> Iterator[None]:
    """Around a password check.

    Raises:
        Busy: this process checks as many as it may already.
    """
    if not CHECKS.take("all", amount=per_second, seconds=1) or not _checking.acquire(timeout=_PATIENCE_SECONDS):
        raise Busy
    try:
        yield
    finally:
        _checking.release()
