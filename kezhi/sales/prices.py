"""What a product costs whom, in which currency, on which day; and what other currencies are worth (SAL-4)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kezhi.sales.models import CurrencyRate, PriceRow, Product
from kezhi.sales.quote_amounts import cents

HOME = "CNY"


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is worth in yuan, and since when."""

    currency: str
    rate: Decimal
    valid_from: dt.date | None


def rate_on(currency: str, day: dt.date) -> Rate | None:
    """The rate in force on a day; None where an administrator keeps none."""
    if currency == HOME:
        return Rate(HOME, Decimal(1), None)
    row = CurrencyRate.objects.filter(currency=currency, valid_from__lte=day).order_by("-valid_from").first()
    return Rate(currency, row.rate, row.valid_from) if row is not None else None


def currencies(day: dt.date) -> list[str]:
    """Yuan, and the currencies that have a rate by this day."""
    known = CurrencyRate.objects.filter(valid_from__lte=day).order_by("currency")
    return [HOME, *known.values_list("currency", flat=True).distinct()]


def prices_of(
    products: Iterable[Product], *, currency: str, level: str, day: dt.date, rate: Decimal | None = None
) -> Mapping[int, Decimal]:
    """The price of each product before tax.

    The price list's row for the customer's level wins over its row for everybody, that over the standard price. A
    standard price in another currency is turned over through yuan where the rates are known, else left out.
    """
    known = {product.pk: product for product in products}
    rows = PriceRow.objects.filter(
        product_id__in=list(known), currency=currency, level__in={"", level}, valid_from__lte=day
    )
    found: dict[int, Decimal] = {}
    # The last one written wins: first rows for everybody, then those of the level, the earlier days first.
    for row in sorted(rows, key=lambda each: (each.level != "", each.valid_from)):
        found[row.product_id] = row.price
    worth = rate if rate is not None else getattr(rate_on(currency, day), "rate", None)
    rates: dict[str, Decimal | None] = {currency: worth}
    for pk, product in known.items():
        if pk in found:
            continue
        if product.currency == currency:
            found[pk] = product.price
            continue
        if product.currency not in rates:
            rates[product.currency] = getattr(rate_on(product.currency, day), "rate", None)
        own, wanted = rates[product.currency], rates[currency]
        if own is not None and wanted:
            found[pk] = cents(product.price * own / wanted)
    return found
