"""Indexes for saved views: made where none serves a view, dropped when no view needs them any more (architecture §6).

Runs beside the pages, in a job: on PostgreSQL without locking the table, on SQLite as one short write.
"""

import hashlib
import logging
from collections.abc import Iterable
from contextlib import nullcontext

from django.db import DatabaseError, connection, transaction

from kezhi.core import epochs
from kezhi.core.figures import integer_figure
from kezhi.records.listing.indexes import EPOCH
from kezhi.records.listing.view_needs import Verdict, examine_view
from kezhi.records.listing.views import EPOCH as VIEWS_EPOCH
from kezhi.records.models import SavedView, ViewIndex
from kezhi.records.registry import find_record_type

_PREFIX = "kzv_"

logger = logging.getLogger(__name__)

Wanted = dict[str, tuple[str, tuple[str, ...]]]
"""Table and columns by the name of the index."""


def arrange_view_indexes() -> None:
    """Look at every saved view, make the indexes they lack, drop those nobody needs, and note how each is read."""
    verdicts: list[tuple[SavedView, str, Verdict]] = []
    for view in _by_importance():
        known = find_record_type(view.record_type)
        if known is not None:
            verdicts.append((view, known.model._meta.db_table, examine_view(view, known)))
    wanted: Wanted = {}
    for _view, table, verdict in verdicts:
        for need in verdict.wanted:
            wanted.setdefault(index_name(table, need.columns), (table, need.columns))
    allowed = dict(list(wanted.items())[: integer_figure("lists.view_indexes")])
    _drop(row for row in ViewIndex.objects.all() if row.name not in allowed)
    for name, (table, columns) in allowed.items():
        _make(name, table, columns)
    states = dict(ViewIndex.objects.values_list("name", "state"))
    changed = False
    for view, table, verdict in verdicts:
        reading, note = _settled(verdict, table, states)
        if (view.reading, view.reading_note) != (reading, note):
            SavedView.objects.filter(pk=view.pk).update(reading=reading, reading_note=note)
            changed = True
    if changed:
        epochs.bump(VIEWS_EPOCH)


def index_name(table: str, columns: Iterable[str]) -> str:
    """The name of the index over these columns."""
    text = f"{table}:{','.join(columns)}"
    return _PREFIX + hashlib.sha256(text.encode()).hexdigest()[:16]


def _by_importance() -> list[SavedView]:
    """Shipped and widely shared views first: they are opened by more people."""
    ranks = {SavedView.Sharing.ALL: 0, SavedView.Sharing.DEPARTMENT: 1}
    views = SavedView.objects.order_by("position", "id")
    return sorted(views, key=lambda view: (ranks.get(SavedView.Sharing(view.sharing), 2), view.key is None))


def _settled(verdict: Verdict, table: str, states: dict[str, str]) -> tuple[str, str]:
    """A view's reading and note once indexes were made or not."""
    if not verdict.wanted or verdict.reading == SavedView.Reading.NONE:
        return verdict.reading, verdict.note[:200]
    names = list(dict.fromkeys(index_name(table, need.columns) for need in verdict.wanted))
    if any(name not in states for name in names):
        return SavedView.Reading.NONE, "limit"
    if any(states[name] == ViewIndex.State.FAILED for name in names):
        return SavedView.Reading.NONE, "failed"
    return SavedView.Reading.MADE, ", ".join(names)[:200]


def _make(name: str, table: str, columns: tuple[str, ...]) -> None:
    row, _is_new = ViewIndex.objects.get_or_create(name=name, defaults={"table": table, "columns": list(columns)})
    if row.state == ViewIndex.State.READY and name in _present(table):
        return
    quote = connection.ops.quote_name
    over = ", ".join(quote(column) for column in columns)
    try:
        _run(
            f"DROP INDEX {_beside()}IF EXISTS {quote(name)}",  # what was broken off lies there unfinished
            f"CREATE INDEX {_beside()}{quote(name)} ON {quote(table)} ({over}) WHERE {quote('deleted_at')} IS NULL",
            *([f"ANALYZE {quote(name)}"] if connection.vendor == "sqlite" else []),
        )
    except DatabaseError as problem:
        logger.warning("the index %s on %s was not made: %s", name, table, problem)
        row.state, row.problem = ViewIndex.State.FAILED, str(problem)[:200]
    else:
        row.state, row.problem = ViewIndex.State.READY, ""
    _keep(row)


def _drop(rows: Iterable[ViewIndex]) -> None:
    for row in rows:
        # Nobody is told to read by it before it goes.
        with transaction.atomic():
            ViewIndex.objects.filter(pk=row.pk).update(state=ViewIndex.State.WAITING)
            epochs.bump(EPOCH)
        try:
            _run(f"DROP INDEX {_beside()}IF EXISTS {connection.ops.quote_name(row.name)}")
        except DatabaseError as problem:
            logger.warning("the index %s was not dropped: %s", row.name, problem)
            continue
        row.delete()


@transaction.atomic
def _keep(row: ViewIndex) -> None:
    row.save()
    epochs.bump(EPOCH)


def _beside() -> str:
    """PostgreSQL makes an index beside reading and writing, though not inside a transaction."""
    return "CONCURRENTLY " if connection.vendor == "postgresql" and not connection.in_atomic_block else ""


def _run(*statements: str) -> None:
    """Run statements that change indexes; waits for others only so long."""
    wait = integer_figure("lists.view_index_wait") * 1000
    # SQLite's writers queue; a transaction takes its turn, and gives up as any other does.
    with transaction.atomic() if not _beside() else nullcontext(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SET {'LOCAL ' if not _beside() else ''}lock_timeout = {wait}")
        try:
            for statement in statements:
                cursor.execute(statement)
        finally:
            if _beside():
                cursor.execute("RESET lock_timeout")


def _present(table: str) -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, table))
