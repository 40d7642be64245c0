"""Tables of sales."""

from kezhi.sales.models.contracts import Contract, Instalment, Payment
from kezhi.sales.models.entry_forms import EntryForm, UserSkill
from kezhi.sales.models.leads import Lead, LeadSource
from kezhi.sales.models.opportunities import Opportunity, Pipeline, Stage
from kezhi.sales.models.orders import Order, OrderLine, OrderStep
from kezhi.sales.models.private_links import PrivateLink, PrivateLinkVisitor
from kezhi.sales.models.products import BundleLine, PriceRow, Product
from kezhi.sales.models.quote_papers import QuotePaper
from kezhi.sales.models.quote_settings import CurrencyRate, Letterhead
from kezhi.sales.models.quotes import Quote, QuoteLine
from kezhi.sales.models.stays import StageStay
from kezhi.sales.models.targets import Target

__all__ = [
    "BundleLine",
    "Contract",
    "CurrencyRate",
    "EntryForm",
    "Instalment",
    "Lead",
    "LeadSource",
    "Letterhead",
    "Opportunity",
    "Order",
    "OrderLine",
    "OrderStep",
    "Payment",
    "Pipeline",
    "PriceRow",
    "PrivateLink",
    "PrivateLinkVisitor",
    "Product",
    "Quote",
    "QuoteLine",
    "QuotePaper",
    "Stage",
    "StageStay",
    "Target",
    "UserSkill",
]
