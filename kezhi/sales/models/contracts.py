"""Contracts, their payment plans and what came in (SAL-5, SAL-6)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.customers.models import Customer
from kezhi.records.models import LIVE, Record
from kezhi.sales.models.opportunities import Opportunity
from kezhi.sales.models.quotes import Quote


class Contract(Record):
    """An agreement with a customer, in yuan. An amendment is a row that points to the contract it amends.

    ``total_amount`` (with what signed amendments add or take away), ``paid_amount`` (confirmed receipts), ``is_paid``
    and ``next_due_on`` (the earliest unpaid instalment) are stored facts. Plan and receipts hang on the main contract.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草拟")
        REVIEW = "review", _("法务审核")
        READY = "ready", _("待签署")
        SIGNED = "signed", _("已签署")
        FINISHED = "finished", _("已完成")
        ENDED = "ended", _("已终止")

    class Legal(models.TextChoices):
        NONE = "none", _("未送审")
        WAITING = "waiting", _("审核中")
        PASSED = "passed", _("已通过")
        REFUSED = "refused", _("已退回")

    name = models.CharField(_("合同名称"), max_length=200)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contracts", db_index=False)
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.PROTECT, null=True, blank=True, related_name="contracts", db_index=False
    )
    quote = models.ForeignKey(
        Quote, on_delete=models.PROTECT, null=True, blank=True, related_name="contracts", db_index=False
    )
    amends = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="amendments", db_index=False
    )
    our_party = models.CharField(_("我方主体"), max_length=200, blank=True)
    their_party = models.CharField(_("对方主体"), max_length=200, blank=True)
    their_signer = models.CharField(_("对方签署人"), max_length=80, blank=True)
    amount = models.DecimalField(_("合同金额"), max_digits=16, decimal_places=2, default=0)
    total_amount = models.DecimalField(_("合同总额"), max_digits=16, decimal_places=2, default=0)
    state = models.CharField(_("签署状态"), max_length=10, choices=State.choices, default=State.DRAFT)
    legal_state = models.CharField(_("法务审核"), max_length=10, choices=Legal.choices, default=Legal.NONE)
    legal_note = models.CharField(_("审核意见"), max_length=500, blank=True)
    signed_on = models.DateField(_("签署日期"), null=True, blank=True)
    starts_on = models.DateField(_("生效日期"), null=True, blank=True)
    ends_on = models.DateField(_("到期日期"), null=True, blank=True)
    ended_on = models.DateField(_("终止日期"), null=True, blank=True)
    end_reason = models.CharField(_("终止原因"), max_length=200, blank=True)
    paid_amount = models.DecimalField(_("已回款"), max_digits=16, decimal_places=2, default=0)
    is_paid = models.BooleanField(_("已全部回款"), default=False)
    next_due_on = models.DateField(_("下一笔应收"), null=True, blank=True)
    note = models.TextField(_("备注"), blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "created_at", "id"], name="contract_own_created", condition=LIVE),
            models.Index(fields=["owner", "state", "created_at", "id"], name="contract_own_state", condition=LIVE),
            models.Index(fields=["owner", "ends_on", "id"], name="contract_own_ends", condition=LIVE),
            models.Index(fields=["created_at", "id"], name="contract_created", condition=LIVE),
            models.Index(fields=["state", "created_at", "id"], name="contract_state", condition=LIVE),
            models.Index(fields=["ends_on", "id"], name="contract_ends", condition=LIVE),
            models.Index(fields=["next_due_on", "id"], name="contract_next_due", condition=LIVE),
            models.Index(fields=["customer", "id"], name="contract_customer"),
            models.Index(fields=["opportunity"], name="contract_opp", condition=Q(opportunity__isnull=False)),
            models.Index(fields=["amends"], name="contract_amends", condition=Q(amends__isnull=False)),
            models.Index(fields=["quote"], name="contract_quote", condition=Q(quote__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class Instalment(Record):
    """One payment that a contract plans. Seen by whoever sees the contract; ``paid_amount`` is a stored fact."""

    class State(models.TextChoices):
        PLANNED = "planned", _("待收")
        PARTLY = "partly", _("部分到账")
        PAID = "paid", _("已到账")
        CANCELLED = "cancelled", _("已取消")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="instalments", db_index=False)
    name = models.CharField(_("期次"), max_length=120)
    position = models.PositiveSmallIntegerField(_("序号"), default=1)
    due_on = models.DateField(_("应收日期"))
    amount = models.DecimalField(_("应收金额"), max_digits=16, decimal_places=2)
    condition = models.CharField(_("付款条件"), max_length=200, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PLANNED)
    paid_amount = models.DecimalField(_("已到账"), max_digits=16, decimal_places=2, default=0)
    paid_on = models.DateField(_("到账日期"), null=True, blank=True)
    note = models.TextField(_("备注"), blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["contract", "due_on", "id"], name="instalment_contract"),
            models.Index(fields=["state", "due_on", "id"], name="instalment_state", condition=LIVE),
            models.Index(fields=["due_on", "id"], name="instalment_due", condition=LIVE),
            models.Index(fields=["created_at", "id"], name="instalment_created", condition=LIVE),
        ]

    def __str__(self) -> str:
        return self.name


class Payment(Record):
    """Money that came in (回款), waiting for finance to confirm it; a reversal is a row of its own, below nothing.

    ``is_checked``: whoever entered it said that it is another receipt of the same day and amount, or more than is due.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        REFUSED = "refused", _("已退回")
        REVERSED = "reversed", _("已冲销")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="payments", db_index=False)
    instalment = models.ForeignKey(
        Instalment, on_delete=models.PROTECT, null=True, blank=True, related_name="payments", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payments", db_index=False)
    received_on = models.DateField(_("到账日期"))
    amount = models.DecimalField(_("到账金额"), max_digits=16, decimal_places=2)
    method = models.CharField(_("付款方式"), max_length=20, blank=True)
    reference = models.CharField(_("银行流水号"), max_length=80, blank=True)
    payer = models.CharField(_("付款方"), max_length=200, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    confirmed_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "access.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    is_checked = models.BooleanField(_("已核对"), default=False)
    refusal = models.CharField(_("退回原因"), max_length=200, blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by")
    note = models.TextField(_("备注"), blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["contract", "received_on", "id"], name="payment_contract"),
            models.Index(fields=["instalment"], name="payment_instalment", condition=Q(instalment__isnull=False)),
            models.Index(fields=["customer", "id"], name="payment_customer"),
            models.Index(fields=["state", "received_on", "id"], name="payment_state", condition=LIVE),
            models.Index(fields=["received_on", "id"], name="payment_received", condition=LIVE),
            models.Index(fields=["created_at", "id"], name="payment_created", condition=LIVE),
        ]
        constraints = [
            # One line of the bank's statement is one receipt, however many enter it at once.
            models.UniqueConstraint(
                fields=["reference"],
                name="payment_reference_once",
                condition=~Q(reference="") & ~Q(state="refused") & Q(deleted_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.number
