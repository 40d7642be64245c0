"""Bringing the checked rows in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed, require_area
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, record_event
from kezhi.core.figures import integer_figure
from kezhi.core.statistics import refresh_statistics
from kezhi.exchange import kinds
from kezhi.exchange.importing.checked import Unpacker, present_stamp
from kezhi.exchange.importing.checking import DraftedRow, RowReader, Texts
from kezhi.exchange.importing.new_entries import add_entries
from kezhi.exchange.importing.rows import describe, put_problems
from kezhi.exchange.importing.runs import actor_of, reader_of
from kezhi.exchange.models import Decision, ImportRow, ImportRun, RowState, RunState
from kezhi.exchange.steps.memory import rare_collection
from kezhi.exchange.steps.undoing import undo
from kezhi.records.operations import InvalidRecord, draft_changes, store_changes, store_new
from kezhi.records.registry import RecordType, record_type

_ROW_COLUMNS = ["checked", "state", "problems", "problem_fields", "record_id", "version", "remark", "partner_id"]
_REMARK = 200
# After so many new rows the database looks again at how its tables are filled.
_LARGE = 5_000


class _RowFailed(Exception):
    """A row failed on the way although it passed the check; with all or nothing everything goes back."""


@dataclass
class _Batch:
    run: ImportRun
    reader: RowReader
    actor: Actor
    holds: bool  # what the check made of the rows still holds
    partners: dict[int, int] = field(default_factory=dict)  # row number → record id, of this file

    @property
    def record_type(self) -> RecordType:
        return self.reader.record_type


def apply(run_id: int) -> None:
    """Write all rows, a batch per transaction; the cursor moves with it, so nothing is written twice."""
    run = ImportRun.objects.select_related("user").get(pk=run_id)
    with translation.override(run.user.language):
        try:
            add_entries(run_id)
            with rare_collection() as collector:
                while _apply_batch(run_id):
                    collector.batch_done()
            if run.total >= _LARGE:
                refresh_statistics()
        except (NotAllowed, _RowFailed) as problem:
            _stop(run_id, str(getattr(problem, "message", problem)))
            undo(run_id)


def _apply_batch(run_id: int) -> bool:
    size = integer_figure("exchange.import_batch")
    with transaction.atomic(), epochs.snapshot():
        run = ImportRun.objects.select_for_update().get(pk=run_id)
        if run.state != RunState.APPLYING:
            return False
        waiting = run.rows.filter(state__in=[RowState.READY, RowState.DUPLICATE], number__gt=run.cursor)
        rows = list(waiting.order_by("number").defer("content", "problems")[:size])
        actor = actor_of(run)
        require_area(actor, run.record_type, "import")
        if not rows:
            _finish(run, actor)
            return False
        batch = _Batch(run, reader_of(run, actor), actor, holds=run.checked_under == present_stamp())
        before = Counter(row.state for row in rows)
        _write(batch, rows)
        _save(rows)
        after = Counter(row.state for row in rows)
        counts = Counter(run.counts)
        counts.update(after)
        counts.subtract(before)
        run.counts = {state: count for state, count in counts.items() if count > 0}
        run.cursor = rows[-1].number
        run.done += len(rows)
        run.save(update_fields=["counts", "cursor", "done"])
    return True


def _save(rows: Sequence[ImportRow]) -> None:
    """Plain rows by one prepared statement (Django's bulk update takes ten times as long), others one by one."""
    plain = [row for row in rows if row.state in (RowState.CREATED, RowState.SKIPPED) and not row.remark]
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE exchange_importrow SET state = %s, record_id = %s, version = %s, checked = '' WHERE id = %s",
            [(row.state, row.record_id, row.version, row.pk) for row in plain],
        )
    done = {row.pk for row in plain}
    for row in rows:
        if row.pk not in done:
            row.checked = ""
            row.save(update_fields=_ROW_COLUMNS)


def _write(batch: _Batch, rows: Sequence[ImportRow]) -> None:
    new: list[ImportRow] = []
    known: list[ImportRow] = []
    batch.partners = _partners(batch.run, rows)
    numbers = {row.number for row in rows}
    for row in rows:
        decision = row.decision if row.state == RowState.DUPLICATE else Decision.CREATE
        is_partner_here = row.partner_id or row.partner_row in batch.partners or row.partner_row in numbers
        if decision == Decision.SKIP and is_partner_here:
            row.state = RowState.SKIPPED
        elif decision in (Decision.UPDATE, Decision.MERGE) and is_partner_here:
            known.append(row)
        else:
            new.append(row)
    _create(batch, new)
    if known:
        _update(batch, known)


