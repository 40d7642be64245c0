"""Short ways to bring a file in and to look at what became of it."""

import io

from kezhi.core.jobs import run_pending
from kezhi.customers.models import Contact, Customer
from kezhi.exchange.importing.options import ImportOptions
from kezhi.exchange.models import ImportRun
from kezhi.exchange.operations.imports import begin_import, map_columns, start_import
from kezhi.exchange.tests.hostile_files import make_xlsx

HEADINGS = ["客户名称", "联系人", "联系电话", "邮箱", "客户等级", "备注"]


def sheet_of(*rows, headings=HEADINGS):
    """A workbook with the usual headings."""
    return make_xlsx([headings, *rows])


def check(actor, content, name="名单.xlsx", **options):
    """Bring a file in as far as the check, with everything as guessed."""
    run = start_import("customer", content, name, actor=actor)
    chosen = ImportOptions.of({**run.options, **options})
    map_columns(run, {int(column): key for column, key in run.mapping.items()}, chosen, actor=actor)
    run_pending()
    run.refresh_from_db()
    return run


def bring_in(actor, content, name="名单.xlsx", **options):
    """Bring a file in to the end."""
    run = check(actor, content, name, **options)
    begin_import(run, actor=actor)
    run_pending()
    return ImportRun.objects.get(pk=run.pk)


def states(run):
    """The fate of every row, in order."""
    return list(run.rows.order_by("number").values_list("state", flat=True))


def customers():
    """All live customers by name."""
    return {row.name: row for row in Customer.objects.ungated("test").filter(deleted_at__isnull=True)}


def contacts():
    """All live contacts by name."""
    return {row.name: row for row in Contact.objects.ungated("test").filter(deleted_at__isnull=True)}


def rows_of_workbook(content):
    """What a workbook holds, sheet one, as values."""
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
