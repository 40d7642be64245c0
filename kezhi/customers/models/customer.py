"""Customers (companies and persons in one table) and their contacts (CUS-1 … CUS-3)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.core.model_fields import EncryptedField
from kezhi.customers.models.pool import Tended
from kezhi.records.models import LIVE, Record


class Customer(Record, Tended):
    """A company or a person we do or might do business with.

    ``name_key`` is the normalised name that equal names share; ``name_core`` the weaker one without place and legal
    form (CUS-12). ``completeness`` (0–100), ``last_followed_at``, ``next_follow_at``, ``primary_contact_*`` and what
    was bought (``yearly_purchases`` …) are stored facts that operations keep; ``kezhi doctor`` recomputes them.
    ``type_reason`` says why the type was set by hand, and keeps it.
    """

    class Kind(models.TextChoices):
        COMPANY = "company", _("企业")
        PERSON = "person", _("个人")

    class Review(models.TextChoices):
        """Where a record stands with the data steward (CUS-9)."""

        NONE = "none", _("无需审核")
        WAITING = "waiting", _("待审核")
        PASSED = "passed", _("已审核")
        DOUBTFUL = "doubtful", _("待核实")

    class Lifecycle(models.TextChoices):
        """Moved by what happens, never by hand alone (CUS-14)."""

        LEAD = "lead", _("线索")
        OPPORTUNITY = "opportunity", _("商机")
        WON = "won", _("成交")
        AFTER_SALE = "after_sale", _("售后")
        REPURCHASE = "repurchase", _("复购")
        LOST = "lost", _("流失")

    kind = models.CharField(_("客户性质"), max_length=10, choices=Kind.choices, default=Kind.COMPANY)
    name = models.CharField(_("客户名称"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True, db_index=True)
    name_core = models.CharField(max_length=200, blank=True, db_index=True)
    industry = models.CharField(_("行业"), max_length=60, blank=True)
    size = models.CharField(_("规模"), max_length=60, blank=True)
    founded_on = models.DateField(_("成立日期"), null=True, blank=True)
    website = models.CharField(_("网址"), max_length=200, blank=True)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    province = models.CharField(_("省"), max_length=30, blank=True)
    city = models.CharField(_("市"), max_length=30, blank=True)
    district = models.CharField(_("区县"), max_length=30, blank=True)
    address = EncryptedField(purpose="customers.customer.address", blank=True, default="")
    phone = EncryptedField(purpose="customers.customer.phone", blank=True, default="")
    phone_index = models.CharField(max_length=32, blank=True, default="")
    phone_tail = models.CharField(max_length=32, blank=True, default="")
    email = EncryptedField(purpose="customers.customer.email", blank=True, default="")
    email_index = models.CharField(max_length=32, blank=True, default="")
    email_tail = models.CharField(max_length=32, blank=True, default="")
    wechat = EncryptedField(purpose="customers.customer.wechat", blank=True, default="")
    level = models.CharField(_("客户等级"), max_length=20, blank=True)
    level_reason = models.CharField(_("等级说明"), max_length=200, blank=True)
    customer_type = models.CharField(_("客户类型"), max_length=20, blank=True)
    type_reason = models.CharField(_("类型说明"), max_length=200, blank=True)
    source = models.CharField(_("来源渠道"), max_length=60, blank=True)
    source_detail = models.CharField(_("具体来源"), max_length=200, blank=True)
    lifecycle = models.CharField(_("生命周期"), max_length=20, choices=Lifecycle.choices, default=Lifecycle.LEAD)
    intention = models.CharField(_("购买意向"), max_length=20, blank=True)
    preference = models.CharField(_("产品偏好"), max_length=200, blank=True)
    budget_low = models.DecimalField(_("预算下限"), max_digits=16, decimal_places=2, null=True, blank=True)
    budget_high = models.DecimalField(_("预算上限"), max_digits=16, decimal_places=2, null=True, blank=True)
    decision_chain = models.TextField(_("决策链"), blank=True)
    expected_purchase_on = models.DateField(_("预计采购"), null=True, blank=True)
    note = models.TextField(_("备注"), blank=True)
    review = models.CharField(_("审核"), max_length=10, choices=Review.choices, default=Review.NONE)
    review_note = models.CharField(_("审核意见"), max_length=200, blank=True)
    verified_at = models.DateTimeField(_("最近核实"), null=True, blank=True)
    completeness = models.PositiveSmallIntegerField(_("完整度"), default=0)
    first_followed_at = models.DateTimeField(null=True, blank=True)
    last_followed_at = models.DateTimeField(_("最近跟进"), null=True, blank=True)
    next_follow_at = models.DateTimeField(_("下次跟进"), null=True, blank=True)
    yearly_purchases = models.DecimalField(_("近 12 个月采购额"), max_digits=16, decimal_places=2, default=0)
    total_purchases = models.DecimalField(_("累计采购额"), max_digits=16, decimal_places=2, default=0)
    order_count = models.PositiveIntegerField(_("订单数"), default=0)
    last_order_on = models.DateField(_("最近下单"), null=True, blank=True)
    primary_contact_name = models.CharField(_("主要联系人"), max_length=80, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")

    class Meta:
        indexes = [
            models.Index(fields=["owner", "created_at", "id"], name="customer_own_created", condition=LIVE),
            models.Index(fields=["owner", "changed_at", "id"], name="customer_own_changed", condition=LIVE),
            models.Index(fields=["owner", "next_follow_at", "id"], name="customer_own_next", condition=LIVE),
            models.Index(fields=["owner", "last_followed_at", "id"], name="customer_own_last", condition=LIVE),
            models.Index(fields=["owner", "name", "id"], name="customer_own_name", condition=LIVE),
            models.Index(fields=["owner", "completeness", "id"], name="customer_own_complete", condition=LIVE),
            models.Index(fields=["owner", "level", "id"], name="customer_own_level", condition=LIVE),
            models.Index(fields=["owner", "level", "created_at", "id"], name="customer_own_grade", condition=LIVE),
            models.Index(
                fields=["owner", "lifecycle", "created_at", "id"], name="customer_own_lifecycle", condition=LIVE
            ),
            models.Index(fields=["created_at", "id"], name="customer_created", condition=LIVE),
            models.Index(fields=["changed_at", "id"], name="customer_changed", condition=LIVE),
            models.Index(fields=["next_follow_at", "id"], name="customer_next", condition=LIVE),
            models.Index(fields=["last_followed_at", "id"], name="customer_last", condition=LIVE),
            models.Index(fields=["name", "id"], name="customer_name", condition=LIVE),
            models.Index(fields=["completeness", "id"], name="customer_complete", condition=LIVE),
            models.Index(fields=["level", "created_at", "id"], name="customer_level", condition=LIVE),
            models.Index(fields=["lifecycle", "created_at", "id"], name="customer_lifecycle", condition=LIVE),
            models.Index(
                fields=["review", "created_at"], name="customer_review", condition=Q(review__in=["waiting", "doubtful"])
            ),
            models.Index(fields=["owner", "yearly_purchases", "id"], name="customer_own_yearly", condition=LIVE),
            models.Index(fields=["yearly_purchases", "id"], name="customer_yearly", condition=LIVE),
            models.Index(fields=["owner", "last_order_on", "id"], name="customer_own_order", condition=LIVE),
            models.Index(fields=["last_order_on", "id"], name="customer_order", condition=LIVE),
            models.Index(fields=["pool_since", "id"], name="customer_pool", condition=Q(pool_since__isnull=False)),
            models.Index(fields=["recall_on", "id"], name="customer_recall", condition=Q(recall_on__isnull=False)),
            models.Index(fields=["owner", "recall_on", "id"], name="customer_own_recall", condition=LIVE),
            models.Index(fields=["owner", "cadence_next_on", "id"], name="customer_own_cadence", condition=LIVE),
            models.Index(fields=["cadence_next_on", "id"], name="customer_cadence", condition=LIVE),
            models.Index(fields=["phone_index"], name="customer_phone", condition=~Q(phone_index="")),
            models.Index(fields=["phone_tail"], name="customer_phone_tail", condition=~Q(phone_tail="")),
            models.Index(fields=["email_index"], name="customer_email", condition=~Q(email_index="")),
            models.Index(fields=["deleted_at"], name="customer_deleted", condition=Q(deleted_at__isnull=False)),
            models.Index(fields=["merged_into"], name="customer_merged", condition=Q(merged_into__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(Record):
    """Somebody at a customer (CUS-2). Seen by whoever sees the customer; ``owner`` stays empty."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts", db_index=False)
    name = models.CharField(_("姓名"), max_length=80)
    position = models.CharField(_("职位"), max_length=80, blank=True)
    phone = EncryptedField(purpose="customers.contact.phone", blank=True, default="")
    phone_index = models.CharField(max_length=32, blank=True, default="")
    phone_tail = models.CharField(max_length=32, blank=True, default="")
    email = EncryptedField(purpose="customers.contact.email", blank=True, default="")
    email_index = models.CharField(max_length=32, blank=True, default="")
    email_tail = models.CharField(max_length=32, blank=True, default="")
    wechat = EncryptedField(purpose="customers.contact.wechat", blank=True, default="")
    role = models.CharField(_("决策角色"), max_length=20, blank=True)
    is_primary = models.BooleanField(_("主要联系人"), default=False)
    has_left = models.BooleanField(_("已离职"), default=False)
    successor = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.TextField(_("备注"), blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged", db_index=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["merged_into"], name="contact_merged", condition=Q(merged_into__isnull=False)),
            models.Index(fields=["customer", "id"], name="contact_customer"),
            models.Index(fields=["created_at", "id"], name="contact_created", condition=LIVE),
            models.Index(fields=["name", "id"], name="contact_name", condition=LIVE),
            models.Index(fields=["phone_index"], name="contact_phone", condition=~Q(phone_index="")),
            models.Index(fields=["phone_tail"], name="contact_phone_tail", condition=~Q(phone_tail="")),
            models.Index(fields=["email_index"], name="contact_email", condition=~Q(email_index="")),
            models.Index(fields=["deleted_at"], name="contact_deleted", condition=Q(deleted_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name
