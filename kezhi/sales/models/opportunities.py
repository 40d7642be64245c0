"""Pipelines with their stages, and opportunities that move through them (SAL-1, SAL-2)."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.core.clock import now
from kezhi.customers.models import Contact, Customer
from kezhi.records.models import LIVE, Record
from kezhi.sales.models.leads import Lead


class Pipeline(models.Model):
    """A way of selling: an ordered set of stages. ``key`` never changes."""

    key = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(_("中文名称"), max_length=60)
    name_en = models.CharField(_("英文名称"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name_zh


class Stage(models.Model):
    """A step of a pipeline.

    ``probability`` is the chance to win in percent, ``most_days`` the longest stay (None: as long as it takes).
    ``entry`` is a condition on the opportunity that must hold before it may enter; ``required`` are keys of its fields
    that must be filled. ``key`` is unique over all pipelines and never changes; opportunities point to it.
    """

    class Kind(models.TextChoices):
        OPEN = "open", _("进行中")
        WON = "won", _("赢单")
        LOST = "lost", _("输单")

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="stages")
    key = models.CharField(max_length=60, unique=True)
    name_zh = models.CharField(_("中文名称"), max_length=60)
    name_en = models.CharField(_("英文名称"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(_("性质"), max_length=10, choices=Kind.choices, default=Kind.OPEN)
    probability = models.PositiveSmallIntegerField(_("赢单概率"), default=0)
    most_days = models.PositiveSmallIntegerField(_("最长停留天数"), null=True, blank=True)
    entry = models.JSONField(default=dict, blank=True)
    required = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("pipeline__position", "position", "id")
        constraints = [
            models.CheckConstraint(condition=Q(probability__lte=100), name="stage_probability_is_percent"),
        ]

    def __str__(self) -> str:
        return self.name_zh


class Opportunity(Record):
    """A sale that may come about, with one customer.

    The customer may still be unknown in the first stages; later stages ask for it. ``product`` is the main one.
    ``stage`` points to a stage by its key, so that ``stage_id`` is what lists, conditions and the API say. ``state``
    and ``probability`` follow the stage; ``forecast`` is what the owner commits to. Facts that entry conditions ask
    for are stored: ``quote_count``, ``is_confirmed`` (the customer said yes to the proposal), ``legal_state``,
    ``contract_amount`` and ``paid_amount``. ``next_activity_at`` is the nearest open task about it,
    ``last_activity_at`` the last one done, the last move or the last follow-up of its customer; by ``stage_due_at``
    it should have left its stage.
    """

    class State(models.TextChoices):
        OPEN = "open", _("进行中")
        WON = "won", _("赢单")
        LOST = "lost", _("输单")

    class Forecast(models.TextChoices):
        COMMIT = "commit", pgettext_lazy("forecast", "承诺")
        BEST = "best", _("最好情况")
        PIPELINE = "pipeline", _("在谈")
        OMITTED = "omitted", _("不计入")

    class Legal(models.TextChoices):
        NONE = "none", _("未送审")
        WAITING = "waiting", _("审核中")
        PASSED = "passed", _("已通过")
        REFUSED = "refused", _("已退回")

    name = models.CharField(_("商机名称"), max_length=200)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="opportunities", db_index=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    lead = models.ForeignKey(
        Lead, on_delete=models.SET_NULL, null=True, blank=True, related_name="opportunities", db_index=False
    )
    pipeline = models.ForeignKey(Pipeline, to_field="key", on_delete=models.PROTECT, related_name="+", db_index=False)
    stage = models.ForeignKey(Stage, to_field="key", on_delete=models.PROTECT, related_name="+", db_index=False)
    stage_entered_at = models.DateTimeField(_("进入阶段"))
    stage_due_at = models.DateTimeField(_("阶段期限"), null=True, blank=True)
    state = models.CharField(_("结果"), max_length=10, choices=State.choices, default=State.OPEN)
    probability = models.PositiveSmallIntegerField(_("赢单概率"), default=0)
    forecast = models.CharField(_("预测类别"), max_length=10, choices=Forecast.choices, default=Forecast.PIPELINE)
    amount = models.DecimalField(_("金额"), max_digits=16, decimal_places=2, null=True, blank=True)
    weighted_amount = models.DecimalField(_("加权金额"), max_digits=16, decimal_places=2, default=0)
    expected_close_on = models.DateField(_("预计成交"), null=True, blank=True)
    closed_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    days_to_close = models.PositiveIntegerField(_("成交天数"), null=True, blank=True)
    lost_reason = models.CharField(_("输单原因"), max_length=60, blank=True)
    competitor = models.CharField(_("竞争对手"), max_length=120, blank=True)
    interest = models.CharField(_("意向"), max_length=200, blank=True)
    product = models.ForeignKey(
        "sales.Product", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    source = models.CharField(_("来源渠道"), max_length=60, blank=True)
    quote_count = models.PositiveSmallIntegerField(_("报价数"), default=0)
    is_confirmed = models.BooleanField(_("客户已确认方案"), default=False)
    legal_state = models.CharField(_("法务审核"), max_length=10, choices=Legal.choices, default=Legal.NONE)
    contract_amount = models.DecimalField(_("合同金额"), max_digits=16, decimal_places=2, default=0)
    paid_amount = models.DecimalField(_("已回款"), max_digits=16, decimal_places=2, default=0)
    is_paid = models.BooleanField(_("已全部回款"), default=False)
    last_activity_at = models.DateTimeField(_("最近动作"), null=True, blank=True)
    next_activity_at = models.DateTimeField(_("下一步"), null=True, blank=True)
    renewal_of = models.ForeignKey(
        "sales.Contract", on_delete=models.SET_NULL, null=True, blank=True, related_name="renewals", db_index=False
    )
    note = models.TextField(_("备注"), blank=True)

    # The stage it has just left and when it had entered it; known while a move is being stored.
    left: tuple[str, datetime] | None = None

    class Meta:
        indexes = [
            models.Index(fields=["owner", "stage", "created_at", "id"], name="opportunity_own_stage", condition=LIVE),
            models.Index(fields=["owner", "created_at", "id"], name="opportunity_own_created", condition=LIVE),
            models.Index(fields=["owner", "changed_at", "id"], name="opportunity_own_changed", condition=LIVE),
            models.Index(fields=["owner", "expected_close_on", "id"], name="opportunity_own_close", condition=LIVE),
            models.Index(fields=["owner", "amount", "id"], name="opportunity_own_amount", condition=LIVE),
            # The forecast adds up what these hold without reading the records.
            models.Index(
                fields=["owner", "state", "expected_close_on", "forecast", "amount", "weighted_amount"],
                name="opportunity_own_state",
                condition=LIVE,
            ),
            models.Index(fields=["stage", "created_at", "id"], name="opportunity_stage", condition=LIVE),
            models.Index(fields=["created_at", "id"], name="opportunity_created", condition=LIVE),
            models.Index(fields=["changed_at", "id"], name="opportunity_changed", condition=LIVE),
            models.Index(fields=["expected_close_on", "id"], name="opportunity_close", condition=LIVE),
            models.Index(fields=["amount", "id"], name="opportunity_amount", condition=LIVE),
            models.Index(fields=["state", "closed_at", "owner", "amount"], name="opportunity_closed", condition=LIVE),
            models.Index(fields=["state", "expected_close_on"], name="opportunity_expected", condition=LIVE),
            models.Index(fields=["customer", "id"], name="opportunity_customer"),
            models.Index(fields=["product"], name="opportunity_product", condition=Q(product__isnull=False)),
            models.Index(fields=["lead"], name="opportunity_lead", condition=Q(lead__isnull=False)),
            models.Index(fields=["stage_entered_at", "id"], name="opportunity_entered", condition=LIVE),
            models.Index(fields=["stage_due_at", "id"], name="opportunity_stage_due", condition=LIVE),
            models.Index(
                fields=["owner", "next_activity_at", "id"], name="opportunity_own_next", condition=Q(state="open")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def days_in_stage(self, at: datetime | None = None) -> int:
        """Whole days since it entered its stage; for a finished one until it ended."""
        until = at or self.closed_at or now()
        return max((until - self.stage_entered_at).days, 0)
