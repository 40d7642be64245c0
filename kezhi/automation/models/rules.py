"""Rules and their versions (AUTO-1, AUTO-3)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.core.models.named import Named


class Rule(Named):
    """When – if – then, about records of one type.

    ``shipped_key`` names a rule that came with Kezhi (so that it is brought in once); ``source`` is the requirement it
    serves. ``current`` is the version in force, ``draft`` what is being edited. ``pilot`` limits a rule to the records
    of one department and those below it.
    """

    shipped_key = models.CharField(max_length=60, unique=True, null=True, blank=True)
    record_type = models.CharField(_("对象"), max_length=40)
    about_zh = models.CharField(_("说明"), max_length=300, blank=True)
    about_en = models.CharField(_("说明（英文）"), max_length=300, blank=True)
    source = models.CharField(max_length=20, blank=True)
    is_on = models.BooleanField(_("启用"), default=False)
    off_reason = models.CharField(_("停用原因"), max_length=300, blank=True)
    turned_at = models.DateTimeField(null=True, blank=True)
    turned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    pilot = models.ForeignKey(
        "access.Department",
        verbose_name=_("试点部门"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    current = models.ForeignKey(
        "automation.RuleVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    draft = models.JSONField(null=True, blank=True)
    draft_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    draft_at = models.DateTimeField(null=True, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.label


class RuleVersion(models.Model):
    """What a rule says; never changed after it was published, so that every run can be read later.

    ``definition`` is the JSON that :mod:`kezhi.automation.definition` describes.
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    note = models.CharField(_("改了什么"), max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="rule_version_once")]
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.number}"
