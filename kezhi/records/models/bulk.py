"""Acts on many records that run in the background."""

from django.conf import settings
from django.db import models


class BulkRun(models.Model):
    """One bulk act: which records, what is done to them, how far it got.

    ``act`` is assign, tag, untag, set or delete; ``wanted`` holds its field and value. ``ids`` are fixed when it
    starts, so that it can go on after a crash at ``done``. ``refused`` names the first records left alone and why.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    record_type = models.CharField(max_length=40)
    act = models.CharField(max_length=20)
    wanted = models.JSONField(default=dict)
    ids = models.JSONField(default=list)
    operation = models.CharField(max_length=32)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.record_type} {self.act} {self.operation}"

    @property
    def total(self) -> int:
        """How many records it is about."""
        return len(self.ids)
