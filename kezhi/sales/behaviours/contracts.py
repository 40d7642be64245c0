"""What contracts, payment plans and payments add to the generic operations (SAL-5, SAL-6)."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.registry import RecordType
from kezhi.sales.models import Contract, Instalment, Payment


class ContractBehaviour(Behaviour):
    """Dates in order, parts of one customer."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            contract: Contract = draft.record
            if contract.starts_on and contract.ends_on and contract.ends_on < contract.starts_on:
                draft.problems["ends_on"] = _("到期日期不能早于生效日期")
            if contract.opportunity is not None and contract.opportunity.customer_id != contract.customer_id:
                draft.problems["opportunity"] = _("这个商机不属于该客户")


class InstalmentBehaviour(Behaviour):
    """Plans money above nothing."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            instalment: Instalment = draft.record
            if instalment.position is None:
                instalment.position = 1
            if instalment.amount is not None and instalment.amount <= 0:
                draft.problems["amount"] = _("金额要大于零")


class PaymentBehaviour(Behaviour):
    """A payment belongs to the customer of its contract."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            payment: Payment = draft.record
            if payment.contract_id:
                payment.customer_id = payment.contract.customer_id
            instalment = payment.instalment
            if instalment is not None and instalment.contract_id != payment.contract_id:
                draft.problems["instalment"] = _("这一期不属于该合同")

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        return ("customer_id",)
