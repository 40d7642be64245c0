"""What contracts, payment plans and payments add to the generic operations (SAL-5, SAL-6)."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.core.clock import today
from kezhi.core.events import EventDraft
from kezhi.core.values.money import format_money
from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.registry import RecordType
from kezhi.sales import kinds_contracts as kinds
from kezhi.sales.contract_events import told, told_paid
from kezhi.sales.facts_contracts import BINDING, refresh_contracts, refresh_opportunities
from kezhi.sales.lifecycle import refresh_lifecycle
from kezhi.sales.models import Contract, Instalment, Payment

# Terms both sides have signed; they change by amendment, or by who may review contracts.
TERMS = (
    "name",
    "customer",
    "opportunity",
    "quote",
    "amends",
    "our_party",
    "their_party",
    "their_signer",
    "amount",
    "signed_on",
    "starts_on",
    "ends_on",
)
_IN_BULK = ("import", "cli")
_OPEN = (Payment.State.WAITING, Payment.State.CONFIRMED)


class ContractBehaviour(Behaviour):
    """Dates in order, parts of one customer, terms kept once signed; totals and lives follow."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            contract: Contract = draft.record
            if contract.amount is None:
                contract.amount = Decimal(0)
            if contract.starts_on and contract.ends_on and contract.ends_on < contract.starts_on:
                draft.problems["ends_on"] = _("到期日期不能早于生效日期")
            if contract.opportunity is not None and contract.opportunity.customer_id != contract.customer_id:
                draft.problems["opportunity"] = _("这个商机不属于该客户")
            if contract.quote is not None and contract.quote.customer_id != contract.customer_id:
                draft.problems["quote"] = _("这份报价不属于该客户")
            if draft.changed("amends", "customer"):
                _check_amendment(draft)
            if contract.amends_id is None and contract.amount < 0:
                draft.problems["amount"] = _("合同金额不能是负数")
            _check_signing(draft)
            if not draft.is_new and contract.state in (*BINDING, Contract.State.ENDED):
                _check_terms(record_type, draft)

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        for draft in drafts:
            contract: Contract = draft.record
            if draft.is_new or contract.amends_id is not None:
                contract.total_amount = contract.amount
            if draft.is_new and contract.signed_on is not None:
                contract.state = Contract.State.SIGNED
        return ("amount", "total_amount")

    def stored(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        _follow([draft.record for draft in drafts])
        left = {draft.before["opportunity"] for draft in drafts if draft.before.get("opportunity")}
        refresh_opportunities({int(pk) for pk in left})
        paid = refresh_contracts([draft.record.pk for draft in drafts])
        # The row in hand is what the caller goes on with.
        for draft in drafts:
            draft.record.refresh_from_db(fields=["total_amount", "paid_amount", "is_paid", "next_due_on"])
        refresh_lifecycle({draft.before["customer"] for draft in drafts if draft.before.get("customer")})
        further = told_paid(paid, drafts[0].actor) if paid else []
        signed = [draft for draft in drafts if draft.changed("state") and draft.record.state == Contract.State.SIGNED]
        return [*further, *_awaited(signed)]

    def in_hand(self) -> Q:
        return ~Q(state__in=[Contract.State.FINISHED, Contract.State.ENDED])

    def removed(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        if any(record.state in BINDING for record in records):
            raise NotAllowed(_("已签署的合同不能删除，请提前终止它。"), subject="contract", action="delete")
        _follow(records)

    def restored(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        _follow(records)


class InstalmentBehaviour(Behaviour):
    """Plans money above nothing, on main contracts."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            instalment: Instalment = draft.record
            if instalment.position is None:
                instalment.position = 1
            if instalment.amount is not None and instalment.amount <= 0:
                draft.problems["amount"] = _("金额要大于零")
            if instalment.contract_id and instalment.contract.amends_id is not None:
                draft.problems["contract"] = _("回款计划请排在主合同上")
            if not draft.is_new and draft.changed("contract"):
                draft.problems["contract"] = _("不能把一期移到别的合同")
            if not draft.is_new and instalment.amount is not None and instalment.amount < instalment.paid_amount:
                paid = format_money(instalment.paid_amount)
                draft.problems["amount"] = _("这一期已到账 %(paid)s，应收不能更少") % {"paid": paid}

    def stored(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        refresh_contracts({draft.record.contract_id for draft in drafts})
        return ()

    def removed(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        refresh_contracts({record.contract_id for record in records})

    def restored(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        refresh_contracts({record.contract_id for record in records})


class PaymentBehaviour(Behaviour):
    """A receipt belongs to the customer of its contract, is entered once, and stays as finance confirmed it."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            payment: Payment = draft.record
            if not payment.contract_id:
                continue
            payment.customer_id = payment.contract.customer_id
            payment.reference = "".join((payment.reference or "").split())
            instalment = payment.instalment
            if instalment is not None and instalment.contract_id != payment.contract_id:
                draft.problems["instalment"] = _("这一期不属于该合同")
            if payment.contract.amends_id is not None:
                draft.problems["contract"] = _("回款请登记在主合同上")
            if payment.amount is not None and payment.amount <= 0:
                draft.problems["amount"] = _("金额要大于零；退款请冲销原来那一笔")
            if payment.received_on is not None and payment.received_on > today():
                draft.problems["received_on"] = _("到账日期不能晚于今天")
            frozen = {"contract", "amount", "received_on", "reference", "payer", "method"}
            is_final = payment.state in (Payment.State.CONFIRMED, Payment.State.REVERSED)
            if not draft.is_new and is_final and frozen & set(draft.after):
                draft.problems[""] = _("财务已确认的回款不能修改，请冲销后重新登记。")
        checked = [draft for draft in drafts if draft.record.contract_id and not draft.problems]
        _check_entered_twice(checked)
        _check_repeated(checked)

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        for draft in drafts:
            payment: Payment = draft.record
            # What was refused and is put right waits for finance again.
            if not draft.is_new and payment.state == Payment.State.REFUSED and not draft.changed("state"):
                payment.state, payment.refusal = Payment.State.WAITING, ""
        return ("customer_id", "reference", "state", "refusal")

    def stored(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        paid = refresh_contracts({draft.record.contract_id for draft in drafts})
        return told_paid(paid, drafts[0].actor) if paid else ()

    def removed(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        if any(record.state in (Payment.State.CONFIRMED, Payment.State.REVERSED) for record in records):
            raise NotAllowed(_("财务已确认的回款不能删除，请冲销它。"), subject="payment", action="delete")

    def may_return(self, record_type: RecordType, records: Sequence[Any]) -> None:
        """The bank's line may have been entered again while the receipt lay in the recycle bin."""
        named = [one for one in records if one.reference and one.state != Payment.State.REFUSED]
        rows = Payment.objects.ungated("entered twice").filter(
            reference__in={one.reference for one in named}, deleted_at__isnull=True
        )
        used = dict(rows.exclude(state=Payment.State.REFUSED).values_list("reference", "number"))
        for one in named:
            # The first to come back has it; two in the bin may carry the same.
            number = used.setdefault(one.reference, one.number)
            if number != one.number:
                names = {"payment": one.number, "reference": one.reference, "number": number}
                raise InvalidRecord(
                    {"": _("%(payment)s 不能恢复：流水号 %(reference)s 已登记为 %(number)s。请先核对那一笔。") % names}
                )

    def restored(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        refresh_contracts({record.contract_id for record in records})


def _follow(contracts: Sequence[Contract]) -> None:
    refresh_contracts([contract.pk for contract in contracts])
    refresh_opportunities({contract.opportunity_id for contract in contracts if contract.opportunity_id})
    refresh_lifecycle({contract.customer_id for contract in contracts if contract.customer_id})


def _awaited(signed: Sequence[Draft]) -> list[EventDraft]:
    """From signing on, each instalment of the plan is awaited."""
    by = {draft.record.pk: draft.actor for draft in signed}
    rows = Instalment.objects.ungated("operation").filter(contract_id__in=by, deleted_at__isnull=True)
    return [told(row, kinds.AWAITED, by[row.contract_id]) for row in rows.select_related("contract").order_by("pk")]


def _check_amendment(draft: Draft) -> None:
    contract: Contract = draft.record
    main = contract.amends
    if main is None:
        return
    if main.pk == contract.pk or main.amends_id is not None:
        draft.problems["amends"] = _("只能补充主合同，不能补充另一份补充协议")
    elif main.customer_id != contract.customer_id:
        draft.problems["amends"] = _("要补充的合同不属于该客户")


def _check_signing(draft: Draft) -> None:
    """The day of signing is set by signing; history brings its own."""
    if not draft.changed("signed_on") or draft.changed("state"):
        return
    contract: Contract = draft.record
    brings_history = draft.actor.ref.door in (*_IN_BULK, "api")
    is_bound = contract.state in (*BINDING, Contract.State.ENDED)
    if contract.signed_on is not None and contract.signed_on > today():
        draft.problems["signed_on"] = _("签署日期不能晚于今天")
    elif contract.signed_on is not None and not (brings_history if draft.is_new else is_bound):
        draft.problems["signed_on"] = _("签署日期在签署时填写")


def _check_terms(record_type: RecordType, draft: Draft) -> None:
    changed = [key for key in TERMS if key in draft.after]
    if not changed or draft.changed("state"):
        return
    if record_type.policy.allows(draft.actor, "review", draft.record):
        draft.facts["after_signing"] = True
        return
    for key in changed:
        draft.problems[key] = _("合同已签署，这一项只能用补充协议修改")


def _check_entered_twice(drafts: Sequence[Draft]) -> None:
    """One line of the bank's statement is one receipt."""
    # A receipt that finance sent back did not hold its line; put right, it does again.
    named = [
        draft
        for draft in drafts
        if draft.record.reference
        and (draft.changed("reference", "state") or draft.record.state == Payment.State.REFUSED)
        and not (draft.changed("state") and draft.record.state == Payment.State.REFUSED)
    ]
    if not named:
        return
    rows = Payment.objects.ungated("entered twice").filter(
        reference__in={draft.record.reference for draft in named}, deleted_at__isnull=True
    )
    known: dict[str, tuple[int, str]] = {}
    for pk, reference, number in rows.exclude(state=Payment.State.REFUSED).values_list("pk", "reference", "number"):
        known[reference] = (pk, number)
    here: set[str] = set()
    for draft in named:
        reference = draft.record.reference
        pk, number = known.get(reference, (None, ""))
        if pk is not None and pk != draft.record.pk:
            draft.problems["reference"] = _("这个流水号已经登记过（%(number)s），不能再登记一次。") % {"number": number}
        elif reference in here:
            draft.problems["reference"] = _("这个流水号在同一批里出现了两次。")
        here.add(reference)


def _check_repeated(drafts: Sequence[Draft]) -> None:
    """The same day and amount again, or more than is due: only when whoever enters it says so."""
    asked = [draft for draft in drafts if draft.changed("amount", "received_on", "contract") and not draft.problems]
    if not asked:
        return
    ids = {draft.record.contract_id for draft in asked}
    known: dict[int, list[tuple[int | None, Any, Decimal]]] = defaultdict(list)
    rows = Payment.objects.ungated("entered twice").filter(
        contract_id__in=ids, state__in=_OPEN, reverses__isnull=True, deleted_at__isnull=True
    )
    for contract_id, *row in rows.values_list("contract_id", "pk", "received_on", "amount"):
        known[contract_id].append((row[0], row[1], row[2]))
    for draft in asked:
        payment: Payment = draft.record
        others = [row for row in known[payment.contract_id] if row[0] is None or row[0] != payment.pk]
        over = sum((row[2] for row in others), payment.amount) - payment.contract.total_amount
        is_repeat = any(row[1:] == (payment.received_on, payment.amount) for row in others)
        known[payment.contract_id] = [*others, (payment.pk, payment.received_on, payment.amount)]
        if payment.is_checked:
            continue
        if is_repeat:
            draft.problems["is_checked"] = _("同一合同同一天已有一笔相同金额。确实是另一笔，请勾选“已核对”。")
        elif over > 0:
            draft.problems["is_checked"] = _("加上这一笔，比合同金额多 %(over)s。确实多付，请勾选“已核对”。") % {
                "over": format_money(over)
            }
