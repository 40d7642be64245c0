"""What a quote comes to: exact decimals, rounded half up to the cent, line by line (SAL-4).

A line's amount is quantity × unit price less the line's discount, rounded; the whole quote's discount and the tax are
taken and rounded on each line too, so that what stands on the paper adds up, and an invoice made line by line (as the
Chinese VAT invoice is, each line with its own tax) comes to the same. Half up is the rounding of EN 16931-1 (BR-DEC)
as well. With tax included, the line's tax is the part ``amount − amount / (1 + rate)`` of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)


class Priced(Protocol):
    """What the amounts of a line follow from; discounts and taxes in percent."""

    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_price(self) -> Decimal: ...
    @property
    def list_price(self) -> Decimal | None: ...
    @property
    def discount(self) -> Decimal: ...
    @property
    def tax_rate(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """``amount`` after the line's own discount, ``net`` and ``tax`` after that of the whole quote."""

    amount: Decimal
    before: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """``subtotal`` before tax and the whole quote's discount; ``total`` = subtotal − discount_amount + tax_amount."""

    subtotal: Decimal
    discount_amount: Decimal
    tax_amount: Decimal
    total: Decimal
    total_cny: Decimal
    largest_discount: Decimal
    lines: Sequence[LineAmounts]


def cents(value: Decimal) -> Decimal:
    """Rounded half up to two decimals."""
    return value.quantize(_CENT, ROUND_HALF_UP)


def totals_of(
    lines: Iterable[Priced], *, discount: Decimal, is_tax_included: bool, rate: Decimal = Decimal(1)
) -> Totals:
    """What these lines come to; ``rate`` is what one unit of the currency is worth in yuan."""
    found = []
    largest = Decimal(0)
    for line in lines:
        found.append(_amounts(line, discount, is_tax_included))
        largest = max(largest, real_discount(line, discount=discount, is_tax_included=is_tax_included))
    subtotal = sum((line.before for line in found), Decimal(0))
    net = sum((line.net for line in found), Decimal(0))
    tax = sum((line.tax for line in found), Decimal(0))
    return Totals(
        cents(subtotal), cents(subtotal - net), cents(tax), cents(net + tax), cents((net + tax) * rate), largest, found
    )


def real_discount(line: Priced, *, discount: Decimal, is_tax_included: bool) -> Decimal:
    """By how many percent a line is below its list price (or below its own price where there is no list price), the
    line's and the whole quote's discount together; a unit price typed lower counts as a discount.
    """
    price = line.unit_price * (1 - line.discount / _HUNDRED) * (1 - discount / _HUNDRED)
    full = line.unit_price
    if line.list_price is not None:
        full = max(full, line.list_price * (1 + line.tax_rate / _HUNDRED if is_tax_included else Decimal(1)))
    if full <= 0:
        return Decimal(0)
    return max(Decimal(0), cents((1 - price / full) * _HUNDRED))


def _amounts(line: Priced, discount: Decimal, is_tax_included: bool) -> LineAmounts:
    amount = cents(line.quantity * line.unit_price * (1 - line.discount / _HUNDRED))
    after = cents(amount * (1 - discount / _HUNDRED))
    share = line.tax_rate / _HUNDRED
    if is_tax_included:
        net = cents(after / (1 + share))
        return LineAmounts(amount, cents(amount / (1 + share)), net, after - net)
    return LineAmounts(amount, amount, after, cents(after * share))
