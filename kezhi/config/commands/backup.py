"""``kezhi backup``: write a verified backup now, or list those there are."""

import argparse
import sys

from django.conf import settings
from django.utils.translation import override

from kezhi.core.backup import BackupProblem, back_up, backups, passphrase_kind
from kezhi.core.clock import local

HELP = "Write an encrypted backup and verify it by restoring it to a temporary folder."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="list the backups there are, newest first")


@override("en")
def run(options: argparse.Namespace) -> int:
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
    if passphrase_kind() == "file":
        print(f"It opens only with {settings.DATA_DIR / 'backup.key'}: keep a copy of that file somewhere else.")
    return 0
