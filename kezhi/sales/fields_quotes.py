"""Fields only quotes have."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kezhi.records.fields import MoneyField


@dataclass(frozen=True, kw_only=True)
class QuoteAmountField(MoneyField):
    """An amount in the quote's own currency, so shown without the sign of the yuan."""

    def text(self, value: Any) -> str:
        return "" if value is None else f"{Decimal(value):,.2f}"
