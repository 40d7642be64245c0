"""The rows with problems as a workbook: the same columns, the reason beside them, ready to be imported again."""

from pathlib import Path

from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.core.clock import local, now
from kezhi.exchange.importing.rows import describe, problems_of
from kezhi.exchange.importing.runs import reader_of
from kezhi.exchange.models import ImportRun, RowState
from kezhi.exchange.writing import sheet_writer
from kezhi.records.registry import record_type


def write_bad_rows(run: ImportRun, path: Path, actor: Actor) -> int:
    """Write the workbook to ``path``; gives the number of rows in it."""
    reader = reader_of(run, actor)
    writer = sheet_writer(
        "xlsx",
        path,
        title=str(record_type(run.record_type).plural),
        watermark=_("“%(file)s”中有问题的行 · %(who)s · %(when)s。改好后可以直接再导入。")
        % {"file": run.file_name, "who": actor.rights.name, "when": local(now()).strftime("%Y-%m-%d %H:%M")},
        author=actor.rights.name,
    )
    labels = [str(run.headings[column]) for column, _target in reader.columns]
    writer.headings([*labels, _("问题"), _("原来的行号")])
    names = {target.key: str(target.label) for _column, target in reader.columns}
    count = 0
    for found in run.rows.filter(state=RowState.BAD).order_by("number").iterator(chunk_size=500):
        texts = describe(found, reader)
        why = [f"{names.get(key, key)}: {text}" for key, text in problems_of(found).items()]
        writer.row([*(texts.get(target.key, "") for _column, target in reader.columns), "\n".join(why), found.number])
        count += 1
    writer.close()
    return count
