"""``kezhi migrate``: bring the database to the shape this version needs."""

import argparse

from django.core.management import call_command
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor

from kezhi.config.install import install_shipped
from kezhi.config.migration_stamp import stamp_migrated
from kezhi.core.statistics import refresh_statistics

HELP = "Bring the database up to date; does nothing when it already is."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 when there is work to do")


def steps_to_do() -> list[tuple[Migration, bool]]:
    """What the database lacks, in order; each with whether it goes backwards."""
    executor = MigrationExecutor(connection)
    return executor.migration_plan(executor.loader.graph.leaf_nodes())


def run(options: argparse.Namespace) -> int:
    plan = steps_to_do()
    if options.check:
        for migration, _backwards in plan:
            print(migration)
        return 1 if plan else 0
    if plan:
        call_command("migrate", verbosity=0, interactive=False)
        print(f"The database is up to date ({len(plan)} steps).")
    install_shipped()
    refresh_statistics()
    stamp_migrated()
    return 0
