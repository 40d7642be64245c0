"""Leads and the register of where they come from (LEAD-1 … LEAD-7)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.core.model_fields import EncryptedField
from kezhi.customers.models import Contact, Customer
from kezhi.records.models import LIVE, Record


class LeadSource(Record):
    """A concrete source: a fair with its stand, an advertisement with its keyword, a partner (LEAD-6).

    ``channel`` is a key of the pick-list ``source``. ``cost`` is in yuan. The counts are stored facts that operations
    keep: leads that came, those that became customers, and what these have bought.
    """

    name = models.CharField(_("来源"), max_length=120)
    channel = models.CharField(_("渠道"), max_length=60)
    place = models.CharField(_("展位或投放位置"), max_length=120, blank=True)
    keyword = models.CharField(_("关键词"), max_length=120, blank=True)
    referrer = models.CharField(_("介绍人或来源网址"), max_length=200, blank=True)
    starts_on = models.DateField(_("开始"), null=True, blank=True)
    ends_on = models.DateField(_("结束"), null=True, blank=True)
    cost = models.DecimalField(_("费用"), max_digits=16, decimal_places=2, null=True, blank=True)
    note = models.TextField(_("备注"), blank=True)
    lead_count = models.PositiveIntegerField(_("线索数"), default=0)
    effective_count = models.PositiveIntegerField(_("有效客户数"), default=0)
    won_amount = models.DecimalField(_("成交金额"), max_digits=16, decimal_places=2, default=0)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "created_at", "id"], name="lead_source_own", condition=LIVE),
            models.Index(fields=["channel", "created_at", "id"], name="lead_source_channel", condition=LIVE),
            models.Index(fields=["created_at", "id"], name="lead_source_created", condition=LIVE),
            models.Index(fields=["name", "id"], name="lead_source_name", condition=LIVE),
        ]

    def __str__(self) -> str:
        return self.name


class Lead(Record):
    """Somebody who may become a customer, until qualified; then it keeps pointing to what it became (LEAD-5).

    ``name`` is the company or, for a person, their name. ``score`` (0–100) and ``score_facts`` are kept by operations.
    ``assigned_why`` says in both languages why the owner was chosen (LEAD-3). ``known_customer`` is the customer it
    shares a phone, a mail or a company's name with on entry (LEAD-2); ``customer`` is what it became.
    """

    class State(models.TextChoices):
        NEW = "new", _("待联系")
        WORKING = "working", _("跟进中")
        QUALIFIED = "qualified", _("已转化")
        DISQUALIFIED = "disqualified", _("无效")
        RECYCLED = "recycled", _("待唤醒")

    name = models.CharField(_("线索名称"), max_length=200)
    name_key = models.CharField(max_length=200, blank=True)
    contact_name = models.CharField(_("联系人"), max_length=80, blank=True)
    position = models.CharField(_("职位"), max_length=80, blank=True)
    phone = EncryptedField(purpose="sales.lead.phone", blank=True, default="")
    phone_index = models.CharField(max_length=32, blank=True, default="")
    phone_tail = models.CharField(max_length=32, blank=True, default="")
    phone_other = EncryptedField(purpose="sales.lead.phone_other", blank=True, default="")
    phone_other_index = models.CharField(max_length=32, blank=True, default="")
    phone_other_tail = models.CharField(max_length=32, blank=True, default="")
    email = EncryptedField(purpose="sales.lead.email", blank=True, default="")
    email_index = models.CharField(max_length=32, blank=True, default="")
    email_tail = models.CharField(max_length=32, blank=True, default="")
    wechat = EncryptedField(purpose="sales.lead.wechat", blank=True, default="")
    industry = models.CharField(_("行业"), max_length=60, blank=True)
    province = models.CharField(_("省"), max_length=30, blank=True)
    city = models.CharField(_("市"), max_length=30, blank=True)
    language = models.CharField(_("语言"), max_length=20, blank=True)
    interest = models.CharField(_("感兴趣的产品"), max_length=200, blank=True)
    need = models.TextField(_("需求"), blank=True)
    budget = models.DecimalField(_("预算"), max_digits=16, decimal_places=2, null=True, blank=True)
    expected_purchase_on = models.DateField(_("预计采购"), null=True, blank=True)
    channel = models.CharField(_("来源渠道"), max_length=60, blank=True)
    source = models.ForeignKey(
        LeadSource, on_delete=models.PROTECT, null=True, blank=True, related_name="leads", db_index=False
    )
    source_detail = models.CharField(_("具体来源"), max_length=200, blank=True)
    entered_at = models.DateTimeField(_("进入时间"))
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.NEW)
    first_contacted_at = models.DateTimeField(_("首次联系"), null=True, blank=True)
    last_contacted_at = models.DateTimeField(_("最近联系"), null=True, blank=True)
    assigned_at = models.DateTimeField(_("分配时间"), null=True, blank=True)
    assigned_why = models.JSONField(default=dict, blank=True)
    score = models.PositiveSmallIntegerField(_("评分"), default=0)
    score_facts = models.JSONField(default=list, blank=True)
    disqualify_reason = models.CharField(_("无效原因"), max_length=60, blank=True)
    recycle_on = models.DateField(_("唤醒日期"), null=True, blank=True)
    qualified_at = models.DateTimeField(_("转化时间"), null=True, blank=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="leads", db_index=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    known_customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    entry_form = models.ForeignKey(
        "sales.EntryForm", on_delete=models.SET_NULL, null=True, blank=True, related_name="leads", db_index=False
    )
    consented_at = models.DateTimeField(_("同意时间"), null=True, blank=True)
    consent_text = models.TextField(_("同意的内容"), blank=True)
    client_key = models.CharField(max_length=64, null=True, blank=True, unique=True)
    note = models.TextField(_("备注"), blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "entered_at", "id"], name="lead_own_entered", condition=LIVE),
            models.Index(fields=["owner", "state", "entered_at", "id"], name="lead_own_state", condition=LIVE),
            models.Index(fields=["owner", "score", "id"], name="lead_own_score", condition=LIVE),
            models.Index(fields=["entered_at", "id"], name="lead_entered", condition=LIVE),
            models.Index(fields=["created_at", "id"], name="lead_created", condition=LIVE),
            models.Index(fields=["score", "id"], name="lead_score", condition=LIVE),
            models.Index(fields=["state", "entered_at", "id"], name="lead_state", condition=LIVE),
            models.Index(fields=["name_key"], name="lead_name_key", condition=~Q(name_key="")),
            models.Index(fields=["phone_index"], name="lead_phone", condition=~Q(phone_index="")),
            models.Index(fields=["phone_tail"], name="lead_phone_tail", condition=~Q(phone_tail="")),
            models.Index(fields=["email_index"], name="lead_email", condition=~Q(email_index="")),
            models.Index(fields=["source", "entered_at"], name="lead_of_source", condition=Q(source__isnull=False)),
            models.Index(fields=["customer"], name="lead_of_customer", condition=Q(customer__isnull=False)),
            models.Index(fields=["recycle_on"], name="lead_recycle", condition=Q(state="recycled")),
            models.Index(fields=["assigned_at"], name="lead_assigned", condition=Q(state="new")),
            models.Index(
                fields=["known_customer"], name="lead_known_customer", condition=Q(known_customer__isnull=False)
            ),
            models.Index(fields=["entry_form"], name="lead_entry_form", condition=Q(entry_form__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name