def _partners(run: ImportRun, rows: Sequence[ImportRow]) -> dict[int, int]:
    """Record ids of the earlier rows that these rows repeat."""
    wanted = {row.partner_row for row in rows if row.partner_row is not None}
    found = run.rows.filter(number__in=wanted, record_id__isnull=False) if wanted else run.rows.none()
    return {
        number: record_id for number, record_id in found.values_list("number", "record_id") if record_id is not None
    }


def _create(batch: _Batch, rows: Sequence[ImportRow]) -> None:
    if not rows:
        return
    drafted = _drafted(batch, rows)
    sound = [(row, each) for row, each in zip(rows, drafted, strict=True) if not each.problems]
    for row, each in zip(rows, drafted, strict=True):
        if each.problems:
            _refuse(batch, row, each.problems)
    try:
        with transaction.atomic():
            _store(batch, sound)
    except InvalidRecord:
        for row, _each in sound:
            _create_one(batch, row)


def _drafted(batch: _Batch, rows: Sequence[ImportRow]) -> list[DraftedRow]:
    """What the rows become: as the check left them where nothing has changed since, else read anew."""
    kept = [row for row in rows if row.checked] if batch.holds else []
    unpacked = Unpacker(batch.reader, batch.actor).rows([row.checked for row in kept])
    found = {row.number: each for row, each in zip(kept, unpacked, strict=True)}
    others = [row for row in rows if row.number not in found]
    if others:
        drafted = batch.reader.draft(_texts(batch, others), batch.actor)
        found.update((row.number, each) for row, each in zip(others, drafted, strict=True))
    return [found[row.number] for row in rows]


def _texts(batch: _Batch, rows: Sequence[ImportRow]) -> list[Texts]:
    """What the rows say; their cells are loaded only where that is asked."""
    missing = [row.pk for row in rows if "content" in row.get_deferred_fields()]
    contents = dict(ImportRow.objects.filter(pk__in=missing).values_list("pk", "content")) if missing else {}
    for row in rows:
        if row.pk in contents:
            row.content = contents[row.pk]
    return [describe(row, batch.reader) for row in rows]


def _create_one(batch: _Batch, row: ImportRow) -> None:
    """One row on its own, after its batch was refused by the database: the others must not suffer for it."""
    [each] = batch.reader.draft(_texts(batch, [row]), batch.actor)
    if each.problems:
        _refuse(batch, row, each.problems)
        return
    try:
        with transaction.atomic():
            _store(batch, [(row, each)])
    except InvalidRecord as refused:
        row.record_id = row.version = None
        _refuse(batch, row, {key: str(text) for key, text in refused.problems.items()})


def _store(batch: _Batch, sound: Sequence[tuple[ImportRow, DraftedRow]]) -> None:
    mains = store_new(batch.record_type, [each.main for _row, each in sound], actor=batch.actor)
    _store_related(batch, [(each, main) for (_row, each), main in zip(sound, mains, strict=True)])
    for (row, _each), main in zip(sound, mains, strict=True):
        row.state, row.record_id, row.version = RowState.CREATED, main.pk, main.version
        batch.partners[row.number] = main.pk


def _store_related(batch: _Batch, pairs: Sequence[tuple[DraftedRow, Any]]) -> None:
    for related in batch.reader.targets.profile.related:
        drafts = []
        known = record_type(related.record_type)
        through = known.field(related.through)
        for each, main in pairs:
            for kind, draft in each.related:
                if kind is not related or draft.problems:
                    continue
                setattr(draft.record, related.through, main)
                if through is not None:
                    draft.after[related.through] = through.get(draft.record)
                drafts.append(draft)
        store_new(known, drafts, actor=batch.actor)


