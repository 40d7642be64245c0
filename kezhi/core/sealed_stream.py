"""Encrypting a long stream to a file in chunks, so that a changed, cut or re-ordered file is noticed while reading.

Each chunk is AES-256-GCM; its nonce is a random prefix, the chunk's number and whether it is the last one (the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). The heading is bound into every chunk.
"""

import io
import json
import os
import struct
from collections.abc import Mapping
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"KEZHI-SEALED-1\n"
CHUNK = 1 << 20
_TAG = 16
_SCRYPT = {"n": 1 << 15, "r": 8, "p": 1}
_LONGEST_HEADING = 65536


class StreamProblem(Exception):
    """Not such a file, another passphrase, or damaged: ``code`` is foreign, passphrase or damaged."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SealingWriter(io.RawIOBase):
    """A writable stream that encrypts into ``target``; the file is complete only after :meth:`close`."""

    def __init__(self, target: IO[bytes], passphrase: str, heading: Mapping[str, str]) -> None:
        salt, prefix = os.urandom(16), os.urandom(7)
        described = {**heading, "salt": salt.hex(), "prefix": prefix.hex(), **_SCRYPT}
        self._heading = MAGIC + json.dumps(described).encode() + b"\n"
        self._target = target
        self._cipher = AESGCM(_derive(passphrase, salt, _SCRYPT))
        self._prefix = prefix
        self._number = 0
        self._held = bytearray()
        target.write(self._heading)

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._held += data
        # Always hold something back: the last chunk is marked, and which one is last is known only at the end.
        while len(self._held) > CHUNK:
            self._seal(bytes(self._held[:CHUNK]), is_last=False)
            del self._held[:CHUNK]
        return len(data)

    def close(self) -> None:
        if self.closed:
            return
        try:
            self._seal(bytes(self._held), is_last=True)
        finally:
            self._held.clear()
            super().close()

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._prefix, self._number, is_last), chunk, self._heading))
        self._number += 1


class SealedReader(io.RawIOBase):
    """The plain stream inside a sealed file. Raises StreamProblem while reading when anything is wrong with it."""

    def __init__(self, source: IO[bytes], passphrase: str) -> None:
        self._heading, described = _read_heading(source)
        try:
            salt, self._prefix = bytes.fromhex(described["salt"]), bytes.fromhex(described["prefix"])
            costs = {name: int(described[name]) for name in _SCRYPT}
        except (KeyError, ValueError, TypeError):
            raise StreamProblem("damaged") from None
        if any(costs[name] > 4 * _SCRYPT[name] for name in costs):
            # A forged heading must not make us use up all memory.
            raise StreamProblem("damaged")
        self._source = source
        self._cipher = AESGCM(_derive(passphrase, salt, costs))
        self._number = 0
        self._next = source.read(CHUNK + _TAG)
        self._held = memoryview(b"")
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        while not self._held and not self._is_over:
            self._open_next()
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def _open_next(self) -> None:
        chunk, self._next = self._next, self._source.read(CHUNK + _TAG)
        self._is_over = not self._next
        try:
            nonce = _nonce(self._prefix, self._number, self._is_over)
            self._held = memoryview(self._cipher.decrypt(nonce, chunk, self._heading))
        except (InvalidTag, ValueError):
            # In the first chunk a wrong passphrase is far more likely than damage.
            raise StreamProblem("passphrase" if self._number == 0 else "damaged") from None
        self._number += 1


def read_heading(source: IO[bytes]) -> dict[str, str]:
    """What is written in the clear at the start of a sealed file. Raises StreamProblem."""
    return {key: str(value) for key, value in _read_heading(source)[1].items()}


def _read_heading(source: IO[bytes]) -> tuple[bytes, dict[str, str]]:
    if source.read(len(MAGIC)) != MAGIC:
        raise StreamProblem("foreign")
    line = source.readline(_LONGEST_HEADING)
    try:
        described = json.loads(line)
    except ValueError:
        raise StreamProblem("damaged") from None
    if not isinstance(described, dict):
        raise StreamProblem("damaged")
    return MAGIC + line, described


def _derive(passphrase: str, salt: bytes, costs: Mapping[str, int]) -> bytes:
    return Scrypt(salt=salt, length=32, n=costs["n"], r=costs["r"], p=costs["p"]).derive(passphrase.encode())


def _nonce(prefix: bytes, number: int, is_last: bool) -> bytes:
    return prefix + struct.pack(">I?", number, is_last)
