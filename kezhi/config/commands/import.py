"""``kezhi import``: bring a list in from the command line, with the same checks and the same undo as on screen."""

import argparse
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from django.db import connection
from django.utils import translation

from kezhi.access.actors import Actor, user_actor
from kezhi.access.directory import find_person
from kezhi.access.models import User
from kezhi.access.policies import NotAllowed
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange import steps
from kezhi.exchange.importing.bad_rows import write_bad_rows
from kezhi.exchange.importing.options import ImportOptions
from kezhi.exchange.models import Decision, ImportRun, RowState
from kezhi.exchange.operations.imports import begin_import, choose_sheet, discard_import, map_columns, start_import
from kezhi.exchange.reading import ReadingProblem
from kezhi.records.registry import find_record_type, record_types, type_by_slug

HELP = "Import a list (xlsx, xls, CSV) as a user."
_TROUBLE = 1
_WRONGLY_CALLED = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path)
    parser.add_argument("--as", dest="user", required=True, metavar="USER", help="sign-in name of whoever imports")
    parser.add_argument("--type", default="customer", help="record type (customer, contact …)")
    parser.add_argument("--sheet", metavar="NAME", help="the sheet to read, where the best one is not the right one")
    parser.add_argument("--heading-row", type=int, metavar="N", help="the row with the headings; 0 for none")
    parser.add_argument("--duplicates", choices=["skip", "update", "merge"], default="skip")
    parser.add_argument("--owner", metavar="USER", help="owner of new records whose row names none")
    parser.add_argument("--all-or-nothing", action="store_true", help="import nothing while a row is bad")
    parser.add_argument("--bad-rows", type=Path, metavar="FILE", help="write the rows with problems to this workbook")
    parser.add_argument("--check-only", action="store_true", help="say what would happen and change nothing")


def run(options: argparse.Namespace) -> int:
    user = User.objects.filter(username=options.user, is_active=True).first()
    known = find_record_type(options.type) or type_by_slug(options.type)
    if user is None:
        print(f"There is no active user {options.user}.", file=sys.stderr)
        return _WRONGLY_CALLED
    if known is None or "import" not in known.actions:
        names = ", ".join(each.key for each in record_types() if "import" in each.actions)
        print(f"Nothing called {options.type} can be imported; there are: {names}.", file=sys.stderr)
        return _WRONGLY_CALLED
    if not options.file.is_file():
        print(f"There is no file {options.file}.", file=sys.stderr)
        return _WRONGLY_CALLED
    actor = user_actor(user.pk, door="cli")
    with translation.override(user.language):
        try:
            return _bring_in(options, known.key, actor)
        except (ReadingProblem, ValueProblem, NotAllowed) as refused:
            print(refused.message, file=sys.stderr)
            return _TROUBLE


def _bring_in(options: argparse.Namespace, known: str, actor: Actor) -> int:
    found = start_import(known, options.file.read_bytes(), options.file.name, actor=actor)
    try:
        found = _settle(found, options, actor)
        _with_progress(found, lambda: steps.check(found.pk))
        found.refresh_from_db()
        _tell(found)
        if options.bad_rows:
            count = write_bad_rows(found, options.bad_rows, actor)
            print(f"{count} -> {options.bad_rows}")
        if options.check_only:
            return 0
        begin_import(found, actor=actor, in_background=False)
    finally:
        found.refresh_from_db()
        if found.started_at is None:
            discard_import(found, actor=actor)
    _with_progress(found, lambda: steps.apply(found.pk))
    found.refresh_from_db()
    _tell(found)
    if found.state != "done":
        print(found.problem, file=sys.stderr)
        return _TROUBLE
    return _TROUBLE if found.counts.get(RowState.BAD) else 0


def _settle(found: ImportRun, options: argparse.Namespace, actor: Actor) -> ImportRun:
    if options.sheet is not None or options.heading_row is not None:
        names = list(found.sheet_names)
        if options.sheet is not None and options.sheet not in names:
            raise ValueProblem("import.sheet", f"{options.sheet}? {', '.join(names)}")
        place = names.index(options.sheet) if options.sheet is not None else found.sheet
        found = choose_sheet(found, place, options.heading_row, actor=actor)
    for notice in found.notices:
        print(notice["text"])
    chosen = ImportOptions.of(found.options)
    chosen.duplicates = Decision(options.duplicates).value
    chosen.all_or_nothing = options.all_or_nothing
    chosen.owner_id = find_person(options.owner) if options.owner else None
    mapping = {int(column): key for column, key in found.mapping.items()}
    for column, heading in enumerate(found.headings):
        print(f"  {heading} -> {mapping.get(column, '-')}")
    return map_columns(found, mapping, chosen, actor=actor, in_background=False)


def _tell(found: ImportRun) -> None:
    print(" · ".join(f"{RowState(state).label} {count}" for state, count in sorted(found.counts.items())))


def _with_progress(found: ImportRun, work: Callable[[], None]) -> None:
    """Run the work while another thread shows how far it is, where somebody is watching."""
    if not sys.stderr.isatty():
        work()
        return
    over = threading.Event()

    def show() -> None:
        while not over.wait(0.5):
            done, total = ImportRun.objects.filter(pk=found.pk).values_list("done", "total").get()
            print(f"\r  {done} / {total} ", end="", file=sys.stderr, flush=True)
        connection.close()

    watcher = threading.Thread(target=show, daemon=True)
    watcher.start()
    try:
        work()
    finally:
        over.set()
        watcher.join()
        print("\r", end="", file=sys.stderr)
