"""What a customer agreed to (OPS-2, CUS-8)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.customers.models.customer import Customer


class Consent(models.Model):
    """The customer agreed to a use of their data: what for, when, how, with which evidence; or withdrew it."""

    class Purpose(models.TextChoices):
        CONTACT_PHONE = "contact_phone", _("电话联系")
        CONTACT_MAIL = "contact_mail", _("邮件联系")
        CONTACT_SMS = "contact_sms", _("短信联系")
        RESIDENT_ID = "resident_id", _("保存身份证号")
        BANK_CARD = "bank_card", _("保存银行卡号")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(_("用途"), max_length=30, choices=Purpose.choices)
    given_on = models.DateField(_("同意日期"))
    how = models.CharField(_("方式"), max_length=60)
    evidence = models.CharField(_("凭据"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-given_on", "-id"]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.purpose}"
