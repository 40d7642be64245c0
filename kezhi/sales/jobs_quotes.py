"""Background work of quotes: what was offered until yesterday expires (SAL-4)."""

from kezhi.core.jobs import job, schedule
from kezhi.sales.operations.quotes import expire_quotes


@schedule("sales.expire_quotes_hourly", cron="7 * * * *", lane="io")
@job("sales.expire_quotes", retries=3, lane="io")
def expire(idempotency_key: str = "") -> None:
    """Running twice changes nothing; the page refuses an old quote on its own, this says so on the record."""
    expire_quotes()
