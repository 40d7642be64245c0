"""Deleting what has lain its days."""

from datetime import timedelta

from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.exchange import storage
from kezhi.exchange.models import ExportRun, ExportState, ImportRow, ImportRun

_BATCH = 2000


def remove_expired() -> None:
    """Files of old exports and imports go, and the rows of old imports; that they happened stays."""
    for run in ExportRun.objects.filter(state=ExportState.READY, expires_at__lt=now()):
        storage.remove(run.storage_name)
        ExportRun.objects.filter(pk=run.pk).update(state=ExportState.EXPIRED, storage_name="")
    edge = now() - timedelta(days=integer_figure("exchange.import_keep_days"))
    for old in ImportRun.objects.filter(created_at__lt=edge).exclude(storage_name=""):
        while ids := list(old.rows.values_list("pk", flat=True)[:_BATCH]):
            ImportRow.objects.filter(pk__in=ids).delete()
        storage.remove(old.storage_name)
        ImportRun.objects.filter(pk=old.pk).update(storage_name="")
