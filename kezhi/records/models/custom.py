"""Custom fields: made on screen, no restart and no migration (CUS-6)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.core.models.named import Named


class CustomField(Named):
    """A field an administrator added to a record type.

    ``key`` ("cf_" and a number) never changes and is never reused. ``options`` depends on the kind: ``choices``
    (``[{key, zh, en}]``), ``minimum``, ``maximum``, ``pattern``, ``max_length``, ``default``.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("文本")
        LONG_TEXT = "long_text", _("长文本")
        NUMBER = "number", _("数字")
        MONEY = "money", _("金额")
        DATE = "date", _("日期")
        DATETIME = "datetime", _("日期时间")
        CHOICE = "choice", _("单选")
        MULTI_CHOICE = "multi_choice", _("多选")
        YES_NO = "yes_no", _("是否")
        USER = "user", _("同事")
        CUSTOMER = "customer", _("客户")
        URL = "url", _("网址")
        FILE = "file", _("文件")

    record_type = models.CharField(max_length=40)
    key = models.CharField(max_length=20, unique=True)
    kind = models.CharField(_("类型"), max_length=20, choices=Kind.choices)
    group = models.CharField(_("分组"), max_length=40, blank=True)
    help_zh = models.CharField(_("中文说明"), max_length=255, blank=True)
    help_en = models.CharField(_("英文说明"), max_length=255, blank=True)
    is_required = models.BooleanField(_("必填"), default=False)
    is_unique = models.BooleanField(_("不可重复"), default=False)
    is_personal = models.BooleanField(_("个人信息"), default=False)
    is_personal_outside = models.BooleanField(_("外发要批准"), default=False)
    shown_in_list = models.BooleanField(_("显示在列表"), default=False)
    options = models.JSONField(default=dict, blank=True)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["record_type", "position", "id"]
        indexes = [models.Index(fields=["record_type", "is_active"], name="custom_field_type")]


class CustomValue(models.Model):
    """A custom value where it can be searched, filtered and sorted by index; the record's ``custom`` holds the value.

    Several rows stand for a multi-choice. ``unique_text`` is filled for unique fields only.
    """

    field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="values", db_index=False)
    record_id = models.BigIntegerField()
    text = models.CharField(max_length=200, blank=True)
    number = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    moment = models.DateTimeField(null=True)
    unique_text = models.CharField(max_length=200, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["field", "record_id"], name="custom_value_record"),
            models.Index(fields=["field", "text", "record_id"], name="custom_value_text"),
            models.Index(fields=["field", "number", "record_id"], name="custom_value_number"),
            models.Index(fields=["field", "moment", "record_id"], name="custom_value_moment"),
        ]
        constraints = [models.UniqueConstraint(fields=["field", "unique_text"], name="custom_value_unique")]

    def __str__(self) -> str:
        return f"{self.field_id} {self.record_id}"
