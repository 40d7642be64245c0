"""What products add to the generic operations (SAL-4)."""

import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.registry import RecordType
from kezhi.sales.models import Product


def product_key(name: str) -> str:
    """What names of one product share: letters, digits and characters, without case, spaces and signs.

    Lists from elsewhere write "GTX Pro" and "GTXPro" for the same thing.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in plain if character.isalnum())[:120]


_TAKEN = _("已有别的产品用了这个编码")


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

        _refuse_taken_codes(drafts)

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        for draft in drafts:
            draft.record.name_key = product_key(draft.record.name)
        return ("tax_rate", "bundle_discount", "name_key")

    def name_key(self, text: str) -> tuple[str, str] | None:
        return "name_key", product_key(text)


def _refuse_taken_codes(drafts: Sequence[Draft]) -> None:
    """A code stands for one product; upper and lower case are the same."""
    seen: dict[str, Draft] = {}
    for draft in drafts:
        code = draft.record.code.casefold() if draft.changed("code") and draft.record.code else ""
        if code and seen.setdefault(code, draft) is not draft:
            draft.problems["code"] = _TAKEN
    if not seen:
        return
    rows = Product.objects.ungated("unique code").annotate(folded=Lower("code"))
    taken = rows.filter(folded__in=[draft.record.code.lower() for draft in seen.values()], deleted_at__isnull=True)
    for pk, code in taken.values_list("pk", "code"):
        meant = seen.get(code.casefold())
        if meant is not None and meant.record.pk != pk:
            meant.problems["code"] = _TAKEN
