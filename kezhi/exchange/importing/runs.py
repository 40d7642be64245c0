"""A stored import seen from the work on it: its file, its reader, its actor."""

from dataclasses import replace

from kezhi.access.actors import Actor, user_actor
from kezhi.core.figures import integer_figure
from kezhi.exchange import storage
from kezhi.exchange.importing.checking import RowReader
from kezhi.exchange.importing.options import ImportOptions
from kezhi.exchange.importing.targets import Targets
from kezhi.exchange.models import ImportRun
from kezhi.exchange.reading import ReadingLimits, Sheets, open_list
from kezhi.records.registry import record_type


def limits() -> ReadingLimits:
    """How much a file may hold, from the figures."""
    return ReadingLimits(
        rows=integer_figure("exchange.import_rows"),
        columns=integer_figure("exchange.import_columns"),
        file_bytes=integer_figure("exchange.import_megabytes") << 20,
    )


def reopen(run: ImportRun) -> Sheets:
    """The stored file, opened again."""
    return open_list(b"".join(storage.read(run.storage_name)), run.file_name, limits())


def reader_of(run: ImportRun, actor: Actor) -> RowReader:
    """The run's rows as this actor reads them."""
    return RowReader(Targets(record_type(run.record_type), actor), run.mapping, ImportOptions.of(run.options))


def actor_of(run: ImportRun, *, operation: str = "") -> Actor:
    """Whoever started the run, with today's rights, acting within the run's one operation.

    The whole import carries one operation in its events, however many batches and workers it takes, so that it is one
    act to everybody who reads the log.
    """
    actor = user_actor(run.user_id, door=run.door, door_ref=str(run.pk))
    return replace(actor, ref=actor.ref.for_operation(operation or run.operation))
