"""The background work of import and export: shallow functions that load by id."""

from kezhi.core.jobs import job, schedule
from kezhi.exchange import steps


@job("exchange.check_import", lane="io", retries=3)
def check_import(*, run_id: int, idempotency_key: str = "") -> None:
    """Read and check the rows of an import."""
    steps.check(run_id)


@job("exchange.apply_import", lane="io", retries=20)
def apply_import(*, run_id: int, idempotency_key: str = "") -> None:
    """Write the rows of an import, batch by batch; goes on where a killed worker stopped."""
    steps.apply(run_id)


@job("exchange.undo_import", lane="io", retries=20)
def undo_import(*, run_id: int, idempotency_key: str = "") -> None:
    """Take an import back, batch by batch."""
    steps.undo(run_id)


@job("exchange.make_export", lane="io", retries=3)
def make_export(*, export_id: int, idempotency_key: str = "") -> None:
    """Write the file of an export."""
    steps.write_export(export_id)


@schedule("exchange.remove_expired", cron="20 3 * * *", lane="io")
def remove_expired(*, idempotency_key: str = "") -> None:
    """Delete files and rows that have lain their days."""
    steps.remove_expired()
