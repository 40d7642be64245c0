"""Encryption of single values, the blind index that finds them again, and the key ring behind both (OPS-1).

A token is ``key-id.base64url(nonce + ciphertext)``: AES-256-GCM with the purpose (the field's name) as additional data,
so that a value copied into another column does not open there. The key ring is the file ``keys.json`` in the data
folder (mode 0600, made on first use) or the JSON in ``KEZHI_KEYS``. Old keys stay in the ring: backups and sealed
events need them. Backups hold the ring too, encrypted (``kezhi.core.backup``); without both, the values are lost.
"""

import base64
import binascii
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RING_FILE = "keys.json"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_INDEX_CHARACTERS = 32
# How long a process may go on encrypting with the key that was current before a rotation elsewhere.
_STALE_SECONDS = 2.0


class CryptoProblem(Exception):
    """Encrypting or opening a value failed; ``message`` is a sentence for people, ``code`` is stable."""

    def __init__(self, code: str, message: str | Promise, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self._message = message
        self._values = values

    @property
    def message(self) -> str:
        return str(self._message) % self._values

    def __str__(self) -> str:
        return self.message


class KeyMissing(CryptoProblem):
    """A token names a key that the ring does not hold."""

    def __init__(self, key_id: str) -> None:
        super().__init__("key_missing", _("密钥环里没有密钥 %(key)s，用它加密的内容无法打开。"), key=key_id)
        self.key_id = key_id


class ValueUnreadable(CryptoProblem):
    """A token was damaged, changed, or belongs to another purpose."""

    def __init__(self, purpose: str) -> None:
        super().__init__("value_unreadable", _("加密内容（%(purpose)s）已损坏或被改动。"), purpose=purpose)


class KeyRingProblem(CryptoProblem):
    """The ring itself cannot be read or changed."""


@dataclass(frozen=True)
class KeyRing:
    """The encryption keys by id, the id of the one that encrypts now, and the key of the blind index."""

    current: str
    keys: Mapping[str, bytes]
    index_key: bytes

    def to_json(self) -> str:
        keys = {key_id: _text(key) for key_id, key in self.keys.items()}
        return json.dumps({"current": self.current, "keys": keys, "index": _text(self.index_key)}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "KeyRing":
        """Read a ring; raises KeyRingProblem when a part is missing or has the wrong length."""
        try:
            stored = json.loads(text)
            keys = {str(key_id): _bytes(key) for key_id, key in stored["keys"].items()}
            ring = cls(str(stored["current"]), keys, _bytes(stored["index"]))
            sound = ring.current in keys and all(len(key) == _KEY_BYTES for key in [*keys.values(), ring.index_key])
        except (ValueError, KeyError, TypeError, AttributeError):
            sound = False
        if not sound:
            raise KeyRingProblem("key_ring_damaged", _("密钥环无法读取：内容不完整或已损坏。"))
        return ring

    @classmethod
    def fresh(cls) -> "KeyRing":
        key_id = _new_key_id()
        return cls(key_id, {key_id: secrets.token_bytes(_KEY_BYTES)}, secrets.token_bytes(_KEY_BYTES))

    def with_new_key(self) -> "KeyRing":
        key_id = _new_key_id()
        return KeyRing(key_id, {**self.keys, key_id: secrets.token_bytes(_KEY_BYTES)}, self.index_key)


def encrypt(text: str, *, purpose: str) -> str:
    """The token for ``text``; the same text gives another token each time."""
    if time.monotonic() > _cache.fresh_until:
        _cache.refresh()
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cache.sealer.encrypt(nonce, text.encode(), purpose.encode())
    return _cache.prefix + base64.urlsafe_b64encode(nonce + sealed).decode("ascii")


def decrypt(token: str, *, purpose: str) -> str:
    """The text inside a token.

    Raises:
        KeyMissing: the ring has no such key.
        ValueUnreadable: damaged, changed, or made for another purpose.
    """
    key_id, _dot, body = token.partition(".")
    opener = _cache.openers.get(key_id) or _cache.opener(key_id)
    try:
        raw = base64.urlsafe_b64decode(body)
        return opener.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError) as failure:
        raise ValueUnreadable(purpose) from failure


def blind_index(text: str, *, purpose: str) -> str:
    """32 hex characters that are equal for equal texts of one purpose and tell nothing without the index key.

    It is over exactly the characters given: bring the value into its normal form first.
    """
    key = _cache.index_keys.get(purpose) or _cache.index_key(purpose)
    return hmac.digest(key, text.encode(), "sha256").hex()[:_INDEX_CHARACTERS]


def key_of(token: str) -> str:
    """The id of the key a token was made with."""
    return token.partition(".")[0]


def current_key() -> str:
    """The id of the key that encrypts now, read afresh."""
    return key_ring().current


def key_ring() -> KeyRing:
    """The ring as stored now (made on first use). Raises KeyRingProblem when it cannot be read."""
    return _cache.load()


def rotate_keys() -> str:
    """Add a new key, encrypt with it from now on, and give back its id.

    Stored rows keep their old key until the re-encryption job has walked them (``kezhi.core.rotation``).
    Raises KeyRingProblem when the ring comes from the environment and therefore cannot be written.
    """
    if settings.KEY_RING:
        raise KeyRingProblem(
            "key_ring_read_only",
            _("密钥来自环境变量 KEZHI_KEYS，请在那里添加新密钥并把 current 指向它。"),
        )
    path = ring_path()
    key_ring()
    with _locked(path.with_suffix(".lock")):
        ring = KeyRing.from_json(path.read_text()).with_new_key()
        write_private(path, ring.to_json())
    _cache.forget()
    return ring.current


def forget_cached_keys() -> None:
    """Read the ring again at the next use (after a restore, or when the data folder changes in a test)."""
    _cache.forget()


def ring_path() -> Path:
    return Path(settings.DATA_DIR) / RING_FILE


def write_private(path: Path, text: str) -> None:
    """Replace a file whole or not at all, readable by its owner only, on disk before this returns."""
    written = _write_beside(path, text)
    os.replace(written, path)
    _sync_folder(path.parent)


class _Cache:
    """This process's opened ring: cipher objects by key, derived index keys by purpose."""

    fresh_until: float
    sealer: AESGCM
    prefix: str
    openers: dict[str, AESGCM]
    index_keys: dict[str, bytes]

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.fresh_until = 0.0
        self.prefix = ""
        self.openers = {}
        self.index_keys = {}
        self._index_key = b""
        self._stamp: tuple[int, int] | str | None = None

    def refresh(self) -> None:
        """Read the ring again if its file changed since."""
        stamp = _stamp()
        if stamp is None or stamp != self._stamp:
            self.load()
        self.fresh_until = time.monotonic() + _STALE_SECONDS

    def load(self) -> KeyRing:
        ring, stamp = _read_or_make()
        self._stamp = stamp
        self.openers = {key_id: AESGCM(key) for key_id, key in ring.keys.items()}
        self.prefix = ring.current + "."
        self.sealer = self.openers[ring.current]
        if ring.index_key != self._index_key:
            self.index_keys = {}
            self._index_key = ring.index_key
        return ring

    def opener(self, key_id: str) -> AESGCM:
        """The cipher of a key this process has not met yet: another process may have rotated."""
        self.load()
        try:
            return self.openers[key_id]
        except KeyError:
            raise KeyMissing(key_id) from None

    def index_key(self, purpose: str) -> bytes:
        if not self._index_key:
            self.load()
        key = hmac.digest(self._index_key, purpose.encode(), hashlib.sha256)
        self.index_keys[purpose] = key
        return key


def _read_or_make() -> tuple[KeyRing, tuple[int, int] | str]:
    if given := str(settings.KEY_RING):
        return KeyRing.from_json(given), given
    path = ring_path()
    if not path.exists():
        _make(path)
    stamp = _stamp()
    if stamp is None:
        raise KeyRingProblem("key_ring_damaged", _("密钥环无法读取：内容不完整或已损坏。"))
    return KeyRing.from_json(path.read_text()), stamp


def _make(path: Path) -> None:
    """Make the first ring; of two processes doing so at once, one wins and both use its ring."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = _write_beside(path, KeyRing.fresh().to_json())
    try:
        # Unlike rename, link refuses an existing name: a ring that is already in use is never replaced.
        os.link(written, path)
        _sync_folder(path.parent)
    except FileExistsError:
        pass
    finally:
        written.unlink()


def _write_beside(path: Path, text: str) -> Path:
    written = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return written


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _stamp() -> tuple[int, int] | str | None:
    if given := str(settings.KEY_RING):
        return given
    try:
        status = ring_path().stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_ino


def _new_key_id() -> str:
    # Random, not counted: a ring made anew after a loss must not reuse the id of the lost key.
    return "k" + secrets.token_hex(4)


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)


_cache = _Cache()
