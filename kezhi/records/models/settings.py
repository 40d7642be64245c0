"""What an administrator set about a built-in field, where it differs from its declaration."""

from django.db import models


class FieldSetting(models.Model):
    """Required or not, needed before a follow-up or not (FUP-3), weight for completeness (CUS-10), kept in (AUTO-9).

    ``is_personal_outside`` is None while it is as declared.
    """

    record_type = models.CharField(max_length=40)
    field = models.CharField(max_length=60)
    is_required = models.BooleanField(default=False)
    for_follow_up = models.BooleanField(default=False)
    weight = models.PositiveSmallIntegerField(default=0)
    is_personal_outside = models.BooleanField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record_type", "field"], name="field_setting_once")]

    def __str__(self) -> str:
        return f"{self.record_type}.{self.field}"
