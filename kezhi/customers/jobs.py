"""Background work of customers: looking for duplicates."""

from kezhi.core.jobs import job, schedule


@schedule("customers.find_duplicates_weekly", cron="30 2 * * 0", lane="io")
@job("customers.find_duplicates", retries=2, lane="io")
def find_duplicates(idempotency_key: str = "") -> None:
    """Look through the whole register with the matching model; running twice finds the same pairs."""
    # The model's libraries take a second to load and are needed in this job only.
    from kezhi.customers.linkage import find_and_store

    find_and_store()
