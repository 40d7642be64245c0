"""Saved views and pins."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.access.models import Department
from kezhi.core.models.named import Named


class SavedView(Named):
    """A list as somebody keeps it: condition, columns, sort, layout; private, shared with a department, or with all.

    ``condition`` is the JSON of the condition language. ``sort`` is a field key, with "-" in front for descending.
    A shipped view has a ``key`` and no owner. ``reading`` says how its records are found, ``reading_note`` by which
    indexes or why by none; both are kept by a job.
    """

    class Sharing(models.TextChoices):
        PRIVATE = "private", _("仅自己")
        DEPARTMENT = "department", _("本部门及下级")
        ALL = "all", _("所有人")

    class Reading(models.TextChoices):
        SMALL = "small", _("记录不多，不需要索引")
        SERVED = "served", _("由自带的索引读取")
        WALKED = "walked", _("符合的记录多，按顺序很快就能找到")
        MADE = "made", _("由为它建的索引读取")
        WAITING = "waiting", _("正在后台建索引")
        NONE = "none", _("没有索引")

    key = models.SlugField(max_length=60, null=True, unique=True)
    record_type = models.CharField(max_length=40, db_index=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    sharing = models.CharField(max_length=12, choices=Sharing.choices, default=Sharing.PRIVATE)
    department = models.ForeignKey(Department, on_delete=models.CASCADE, null=True, related_name="+")
    condition = models.JSONField(default=dict, blank=True)
    columns = models.JSONField(default=list, blank=True)
    sort = models.CharField(max_length=60, blank=True)
    layout = models.CharField(max_length=12, default="list")
    board_field = models.CharField(max_length=60, blank=True)
    position = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)
    reading = models.CharField(max_length=12, choices=Reading.choices, blank=True)
    reading_note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position", "id"]


class ViewIndex(models.Model):
    """An index that was made because saved views need it: its columns in order; it holds live records only."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待建立")
        READY = "ready", _("可用")
        FAILED = "failed", _("没有建成")

    name = models.CharField(max_length=30, unique=True)
    table = models.CharField(max_length=63)
    columns = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    problem = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class Pin(models.Model):
    """A record or a view somebody keeps in the rail."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pins")
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField(null=True)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, null=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "record_type", "record_id"], name="pin_record_once"),
            models.UniqueConstraint(fields=["user", "view"], name="pin_view_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.record_type} {self.record_id or self.view_id}"
