"""What orders add to the generic operations (SAL-7, SAL-9)."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.core.clock import now, today
from kezhi.core.events import EventDraft
from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.registry import RecordType
from kezhi.sales import kinds_contracts as kinds
from kezhi.sales.contract_events import told
from kezhi.sales.lifecycle import refresh_lifecycle
from kezhi.sales.models import Order, OrderStep
from kezhi.sales.purchases import refresh_purchases


class OrderBehaviour(Behaviour):
    """An order belongs to the customer of its contract, is there once, and keeps when it came to each state."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            order: Order = draft.record
            if order.contract is not None and order.contract.customer_id != order.customer_id:
                draft.problems["contract"] = _("这份合同不属于该客户")
            if order.amount is not None and order.amount < 0:
                draft.problems["amount"] = _("订单金额不能是负数")
            if order.delivered_on and order.ordered_on and order.delivered_on < order.ordered_on:
                draft.problems["delivered_on"] = _("交付日期不能早于下单日期")
            if draft.changed("external_number"):
                order.external_number = (order.external_number or "").strip()
        _refuse_known(drafts)

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        for draft in drafts:
            order: Order = draft.record
            order.state = order.state or Order.State.PLACED
            if order.state == Order.State.DELIVERED and order.delivered_on is None:
                order.delivered_on = max(today(), order.ordered_on)
        return ("external_number", "state", "delivered_on")

    def stored(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        further: list[EventDraft] = []
        steps: list[OrderStep] = []
        for draft in drafts:
            order: Order = draft.record
            if draft.is_new:
                steps.append(_step(order, str(Order.State.PLACED), order.ordered_on))
                if order.state != Order.State.PLACED:
                    steps.append(_step(order, order.state, order.delivered_on or order.ordered_on))
            elif draft.changed("state"):
                day = order.delivered_on if order.state == Order.State.DELIVERED else today()
                steps.append(_step(order, order.state, day))
                before = str(draft.before.get("state", ""))
                further.append(told(order, kinds.PROGRESSED, draft.actor, {"before": before, "state": order.state}))
        OrderStep.objects.bulk_create(steps)
        customers = {draft.record.customer_id for draft in drafts}
        customers |= {draft.before["customer"] for draft in drafts if draft.before.get("customer")}
        _follow(customers)
        for draft in drafts:
            draft.record.refresh_from_db(fields=["is_repurchase"])
        return further

    def removed(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        _follow({record.customer_id for record in records})

    def restored(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        _follow({record.customer_id for record in records})


def _step(order: Order, state: str, day: Any) -> OrderStep:
    return OrderStep(order=order, state=state, happened_on=day or today(), noted_at=now())


def _follow(customer_ids: set[int]) -> None:
    refresh_purchases(customer_ids)
    refresh_lifecycle(customer_ids)


def _refuse_known(drafts: Sequence[Draft]) -> None:
    """An order of the ERP is here once, however often it is sent."""
    named = [draft for draft in drafts if draft.record.external_number and draft.changed("external_number")]
    if not named:
        return
    rows = Order.objects.ungated("sent twice").filter(
        external_number__in={draft.record.external_number for draft in named}, deleted_at__isnull=True
    )
    known = {external: (pk, number) for external, pk, number in rows.values_list("external_number", "pk", "number")}
    here: set[str] = set()
    for draft in named:
        external = draft.record.external_number
        pk, number = known.get(external, (None, ""))
        if pk is not None and pk != draft.record.pk:
            draft.problems["external_number"] = _("这个外部单号已有订单（%(number)s）。") % {"number": number}
        elif external in here:
            draft.problems["external_number"] = _("这个外部单号在同一批里出现了两次。")
        here.add(external)
