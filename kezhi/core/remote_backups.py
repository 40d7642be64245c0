"""Backups somewhere else: object storage (S3, OSS, COS, OBS) or WebDAV, reached through Apache OpenDAL (OPS-4).

What is sent is the finished backup file, which is encrypted already; the place needs no trust. It is sent in pieces, so
that no service needs to take a large file at once: ``NAME/0001``, ``NAME/0002`` … and, last of all, ``NAME/whole.json``
with size and digest. Joined in their order the pieces are the file. Every piece is read back and compared. Imports
nothing but the standard library until a place is used: the settings are read before anything else.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PIECE = 32 << 20
"""Bytes of a piece."""

_WHOLE = "whole.json"
_SUFFIX = ".kezhi-backup"
_KEYS = {
    "s3": ("access_key_id", "secret_access_key"),
    "oss": ("access_key_id", "access_key_secret"),
    "cos": ("secret_id", "secret_key"),
    "obs": ("access_key_id", "secret_access_key"),
    "webdav": ("username", "password"),
}
SERVICES = tuple(_KEYS)


class RemoteProblem(Exception):
    """The place does not answer as it should: ``differs``, ``incomplete``, or what the library said."""


@dataclass(frozen=True)
class Place:
    """Where backups are copied to. ``shown`` is the address without its secret."""

    service: str
    options: tuple[tuple[str, str], ...]
    shown: str

    @classmethod
    def parse(cls, address: str) -> "Place":
        """``s3://KEY:SECRET@host/bucket/folder?region=…`` (or oss, cos, obs), ``webdav://user:password@host/folder``.

        Over HTTPS, unless ``+http`` follows the kind. Raises ValueError.
        """
        parts = urlsplit(address)
        service, _plus, plain = parts.scheme.partition("+")
        is_known = service in _KEYS and plain in ("", "http")
        if not is_known or not parts.hostname or not (parts.username and parts.password):
            raise ValueError("an address with a name and a secret")
        host = parts.hostname + (f":{parts.port}" if parts.port else "")
        options = {"endpoint": f"{plain or 'https'}://{host}"}
        options |= dict(zip(_KEYS[service], (unquote(parts.username), unquote(parts.password)), strict=True))
        path = unquote(parts.path).strip("/")
        if service == "webdav":
            options["root"] = f"/{path}/"
        else:
            bucket, _slash, folder = path.partition("/")
            if not bucket:
                raise ValueError("an address with a bucket")
            options |= {"bucket": bucket, "root": f"/{folder}/" if folder else "/"}
        if service == "s3":
            options["region"] = parse_qs(parts.query).get("region", ["us-east-1"])[0]
            # Nothing but what was set: neither files nor the cloud's own address are asked for other keys.
            options |= {"disable_config_load": "true", "disable_ec2_metadata": "true"}
        return cls(service, tuple(options.items()), f"{parts.scheme}://{host}/{path}")

    def send(self, path: Path) -> None:
        """Copy a finished backup there and compare what arrived. Raises RemoteProblem, OSError."""
        operator = self._operator()
        digest, pieces = hashlib.sha256(), 0
        with _told(), path.open("rb") as file:
            while piece := file.read(PIECE):
                pieces += 1
                digest.update(piece)
                name = f"{path.name}/{pieces:04}"
                operator.write(name, piece)
                if hashlib.sha256(operator.read(name)).digest() != hashlib.sha256(piece).digest():
                    raise RemoteProblem("differs")
            whole = {"size": path.stat().st_size, "sha256": digest.hexdigest(), "pieces": pieces}
            operator.write(f"{path.name}/{_WHOLE}", json.dumps(whole).encode())

    def names(self) -> list[str]:
        """The backups that are there whole, newest first. Raises RemoteProblem."""
        operator = self._operator()
        with _told():
            found = [name for name in _folders(operator) if operator.exists(f"{name}/{_WHOLE}")]
        return sorted(found, reverse=True)

    def fetch(self, name: str, folder: Path) -> Path:
        """Bring a backup back as a file in ``folder``. Raises RemoteProblem, OSError."""
        operator = self._operator()
        final = folder / name
        partial = final.with_suffix(".partial")
        folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        try:
            with _told(), partial.open("wb") as file:
                whole = json.loads(bytes(operator.read(f"{name}/{_WHOLE}")))
                for number in range(1, int(whole["pieces"]) + 1):
                    piece = bytes(operator.read(f"{name}/{number:04}"))
                    digest.update(piece)
                    file.write(piece)
            if digest.hexdigest() != whole["sha256"]:
                raise RemoteProblem("incomplete")
            partial.replace(final)
        finally:
            partial.unlink(missing_ok=True)
        return final

    def keep(self, most: int) -> None:
        """Drop all but the newest whole backups, and what interrupted copies left. Raises RemoteProblem."""
        kept = self.names()[:most]
        operator = self._operator()
        with _told():
            for name in _folders(operator):
                # What is not whole and newer than the newest may be under way from another machine.
                if name not in kept and kept and name < kept[0]:
                    operator.remove_all(f"{name}/")

    def _operator(self) -> Any:
        # The library is loaded only where there is such a place.
        opendal, layers = import_module("opendal"), import_module("opendal.layers")
        with _told():
            operator = opendal.Operator(self.service, **dict(self.options))
            return operator.layer(layers.TimeoutLayer()).layer(layers.RetryLayer(max_times=3))


def _folders(operator: Any) -> list[str]:
    names = [entry.path.strip("/") for entry in operator.list("/")]
    return [name for name in names if name.endswith(_SUFFIX) and "/" not in name]


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the library says as a problem for people, in its first line and without the context (which names keys)."""
    try:
        yield
    except (KeyError, ValueError, TypeError) as problem:
        raise RemoteProblem("incomplete") from problem
    except (RemoteProblem, OSError):
        raise
    except Exception as problem:  # each kind of error of the library stands by itself below Exception
        if not type(problem).__module__.startswith("opendal"):
            raise
        raise RemoteProblem(str(problem).partition("\n")[0][:200]) from problem
