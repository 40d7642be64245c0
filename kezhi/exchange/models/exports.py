"""A list on its way out (DATA-2)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ExportState(models.TextChoices):
    """Where an export stands."""

    ASKING = "asking", _("待审批")
    REFUSED = "refused", _("未获同意")
    WAITING = "waiting", _("准备中")
    READY = "ready", _("可下载")
    FAILED = "failed", _("失败")
    EXPIRED = "expired", pgettext_lazy("file", "已过期")


class ExportRun(models.Model):
    """One export: who took what, with which condition and columns, why, and how many rows it became.

    The file lies encrypted outside the web root and is gone after its days. Where somebody had to agree, ``approval``
    is what they were asked.
    """

    record_type = models.CharField(max_length=40)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    format = models.CharField(max_length=4, choices=[("xlsx", "xlsx"), ("csv", "CSV")], default="xlsx")
    condition = models.JSONField(default=dict)
    condition_text = models.TextField(blank=True)
    columns = models.JSONField(default=list)
    sort = models.CharField(max_length=80, blank=True)
    ids = models.JSONField(default=list)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.WAITING)
    problem = models.TextField(blank=True)
    approval = models.ForeignKey("work.Approval", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    masked_columns = models.JSONField(default=list)
    storage_name = models.CharField(max_length=64, blank=True)
    file_size = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "-id"], name="export_run_user")]

    def __str__(self) -> str:
        return f"{self.record_type} {self.pk}"

    @property
    def percent(self) -> int:
        """How far it has come, 0 to 100."""
        return min(100, self.done * 100 // self.total) if self.total else 0