def _update(batch: _Batch, rows: Sequence[ImportRow]) -> None:
    known = batch.record_type
    wanted: dict[ImportRow, int] = {}
    for row in rows:
        partner = row.partner_id or batch.partners.get(row.partner_row or -1)
        if partner is None:
            _create(batch, [row])
        else:
            wanted[row] = partner
    records = {
        record.pk: record
        for record in known.model.objects.visible_to(batch.actor)
        .filter(pk__in=set(wanted.values()))
        .select_related(*known.related_load)
        .select_for_update(of=("self",))
    }
    drafted = dict(zip(wanted, batch.reader.draft(_texts(batch, list(wanted)), batch.actor), strict=True))
    for row, partner in wanted.items():
        record = records.get(partner)
        if record is None:
            row.state, row.remark = RowState.SKIPPED, _("这条记录由别人负责，您不能修改")[:_REMARK]
            continue
        _update_one(batch, row, record, drafted[row])


def _update_one(batch: _Batch, row: ImportRow, record: Any, each: DraftedRow) -> None:
    known = batch.record_type
    fields = known.all_fields()
    is_merge = row.decision == Decision.MERGE
    values: dict[str, Any] = {}
    for key, value in each.main.after.items():
        field_of = fields.get(key)
        if field_of is None or field_of.read_only or key not in each.texts or key in each.problems:
            continue
        held = field_of.get(record)
        if field_of.kind in ("tags", "multi_choice"):
            value = list(dict.fromkeys([*map(str, held or ()), *map(str, value or ())]))
        elif (is_merge or key in batch.reader.whole) and not field_of.is_empty(held):
            continue
        values[key] = value
    try:
        with transaction.atomic():
            drafts = draft_changes(known, [(record, values)], actor=batch.actor)
            if drafts[0].problems:
                raise InvalidRecord(drafts[0].problems)
            store_changes(known, drafts, actor=batch.actor)
            _store_related(batch, [(_only_new_people(batch, each, record), record)])
    except NotAllowed:
        row.state, row.remark = RowState.SKIPPED, _("这条记录由别人负责，您不能修改")[:_REMARK]
        return
    except InvalidRecord as refused:
        _refuse(batch, row, {key: str(text) for key, text in refused.problems.items()})
        return
    row.state, row.record_id, row.version, row.partner_id = RowState.UPDATED, record.pk, record.version, record.pk


def _only_new_people(batch: _Batch, each: DraftedRow, record: Any) -> DraftedRow:
    """The row without those related records the partner has already, and without placeholders."""
    kept = []
    for related, draft in each.related:
        known = record_type(related.record_type)
        prefix = f"{related.record_type}."
        if not any(key.startswith(prefix) for key in each.texts):
            continue
        title = getattr(draft.record, known.title_field, "")
        columns = [known.title_field] + (["phone_index"] if hasattr(draft.record, "phone_index") else [])
        rows = known.model.objects.ungated("duplicate check").filter(
            **{related.through: record.pk}, deleted_at__isnull=True
        )
        held = {value for values in rows.values_list(*columns) for value in values if value}
        if f"{prefix}{known.title_field}" not in each.texts or title in held:
            continue
        kept.append((related, draft))
    return DraftedRow(each.texts, each.main, kept, each.problems, each.traits)


def _refuse(batch: _Batch, row: ImportRow, problems: dict[str, str]) -> None:
    if batch.reader.options.all_or_nothing:
        raise _RowFailed(
            _("第 %(row)d 行写不进去：%(why)s") % {"row": row.number, "why": next(iter(problems.values()), "")}
        )
    row.state = RowState.BAD
    put_problems(row, problems)


def _finish(run: ImportRun, actor: Actor) -> None:
    run.state = RunState.DONE
    run.finished_at = now()
    run.done = run.total
    run.save(update_fields=["state", "finished_at", "done"])
    record_event(
        EventDraft(
            kind=kinds.IMPORTED.key,
            record_type="import",
            record_id=run.pk,
            actor=actor.ref,
            facts={"file": run.file_name, "type": run.record_type, "counts": dict(run.counts)},
        )
    )


def _stop(run_id: int, problem: str) -> None:
    """End an import that cannot go on. What it wrote stays and can be undone; all or nothing takes it back at once."""
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run_id)
        if run.state != RunState.APPLYING:
            return
        run.problem = problem
        run.finished_at = now()
        run.state = RunState.FAILED
        if ImportRow.objects.filter(run=run, record_id__isnull=False).exists():
            from_options = run.options.get("all_or_nothing", False)
            if from_options:
                run.state, run.cursor, run.done = RunState.UNDOING, 0, 0
        run.save(update_fields=["problem", "finished_at", "state", "cursor", "done"])
