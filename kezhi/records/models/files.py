"""Files on records (CUS-17)."""

from django.conf import settings
from django.db import models


class RecordFile(models.Model):
    """A file somebody put on a record; the bytes lie outside the web root under a random name."""

    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    content_type = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    storage_name = models.CharField(max_length=100, unique=True)
    field_key = models.CharField(max_length=60, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["record_type", "record_id"], name="record_file_record")]

    def __str__(self) -> str:
        return self.name
