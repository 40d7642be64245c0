"""What quotes add to the generic operations (SAL-4)."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.registry import RecordType
from kezhi.sales.models import Quote


class QuoteBehaviour(Behaviour):
    """A quote belongs to the customer of its opportunity."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            quote: Quote = draft.record
            if quote.discount is None:
                quote.discount = Decimal(0)
            if not 0 <= quote.discount <= 100:
                draft.problems["discount"] = _("折扣应在 0 到 100 之间")
            if quote.opportunity_id:
                quote.customer_id = quote.opportunity.customer_id
                if quote.customer_id is None:
                    draft.problems["opportunity"] = _("请先在商机里填上客户")

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        return ("customer_id", "discount")
