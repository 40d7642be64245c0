"""An import as a person leads it: bring a file, settle columns, correct rows, decide, begin, take back."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed, require_area
from kezhi.core.clock import now
from kezhi.core.jobs import Priority, enqueue
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange import storage
from kezhi.exchange.importing.new_entries import words_to_add
from kezhi.exchange.importing.new_fields import make_fields
from kezhi.exchange.importing.options import ADD, ImportOptions
from kezhi.exchange.importing.rows import describe, recheck
from kezhi.exchange.importing.runs import limits, reader_of, reopen
from kezhi.exchange.importing.targets import FAMILY, GIVEN, TargetField, Targets
from kezhi.exchange.jobs import apply_import, check_import, undo_import
from kezhi.exchange.models import WORKING, Decision, ImportRow, ImportRun, MappingMemory, RowState, RunState
from kezhi.exchange.reading import (
    Sheets,
    guess_mapping,
    header_fingerprint,
    infer_date_order,
    open_list,
)
from kezhi.records.registry import RecordType, record_type

_SAMPLE = 300
_DELETED_AT_ONCE = 2_000
_DISTINCT = 20_000  # a column with more different words is no column of a list


def start_import(known_key: str, content: bytes, file_name: str, *, actor: Actor) -> ImportRun:
    """Look into a file, guess everything about it and keep it for the next step. Nothing is imported yet.

    Raises:
        NotAllowed: the actor may not import records of this type.
        ReadingProblem: the file cannot be read as a list.
    """
    known = _require_importable(known_key, actor)
    if actor.user_id is None:
        raise NotAllowed(subject=known.key, action="import")
    found = open_list(content, file_name, limits())
    run = ImportRun(
        record_type=known.key,
        user_id=actor.user_id,
        door="cli" if actor.ref.door == "cli" else "import",
        file_name=found.file_name,
        file_size=len(content),
        file_kind=found.kind.value,
        encoding=found.encoding,
        sheet_names=[sheet.name for sheet in found.sheets],
        notices=[{"code": notice.code, "text": notice.message} for notice in found.notices],
        operation=actor.ref.operation,
        created_at=now(),
    )
    _settle_sheet(run, found, found.first.position, found.first.heading.row, actor)
    run.storage_name = storage.store([content])
    try:
        run.save()
    except BaseException:
        storage.remove(run.storage_name)
        raise
    return run


def choose_sheet(
    run: ImportRun, sheet: int, heading_row: int | None, *, actor: Actor, known_key: str = "", encoding: str = ""
) -> ImportRun:
    """Take another sheet or heading row; columns and words are guessed anew. ``heading_row`` 0 means there is none.

    The rows become records of the type ``known_key`` names, and a text is read in that ``encoding``, if they are given.
    In another encoding the headings are looked for anew.

    Raises:
        NotAllowed: the actor may not import records of that type.
        ReadingProblem: the file cannot be read that way.
    """
    if known_key:
        _require_importable(known_key, actor)
    states = (RunState.MAPPING, RunState.CHECKED)
    with transaction.atomic():
        run = _mine(run, actor, states)
    run.record_type = known_key or run.record_type
    if run.encoding and encoding and encoding != run.encoding:
        run.encoding, heading_row = encoding, None
    # Outside a transaction: nobody else's writing waits while a long file is read.
    found = reopen(run)
    if not 0 <= sheet < len(found.sheets):
        raise ValueProblem("import.sheet", _("没有这个工作表"))
    row = found.sheets[sheet].heading.row if heading_row is None else heading_row
    _settle_sheet(run, found, sheet, max(0, row), actor)
    with transaction.atomic():
        _mine(run, actor, states)
        run.state = RunState.MAPPING
        run.save(update_fields=_SETTLED)
    return run


_SETTLED = [
    "record_type",
    "sheet",
    "heading_row",
    "headings",
    "fingerprint",
    "mapping",
    "options",
    "total",
    "state",
    "encoding",
]


@transaction.atomic
def map_columns(
    run: ImportRun, mapping: Mapping[int, str], options: ImportOptions, *, actor: Actor, in_background: bool = True
) -> ImportRun:
    """Settle which column goes where and how words and dates are read, and begin to check the rows, as a job.

    Whoever does the work themselves (``kezhi import``) says that it is not to go on ``in_background``.

    Raises:
        NotAllowed: a field is to be made by somebody who may not administer fields.
        ValueProblem: a field was chosen twice or does not exist, or a required one without a default is missing.
    """
    run = _mine(run, actor, (RunState.MAPPING, RunState.CHECKED))
    mapping = make_fields(run, mapping, actor=actor)
    targets = Targets(record_type(run.record_type), actor)
    chosen = {str(column): key for column, key in mapping.items() if key}
    keys = list(chosen.values())
    for key in keys:
        if key not in targets.fields:
            raise ValueProblem("import.target", _("没有“%(key)s”这个字段"), {"key": key})
        if keys.count(key) > 1:
            label = targets.fields[key].label
            raise ValueProblem("import.twice", _("“%(label)s”被选了两次，一个字段只能对应一列。"), {"label": label})
    for key, target in targets.fields.items():
        is_there = key in keys or key + FAMILY in keys or key + GIVEN in keys
        if target.is_part or is_there:
            continue
        if target.related is None and target.field.required and target.field.default is None:
            raise ValueProblem(
                "import.required", _("还没有选哪一列是“%(label)s”，这是必填的。"), {"label": target.label}
            )
    run.mapping = chosen
    run.options = options.stored()
    run.state = RunState.CHECKING
    run.problem = ""
    run.done = 0
    run.cursor = 0
    run.save()
    MappingMemory.objects.update_or_create(
        record_type=run.record_type,
        fingerprint=run.fingerprint,
        defaults={
            "headings": run.headings,
            "mapping": {str(column): chosen.get(str(column), "") for column in range(len(run.headings))},
            "value_maps": options.value_maps,
            "changed_at": now(),
        },
    )
    if in_background:
        enqueue(check_import, run_id=run.pk, unique_key=f"import-{run.pk}", priority=Priority.HIGH)
    return run


@transaction.atomic
def correct_row(run: ImportRun, number: int, texts: Mapping[str, str], *, actor: Actor) -> ImportRow:
    """Replace what a row says and check it at once, against the register and the other rows too."""
    run = _mine(run, actor, (RunState.CHECKED,))
    row = run.rows.get(number=number)
    if row.state not in (RowState.BAD, RowState.READY, RowState.DUPLICATE):
        raise ValueProblem("import.row", _("这一行不能再改"))
    reader = reader_of(run, actor)
    known = {target.key for _column, target in reader.columns}
    current = describe(row, reader)
    current.update({key: text.strip() for key, text in texts.items() if key in known})
    before = row.state
    row.content = json.dumps({key: text for key, text in current.items() if text}, ensure_ascii=False)
    row.is_edited = True
    recheck(row, reader, actor)
    row.save()
    _count(run, {before: -1, row.state: 1})
    return row


@transaction.atomic
def decide_duplicates(
    run: ImportRun, decision: str, *, actor: Actor, numbers: Sequence[int] | None = None
) -> ImportRun:
    """What to do with duplicates: those named, or all of them (and then also those without a decision of their own)."""
    run = _mine(run, actor, (RunState.CHECKED,))
    chosen = Decision(decision)
    rows = run.rows.filter(state=RowState.DUPLICATE)
    if numbers is not None:
        rows = rows.filter(number__in=list(numbers)[:1000])
    else:
        run.options = {**run.options, "duplicates": chosen.value}
        run.save(update_fields=["options"])
    rows.update(decision=chosen)
    return run


@transaction.atomic
def begin_import(run: ImportRun, *, actor: Actor, in_background: bool = True) -> ImportRun:
    """Bring the rows in, as a job (see ``map_columns`` for ``in_background``).

    Raises:
        ValueProblem: nothing to import, or a row is bad and all or nothing was chosen.
    """
    run = _mine(run, actor, (RunState.CHECKED,))
    bad = run.counts.get(RowState.BAD, 0)
    if ImportOptions.of(run.options).all_or_nothing and bad:
        raise ValueProblem(
            "import.bad_rows", _("还有 %(count)d 行有问题。选了“全部或全不导入”，请先改好。"), {"count": bad}
        )
    total = run.counts.get(RowState.READY, 0) + run.counts.get(RowState.DUPLICATE, 0)
    if not total:
        raise ValueProblem("import.nothing", _("没有可以导入的行。"))
    run.state = RunState.APPLYING
    run.total, run.done, run.cursor = total, 0, 0
    run.started_at = now()
    run.save()
    if in_background:
        enqueue(apply_import, run_id=run.pk, unique_key=f"import-{run.pk}", priority=Priority.HIGH)
    return run


@transaction.atomic
def undo_whole_import(run: ImportRun, *, actor: Actor) -> ImportRun:
    """Take the import back, as a job: new records to the bin, changed ones to what they were; changed since: kept."""
    run = _mine(run, actor, (RunState.DONE, RunState.FAILED))
    if not run.started_at:
        raise ValueProblem("import.nothing_to_undo", _("这次导入还没有写入任何数据。"))
    run.state = RunState.UNDOING
    run.total = run.counts.get(RowState.CREATED, 0) + run.counts.get(RowState.UPDATED, 0)
    run.done, run.cursor = 0, 0
    run.save()
    enqueue(undo_import, run_id=run.pk, unique_key=f"import-{run.pk}", priority=Priority.HIGH)
    return run


@transaction.atomic
def resume_import(run: ImportRun, *, actor: Actor) -> ImportRun:
    """Set an import going again whose job gave up; it continues exactly where it stopped."""
    run = _mine(run, actor, WORKING)
    function = {RunState.CHECKING: check_import, RunState.APPLYING: apply_import, RunState.UNDOING: undo_import}
    enqueue(function[RunState(run.state)], run_id=run.pk, unique_key=f"import-{run.pk}", priority=Priority.HIGH)
    return run


def discard_import(run: ImportRun, *, actor: Actor) -> None:
    """Drop an import nothing came of: the file and its rows are gone.

    The rows go a batch per transaction, so that nobody's writing waits for a long list to disappear.
    """
    with transaction.atomic():
        run = _mine(run, actor, (RunState.MAPPING, RunState.CHECKED, RunState.FAILED))
        if run.started_at:
            raise ValueProblem("import.started", _("已经导入的名单不能丢弃，可以撤销导入。"))
        run.state, run.counts = RunState.MAPPING, {}
        run.save(update_fields=["state", "counts"])
    while ids := list(run.rows.values_list("pk", flat=True)[:_DELETED_AT_ONCE]):
        ImportRow.objects.filter(pk__in=ids).delete()
    with transaction.atomic():
        run = _mine(run, actor, (RunState.MAPPING,))
        name = run.storage_name
        run.delete()
        transaction.on_commit(lambda: storage.remove(name))


def _require_importable(known_key: str, actor: Actor) -> RecordType:
    known = record_type(known_key)
    require_area(actor, known.key, "import")
    require_area(actor, known.key, "create")
    return known


def _settle_sheet(run: ImportRun, found: Sheets, position: int, heading_row: int, actor: Actor) -> None:
    sheet = found.sheets[position]
    headings = found.headings(sheet, heading_row)
    sample = [row.cells for row in islice(found.rows(sheet, heading_row), _SAMPLE)]
    targets = Targets(record_type(run.record_type), actor)
    fingerprint = header_fingerprint(headings)
    memory = MappingMemory.objects.filter(record_type=run.record_type, fingerprint=fingerprint).first()
    remembered = {int(column): key or None for column, key in memory.mapping.items()} if memory else None
    guesses = guess_mapping(headings, sample, targets.import_targets, remembered, has_headings=heading_row > 0)
    run.sheet, run.heading_row, run.headings, run.fingerprint = position, heading_row, headings, fingerprint
    run.mapping = {str(guess.column): guess.target_key for guess in guesses if guess.target_key}
    _take_persons(run, targets)
    options = ImportOptions.of(run.options)
    options.date_orders = {}
    options.value_maps = _whole_list(run, targets, sample, memory)
    run.total, columns = _told_columns(found, run, targets)
    for column, values in columns.items():
        target = targets.fields[run.mapping[str(column)]]
        if target.is_date and (order := infer_date_order(values.elements()).order):
            options.date_orders[str(column)] = order.value
        if target.is_choice:
            held = (memory.value_maps.get(target.key, {}) if memory else {}) or {}
            words = _words(values.elements(), target, held, targets)
            options.value_maps[target.key] = {**options.value_maps.get(target.key, {}), **words}
    options.guesses = {str(guess.column): [guess.confidence, guess.why.value] for guess in guesses}
    run.options = options.stored()


def _take_persons(run: ImportRun, targets: Targets) -> None:
    """Make the columns of a list without titles the record's own: people without a company are the customers."""
    profile = targets.profile
    if not profile.alone or any(key.partition(":")[0] == targets.record_type.title_field for key in _mapped(run)):
        return
    titles = {whole for whole, own in profile.alone.items() if own == targets.record_type.title_field}
    if not any(key.partition(":")[0] in titles for key in _mapped(run)):
        return
    taken = set(_mapped(run))
    for column, key in list(run.mapping.items()):
        whole, colon, part = key.partition(":")
        own = profile.alone.get(whole, whole) + colon + part
        if own != key and own not in taken:
            run.mapping[column] = own
            taken.add(own)


