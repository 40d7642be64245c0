# zh-data: headings and names of a made-up list
"""How long a list of many rows takes to come in, checked, matched and undoable. Runs as a process of its own."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass

ROWS = 100_000


@dataclass(frozen=True, slots=True)
class ImportFigures:
    """Seconds of the check and of the storing, the largest memory in MB, and how many records came of it."""

    rows: int
    check_seconds: float
    apply_seconds: float
    megabytes: float
    created: int
    processor_seconds: float


def measure_import(rows: int = ROWS) -> ImportFigures:
    """Import a workbook in another process, so that its memory is its own."""
    command = [sys.executable, "-m", "kezhi.config.benchmark.importing", str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, env=dict(os.environ))  # noqa: S603
    return ImportFigures(**json.loads(done.stdout.splitlines()[-1]))


def write_workbook(path: str, rows: int) -> None:
    """A workbook of so many made-up companies, each with a contact."""
    import xlsxwriter  # type: ignore[import-untyped]  # only the measuring of imports needs it

    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["客户名称", "联系人", "联系电话", "邮箱", "客户等级", "备注"])
    for row in range(rows):
        name = f"进口{row % 9973}号{row}科技有限公司"
        sheet.write_row(
            row + 1, 0, [name, "张明", f"137{row:08d}", f"import{row}@example.com", "ABC"[row % 3], "展会现场登记"]
        )
    book.close()


def _measure(rows: int) -> ImportFigures:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kezhi.config.settings")
    django.setup()
    from kezhi.access.actors import user_actor
    from kezhi.config.benchmark.organisation import stored_people
    from kezhi.core.jobs import run_pending
    from kezhi.exchange.importing.options import ImportOptions
    from kezhi.exchange.operations.imports import begin_import, map_columns, start_import

    people = stored_people()
    if people is None:
        raise SystemExit("there is nothing to measure on")
    actor = user_actor(people.manager).through("import")
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        subprocess.run(  # noqa: S603 - apart, so that its memory is not counted
            [sys.executable, "-m", "kezhi.config.benchmark.importing", str(rows), file.name], check=True
        )
        content = file.read()
    run_pending()  # whatever else waits is no part of the import
    spent = time.process_time()
    start = time.perf_counter()
    run = start_import("customer", content, "名单.xlsx", actor=actor)
    del content
    options = ImportOptions.of({**run.options, "owner_id": people.own[0]})
    map_columns(run, {int(column): key for column, key in run.mapping.items()}, options, actor=actor)
    run_pending()
    checked = time.perf_counter()
    run.refresh_from_db()
    begin_import(run, actor=actor)
    run_pending()
    done = time.perf_counter()
    processor = time.process_time() - spent
    run.refresh_from_db()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return ImportFigures(rows, checked - start, done - checked, memory, int(run.counts.get("created", 0)), processor)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        write_workbook(sys.argv[2], int(sys.argv[1]))
    else:
        print(json.dumps(asdict(_measure(int(sys.argv[1])))))
