"""Background work of customers: looking for duplicates, starting the monthly re-check."""

from kezhi.access.actors import system_actor
from kezhi.core.jobs import job, schedule
from kezhi.customers.operations import start_recheck


@schedule("customers.find_duplicates_weekly", cron="30 2 * * 0", lane="io")
@job("customers.find_duplicates", retries=2, lane="io")
def find_duplicates(idempotency_key: str = "") -> None:
    """Look through the whole register with the matching model; running twice finds the same pairs."""
    # The model's libraries take a second to load and are needed in this job only.
    from kezhi.customers.linkage import find_and_store

    find_and_store()


@schedule("customers.recheck_monthly", cron="0 7 1 * *")
@job("customers.recheck", retries=3)
def recheck() -> None:
    """Start the month's batch of records to verify again (CUS-11)."""
    start_recheck(actor=system_actor("customers.recheck", door="job"))