def _mapped(run: ImportRun) -> list[str]:
    return [str(key) for key in run.mapping.values()]


def _whole_list(
    run: ImportRun, targets: Targets, sample: Sequence[Sequence[str]], memory: MappingMemory | None
) -> dict[str, dict[str, str]]:
    """What the titles say about all rows, as the entry for an empty cell; what was chosen before wins."""
    title = targets.record_type.title_field
    columns = [int(column) for column, key in run.mapping.items() if key.partition(":")[0] == title]
    names = ["".join(row[column].strip() for column in columns if column < len(row)) for row in sample]
    guessed = targets.profile.guess_whole([name for name in names if name]) if columns else {}
    known = {target.key for target in targets.whole}
    held = {key: words[""] for key, words in (memory.value_maps if memory else {}).items() if "" in words}
    return {key: {"": entry} for key, entry in {**guessed, **held}.items() if key in known}


def _told_columns(found: Sheets, run: ImportRun, targets: Targets) -> tuple[int, dict[int, Counter[str]]]:
    """How many rows there are, and the values of the columns that only all rows together tell how to read."""
    columns: dict[int, Counter[str]] = {}
    for column, key in run.mapping.items():
        target = targets.fields[key]
        if target.is_date or target.is_choice:
            columns[int(column)] = Counter()
    total = 0
    for row in found.rows(found.sheets[run.sheet], run.heading_row):
        total += 1
        for column, values in columns.items():
            if column < len(row.cells) and len(values) < _DISTINCT:
                values[row.cells[column]] += 1
    return total, columns


