"""Which days are worked, where they differ from Monday to Friday or somebody has said so."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class CalendarSource(models.TextChoices):
    """Where a day's answer comes from; what a person entered is never overwritten by a refill."""

    STATE = "state", _("国务院放假安排")
    FORECAST = "forecast", _("按节日推算，待国务院公布")
    WEEKEND = "weekend", _("双休日")
    WEEKDAY = "weekday", _("普通工作日")
    MANUAL = "manual", _("管理员设定")


class CalendarDay(models.Model):
    """One day that is not simply a worked weekday or a free weekend (SVC-3); an administrator may edit it."""

    day = models.DateField(primary_key=True)
    is_workday = models.BooleanField()
    name_zh = models.CharField(max_length=60, blank=True)
    name_en = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=10, choices=CalendarSource)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.label}".strip()

    @property
    def label(self) -> str:
        """The day's name in the active language."""
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name_zh
