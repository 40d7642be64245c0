"""A worker in a process of its own, for tests that kill it."""

import os
import signal
import sys

import django


def main(act: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kezhi.config.settings")
    django.setup()
    from kezhi.core.jobs import Worker, registry
    from kezhi.core.tests import fake_jobs  # noqa: F401 - registers the jobs

    registry.load_jobs.cache_clear()
    registry.load_jobs = lambda: None
    if act == "prepare":
        prepare()
    elif act == "work":
        worker = Worker()
        signal.signal(signal.SIGTERM, lambda _signal, _frame: worker.stop())
        worker.run()


def prepare() -> None:
    from django.apps import apps
    from django.db import connection

    from kezhi.core.tests.fake_models import Mark, Secretive

    if connection.vendor == "postgresql":
        schema = os.environ["KEZHI_TEST_SCHEMA"]
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
            cursor.execute(f"CREATE SCHEMA {schema}")
    with connection.schema_editor() as editor:
        for model in [*apps.get_app_config("core").get_models(), Mark, Secretive]:
            editor.create_model(model)


if __name__ == "__main__":
    main(sys.argv[1])
