"""Cadence plans: which customers are contacted how often, by what means and about what (FUP-1)."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kezhi.core.models.named import Named


class CadencePlan(Named):
    """One plan. The first one in order whose stage and condition hold for a customer is the customer's.

    ``key`` is stored with customers and never changes. ``condition`` is JSON of the condition language over customers.
    """

    class Stage(models.TextChoices):
        """What a plan is for; which stage a customer is in follows from its interactions."""

        ACTIVE = "active", _("常联系的客户")
        DORMANT = "dormant", _("沉睡的客户（很久没有往来）")
        ASLEEP = "asleep", _("唤醒没有回应的客户")

    class Unit(models.TextChoices):
        DAY = "day", _("天")
        WEEK = "week", _("周")
        MONTH = "month", _("个月")

    key = models.CharField(max_length=40, unique=True)
    stage = models.CharField(_("适用于"), max_length=10, choices=Stage.choices, default=Stage.ACTIVE)
    condition = models.JSONField(default=dict, blank=True)
    every = models.PositiveSmallIntegerField(_("每隔"), default=1)
    unit = models.CharField(_("单位"), max_length=10, choices=Unit.choices, default=Unit.WEEK)
    method = models.CharField(_("方式"), max_length=20, blank=True)
    focus_zh = models.CharField(_("中文重点"), max_length=200, blank=True)
    focus_en = models.CharField(_("英文重点"), max_length=200, blank=True)
    position = models.PositiveIntegerField(default=0)
    is_on = models.BooleanField(_("启用"), default=True)

    class Meta:
        ordering = ["position", "id"]

    @property
    def focus(self) -> str:
        """What to speak about, in the reader's language."""
        if self.focus_en and (get_language() or "").startswith("en"):
            return self.focus_en
        return self.focus_zh
