"""The base of every main object."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.access.policies import GuardedQuerySet

# What the indexes that lists are read by hold: records in the recycle bin would only be walked past.
LIVE = models.Q(deleted_at__isnull=True)


class RecordManager(models.Manager["Any"]):
    """Gives guarded querysets: they raise until ``visible_to(actor)`` or ``ungated(reason)`` was said."""

    def get_queryset(self) -> GuardedQuerySet[Any]:
        return GuardedQuerySet(self.model, using=self._db)

    def visible_to(self, actor: Any, action: str = "view") -> GuardedQuerySet[Any]:
        """Live records the actor may see (or do ``action`` to)."""
        return self.get_queryset().filter(deleted_at__isnull=True).visible_to(actor, action)

    def ungated(self, reason: str) -> GuardedQuerySet[Any]:
        """Everything, recycle bin included, for work that answers for its own rights."""
        return self.get_queryset().ungated(reason)


class Record(models.Model):
    """What every main object has.

    ``version`` rises with each change and refuses a save that was based on an older one. ``custom`` holds the values
    of custom fields by their unchangeable key. ``tag_ids`` repeats the record's tag links for display.
    """

    number = models.CharField(_("编号"), max_length=40, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("负责人"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(_("创建时间"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    changed_at = models.DateTimeField(_("最近修改"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_in = models.CharField(max_length=32, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    tag_ids = models.JSONField(default=list, blank=True)

    objects: ClassVar[RecordManager] = RecordManager()

    class Meta:
        abstract = True
