"""Bring the database to what the program expects, and fill an empty one with the demo company (``make run``).

A start that has nothing to do is over in about a second.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured

BIN = Path(sys.executable).parent


def main() -> int:
    """Migrate, load the demo company where nobody can sign in yet, say where Kezhi will be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--demo", action="store_true", help="load the demo company into an empty database")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kezhi.config.settings")
    try:
        django.setup()
    except ImproperlyConfigured as problem:
        print(problem, file=sys.stderr)
        return 2
    migrate()
    if options.demo:
        load_demo()
    print(f"\n  Kezhi  →  http://127.0.0.1:{options.port}/\n", flush=True)
    if options.demo:
        print_demo_sign_ins()
    return 0


def migrate() -> None:
    """Run what has not been run; says nothing when there is nothing."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print("Bringing the database up to date …", flush=True)
        call_command("migrate", verbosity=0, interactive=False)


def load_demo() -> None:
    from django.contrib.auth import get_user_model

    if not get_user_model()._default_manager.exists():
        print("Loading the demo company …", flush=True)
        subprocess.run([BIN / "kezhi", "demo"], check=True)


def print_demo_sign_ins() -> None:
    """Who can sign in to the demo company; nothing in a database without it."""
    subprocess.run([BIN / "kezhi", "demo", "--sign-ins"], check=True)


if __name__ == "__main__":
    sys.exit(main())
