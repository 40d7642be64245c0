"""Numbers of quotes in templates."""

from decimal import Decimal

from django import template

from kezhi.sales.operations.quote_lines import plain_number

register = template.Library()


@register.filter
def amount(value: Decimal | None) -> str:
    """1,234.50 without a sign."""
    return "" if value is None else f"{value:,.2f}"


@register.filter
def number(value: Decimal | None) -> str:
    """A number without trailing zeros."""
    return "" if value is None else plain_number(value)
