"""What rules can do to contracts alone: make the order, open the renewal (SAL-5, SAL-7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.automation.actions.base import Action, ActionFailed, Effects, Step, Target, register_action
from kezhi.core.conditions import Phrase
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import RecordType
from kezhi.sales.facts_contracts import BINDING
from kezhi.sales.models import Contract, Opportunity, Order
from kezhi.sales.operations.contracts import open_renewal
from kezhi.sales.operations.orders import order_from_contract


class _Makes(Action):
    """Makes one record of a contract, once."""

    makes: str
    made: Any

    def applies_to(self, record_type: RecordType) -> bool:
        return record_type.model is Contract

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [Phrase("op", str(self.label))]

    def make(self, contract: Contract, target: Target) -> Any:
        raise NotImplementedError

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            try:
                record = self.make(target.record, target)
            except InvalidRecord as problem:
                raise ActionFailed(next(iter(problem.problems.values()))) from problem
            target.did = {"number": record.number if record is not None else ""}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            target.did = {"number": ""}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        return f"{self.label} {facts.get('number', '')}".strip()

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(creates=frozenset({self.makes}))


class MakeOrder(_Makes):
    """The order a signed contract is; one that is there already stays the only one."""

    key = "make_order"
    label = _("由合同生成订单")
    icon = "rows"
    order = 31
    makes = "order"

    def make(self, contract: Contract, target: Target) -> Order:
        return order_from_contract(contract, actor=target.actor)

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            is_signed = target.record.state in BINDING and target.record.amends_id is None
            target.did = {"number": "" if is_signed else gettext("合同签署后才能生成订单。")}


class OpenRenewal(_Makes):
    """An opportunity to renew a contract that runs out; once per contract."""

    key = "open_renewal"
    label = _("新建续约商机")
    icon = "refresh"
    order = 32
    makes = "opportunity"

    def make(self, contract: Contract, target: Target) -> Opportunity:
        return open_renewal(contract, actor=target.actor)


register_action(MakeOrder())
register_action(OpenRenewal())
