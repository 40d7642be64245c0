"""Pick-lists and tags: what may be chosen, administered on screen (CUS-5, CUS-16)."""

import builtins

from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.core.models.named import Named


class PickList(Named):
    """A list to choose from (行业, 来源渠道, 客户等级 …)."""

    key = models.SlugField(max_length=60, unique=True)

    class Meta:
        ordering = ["id"]


class PickItem(Named):
    """One choice. Records store ``key``, which never changes; a used item is switched off, not deleted.

    ``synonyms`` are what imported lists may call it ("A类", "Hot"). ``tone`` picks the badge's look.
    """

    list = models.ForeignKey(PickList, on_delete=models.CASCADE, related_name="items")
    key = models.SlugField(max_length=60, allow_unicode=True)
    tone = models.CharField(max_length=20, blank=True)
    order = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(_("启用"), default=True)
    synonyms = models.JSONField(default=builtins.list, blank=True)

    class Meta:
        ordering = ["list_id", "order", "id"]
        constraints = [models.UniqueConstraint(fields=["list", "key"], name="pick_item_once")]


class TagGroup(Named):
    """A group of tags; in an exclusive group a record can have only one of them."""

    key = models.SlugField(max_length=60, unique=True)
    record_types = models.JSONField(default=list, blank=True)
    is_exclusive = models.BooleanField(_("互斥"), default=False)
    order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]


class Tag(Named):
    """A tag."""

    group = models.ForeignKey(TagGroup, on_delete=models.CASCADE, related_name="tags")
    key = models.SlugField(max_length=60, unique=True, allow_unicode=True)
    order = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        ordering = ["group_id", "order", "id"]


class TagLink(models.Model):
    """A record has a tag."""

    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="links", db_index=False)
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "record_type", "record_id"], name="tag_link_once")]
        indexes = [models.Index(fields=["record_type", "record_id"], name="tag_link_record")]

    def __str__(self) -> str:
        return f"{self.tag_id} {self.record_type} {self.record_id}"
