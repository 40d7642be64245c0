"""What the main objects of sales are made of; each file is one declaration."""

from kezhi.sales.record_types.contracts import CONTRACT, INSTALMENT, PAYMENT
from kezhi.sales.record_types.leads import LEAD, LEAD_SOURCE
from kezhi.sales.record_types.opportunities import OPPORTUNITY
from kezhi.sales.record_types.orders import ORDER
from kezhi.sales.record_types.products import PRODUCT
from kezhi.sales.record_types.quotes import QUOTE

__all__ = [
    "CONTRACT",
    "INSTALMENT",
    "LEAD",
    "LEAD_SOURCE",
    "OPPORTUNITY",
    "ORDER",
    "PAYMENT",
    "PRODUCT",
    "QUOTE",
]
