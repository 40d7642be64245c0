"""``kezhi rotate-keys``: encrypt with a new key from now on, and re-encrypt what is stored."""

import argparse
import datetime as dt
import sys

from django.db import transaction

from kezhi.core.clock import now
from kezhi.core.crypto import KeyRingProblem, rotate_keys
from kezhi.core.events import ActorRef
from kezhi.core.jobs import enqueue
from kezhi.core.rotation import record_rotation, reencrypt_all
from kezhi.core.schedules import reencrypt_stored_values

HELP = "Start using a new encryption key and re-encrypt what is stored."

# Longer than other processes go on using the old key (kezhi.core.crypto).
_SETTLING = dt.timedelta(seconds=10)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--now", action="store_true", help="re-encrypt here and wait, instead of in the background")


def run(options: argparse.Namespace) -> int:
    try:
        key_id = rotate_keys()
    except KeyRingProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    with transaction.atomic():
        record_rotation(key_id, actor=ActorRef("system", "kezhi", "cli"))
        enqueue(reencrypt_stored_values, run_at=now() + _SETTLING, unique_key="core.reencrypt")
    print(f"New values are encrypted with key {key_id}.")
    if not options.now:
        print("What is stored is re-encrypted in the background.")
        return 0
    done = reencrypt_all()
    print(f"Re-encrypted {done.changed} values.")
    if done.unreadable:
        print(f"{done.unreadable} values could not be opened and were left as they are.", file=sys.stderr)
    return 1 if done.unreadable else 0
