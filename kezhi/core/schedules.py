"""What core does by itself and when, all on one screen."""

import datetime as dt

from django.conf import settings

from kezhi.core.backup import back_up, copy_away
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.core.jobs import enqueue, job, schedule, whenever
from kezhi.core.jobs.queue import remove_finished
from kezhi.core.rotation import reencrypt_all
from kezhi.core.sealing import seal_all, unsealed_exist
from kezhi.core.statistics import refresh_statistics
from kezhi.core.workdays import fill_calendar


@whenever(unsealed_exist)
@job("core.seal_events", retries=5, lane="io")
def seal_waiting_events(idempotency_key: str) -> None:
    """Outside a transaction of its own, because each batch is one."""
    seal_all()


@schedule("core.remove_finished_jobs", cron="20 3 * * *", lane="io")
def remove_finished_jobs(idempotency_key: str) -> None:
    remove_finished(now() - dt.timedelta(days=integer_figure("operation.jobs_kept_days")))


@schedule("core.back_up", cron="30 2 * * *", lane="io", retries=3)
def back_up_daily(idempotency_key: str) -> None:
    made = back_up()
    if settings.BACKUP_REMOTE is not None:
        enqueue(copy_backup_away, unique_key=f"backup-copy:{made.path.name}", name=made.path.name)


@job("core.copy_backup_away", lane="io", retries=8)
def copy_backup_away(name: str, idempotency_key: str = "") -> None:
    """Out of the house; tried again with growing delay, since a connection may be down for hours."""
    copy_away(name)


@schedule("core.refresh_statistics", cron="50 2 * * *", lane="io", retries=3)
def refresh_statistics_nightly(idempotency_key: str) -> None:
    """After the backup; what was loaded or deleted during the day counts from the next morning."""
    refresh_statistics()


@schedule("core.fill_calendar", cron="40 3 * * *", lane="io", retries=3)
def fill_calendar_of_coming_years(idempotency_key: str) -> None:
    """Daily, so that an upgrade that knows a new year's holidays takes effect the next day at the latest."""
    fill_calendar()


@job("core.reencrypt", lane="io", retries=20)
def reencrypt_stored_values(idempotency_key: str) -> None:
    """After a key was added. Values that cannot be opened stay as they are; the health page names the missing key."""
    reencrypt_all()
