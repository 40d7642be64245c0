"""``kezhi restore``: put a backup in the place of the present data."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from django.conf import settings
from django.utils.translation import override

from kezhi.core.backup import BackupProblem, Restored, backups, fetch_back, key_kind_of, restore, verify
from kezhi.core.clock import local
from kezhi.core.point_in_time import read_moment, restore_at
from kezhi.core.supervisor import AlreadyRunning, ServerLock
from kezhi.core.wake import live_workers

HELP = "Put a backup in the place of the present data (which are kept beside it)."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, help="the backup (default: the newest one)")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--force", action="store_true", help="restore although a server seems to be running")
    parser.add_argument("--verify", action="store_true", help="only check that the backup can be restored")
    parser.add_argument(
        "--at",
        metavar="TIME",
        help='go back to a moment kept by KEZHI_LITESTREAM: "2026-11-20 14:30", with seconds if need be, or latest',
    )
    parser.add_argument(
        "--remote",
        metavar="NAME",
        nargs="?",
        const="",
        help="bring a backup (default: the newest) back from KEZHI_BACKUP_REMOTE first",
    )
    parser.add_argument("--key-file", type=Path, help="the backup.key of the machine that wrote the backup")


@override("en")
def run(options: argparse.Namespace) -> int:
    if options.at:
        return _restore_moment(options)
    try:
        found = [fetch_back(options.remote)] if options.remote is not None else [each.path for each in backups()]
    except BackupProblem as problem:
        print(f"Nothing was restored: {problem}", file=sys.stderr)
        return 1
    path: Path | None = options.file or (found[0] if found else None)
    if path is None:
        print(f"There is no backup in {settings.BACKUP_DIR}.", file=sys.stderr)
        return 1
    try:
        passphrase = _passphrase(path, options.key_file)
        if options.verify:
            rows = verify(path, passphrase=passphrase)
            print(f"{path} is whole: {sum(rows.values())} rows in {len(rows)} tables.")
            return 0
        return _restore(options, str(path), lambda: restore(path, passphrase=passphrase))
    except (BackupProblem, OSError) as problem:
        print(f"Nothing was restored: {problem}", file=sys.stderr)
        return 1


def _restore_moment(options: argparse.Namespace) -> int:
    try:
        moment = read_moment(options.at)
    except ValueError:
        print('--at takes a moment such as "2026-11-20 14:30", or latest.', file=sys.stderr)
        return 2
    what = f"the database as of {local(moment):%Y-%m-%d %H:%M:%S}" if moment else "the newest copy"
    try:
        return _restore(options, what, lambda: restore_at(moment))
    except (BackupProblem, OSError) as problem:
        print(f"Nothing was restored: {problem}", file=sys.stderr)
        return 1


def _restore(options: argparse.Namespace, what: str, act: Callable[[], Restored]) -> int:
    with ExitStack() as held:
        try:
            held.enter_context(ServerLock(Path(settings.DATA_DIR)))
            workers = live_workers()
        except AlreadyRunning as running:
            workers = [running.pid]
        if workers and not options.force:
            print(f"Kezhi is running here ({', '.join(workers)}): end it first, or use --force.", file=sys.stderr)
            return 1
        if not options.yes and not _confirmed(what):
            print("Nothing was changed.", file=sys.stderr)
            return 1
        done = act()
    print(f"Restored the data of {done.made_at}: {sum(done.rows.values())} rows in {len(done.rows)} tables.")
    print(f"What was here before is kept in {done.kept}; remove it when you no longer need it.")
    print("Start Kezhi with: kezhi up")
    return 0


def _confirmed(what: str) -> bool:
    print(f"This puts {what} in the place of all present data in {settings.DATA_DIR}.")
    if not sys.stdin.isatty():
        print("Nobody can be asked here: use --yes.", file=sys.stderr)
        return False
    return input("Type yes to go on: ").strip().lower() == "yes"


def _passphrase(path: Path, key_file: Path | None) -> str | None:
    """A passphrase other than the configured one; None to use that."""
    if key_file is not None:
        return key_file.read_text().strip()
    if key_kind_of(path) == "passphrase" and not os.environ.get("KEZHI_BACKUP_PASSPHRASE") and sys.stdin.isatty():
        return getpass.getpass("Passphrase of the backup: ")
    return None
