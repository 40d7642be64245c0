"""Tables of sales."""

from kezhi.sales.models.contracts import Contract, Instalment, Payment
from kezhi.sales.models.leads import Lead, LeadSource
from kezhi.sales.models.opportunities import Opportunity, Pipeline, Stage
from kezhi.sales.models.orders import Order, OrderLine
from kezhi.sales.models.products import BundleLine, Product
from kezhi.sales.models.quotes import Quote, QuoteLine
from kezhi.sales.models.stays import StageStay
from kezhi.sales.models.targets import Target

__all__ = [
    "BundleLine",
    "Contract",
    "Instalment",
    "Lead",
    "LeadSource",
    "Opportunity",
    "Order",
    "OrderLine",
    "Payment",
    "Pipeline",
    "Product",
    "Quote",
    "QuoteLine",
    "Stage",
    "StageStay",
    "Target",
]
