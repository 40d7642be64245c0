"""Backups: database, files and keys in one encrypted file, verified by restoring it (OPS-4).

A backup is a tar archive inside ``kezhi.core.sealed_stream``. Its first member, ``manifest.json``, says what it holds
and how many rows each table has. The passphrase is ``KEZHI_BACKUP_PASSPHRASE`` or the key in ``backup.key``; the keys
travel inside the backup, so the passphrase is the one thing that must be kept elsewhere.
"""

import contextlib
import datetime as dt
import fcntl
import gzip
import json
import os
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from kezhi import __version__
from kezhi.core import crypto, epochs
from kezhi.core.clock import local, now
from kezhi.core.database_copy import CopyProblem, DatabaseCopy, database_copy
from kezhi.core.figures import integer_figure
from kezhi.core.remote_backups import RemoteProblem
from kezhi.core.sealed_stream import SealedReader, SealingWriter, StreamProblem, read_heading
from kezhi.core.sealing import HEAD_FILE
from kezhi.core.swapping import PLAN_FILE, Swap, finish_interrupted_swap, swap_in

SUFFIX = ".kezhi-backup"
_PREFIX = "kezhi-"
_MANIFEST = "manifest.json"
_FILES = "files"
_KEY_FILE = "backup.key"
_SECRET_KEY = "secret_key"  # noqa: S105 - a file's name
_UNPACKED = ".restore-"
_COPIED = ".backup-"
_BUFFER = 1 << 20
_COPY_NOTE = "run/backup-copy.json"


class BackupProblem(Exception):
    """A backup could not be written, verified or restored; the text says why, for people."""


@dataclass(frozen=True)
class Backup:
    """One backup file."""

    path: Path
    at: dt.datetime
    size: int


@dataclass(frozen=True)
class Restored:
    """What a restore did: when the backup was made, its rows by table, and where the former data are."""

    made_at: str
    rows: dict[str, int]
    kept: Path


def back_up() -> Backup:
    """Write a backup, verify it by restoring it to a temporary folder, copy it to the second folder, drop old ones.

    Copying it out of the house is :func:`copy_away`, which may take long and fail by itself.
    Raises BackupProblem (nothing half-written stays) or OSError when a disk is full.
    """
    with alone():
        return _back_up()


