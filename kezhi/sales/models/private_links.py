"""Private links to one record for people without an account (SAL-4, SAL-9)."""

from django.conf import settings
from django.db import models

from kezhi.core.model_fields import EncryptedField


class PrivateLink(models.Model):
    """A link that shows one record for one purpose. Only the digest of its token is kept.

    ``note`` says whom it was made for. Once ``revoked_at`` or ``expires_at`` has passed it leads nowhere. With
    ``locked_to``, a mail address, it opens only for whoever types the code sent there; of that code too only the digest
    is kept. ``code_tries`` counts wrong ones for this code, ``code_misses`` all since the link last opened.
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
    locked_to = EncryptedField(purpose="private_link.locked_to", blank=True, default="")
    code_hash = models.CharField(max_length=64, blank=True, default="")
    code_sent_at = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    code_misses = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["record_type", "record_id", "purpose"], name="private_link_record")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.record_type} {self.record_id}"


class PrivateLinkVisitor(models.Model):
    """Somebody who opened a link: a device in a network, never a whole address.

    ``key`` is a digest of both. ``is_recipient`` once they typed the code that was sent to the recipient.
    """

    link = models.ForeignKey(PrivateLink, on_delete=models.CASCADE, related_name="visitors", db_index=False)
    key = models.CharField(max_length=64)
    network = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=60, blank=True)
    is_recipient = models.BooleanField(default=False)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "key"], name="private_link_visitor_once")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.network} {self.device}"
