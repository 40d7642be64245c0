"""What an administrator keeps for quotes: the letterhead and the rates of other currencies (SAL-4)."""

from django.conf import settings
from django.db import models


class Letterhead(models.Model):
    """The company as its papers name it, in both languages; there is one row. ``logo`` is a PNG or JPEG picture."""

    name_zh = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=160, blank=True)
    address_zh = models.CharField(max_length=200, blank=True)
    address_en = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.CharField(max_length=120, blank=True)
    website = models.CharField(max_length=120, blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    bank_zh = models.CharField(max_length=120, blank=True)
    bank_en = models.CharField(max_length=160, blank=True)
    bank_account = models.CharField(max_length=60, blank=True)
    terms_zh = models.TextField(blank=True)
    terms_en = models.TextField(blank=True)
    logo = models.BinaryField(null=True, blank=True)
    logo_kind = models.CharField(max_length=8, blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name_zh


class CurrencyRate(models.Model):
    """What one unit of ``currency`` is worth in yuan from ``valid_from`` on, until a later row."""

    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=14, decimal_places=6)
    valid_from = models.DateField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["currency", "valid_from"], name="currency_rate_once")]
        ordering = ("currency", "-valid_from")

    def __str__(self) -> str:
        return f"{self.currency} {self.rate} {self.valid_from}"
