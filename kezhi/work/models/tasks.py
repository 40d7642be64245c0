"""Tasks: what somebody has to do by when."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.records.leaving import is_kept_in
from kezhi.records.models import LIVE, Record
from kezhi.records.registry import find_record_type

PERSON = "person"


class Task(Record):
    """A person's to-do. ``owner`` does it by ``due_at``; it may be about a record (``about_type``, ``about_id``).

    ``origin`` names what made it (a follow-up's next action, a review, a re-check …).
    """

    class State(models.TextChoices):
        OPEN = "open", _("待办")
        DONE = "done", _("完成")
        DROPPED = "dropped", _("取消")

    title = models.CharField(_("事项"), max_length=200)
    detail = models.TextField(_("说明"), blank=True)
    due_at = models.DateTimeField(_("截止"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    priority = models.CharField(_("优先级"), max_length=10, default="normal")
    about_type = models.CharField(max_length=40, blank=True)
    about_id = models.BigIntegerField(null=True, blank=True)
    about_title = models.CharField(_("关于"), max_length=200, blank=True)
    origin = models.CharField(max_length=40, blank=True)
    origin_id = models.BigIntegerField(null=True, blank=True)
    done_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    done_by = models.ForeignKey("access.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    result = models.CharField(_("结果"), max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "state", "due_at"], name="task_own_open", condition=LIVE),
            models.Index(fields=["owner", "created_at", "id"], name="task_own_created", condition=LIVE),
            models.Index(fields=["state", "due_at"], name="task_open", condition=LIVE),
            models.Index(fields=["created_at", "id"], name="task_created", condition=LIVE),
            models.Index(fields=["owner", "due_at", "id"], name="task_own_due", condition=LIVE),
            models.Index(fields=["due_at", "id"], name="task_due", condition=LIVE),
            models.Index(fields=["about_type", "about_id", "state"], name="task_about"),
            models.Index(fields=["origin", "origin_id"], name="task_origin", condition=Q(origin_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kind(self) -> str:
        """``person`` where the name of what it is about may not leave the house (AUTO-9); costs a query."""
        known = find_record_type(self.about_type) if self.about_type else None
        title = known.field(known.title_field) if known is not None else None
        if known is None or title is None:
            return ""
        record = known.model.objects.ungated("whose name it is").filter(pk=self.about_id).first()
        return PERSON if record is None or is_kept_in(title, record) else ""
