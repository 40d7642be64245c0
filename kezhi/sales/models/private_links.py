"""Private links to one record for people without an account (SAL-4, SAL-9)."""

from django.conf import settings
from django.db import models


class PrivateLink(models.Model):
    """A link that shows one record for one purpose. Only the digest of its token is kept.

    ``note`` says whom it was made for. Once ``revoked_at`` or ``expires_at`` has passed it leads nowhere.
    """

    purpose = models.CharField(max_length=40)
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    token_hash = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["record_type", "record_id", "purpose"], name="private_link_record")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.record_type} {self.record_id}"
