"""Notifications: what waits in somebody's inbox, and how it went out through other channels (UX-5)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Notification(models.Model):
    """One line of somebody's inbox; the inbox is this table.

    ``at`` is when it last said something new (folding moves it). ``count`` is how many notices it stands for.
    ``needs_action`` keeps it waiting until somebody settles it; anything else waits until it is read.
    """

    class Urgency(models.IntegerChoices):
        HIGH = 0, _("紧急")
        NORMAL = 1, _("普通")
        LOW = 2, _("不急")

    class State(models.TextChoices):
        WAITING = "waiting", _("待处理")
        POSTPONED = "postponed", _("已推迟")
        DONE = "done", _("已处理")

    user = models.ForeignKey("access.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    why = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=500, blank=True)
    about_type = models.CharField(max_length=40, blank=True)
    about_id = models.BigIntegerField(null=True, blank=True)
    urgency = models.SmallIntegerField(choices=Urgency.choices, default=Urgency.NORMAL)
    needs_action = models.BooleanField(default=False)
    act_label = models.CharField(max_length=60, blank=True)
    act_url = models.CharField(max_length=500, blank=True)
    act_sheet = models.BooleanField(default=False)
    source_type = models.CharField(max_length=40, blank=True)
    source_id = models.BigIntegerField(null=True, blank=True)
    rule_ref = models.CharField(max_length=60, blank=True)
    teller = models.CharField(max_length=80, blank=True)
    group_key = models.CharField(max_length=120, blank=True)
    count = models.PositiveIntegerField(default=1)
    due_at = models.DateTimeField(null=True, blank=True)
    stands_in_for = models.ForeignKey(
        "access.User", on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    postponed_until = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                "user", "state", "urgency", models.F("at").desc(), models.F("id").desc(), name="notif_waiting"
            ),
            models.Index("user", models.F("at").desc(), models.F("id").desc(), name="notif_all"),
            models.Index("user", "kind", models.F("at").desc(), models.F("id").desc(), name="notif_kind"),
            models.Index(
                "user",
                models.F("at").desc(),
                models.F("id").desc(),
                condition=Q(read_at__isnull=True),
                name="notif_unread",
            ),
            models.Index(
                fields=["user", "group_key"],
                condition=Q(read_at__isnull=True) & ~Q(group_key=""),
                name="notif_group",
            ),
            models.Index(fields=["postponed_until"], condition=Q(state="postponed"), name="notif_postponed"),
            models.Index(fields=["source_type", "source_id"], condition=~Q(state="done"), name="notif_source"),
            models.Index(fields=["about_type", "about_id"], condition=~Q(state="done"), name="notif_about"),
        ]

    def __str__(self) -> str:
        return self.title


class NoticeOnce(models.Model):
    """A once-key that was used; kept for ever, so that what it stands for is never told twice."""

    user = models.ForeignKey("access.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notice_once")]

    def __str__(self) -> str:
        return self.key


class Delivery(models.Model):
    """One notification on its way through one channel other than the app.

    ``key`` names the message it leaves in and goes along with every attempt, so that a receiver can tell a repetition;
    the deliveries of one digest share it. ``due_at`` is when it may leave: at once, after quiet hours, or with the next
    digest. ``error`` says in words what went wrong last.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等待发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("没能送达")
        SKIPPED = "skipped", _("没有发送")

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    user = models.ForeignKey("access.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    key = models.CharField(max_length=40)
    in_digest = models.BooleanField(default=False)
    instead_of = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notification", "channel"], name="delivery_once")]
        indexes = [
            models.Index(fields=["user", "channel", "due_at"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["key"], condition=Q(state="waiting"), name="delivery_key"),
            models.Index(fields=["created_at", "channel", "state"], name="delivery_created"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class ChannelOutage(models.Model):
    """A channel that cannot be reached, from the first failure to the next success. ``retry_at``: next attempt."""

    channel = models.CharField(max_length=20)
    error = models.CharField(max_length=500, blank=True)
    failures = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()
    retry_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    alerted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel"], condition=Q(ended_at__isnull=True), name="outage_open_once")
        ]

    def __str__(self) -> str:
        return self.channel


class NoticePreference(models.Model):
    """How somebody wants to be told. ``channels`` is their order; ``kinds`` holds channels per kind where chosen."""

    class Digest(models.TextChoices):
        AT_ONCE = "at_once", _("随到随发")
        HOURLY = "hourly", _("每小时合成一封")
        DAILY = "daily", _("每天合成一封")

    user = models.OneToOneField("access.User", on_delete=models.CASCADE, primary_key=True, related_name="+")
    channels = models.JSONField(default=list, blank=True)
    kinds = models.JSONField(default=dict, blank=True)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_to = models.TimeField(null=True, blank=True)
    is_quiet_on_free_days = models.BooleanField(default=False)
    urgent_passes = models.BooleanField(default=True)
    digest = models.CharField(max_length=10, choices=Digest.choices, default=Digest.AT_ONCE)
    digest_at = models.TimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.user_id)
