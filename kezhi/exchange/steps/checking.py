"""Reading and checking the rows of an import."""

import json
from collections import Counter
from collections.abc import Iterator

from django.db import transaction
from django.utils import translation

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.core import epochs
from kezhi.core.blanks import new_object
from kezhi.core.bulk_insert import insert_many
from kezhi.exchange.importing.checked import can_be_kept, pack, present_stamp
from kezhi.exchange.importing.checking import RowReader, Texts
from kezhi.exchange.importing.guessing import LikePhones
from kezhi.exchange.importing.matching import FileIndex
from kezhi.exchange.importing.rows import describe, put_result
from kezhi.exchange.importing.runs import actor_of, reader_of, reopen
from kezhi.exchange.models import ImportRow, ImportRun, RowState, RunState
from kezhi.exchange.reading import ReadingProblem, Row, is_blank, is_footer
from kezhi.exchange.steps.memory import Collector, rare_collection

_BATCH = 500
_DELETE = 2000


def check(run_id: int) -> None:
    """Read every row of the file and say what would become of it. Begins anew after a crash: nothing is stored yet."""
    run = ImportRun.objects.select_related("user").get(pk=run_id)
    if run.state != RunState.CHECKING:
        return
    with translation.override(run.user.language):
        try:
            with rare_collection() as collector:
                _check(run, collector)
        except (ReadingProblem, NotAllowed, FileNotFoundError) as problem:
            ImportRun.objects.filter(pk=run.pk, state=RunState.CHECKING).update(
                state=RunState.MAPPING, problem=str(getattr(problem, "message", problem))
            )


def _check(run: ImportRun, collector: Collector) -> None:
    actor = actor_of(run)
    reader = reader_of(run, actor)
    corrected = {row.number: describe(row, reader) for row in run.rows.filter(is_edited=True)}
    _forget_rows(run)
    found = reopen(run)
    sheet = found.sheets[run.sheet]
    total = sum(1 for _row in found.rows(sheet, run.heading_row))
    ImportRun.objects.filter(pk=run.pk).update(total=total, done=0)
    index, phones = FileIndex(), LikePhones(reader.record_type.key, actor)
    stamp = present_stamp() if can_be_kept(reader) else ""
    counts: Counter[str] = Counter()
    done = 0
    for batch in _batches(found.rows(sheet, run.heading_row)):
        with epochs.snapshot():
            rows = _checked(run, batch, corrected, reader, actor, index, phones, keep=stamp != "")
            if stamp != present_stamp():
                stamp = ""  # something the rows hang on changed meanwhile
        counts.update(row.state for row in rows)
        done += len(batch)
        collector.batch_done()
        with transaction.atomic():
            insert_many(rows)
            changed = ImportRun.objects.filter(pk=run.pk, state=RunState.CHECKING)
            if not changed.update(done=done, counts=dict(counts)):
                return  # called off meanwhile
    ImportRun.objects.filter(pk=run.pk, state=RunState.CHECKING).update(
        state=RunState.CHECKED, counts=dict(counts), checked_under=stamp
    )


def _checked(
    run: ImportRun,
    batch: list[Row],
    corrected: dict[int, Texts],
    reader: RowReader,
    actor: Actor,
    index: FileIndex,
    phones: LikePhones,
    *,
    keep: bool,
) -> list[ImportRow]:
    rows: list[ImportRow] = []
    full: list[ImportRow] = []
    texts: list[Texts] = []
    for each in batch:
        row = new_object(ImportRow, run_id=run.pk, number=each.number)
        rows.append(row)
        edited = corrected.get(each.number)
        said = edited if edited is not None else reader.texts(each.cells)
        if edited is None and is_footer(each.cells):
            said = {}
        if not said:  # blank, a sum below the list, or with nothing but what is not imported (a running number)
            row.state = RowState.BLANK
            row.content = "" if is_blank(each.cells) else json.dumps(each.cells, ensure_ascii=False)
            continue
        row.is_edited = edited is not None
        row.content = json.dumps(edited if edited is not None else each.cells, ensure_ascii=False)
        full.append(row)
        texts.append(said)
    drafted = reader.draft(texts, actor) if texts else []
    phones.refuse(drafted)
    reader.match(drafted, [row.number for row in full], index)
    for row, result in zip(full, drafted, strict=True):
        put_result(row, result, reader.options.duplicates)
        row.checked = pack(result) if keep and row.state == RowState.READY else ""
    return rows


def _forget_rows(run: ImportRun) -> None:
    while ids := list(run.rows.values_list("pk", flat=True)[:_DELETE]):
        ImportRow.objects.filter(pk__in=ids).delete()


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
