"""Finance's word on receipts: confirmed, refused, reversed. Only confirmed money counts (SAL-6)."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import now, today
from kezhi.core.events import record_event
from kezhi.core.values.money import format_money
from kezhi.records.behaviour import Draft
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.words import refuse_sensitive_words
from kezhi.records.operations.writing import store_changes, store_new
from kezhi.records.registry import record_type
from kezhi.sales import kinds_contracts as kinds
from kezhi.sales.contract_events import told
from kezhi.sales.models import Contract, Payment

_STATES = Payment.State


def money_over(contract: Contract, amount: Decimal) -> Decimal:
    """How much more than the contract's whole amount would have come in with this receipt confirmed; 0 for none."""
    return max(contract.paid_amount + amount - contract.total_amount, Decimal(0))


@transaction.atomic
def confirm_payment(payment: Payment, *, actor: Actor, allow_over: bool = False) -> Payment:
    """The money is on the account. Once: of two who confirm at the same time the second is told so.

    Raises:
        NotAllowed: the actor may not confirm receipts.
        InvalidRecord: it does not wait, or is more than due and neither who entered it nor ``allow_over`` said so.
    """
    contract, stored = _locked(payment, actor)
    _require_waiting(stored)
    over = money_over(contract, stored.amount)
    if over > 0 and not (allow_over or stored.is_checked):
        raise InvalidRecord(
            {"over": _("确认后比合同金额多 %(over)s。确实多付，请勾选后再确认。") % {"over": format_money(over)}}
        )
    _change(stored, actor, state=_STATES.CONFIRMED, confirmed_at=now(), confirmed_by=actor.user_id)
    record_event(told(stored, kinds.CONFIRMED, actor, {"amount": str(stored.amount), "over": str(over)}))
    return stored


@transaction.atomic
def refuse_payment(payment: Payment, *, reason: str, actor: Actor) -> Payment:
    """The money is not there, or not this much; whoever entered it puts it right."""
    _contract, stored = _locked(payment, actor)
    _require_waiting(stored)
    words = reason.strip()[:200]
    if len(words) < 2:
        raise InvalidRecord({"reason": _("请写明退回的原因")})
    refuse_sensitive_words(actor=actor, reason=words)
    _change(stored, actor, state=_STATES.REFUSED, refusal=words)
    record_event(told(stored, kinds.REFUSED, actor, {"reason": words}))
    return stored


@transaction.atomic
def reverse_payment(payment: Payment, *, reason: str, actor: Actor) -> Payment:
    """Take a confirmed receipt back (冲销): a row of its own with the amount below nothing; gives that row.

    Raises:
        InvalidRecord: it is not confirmed, or was reversed already, or no reason is given.
    """
    contract, stored = _locked(payment, actor)
    if stored.state == _STATES.REVERSED:
        raise InvalidRecord({"": _("这一笔已经冲销过。")})
    if stored.state != _STATES.CONFIRMED or stored.reverses_id is not None:
        raise InvalidRecord({"": _("只能冲销已确认的回款。")})
    words = reason.strip()[:200]
    if len(words) < 2:
        raise InvalidRecord({"reason": _("请写明冲销的原因")})
    refuse_sensitive_words(actor=actor, reason=words)
    row = Payment(
        contract=stored.contract,
        customer_id=stored.customer_id,
        instalment_id=stored.instalment_id,
        received_on=today(),
        amount=-stored.amount,
        method=stored.method,
        payer=stored.payer,
        state=_STATES.CONFIRMED,
        confirmed_at=now(),
        confirmed_by_id=actor.user_id,
        reverses=stored,
        note=words,
    )
    after = {"contract": row.contract_id, "amount": row.amount, "received_on": row.received_on, "note": words}
    store_new(record_type("payment"), [Draft(row, {}, after, actor, is_new=True)], actor=actor)
    _change(stored, actor, state=_STATES.REVERSED)
    facts = {"amount": str(stored.amount), "reason": words, "reversal": row.number}
    record_event(told(stored, kinds.REVERSED, actor, facts))
    if contract.is_paid:
        contract.refresh_from_db()
        if not contract.is_paid:
            record_event(told(contract, kinds.UNPAID, actor, {"paid": str(contract.paid_amount)}))
    return row


def _locked(payment: Payment, actor: Actor) -> tuple[Contract, Payment]:
    """The contract first: whoever confirms another receipt of it at the same time waits here."""
    found = Payment.objects.visible_to(actor).select_related("contract").get(pk=payment.pk)
    require(actor, "review", found)
    contract = Contract.objects.ungated("operation").select_for_update(of=("self",)).get(pk=found.contract_id)
    rows = Payment.objects.visible_to(actor).select_related("contract", "customer")
    stored: Payment = rows.select_for_update(of=("self",)).get(pk=payment.pk)
    return contract, stored


def _require_waiting(payment: Payment) -> None:
    if payment.state == _STATES.CONFIRMED:
        raise InvalidRecord({"": _("这一笔已经确认过了。")})
    if payment.state != _STATES.WAITING:
        raise InvalidRecord({"": _("这一笔不在等待确认。")})


def _change(payment: Payment, actor: Actor, **values: Any) -> None:
    known = record_type("payment")
    before, after = {}, {}
    for key, value in values.items():
        field = known.all_fields()[key]
        before[key] = field.get(payment)
        field.set(payment, str(value) if isinstance(value, _STATES) else value)
        after[key] = field.get(payment)
    store_changes(known, [Draft(payment, before, after, actor, is_new=False)], actor=actor)
