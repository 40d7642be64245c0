"""Orders: the purchase history (SAL-7, SAL-9)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.customers.models import Customer
from kezhi.records.models import LIVE, Record
from kezhi.sales.models.contracts import Contract
from kezhi.sales.models.products import Product


class Order(Record):
    """What a customer bought, in yuan: typed, imported, from the ERP by API, or made when a contract is signed."""

    class State(models.TextChoices):
        PLACED = "placed", _("已下单")
        PREPARING = "preparing", _("备货中")
        SHIPPED = "shipped", _("已发货")
        DELIVERED = "delivered", _("已交付")
        CANCELLED = "cancelled", _("已取消")

    name = models.CharField(_("订单名称"), max_length=200)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders", db_index=False)
    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="orders", db_index=False
    )
    external_number = models.CharField(_("外部单号"), max_length=80, blank=True)
    ordered_on = models.DateField(_("下单日期"))
    amount = models.DecimalField(_("订单金额"), max_digits=16, decimal_places=2, default=0)
    state = models.CharField(_("进度"), max_length=10, choices=State.choices, default=State.PLACED)
    promised_on = models.DateField(_("承诺交付"), null=True, blank=True)
    delivered_on = models.DateField(_("交付日期"), null=True, blank=True)
    carrier = models.CharField(_("物流公司"), max_length=60, blank=True)
    tracking = models.CharField(_("运单号"), max_length=80, blank=True)
    is_repurchase = models.BooleanField(_("复购"), default=False)
    note = models.TextField(_("备注"), blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "ordered_on", "id"], name="order_own_ordered", condition=LIVE),
            models.Index(fields=["ordered_on", "id"], name="order_ordered", condition=LIVE),
            models.Index(fields=["created_at", "id"], name="order_created", condition=LIVE),
            models.Index(fields=["customer", "ordered_on", "id"], name="order_customer"),
            models.Index(fields=["state", "ordered_on", "id"], name="order_state", condition=LIVE),
            models.Index(fields=["contract"], name="order_contract", condition=Q(contract__isnull=False)),
        ]
        constraints = [
            # The ERP may send an order twice; it is one order.
            models.UniqueConstraint(
                fields=["external_number"],
                name="order_external_once",
                condition=~Q(external_number="") & Q(deleted_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.name


class OrderLine(models.Model):
    """One product of an order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    description = models.CharField(max_length=200)
    unit = models.CharField(max_length=20, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=1)
    unit_price = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    amount = models.DecimalField(max_digits=16, decimal_places=2, default=0)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.description


class OrderStep(models.Model):
    """When an order came to a state; what the customer reads by the private link (SAL-9)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="steps")
    state = models.CharField(max_length=10, choices=Order.State.choices)
    happened_on = models.DateField()
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ("noted_at", "id")

    def __str__(self) -> str:
        return f"{self.order_id} {self.state}"
