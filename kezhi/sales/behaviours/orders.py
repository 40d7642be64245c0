"""What orders add to the generic operations (SAL-7)."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.registry import RecordType
from kezhi.sales.models import Order


class OrderBehaviour(Behaviour):
    """An order belongs to the customer of its contract."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            order: Order = draft.record
            if order.contract is not None and order.contract.customer_id != order.customer_id:
                draft.problems["contract"] = _("这份合同不属于该客户")
