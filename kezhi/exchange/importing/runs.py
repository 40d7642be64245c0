"""A stored import seen from the work on it: its file, its reader, its actor."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from itertools import islice

from kezhi.access.actors import Actor, user_actor
from kezhi.core.figures import integer_figure
from kezhi.exchange import storage
from kezhi.exchange.importing.checking import RowReader
from kezhi.exchange.importing.options import ImportOptions
from kezhi.exchange.importing.targets import Targets
from kezhi.exchange.models import ImportRun
from kezhi.exchange.reading import ReadingLimits, Row, Sheets, open_list
from kezhi.records.registry import record_type


def limits() -> ReadingLimits:
    """How much a file may hold, from the figures."""
    return ReadingLimits(
        rows=integer_figure("exchange.import_rows"),
        columns=integer_figure("exchange.import_columns"),
        file_bytes=integer_figure("exchange.import_megabytes") << 20,
    )


def reopen(run: ImportRun) -> Sheets:
    """The stored file, opened again, in the encoding it was found or said to have."""
    return open_list(b"".join(storage.read(run.storage_name)), run.file_name, limits(), encoding=run.encoding)


@dataclass(frozen=True, slots=True)
class Preview:
    """What the page of columns needs of a file.

    ``rows`` are the first ones below the heading, ``head`` those around it, ``sheets`` hold anything (by position).
    """

    rows: list[list[str]]
    head: list[Row]
    sheets: list[tuple[int, str]]


_PREVIEW_ROWS = 2_000
_PREVIEWS_KEPT = 4
_previews: OrderedDict[tuple[str, str, int, int], Preview] = OrderedDict()


def preview(run: ImportRun) -> Preview:
    """The beginning of the stored file below its heading, kept for the next visit; a stored file never changes.

    Raises:
        ReadingProblem: it cannot be read that way.
        FileNotFoundError: it is gone.
    """
    slot = (run.storage_name, run.encoding, run.sheet, run.heading_row)
    kept = _previews.get(slot)
    if kept is None:
        found = reopen(run)
        sheet = found.sheets[run.sheet]
        rows = [row.cells for row in islice(found.rows(sheet, run.heading_row), _PREVIEW_ROWS)]
        kept = Preview(rows, sheet.head, [(each.position, each.name) for each in found.sheets if not each.is_empty])
        _previews[slot] = kept
        while len(_previews) > _PREVIEWS_KEPT:
            _previews.popitem(last=False)
    return kept


def reader_of(run: ImportRun, actor: Actor) -> RowReader:
    """The run's rows as this actor reads them."""
    targets = Targets(record_type(run.record_type), actor)
    return RowReader(targets, run.mapping, ImportOptions.of(run.options), run.headings)


def actor_of(run: ImportRun, *, operation: str = "") -> Actor:
    """Whoever started the run, with today's rights, acting within the run's one operation.

    The whole import carries one operation in its events, however many batches and workers it takes, so that it is one
    act to everybody who reads the log.
    """
    actor = user_actor(run.user_id, door=run.door, door_ref=str(run.pk))
    return replace(actor, ref=actor.ref.for_operation(operation or run.operation))