def _words(values: Iterable[str], target: TargetField, held: Mapping[str, str], targets: Targets) -> dict[str, str]:
    """Word of the file → entry of the list, for the words that need a translation; what was chosen before wins."""
    guesses = target.guess_words(values)
    found = {guess.text: guess.option_key for guess in guesses if guess.option_key and not guess.is_exact}
    # What was added last time is on the list by now.
    held = {text: key for text, key in held.items() if key != ADD}
    unknown = [guess for guess in guesses if guess.text not in held]
    found.update(dict.fromkeys(words_to_add(target, unknown, targets), ADD))
    return {text: key for text, key in {**found, **held}.items() if key is not None}


def _mine(run: ImportRun, actor: Actor, states: Sequence[str]) -> ImportRun:
    locked = ImportRun.objects.select_for_update().get(pk=run.pk)
    if locked.user_id != actor.user_id and not actor.rights.everything:
        raise NotAllowed(subject=locked.record_type, action="import")
    require_area(actor, locked.record_type, "import")
    if locked.state not in states:
        raise ValueProblem(
            "import.state", _("这次导入现在是“%(state)s”，不能这样做。"), {"state": RunState(locked.state).label}
        )
    return locked


def _count(run: ImportRun, changes: Mapping[str, int]) -> None:
    counts = dict(run.counts)
    for state, change in changes.items():
        counts[state] = max(0, counts.get(state, 0) + change)
    run.counts = counts
    run.save(update_fields=["counts"])
