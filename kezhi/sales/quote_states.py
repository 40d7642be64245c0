"""When a quote's content may change, and how it is summed up (SAL-4)."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core.clock import today
from kezhi.sales.models import Quote, QuoteLine
from kezhi.sales.prices import rate_on
from kezhi.sales.quote_amounts import Priced, Totals, totals_of

Text = str | Promise

TOTALS = ("subtotal", "discount_amount", "tax_amount", "total", "total_cny", "largest_discount")
FROZEN = _("报价发出后不能再改，请建新版本")
IN_APPROVAL = _("报价正在审批，撤回后才能改")


def editable_problem(state: str) -> Text | None:
    """Why the content of a quote in this state cannot be changed; None where it can."""
    if state in (Quote.State.DRAFT, Quote.State.APPROVED):
        return None
    return IN_APPROVAL if state == Quote.State.WAITING else FROZEN


def sum_up(quote: Quote, lines: Iterable[Priced]) -> Totals:
    """Put the totals of these lines on the quote (not yet saved); the rate is that of today."""
    known = rate_on(quote.currency, today())
    if known is not None:
        quote.rate, quote.rate_on = known.rate, known.valid_from
    totals = totals_of(
        lines, discount=quote.discount or Decimal(0), is_tax_included=quote.is_tax_included, rate=quote.rate
    )
    for key in TOTALS:
        setattr(quote, key, getattr(totals, key))
    return totals


def lines_of(quote: Quote) -> list[QuoteLine]:
    """The stored lines in order."""
    return list(QuoteLine.objects.filter(quote_id=quote.pk).order_by("position", "id"))
