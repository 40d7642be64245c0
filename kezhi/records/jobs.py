"""Background work of records: the recycle bin, forgotten uploads, rows beside custom values, words to search by."""

from django.db import transaction

from kezhi.access.actors import system_actor
from kezhi.core import epochs
from kezhi.core.jobs import enqueue, job, schedule
from kezhi.records.mirrors import fill_unique, mirror_all, values_in_use_twice
from kezhi.records.models import CustomField
from kezhi.records.operations.deleting import purge_deleted
from kezhi.records.operations.files import drop_removed_files, drop_waiting_uploads
from kezhi.records.operations.view_indexes import arrange_view_indexes
from kezhi.records.registry import EPOCH, find_record_type
from kezhi.records.search.index import rebuild_index
from kezhi.records.search.scheme import note_scheme, outdated_types


@schedule("records.empty_recycle_bin", cron="40 3 * * *", lane="io")
def empty_recycle_bin(idempotency_key: str = "") -> None:
    """Remove for good what has lain in the recycle bin longer than its days, and uploads nobody saved."""
    purge_deleted(actor=system_actor("recycle bin", door="job"))
    drop_removed_files()
    drop_waiting_uploads()


@job("records.rebuild_search", lane="io")
def rebuild_search(key: str, idempotency_key: str = "") -> None:
    """Make the words of all records of a type anew."""
    known = find_record_type(key)
    if known is not None:
        rebuild_index(known)
        note_scheme(known)


@transaction.atomic
def rebuild_outdated_searches() -> None:
    """Have those types indexed anew whose words this version makes otherwise; a type without records needs no job.

    Called whenever the database is brought up to date.
    """
    for known in outdated_types():
        if known.model.objects.ungated("search index").exists():
            enqueue(rebuild_search, key=known.key, unique_key=f"search-{known.key}")
        else:
            note_scheme(known)


@schedule("records.view_indexes", cron="50 3 * * *", lane="io")
def arrange_indexes(idempotency_key: str = "") -> None:
    """Give saved views the indexes they lack, and take away those that no view needs."""
    arrange_view_indexes()


@transaction.atomic
def have_indexes_arranged() -> None:
    """Look at the views' indexes soon; called when the database was brought up to date."""
    enqueue(arrange_indexes, unique_key="view-indexes")


@job("records.mirror_field", lane="io")
def mirror_field(key: str, idempotency_key: str = "") -> None:
    """Make the values of a custom field searchable."""
    row = CustomField.objects.get(key=key)
    known = find_record_type(row.record_type)
    if known is not None and not row.is_personal:
        mirror_all(row, known)


@job("records.make_field_unique", lane="io")
def make_field_unique(key: str, idempotency_key: str = "") -> None:
    """Make a field unique once all its values are seen to differ; with doubles it stays as it is."""
    with transaction.atomic():
        row = CustomField.objects.select_for_update().get(key=key)
        if row.is_unique or values_in_use_twice(row, 1):
            return
        fill_unique(row)
        CustomField.objects.filter(pk=row.pk).update(is_unique=True)
        epochs.bump(EPOCH)
