"""Every migration is present, and can be undone and done again."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from tests.migrated import ROOT, address_of, copy_migrated, create_migrated

DOWN_AND_UP = """
import gc
import sys
import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from tests.quick_states import copy_fields

gc.set_threshold(200_000, 20, 1000)  # thousands of model classes are made: collecting them at once costs a third

django.setup()
copy_fields()
call_command("migrate", verbosity=0)
before = set(connection.introspection.table_names())
MigrationExecutor(connection).migrate([(app, None) for app in sys.argv[1:]])
left = sorted(name for name in connection.introspection.table_names() if name.split("_")[0] in sys.argv[1:])
assert left == [], f"tables left after migrating to zero: {left}"
call_command("migrate", verbosity=0)
after = set(connection.introspection.table_names())
assert before == after, f"tables that did not come back: {before ^ after}"
"""


def own_apps() -> list[str]:
    return [config.label for config in apps.get_app_configs() if config.name.startswith("kezhi.")]


def test_no_model_change_lacks_its_migration(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=3)


@pytest.fixture
def scratch_environment(tmp_path: Path, django_db_blocker):
    """The environment of a process with a migrated database of its own, of the same kind as the suite's."""
    environment = {**os.environ, "KEZHI_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "kezhi.config.settings"}
    if connection.vendor != "postgresql":
        environment.pop("DATABASE_URL", None)
        copy_migrated(tmp_path / "kezhi.sqlite3")
        yield environment
        return
    name = f"scratch_{uuid.uuid4().hex}"
    with django_db_blocker.unblock():
        create_migrated(connection, name)
        yield environment | {"DATABASE_URL": address_of(name)}
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.early
@pytest.mark.each_database
def test_every_migration_can_be_undone_and_done_again(scratch_environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", DOWN_AND_UP, *own_apps()],
        cwd=ROOT,
        env=scratch_environment,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
