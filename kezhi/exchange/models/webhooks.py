"""Webhooks in both directions, and what may leave in the clear (DATA-3, AUTO-9)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.core.model_fields import EncryptedField


class Subscription(models.Model):
    """An address that is told what happens to records its owner may see.

    ``kinds`` are kinds of events, ``record_types`` types of records; an empty list means all of them. ``failing_since``
    and ``failures`` count failed attempts in a row; until ``paused_until`` nothing is sent there. ``off_code`` says why
    it was switched off (see ``kezhi.exchange.faults``).
    """

    name = models.CharField(max_length=80)
    url = EncryptedField(purpose="exchange.subscription.url")
    host = models.CharField(max_length=255)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kinds = models.JSONField(default=list)
    record_types = models.JSONField(default=list)
    secret = EncryptedField(purpose="exchange.subscription.secret")
    is_active = models.BooleanField(default=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    off_code = models.CharField(max_length=40, blank=True)
    off_at = models.DateTimeField(null=True)
    last_delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    """What became of one message to a subscription."""

    WAITING = "waiting", _("等待发送")
    DELIVERED = "delivered", _("已送达")
    FAILED = "failed", _("未送达")
    WITHHELD = "withheld", _("未发送")


class Delivery(models.Model):
    """One event on its way to one subscription. ``key`` is the webhook-id, the same for every attempt and re-send.

    ``body`` is what was sent, kept encrypted for some days so that it can be looked at and sent again as it was.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=80)
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    key = models.CharField(max_length=60, unique=True)
    body = EncryptedField(purpose="exchange.delivery.body", blank=True, default="")
    state = models.CharField(max_length=9, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    run = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    problem_code = models.CharField(max_length=40, blank=True)
    problem_values = models.JSONField(default=dict)
    next_at = models.DateTimeField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "event_id"], name="webhook_delivery_once"),
        ]
        indexes = [
            models.Index(fields=["subscription", "-id"], name="webhook_delivery_log"),
            models.Index(fields=["created_at"], name="webhook_delivery_created"),
        ]

    def __str__(self) -> str:
        return self.key


class Source(models.TextChoices):
    """What carries data out."""

    WEBHOOK = "webhook", _("Webhook")
    RULE = "rule", _("规则")


class GrantState(models.TextChoices):
    """Where a request to send personal data stands."""

    ASKED = "asked", _("等待批准")
    APPROVED = "approved", _("已批准")
    REFUSED = "refused", _("已拒绝")
    REVOKED = "revoked", _("已收回")


class OutflowGrant(models.Model):
    """Personal fields that one rule or subscription may carry to one destination, and who said so (AUTO-9).

    ``fields`` are "type.field". ``destination`` is the host, or the mail domain, the data goes to: another destination
    needs another approval.
    """

    source = models.CharField(max_length=8, choices=Source)
    source_id = models.BigIntegerField()
    source_name = models.CharField(max_length=120)
    destination = models.CharField(max_length=255)
    fields = models.JSONField(default=list)
    purpose = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=GrantState, default=GrantState.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["source", "source_id", "state"], name="outflow_grant_source")]

    def __str__(self) -> str:
        return f"{self.source} {self.source_id} → {self.destination}"


class Endpoint(models.Model):
    """An address of Kezhi that another program posts to. The token in it is kept as a hash; ``hint`` is its end."""

    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=6)
    secret = EncryptedField(purpose="exchange.endpoint.secret", blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    last_received_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Receipt(models.Model):
    """One message that came in; ``key`` is the sender's webhook-id, so that a repeat is known as one."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="receipts", db_index=False)
    key = models.CharField(max_length=100)
    event_id = models.BigIntegerField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "key"], name="webhook_receipt_once")]
        indexes = [models.Index(fields=["endpoint", "received_at"], name="webhook_receipt_recent")]

    def __str__(self) -> str:
        return self.key
