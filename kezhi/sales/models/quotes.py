"""Quotes with their lines and versions (SAL-4)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.customers.models import Contact, Customer
from kezhi.records.models import LIVE, Record
from kezhi.sales.models.opportunities import Opportunity
from kezhi.sales.models.products import Product


class Quote(Record):
    """An offer to a customer. A changed offer that has gone out is a new row, pointing to what it replaces.

    Amounts are in ``currency``; ``rate`` is what one unit of it is worth in yuan on ``rate_on``, ``total_cny`` the
    total by it. ``discount`` (percent) is taken from the sum of the lines before tax.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        WAITING = "waiting", _("审批中")
        APPROVED = "approved", _("可发送")
        SENT = "sent", _("已发送")
        ACCEPTED = "accepted", _("已接受")
        DECLINED = "declined", _("已拒绝")
        EXPIRED = "expired", _("已过期")
        REPLACED = "replaced", _("已有新版本")

    class Language(models.TextChoices):
        CHINESE = "zh-hans", _("中文")
        ENGLISH = "en", _("英文")

    name = models.CharField(_("报价名称"), max_length=200)
    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, related_name="quotes", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="quotes", db_index=False)
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.DRAFT)
    edition = models.PositiveSmallIntegerField(_("版次"), default=1)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", db_index=False
    )
    language = models.CharField(_("语言"), max_length=10, default="zh-hans")
    currency = models.CharField(_("币种"), max_length=3, default="CNY")
    rate = models.DecimalField(_("汇率"), max_digits=14, decimal_places=6, default=1)
    rate_on = models.DateField(_("汇率日期"), null=True, blank=True)
    is_tax_included = models.BooleanField(_("单价含税"), default=False)
    discount = models.DecimalField(_("整单折扣"), max_digits=5, decimal_places=2, default=0)
    largest_discount = models.DecimalField(_("最大折扣"), max_digits=5, decimal_places=2, default=0)
    subtotal = models.DecimalField(_("未税小计"), max_digits=16, decimal_places=2, default=0)
    discount_amount = models.DecimalField(_("优惠金额"), max_digits=16, decimal_places=2, default=0)
    tax_amount = models.DecimalField(_("税额"), max_digits=16, decimal_places=2, default=0)
    total = models.DecimalField(_("总计"), max_digits=16, decimal_places=2, default=0)
    total_cny = models.DecimalField(_("折合人民币"), max_digits=16, decimal_places=2, default=0)
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    terms = models.TextField(_("条款"), blank=True)
    note = models.TextField(_("备注"), blank=True)
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)
    answered_at = models.DateTimeField(_("客户答复时间"), null=True, blank=True)
    answered_by = models.CharField(_("答复人"), max_length=80, blank=True)
    answer_note = models.CharField(_("客户的话"), max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "created_at", "id"], name="quote_own_created", condition=LIVE),
            models.Index(fields=["owner", "state", "created_at", "id"], name="quote_own_state", condition=LIVE),
            models.Index(fields=["created_at", "id"], name="quote_created", condition=LIVE),
            models.Index(fields=["state", "created_at", "id"], name="quote_state", condition=LIVE),
            models.Index(fields=["opportunity", "id"], name="quote_opportunity"),
            models.Index(fields=["customer", "id"], name="quote_customer"),
            models.Index(fields=["replaces"], name="quote_replaces", condition=Q(replaces__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class QuoteLine(models.Model):
    """One line: a product (or free words), how many, at which price. ``bundle`` marks lines that came as one bundle.

    ``list_price`` is what the price list said before tax when the line was written; ``amount`` is what the line comes
    to after its own discount.
    """

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    bundle = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    description = models.CharField(max_length=200)
    unit = models.CharField(max_length=20, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=1)
    unit_price = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    list_price = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    discount = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    tax_rate = models.DecimalField(max_digits=5, decimal_places=2, default=13)
    amount = models.DecimalField(max_digits=16, decimal_places=2, default=0)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.description
