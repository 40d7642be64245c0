"""``kezhi backup``: write a verified backup now, or list those there are."""

import argparse
import sys

from django.conf import settings
from django.utils.translation import override

from kezhi.core.backup import BackupProblem, back_up, backups, copy_away, passphrase_kind
from kezhi.core.clock import local
from kezhi.core.remote_backups import RemoteProblem

HELP = "Write an encrypted backup and verify it by restoring it to a temporary folder."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="list the backups there are, newest first")
    parser.add_argument("--remote", action="store_true", help="with --list: those at KEZHI_BACKUP_REMOTE")


@override("en")
def run(options: argparse.Namespace) -> int:
    if options.list and options.remote:
        return _list_remote()
    if options.list:
        for backup in backups():
            print(f"{local(backup.at):%Y-%m-%d %H:%M}  {backup.size / 1e6:9.1f} MB  {backup.path}")
        return 0
    try:
        backup = back_up()
    except (BackupProblem, OSError) as problem:
        print(f"No backup was written: {problem}", file=sys.stderr)
        return 1
    print(f"{backup.path} ({backup.size / 1e6:.1f} MB), verified.")
    if settings.BACKUP_SECOND_DIR:
        print(f"Copied to {settings.BACKUP_SECOND_DIR}.")
    if settings.BACKUP_REMOTE:
        try:
            copy_away(backup.path.name)
        except BackupProblem as problem:
            print(problem, file=sys.stderr)
            return 1
        print(f"Copied to {settings.BACKUP_REMOTE.shown}, read back and compared.")
    if passphrase_kind() == "file":
        print(f"It opens only with {settings.DATA_DIR / 'backup.key'}: keep a copy of that file somewhere else.")
    return 0


def _list_remote() -> int:
    if settings.BACKUP_REMOTE is None:
        print("KEZHI_BACKUP_REMOTE is not set.", file=sys.stderr)
        return 1
    try:
        names = settings.BACKUP_REMOTE.names()
    except (RemoteProblem, OSError) as problem:
        print(f"{settings.BACKUP_REMOTE.shown}: {problem}", file=sys.stderr)
        return 1
    for name in names:
        print(name)
    return 0
