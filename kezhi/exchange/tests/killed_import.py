"""Run by a test in a process of its own: prepares an import, brings it in until it is killed, or goes on with one."""

import json
import os
import signal
import sys

import django

django.setup()

from kezhi.access.testing import make_cast  # noqa: E402
from kezhi.core.figures import set_figure  # noqa: E402
from kezhi.customers.models import Contact, Customer  # noqa: E402
from kezhi.exchange import steps  # noqa: E402
from kezhi.exchange.importing.options import ImportOptions  # noqa: E402
from kezhi.exchange.models import ImportRun  # noqa: E402
from kezhi.exchange.operations.imports import begin_import, map_columns, start_import  # noqa: E402
from kezhi.exchange.steps import applying  # noqa: E402
from kezhi.exchange.tests.helpers import sheet_of  # noqa: E402
from kezhi.records.defaults import install_defaults  # noqa: E402

ROWS = 60


def begin():
    """Check a list and bring it in; in the third batch, rows written but not committed, die as by kill -9."""
    install_defaults()
    cast = make_cast()
    cast.grant("customer", "contact")
    actor = cast.steward.actor
    set_figure("exchange.import_batch", 20, actor_ref=actor.ref)
    rows = [[f"深圳第{number}号科技有限公司", "张三", f"138{number:08d}", "", "", ""] for number in range(ROWS)]
    run = start_import("customer", sheet_of(*rows), "a.xlsx", actor=actor)
    map_columns(run, {int(c): k for c, k in run.mapping.items()}, ImportOptions.of(run.options), actor=actor)
    steps.check(run.pk)
    begin_import(run, actor=actor)
    batches = []

    def die(rows):
        batches.append(rows)
        if len(batches) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        save(rows)

    save = applying._save
    applying._save = die
    steps.apply(run.pk)


def resume():
    """Go on and tell what stands there now."""
    run = ImportRun.objects.get()
    before = Customer.objects.ungated("test").count()
    steps.apply(run.pk)
    run.refresh_from_db()
    numbers = Customer.objects.ungated("test").values_list("number", flat=True)
    print(
        json.dumps(
            {
                "before": before,
                "state": run.state,
                "counts": run.counts,
                "customers": Customer.objects.ungated("test").count(),
                "contacts": Contact.objects.ungated("test").count(),
                "numbers": len(set(numbers)),
            }
        )
    )


if __name__ == "__main__":
    {"begin": begin, "resume": resume}[sys.argv[1]]()
