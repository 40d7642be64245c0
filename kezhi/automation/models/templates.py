"""Texts that rules send, with fields of the record in them (AUTO-7)."""

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kezhi.core.models.named import Named


class MessageTemplate(Named):
    """A message about a record of one type, in both languages: ``{name}``, ``{owner}``, ``{customer.level}``."""

    key = models.CharField(max_length=60, unique=True)
    record_type = models.CharField(_("对象"), max_length=40)
    title_zh = models.CharField(_("标题"), max_length=200)
    title_en = models.CharField(_("标题（英文）"), max_length=200, blank=True)
    body_zh = models.TextField(_("正文"), blank=True)
    body_en = models.TextField(_("正文（英文）"), blank=True)
    is_active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("record_type", "key")

    def __str__(self) -> str:
        return self.label

    @property
    def title(self) -> str:
        """The subject in the reader's language, in Chinese where there is no English one."""
        is_chinese = (get_language() or "zh").startswith("zh")
        return self.title_zh if is_chinese else self.title_en or self.title_zh
