"""What we sell: products, prices, bundles (SAL-4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.records.models import LIVE, Record


class Product(Record):
    """Something with a price, or a bundle of such things.

    ``price`` is in ``currency`` per ``unit`` before tax and discount; ``tax_rate`` in percent. A bundle's price comes
    from its lines less ``bundle_discount`` percent.
    """

    class Kind(models.TextChoices):
        PRODUCT = "product", _("产品")
        SERVICE = "service", _("服务")
        BUNDLE = "bundle", _("组合")

    kind = models.CharField(_("类别"), max_length=10, choices=Kind.choices, default=Kind.PRODUCT)
    name = models.CharField(_("产品名称"), max_length=120)
    name_key = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(_("英文名称"), max_length=120, blank=True)
    code = models.CharField(_("产品编码"), max_length=60, blank=True)
    category = models.CharField(_("分类"), max_length=60, blank=True)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    currency = models.CharField(_("币种"), max_length=3, default="CNY")
    price = models.DecimalField(_("标准价"), max_digits=16, decimal_places=2, default=0)
    cost = models.DecimalField(_("成本"), max_digits=16, decimal_places=2, null=True, blank=True)
    tax_rate = models.DecimalField(_("税率"), max_digits=5, decimal_places=2, default=13)
    bundle_discount = models.DecimalField(_("组合优惠"), max_digits=5, decimal_places=2, default=0)
    is_active = models.BooleanField(_("在售"), default=True)
    description = models.TextField(_("说明"), blank=True)
    description_en = models.TextField(_("英文说明"), blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at", "id"], name="product_created", condition=LIVE),
            models.Index(fields=["name", "id"], name="product_name", condition=LIVE),
            models.Index(fields=["code"], name="product_code"),
            models.Index(fields=["name_key"], name="product_name_key"),
            models.Index(fields=["category", "created_at", "id"], name="product_category", condition=LIVE),
            models.Index(fields=["price", "id"], name="product_price", condition=LIVE),
        ]

    def __str__(self) -> str:
        return self.name


class BundleLine(models.Model):
    """One product in a bundle."""

    bundle = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="bundle_lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=1)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"


class PriceRow(models.Model):
    """A price of a product that differs from its standard price: for a currency, a customer level, from a day on.

    An empty ``level`` is for every customer. The row of the customer's level wins over the row for everybody, a later
    day over an earlier one.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="price_rows", db_index=False)
    currency = models.CharField(max_length=3, default="CNY")
    level = models.CharField(max_length=60, blank=True)
    valid_from = models.DateField()
    price = models.DecimalField(max_digits=16, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "currency", "level", "valid_from"], name="price_row_once")
        ]
        ordering = ("currency", "level", "-valid_from")

    def __str__(self) -> str:
        return f"{self.currency} {self.level} {self.price}"