def _back_up() -> Backup:
    folder = Path(settings.BACKUP_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"{_PREFIX}{local(now()):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}{SUFFIX}"
    partial = final.with_suffix(".partial")
    try:
        _write(partial)
        verify(partial)
        partial.replace(final)
    except CopyProblem as problem:
        raise BackupProblem(str(problem)) from problem
    finally:
        partial.unlink(missing_ok=True)
    if settings.BACKUP_SECOND_DIR:
        _copy(final, Path(settings.BACKUP_SECOND_DIR))
    kept = integer_figure("operation.backups_kept")
    for place in filter(None, (folder, settings.BACKUP_SECOND_DIR)):
        for old in backups(Path(place))[kept:]:
            old.path.unlink(missing_ok=True)
    return _described(final)


def copy_away(name: str) -> None:
    """Copy a backup to the place outside the house, and drop old ones there. Does nothing where none is set.

    What came of it is kept for the health page. Raises BackupProblem; a backup gone meanwhile is passed over.
    """
    place = settings.BACKUP_REMOTE
    path = Path(settings.BACKUP_DIR) / name
    if place is None or not path.is_file():
        return
    try:
        place.send(path)
        place.keep(integer_figure("operation.backups_kept"))
    except (RemoteProblem, OSError) as problem:
        reason = remote_sentence(problem)
        _note_copy(name, reason)
        raise BackupProblem(_("备份已写好，但无法复制到外部：%(reason)s") % {"reason": reason}) from problem
    _note_copy(name, "")


def fetch_back(name: str = "") -> Path:
    """Bring a backup (the newest, unless named) back from the place outside the house. Raises BackupProblem."""
    place = settings.BACKUP_REMOTE
    if place is None:
        raise BackupProblem(_("没有设置外部备份地址：请设置 KEZHI_BACKUP_REMOTE。"))
    try:
        found = place.names()
        if not found or (name and name not in found):
            raise BackupProblem(_("那里没有这个备份。"))
        fetched: Path = place.fetch(name or found[0], Path(settings.BACKUP_DIR))
    except (RemoteProblem, OSError) as problem:
        raise BackupProblem(_("无法取回外部备份：%(reason)s") % {"reason": remote_sentence(problem)}) from problem
    return fetched


def remote_sentence(problem: Exception) -> str:
    """What went wrong at the place outside the house, for people."""
    known = {"differs": _("写进去的和读回来的不一样"), "incomplete": _("那里的备份不完整")}
    return known.get(str(problem), str(problem))


@dataclass(frozen=True)
class CopiedAway:
    """What came of the latest copy out of the house; ``problem`` is empty where it arrived."""

    name: str
    at: dt.datetime
    problem: str


def latest_copy() -> CopiedAway | None:
    """The latest copy out of the house that was tried; None where there was none yet."""
    try:
        noted = json.loads((Path(settings.DATA_DIR) / _COPY_NOTE).read_text())
        return CopiedAway(noted["name"], dt.datetime.fromisoformat(noted["at"]), noted["problem"])
    except (OSError, ValueError, KeyError):
        return None


def _note_copy(name: str, problem: str) -> None:
    path = Path(settings.DATA_DIR) / _COPY_NOTE
    path.parent.mkdir(parents=True, exist_ok=True)
    crypto.write_private(path, json.dumps({"name": name, "at": now().isoformat(), "problem": problem}))


def backups(folder: Path | None = None) -> list[Backup]:
    """The finished backups in a folder (the configured one), newest first."""
    place = folder or Path(settings.BACKUP_DIR)
    found = [_described(path) for path in place.glob(f"{_PREFIX}*{SUFFIX}")]
    return sorted(found, key=lambda backup: (backup.at, backup.path.name), reverse=True)


def verify(path: Path, *, passphrase: str | None = None) -> dict[str, int]:
    """Restore a backup to a temporary folder and check every part of it; gives the rows by table.

    Raises BackupProblem.
    """
    with _unpacked(path, passphrase) as (_folder, manifest):
        return manifest.rows


def restore(path: Path, *, passphrase: str | None = None) -> Restored:
    """Put a backup in the place of the present data, which are kept beside it.

    The backup is unpacked and checked first; then everything is swapped by renaming, which a crash cannot leave half
    done. No server may be running. Raises BackupProblem.
    """
    with alone():
        return _restore(path, passphrase)


def _restore(path: Path, passphrase: str | None) -> Restored:
    data = Path(settings.DATA_DIR)
    kept = kept_folder()
    with _unpacked(path, passphrase) as (folder, manifest):
        if manifest.copy.vendor != database_copy().vendor:
            raise BackupProblem(
                _("这份备份来自 %(theirs)s 数据库，当前使用的是 %(ours)s。")
                % {"theirs": manifest.copy.vendor, "ours": database_copy().vendor}
            )
        try:
            swaps = manifest.copy.put_back(folder / manifest.copy.file_name, kept)
        except CopyProblem as problem:
            raise BackupProblem(str(problem)) from problem
        (folder / _FILES).mkdir(exist_ok=True)
        swaps.append(Swap(Path(settings.MEDIA_ROOT), kept / _FILES, folder / _FILES))
        swaps += [
            Swap(data / name, kept / name, folder / name)
            for name in (crypto.RING_FILE, _SECRET_KEY)
            if (folder / name).exists()
        ]
        put_in_place(swaps, kept, clean_up=folder)
    return Restored(manifest.made_at, manifest.rows, kept)


def kept_folder() -> Path:
    """Where a restore that begins now keeps what was there before."""
    return Path(settings.DATA_DIR) / f"before-restore-{local(now()):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def put_in_place(swaps: Sequence[Swap], kept: Path, *, clean_up: Path) -> None:
    """Swap a database and what comes with it for the present ones, and forget what was known of those."""
    data = Path(settings.DATA_DIR)
    # What the newer data left: the end of its audit chain and the mark that its migrations have run.
    left = [Swap(data / name, kept / name, None) for name in (HEAD_FILE, "run/migrated")]
    swap_in(data, [*swaps, *left], clean_up=clean_up)
    crypto.forget_cached_keys()
    epochs.forget_all()


def passphrase_kind() -> str:
    """What encrypts backups now: ``passphrase`` or ``file``."""
    return "passphrase" if settings.BACKUP_PASSPHRASE else "file"


def key_kind_of(path: Path) -> str:
    """What encrypts a given backup: ``passphrase`` or ``file``. Raises BackupProblem."""
    try:
        with path.open("rb") as file:
            return read_heading(file).get("key", "passphrase")
    except StreamProblem as problem:
        raise BackupProblem(_sentence(problem)) from problem
    except OSError as problem:
        raise BackupProblem(_("无法读取备份文件：%(reason)s") % {"reason": problem.strerror}) from problem


@dataclass(frozen=True)
class _Manifest:
    made_at: str
    copy: DatabaseCopy
    rows: dict[str, int]


def _write(path: Path) -> None:
    copy = database_copy()
    with tempfile.TemporaryDirectory(prefix=_COPIED, dir=path.parent) as temporary:
        copied = Path(temporary) / copy.file_name
        copy.write(copied)
        manifest = {
            "made_at": now().isoformat(timespec="seconds"),
            "version": __version__,
            "vendor": copy.vendor,
            "rows": copy.check(copied),
        }
        heading = {"key": passphrase_kind(), "made_at": str(manifest["made_at"]), "version": __version__}
        with (
            os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
            contextlib.closing(SealingWriter(file, _passphrase(), heading)) as sealed,
            gzip.GzipFile(fileobj=sealed, mode="wb", compresslevel=3, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|", bufsize=_BUFFER) as archive,
        ):
            _add_text(archive, _MANIFEST, json.dumps(manifest))
            archive.add(copied, copy.file_name)
            # From memory and not from the file, because the keys may come from the environment.
            _add_text(archive, crypto.RING_FILE, crypto.key_ring().to_json())
            secret_key = Path(settings.DATA_DIR) / _SECRET_KEY
            if secret_key.exists():
                archive.add(secret_key, _SECRET_KEY)
            _add_files(archive)
        with path.open("rb") as written:
            os.fsync(written.fileno())


def _add_files(archive: tarfile.TarFile) -> None:
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            # A file deleted while the backup runs is missing from the rows that are copied later, too.
            with contextlib.suppress(FileNotFoundError):
                archive.add(path, f"{_FILES}/{path.relative_to(root)}")


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text.encode())
    member.mode = 0o600
    archive.addfile(member, BytesIO(text.encode()))


@contextlib.contextmanager
def _unpacked(path: Path, passphrase: str | None) -> Iterator[tuple[Path, _Manifest]]:
    """A backup unpacked and checked, in a temporary folder."""
    try:
        with unpacking_folder() as folder:
            with path.open("rb") as file:
                kind = read_heading(file).get("key", "passphrase")
                file.seek(0)
                reader = SealedReader(file, passphrase or _passphrase(kind))
                with tarfile.open(fileobj=reader, mode="r|gz", bufsize=_BUFFER) as archive:
                    archive.extractall(folder, filter="data")
                while reader.read(_BUFFER):  # to the very end, or a cut there would go unnoticed
                    pass
            yield folder, _checked(folder)
    except StreamProblem as problem:
        raise BackupProblem(_sentence(problem)) from problem
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as problem:
        raise BackupProblem(_("备份文件已损坏。")) from problem
    except FileNotFoundError as problem:
        raise BackupProblem(_("找不到文件：%(name)s") % {"name": problem.filename}) from problem


@contextlib.contextmanager
def unpacking_folder() -> Iterator[Path]:
    """A temporary folder inside the data folder, so that renaming out of it works."""
    data = Path(settings.DATA_DIR)
    data.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=_UNPACKED, dir=data))
    try:
        yield folder
    finally:
        # With a plan still there, the swap was interrupted and needs this folder to be finished.
        if not (data / PLAN_FILE).exists():
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One backup or restore at a time; what a killed one left is removed first."""
    data = Path(settings.DATA_DIR)
    (data / "run").mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data / "run" / "backup.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if not finish_interrupted_swap(data):
            for left in [*data.glob(_UNPACKED + "*"), *Path(settings.BACKUP_DIR).glob(_COPIED + "*")]:
                shutil.rmtree(left, ignore_errors=True)
            for left in Path(settings.BACKUP_DIR).glob(f"{_PREFIX}*.partial"):
                left.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)


def _checked(folder: Path) -> _Manifest:
    manifest = json.loads((folder / _MANIFEST).read_text())
    try:
        copy = database_copy(manifest["vendor"])
        rows = copy.check(folder / copy.file_name)
    except CopyProblem as problem:
        raise BackupProblem(str(problem)) from problem
    wrong = sorted(name for name in {*rows, *manifest["rows"]} if rows.get(name) != manifest["rows"].get(name))
    if wrong:
        raise BackupProblem(_("备份里的行数与备份时不符：%(tables)s") % {"tables": ", ".join(wrong[:5])})
    crypto.KeyRing.from_json((folder / crypto.RING_FILE).read_text())
    return _Manifest(manifest["made_at"], copy, rows)


def _passphrase(kind: str | None = None) -> str:
    if (kind or passphrase_kind()) == "passphrase":
        if not settings.BACKUP_PASSPHRASE:
            raise BackupProblem(_("这份备份用口令加密，请设置 KEZHI_BACKUP_PASSPHRASE。"))
        return str(settings.BACKUP_PASSPHRASE)
    path = Path(settings.DATA_DIR) / _KEY_FILE
    if not path.exists():
        if kind is not None:
            raise BackupProblem(_("这份备份用 backup.key 加密，请把它放回数据目录。"))
        crypto.write_private(path, secrets.token_urlsafe(32))
    return path.read_text().strip()


def _copy(path: Path, folder: Path) -> None:
    partial = folder / (path.name + ".partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, partial)
        if partial.stat().st_size != path.stat().st_size:
            raise BackupProblem(_("复制到第二个备份目录后大小不符。"))
        partial.replace(folder / path.name)
    except OSError as problem:
        raise BackupProblem(
            _("备份已写好，但无法复制到第二个目录：%(reason)s") % {"reason": problem.strerror or problem}
        ) from problem
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _described(path: Path) -> Backup:
    status = path.stat()
    return Backup(path, dt.datetime.fromtimestamp(status.st_mtime, dt.UTC), status.st_size)


def _sentence(problem: StreamProblem) -> str:
    sentences = {
        "foreign": _("这不是客至的备份文件。"),
        "passphrase": _("口令或密钥不对，无法打开这份备份。"),
        "damaged": _("备份文件已损坏。"),
    }
    return sentences[problem.code]
