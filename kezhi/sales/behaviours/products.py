"""What products add to the generic operations (SAL-4)."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.registry import RecordType
from kezhi.sales.models import Product


class ProductBehaviour(Behaviour):
    """Keeps rates within what a rate can be."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            product: Product = draft.record
            if product.tax_rate is None:
                product.tax_rate = Decimal(13)
            if product.bundle_discount is None:
                product.bundle_discount = Decimal(0)
            for key in ("tax_rate", "bundle_discount"):
                if not 0 <= getattr(product, key) <= 100:
                    draft.problems[key] = _("应在 0 到 100 之间")
            if product.price is not None and product.price < 0:
                draft.problems["price"] = _("价格不能是负数")

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        return ("tax_rate", "bundle_discount")
