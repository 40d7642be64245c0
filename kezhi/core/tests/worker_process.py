"""A worker in a process of its own, for tests that kill it. Only core is installed, so that it starts quickly."""

import json
import os
import signal
import sys
from pathlib import Path

import django
from django.conf import settings


def main(act: str) -> None:
    given = json.loads(os.environ["WORKER_TEST"])
    settings.configure(
        INSTALLED_APPS=["kezhi.core"],
        DATABASES={"default": given["database"]},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATA_DIR=Path(given["folder"]),
        KEY_RING="",
        JOBS_ENGINE="celery" if given["broker"] else "table",
        JOBS_BROKER=given["broker"],
        USE_TZ=True,
        TIME_ZONE="Asia/Shanghai",
    )
    django.setup()
    from kezhi.core.jobs import registry
    from kezhi.core.jobs.engines import make_worker
    from kezhi.core.tests import fake_jobs

    if act == "work":
        fake_jobs.seal_and_note_events()
    registry.load_jobs = lambda: None
    if act == "prepare":
        prepare(given["schema"])
    elif act == "work":
        worker = make_worker()
        signal.signal(signal.SIGTERM, lambda _signal, _frame: worker.stop())
        worker.run()


def prepare(schema: str = "") -> None:
    from django.apps import apps
    from django.db import connection

    from kezhi.core.tests.fake_models import Mark, Secretive

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
            cursor.execute(f"CREATE SCHEMA {schema}")
    with connection.schema_editor() as editor:
        for model in [*apps.get_app_config("core").get_models(), Mark, Secretive]:
            editor.create_model(model)


if __name__ == "__main__":
    main(sys.argv[1])
