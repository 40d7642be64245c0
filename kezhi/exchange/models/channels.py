"""How messages leave the app: each channel's setup, and where a robot reaches one person (DATA-3)."""

from django.conf import settings
from django.db import models

from kezhi.core.model_fields import EncryptedField


class ChannelSetup(models.Model):
    """One channel as the administrator set it up.

    ``options`` are what may be shown; ``secrets`` is a JSON object of passwords, keys and robot addresses.
    ``down_since`` is set while sending fails; ``problem`` says how, as code and values (``kezhi.exchange.faults``).
    """

    key = models.CharField(max_length=12, primary_key=True)
    is_on = models.BooleanField(default=False)
    options = models.JSONField(default=dict)
    secrets = EncryptedField(purpose="exchange.channel.secrets", blank=True, default="")
    down_since = models.DateTimeField(null=True)
    problem_code = models.CharField(max_length=40, blank=True)
    problem_values = models.JSONField(default=dict)
    last_sent_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.key


class ChannelAddress(models.Model):
    """Where a channel reaches one person when the user's own mail or phone does not say it.

    ``handle`` is the name by which a robot mentions the person in the company's group (Feishu's open_id, a WeCom user
    id); ``robot`` the address of a robot in a group of the person's own, with its signing ``secret``.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="channel_addresses")
    channel = models.CharField(max_length=12)
    handle = models.CharField(max_length=80, blank=True)
    robot = EncryptedField(purpose="exchange.channel_address.robot", blank=True, default="")
    secret = EncryptedField(purpose="exchange.channel_address.secret", blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "channel"], name="channel_address_once"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.user_id}"
