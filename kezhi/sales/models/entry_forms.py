"""Pages by which leads come in (LEAD-1), and what colleagues are good at (LEAD-3)."""

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kezhi.sales.models.leads import LeadSource


class EntryForm(models.Model):
    """A public page on which somebody leaves their wish, at ``/f/<token>/``; the token is public by nature.

    ``fields`` lists the lead's fields in their order: ``[{"key": "name", "required": true}]``. ``sites`` are the
    origins that may embed the page (``https://www.example.com``). What is written in Chinese only is shown so to all.
    """

    token = models.CharField(max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    title_zh = models.CharField(_("标题"), max_length=120)
    title_en = models.CharField(_("标题（英文）"), max_length=120, blank=True)
    intro_zh = models.TextField(_("开头的话"), blank=True)
    intro_en = models.TextField(_("开头的话（英文）"), blank=True)
    thanks_zh = models.TextField(_("感谢的话"), blank=True)
    thanks_en = models.TextField(_("感谢的话（英文）"), blank=True)
    consent_zh = models.TextField(_("同意的内容"), blank=True)
    consent_en = models.TextField(_("同意的内容（英文）"), blank=True)
    fields = models.JSONField(default=list)
    channel = models.CharField(_("来源渠道"), max_length=60)
    source = models.ForeignKey(LeadSource, on_delete=models.PROTECT, null=True, blank=True, related_name="entry_forms")
    source_detail = models.CharField(_("具体来源"), max_length=200, blank=True)
    sites = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(_("在用"), default=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-is_active", "-id"]

    def __str__(self) -> str:
        return self.name

    def text(self, part: str) -> str:
        """Title, intro, thanks or consent in the reader's language, else in Chinese."""
        own = getattr(self, f"{part}_en") if (get_language() or "").startswith("en") else ""
        return str(own or getattr(self, f"{part}_zh"))


class UserSkill(models.Model):
    """Something a colleague is good at: a language, an industry (keys of their lists), or a product (words)."""

    class Kind(models.TextChoices):
        LANGUAGE = "language", _("语言")
        INDUSTRY = "industry", _("行业")
        PRODUCT = "product", _("产品")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="skills")
    kind = models.CharField(_("类别"), max_length=10, choices=Kind.choices)
    value = models.CharField(_("擅长什么"), max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "value"], name="user_skill_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.value}"
