"""Process-wide caches of settings-like rows that every process drops at the same moment.

Each name (``access``, ``figures``, ``lists`` …) has one row with a random value. :func:`bump` changes it in the
caller's transaction; :func:`cached` keeps what a loader returned only as long as the row holds the value it was
loaded under.
Values are random, not counted, so that a rolled-back bump can never be mistaken for a later one.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

from django.db import connection, transaction

from kezhi.core.models.epochs import Epoch

T = TypeVar("T")

_snapshot: ContextVar[dict[str, int] | None] = ContextVar("kezhi_epochs", default=None)
_store: dict[tuple[str, object], tuple[int, object]] = {}
_LARGEST_STORE = 20_000


@contextmanager
def snapshot() -> Iterator[None]:
    """Read all epochs once for one request or job; inside it :func:`current` costs nothing."""
    token = _snapshot.set(_read_all())
    try:
        yield
    finally:
        _snapshot.reset(token)


def current(name: str) -> int:
    """The present value of one epoch (0 when it was never bumped)."""
    held = _snapshot.get()
    if held is not None:
        return held.get(name, 0)
    return _read_all().get(name, 0)


def state() -> str:
    """A short text that is another one as soon as anything was bumped."""
    held = _snapshot.get()
    values = sorted((_read_all() if held is None else held).items())
    return hashlib.blake2b(repr(values).encode(), digest_size=12).hexdigest()


def bump(name: str) -> None:
    """Make every process drop what it cached under this name, once the surrounding transaction commits."""
    value = secrets.randbits(62)
    with transaction.atomic():
        if not Epoch.objects.filter(name=name).update(value=value):
            Epoch.objects.get_or_create(name=name, defaults={"value": value})
    held = _snapshot.get()
    if held is not None:
        held[name] = value


def cached(name: str, key: object, loader: Callable[[], T]) -> T:
    """What ``loader`` returns, kept in this process until ``name`` is bumped.

    ``key`` tells the values under one name apart and must be hashable; the value must not be changed by its users.
    """
    value = current(name)
    slot = (name, key)
    entry = _store.get(slot)
    if entry is not None and entry[0] == value:
        return cast(T, entry[1])
    loaded = loader()
    if len(_store) >= _LARGEST_STORE:
        _store.clear()
    _store[slot] = (value, loaded)
    return loaded


def forget_all() -> None:
    """Empty this process's caches (after restoring a backup, and between tests)."""
    _store.clear()


def _read_all() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, value FROM core_epoch")
        return {str(name): int(value) for name, value in cursor.fetchall()}
