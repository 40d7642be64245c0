"""Files on their way in or out: outside the web root, under random names, encrypted.

A file is written and read in pieces of one megabyte, each a token of its own, so that a large one never stands in
memory twice.
"""

import base64
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from kezhi.core.crypto import decrypt, encrypt

_PIECE = 1 << 20
_PURPOSE = "exchange.file"


def store(pieces: Iterable[bytes]) -> str:
    """Keep a file; gives the name under which it is found again. Complete or not there at all."""
    name = secrets.token_hex(20)
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("w", encoding="ascii") as file:
        for piece in _pieces(pieces):
            file.write(encrypt(base64.b64encode(piece).decode("ascii"), purpose=f"{_PURPOSE}.{name}"))
            file.write("\n")
    unfinished.rename(path)
    return name


def read(name: str) -> Iterator[bytes]:
    """The pieces of a file; raises FileNotFoundError when it is gone."""
    with _path(name).open(encoding="ascii") as file:
        for line in file:
            yield base64.b64decode(decrypt(line.strip(), purpose=f"{_PURPOSE}.{name}"))


def remove(name: str) -> None:
    """Delete a file; one that is gone already is no trouble."""
    if name:
        _path(name).unlink(missing_ok=True)


def folder() -> Path:
    """Where the files lie; nothing in it is ever served."""
    return Path(settings.DATA_DIR) / "exchange"


def _path(name: str) -> Path:
    if not name.isalnum():
        raise ValueError("not a stored name")
    return folder() / name


def _pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    waiting = b""
    for piece in pieces:
        waiting += piece
        while len(waiting) >= _PIECE:
            yield waiting[:_PIECE]
            waiting = waiting[_PIECE:]
    if waiting:
        yield waiting
