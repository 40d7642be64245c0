"""The life of a contract: drafted from a quote, reviewed, signed, finished or ended early (SAL-5)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require, require_area
from kezhi.core.clock import today
from kezhi.core.events import record_event
from kezhi.core.figures import boolean_figure
from kezhi.core.values.money import format_money
from kezhi.records.behaviour import Draft
from kezhi.records.models import RecordFile
from kezhi.records.operations import InvalidRecord, create_record
from kezhi.records.operations.words import refuse_sensitive_words
from kezhi.records.operations.writing import store_changes
from kezhi.records.registry import record_type
from kezhi.sales import kinds_contracts as kinds
from kezhi.sales.contract_events import told
from kezhi.sales.facts_contracts import BINDING
from kezhi.sales.models import Contract, Opportunity, Quote
from kezhi.sales.planning import gap_words, plan_difference, plan_gap

_STATES = Contract.State
_LEGAL = Contract.Legal


@transaction.atomic
def draft_contract_from_quote(quote: Quote, *, actor: Actor) -> Contract:
    """A contract with everything the accepted quote says; drafting twice gives the first one again.

    Raises:
        NotAllowed: the actor does not see the quote or may not create contracts.
        InvalidRecord: the customer has not accepted this quote.
    """
    require_area(actor, "contract", "create")
    stored = Quote.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=quote.pk)
    if stored.state != Quote.State.ACCEPTED:
        raise InvalidRecord({"": _("客户还没有接受这份报价，接受后才能起草合同。")})
    earlier = Contract.objects.ungated("drafted already").filter(quote_id=stored.pk, deleted_at__isnull=True)
    for known in earlier.exclude(state=_STATES.ENDED).order_by("pk"):
        if not Contract.objects.visible_to(actor).filter(pk=known.pk).exists():
            raise InvalidRecord({"": _("这份报价已经起草过合同（%(number)s）。") % {"number": known.number}})
        return _typed(known)
    values: dict[str, Any] = {
        "name": stored.opportunity.name if stored.opportunity else stored.name,
        "customer": str(stored.customer_id),
        "opportunity": str(stored.opportunity_id),
        "quote": str(stored.pk),
        "their_party": stored.customer.name,
        "amount": stored.total_cny,
        "note": stored.terms,
    }
    contract = _typed(create_record(record_type("contract"), values, actor=actor))
    if stored.owner_id and stored.owner_id != contract.owner_id and actor.allows("contract", "assign"):
        contract.owner_id = stored.owner_id
        contract.save(update_fields=["owner"])
    record_event(told(contract, kinds.DRAFTED, actor, {"quote": stored.number}, also=[("quote", stored.pk)]))
    return contract


def newer_quote(contract: Contract) -> Quote | None:
    """The version that replaced the contract's quote since; the contract keeps the one the customer accepted."""
    if contract.quote_id is None:
        return None
    rows = Quote.objects.ungated("is there a newer version").filter(replaces_id=contract.quote_id)
    return rows.filter(deleted_at__isnull=True).order_by("-pk").first()


@transaction.atomic
def submit_contract(contract: Contract, *, actor: Actor) -> Contract:
    """Ask legal to review a draft."""
    stored = _locked(contract, actor, "edit")
    _require_state(stored, (_STATES.DRAFT, _STATES.READY), _("只有草拟的合同可以送审。"))
    _change(stored, actor, state=_STATES.REVIEW, legal_state=_LEGAL.WAITING, legal_note="")
    record_event(told(stored, kinds.SUBMITTED, actor))
    return stored


@transaction.atomic
def review_contract(contract: Contract, *, passed: bool, actor: Actor, reason: str = "") -> Contract:
    """Legal's word on a contract: passed and ready to be signed, or back to the draft with a reason.

    Raises:
        NotAllowed: the actor may not review contracts.
        InvalidRecord: it does not wait for review, or is refused without a reason.
    """
    stored = _locked(contract, actor, "review")
    _require_state(stored, (_STATES.REVIEW,), _("这份合同不在审核中，可能别人已经审过了。"))
    words = reason.strip()[:500]
    if not passed and len(words) < 2:
        raise InvalidRecord({"reason": _("请写明退回的原因")})
    refuse_sensitive_words(actor=actor, reason=words)
    if passed:
        _change(stored, actor, state=_STATES.READY, legal_state=_LEGAL.PASSED, legal_note=words)
    else:
        _change(stored, actor, state=_STATES.DRAFT, legal_state=_LEGAL.REFUSED, legal_note=words)
    record_event(told(stored, kinds.LEGAL_PASSED if passed else kinds.LEGAL_REFUSED, actor, {"reason": words}))
    return stored


@transaction.atomic
def ready_contract(contract: Contract, *, actor: Actor) -> Contract:
    """A draft that needs no legal review goes to be signed."""
    stored = _locked(contract, actor, "edit")
    _require_state(stored, (_STATES.DRAFT,), _("只有草拟的合同可以标为待签署。"))
    if boolean_figure("sales.legal_review") and stored.legal_state != _LEGAL.PASSED:
        raise InvalidRecord({"": _("合同须先经法务审核，请送审。")})
    _change(stored, actor, state=_STATES.READY)
    record_event(told(stored, kinds.READY, actor))
    return stored


@transaction.atomic
def sign_contract(contract: Contract, *, signed_on: date | None = None, actor: Actor) -> Contract:
    """Both sides have signed; from now on its terms change only by amendment.

    Raises:
        InvalidRecord: it is not ready, the day lies ahead, or file or plan are missing where figures ask for them.
    """
    stored = _locked(contract, actor, "edit")
    _require_state(stored, (_STATES.READY,), _("合同还不能签署：要先审核通过，成为“待签署”。"))
    day = signed_on or today()
    if day > today():
        raise InvalidRecord({"signed_on": _("签署日期不能晚于今天")})
    if stored.amount <= 0 and stored.amends_id is None:
        raise InvalidRecord({"": _("合同金额要大于零才能签署。")})
    if boolean_figure("sales.signed_file") and not _has_file(stored):
        raise InvalidRecord({"": _("请先上传签好的合同文件。")})
    if stored.amends_id is None:
        gap = plan_difference(stored) if boolean_figure("sales.plan_complete") else plan_gap(stored)
        if gap:
            raise InvalidRecord({"": gap_words(gap)})
    _change(stored, actor, state=_STATES.SIGNED, signed_on=day, starts_on=stored.starts_on or day)
    record_event(told(stored, kinds.SIGNED, actor, {"amount": str(stored.amount), "signed_on": day.isoformat()}))
    return stored


@transaction.atomic
def finish_contract(contract: Contract, *, actor: Actor) -> Contract:
    """Everything in it is done and paid."""
    stored = _locked(contract, actor, "edit")
    _require_state(stored, (_STATES.SIGNED,), _("只有已签署的合同可以完成。"))
    if not stored.is_paid and stored.amends_id is None:
        left = format_money(stored.total_amount - stored.paid_amount)
        raise InvalidRecord({"": _("还有 %(left)s 没有到账，不能完成；不再履行请用“提前终止”。") % {"left": left}})
    _change(stored, actor, state=_STATES.FINISHED)
    record_event(told(stored, kinds.FINISHED, actor))
    return stored


@transaction.atomic
def end_contract(contract: Contract, *, reason: str, ended_on: date | None = None, actor: Actor) -> Contract:
    """It ends before its term, or never comes about; with a reason. What is unpaid is no longer awaited."""
    stored = _locked(contract, actor, "edit")
    if stored.state in (_STATES.FINISHED, _STATES.ENDED):
        raise InvalidRecord({"": _("合同已经结束。")})
    words = reason.strip()[:200]
    if len(words) < 2:
        raise InvalidRecord({"reason": _("请写明终止的原因")})
    refuse_sensitive_words(actor=actor, reason=words)
    _change(stored, actor, state=_STATES.ENDED, end_reason=words, ended_on=ended_on or today())
    record_event(told(stored, kinds.ENDED, actor, {"reason": words}))
    return stored


@transaction.atomic
def draft_amendment(contract: Contract, *, actor: Actor) -> Contract:
    """A supplementary agreement (补充协议) to a signed contract, as a draft; its amount is what it adds to it."""
    stored = _locked(contract, actor, "edit")
    if stored.amends_id is not None or stored.state != _STATES.SIGNED:
        raise InvalidRecord({"": _("只能给已签署的主合同起草补充协议。")})
    count = Contract.objects.ungated("numbering").filter(amends_id=stored.pk).count()
    values = {
        "name": gettext("%(name)s 补充协议%(number)s") % {"name": stored.name[:100], "number": count + 1},
        "customer": str(stored.customer_id),
        "opportunity": str(stored.opportunity_id) if stored.opportunity_id else "",
        "amends": str(stored.pk),
        "our_party": stored.our_party,
        "their_party": stored.their_party,
        "amount": "0",
    }
    return _typed(create_record(record_type("contract"), values, actor=actor))


@transaction.atomic
def open_renewal(contract: Contract, *, actor: Actor) -> Opportunity:
    """The opportunity to renew a contract that runs out, for its owner; the one there is already, if any.

    Raises:
        InvalidRecord: the contract has no end, or is no main contract in force.
    """
    require_area(actor, "opportunity", "create")
    stored: Contract = Contract.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=contract.pk)
    if stored.ends_on is None or stored.amends_id is not None or stored.state not in BINDING:
        raise InvalidRecord({"": _("只有已签署、有到期日的主合同可以续约。")})
    there = Opportunity.objects.ungated("renewed already").filter(renewal_of_id=stored.pk, deleted_at__isnull=True)
    if (known := there.order_by("pk").first()) is not None:
        return known  # type: ignore[no-any-return]
    values: dict[str, Any] = {
        "name": gettext("%(name)s 续约") % {"name": stored.name[:100]},
        "customer": str(stored.customer_id),
        "amount": stored.total_amount,
        "expected_close_on": stored.ends_on.isoformat(),
    }
    if stored.owner_id and actor.owners("opportunity", "create") is None:
        values["owner"] = str(stored.owner_id)
    opportunity: Opportunity = create_record(record_type("opportunity"), values, actor=actor)
    opportunity.renewal_of = stored
    opportunity.save(update_fields=["renewal_of"])
    return opportunity


def _locked(contract: Contract, actor: Actor, action: str) -> Contract:
    stored: Contract = Contract.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=contract.pk)
    require(actor, action, stored)
    return stored


def _require_state(contract: Contract, states: Sequence[str], words: str | Promise) -> None:
    if contract.state not in states:
        raise InvalidRecord({"": words})


def _change(contract: Contract, actor: Actor, **values: Any) -> None:
    """Store what a verb moves, with the ordinary event of a change: rules and the timeline see before and after."""
    before = {key: getattr(contract, key) for key in values}
    for key, value in values.items():
        setattr(contract, key, str(value) if isinstance(value, (_STATES, _LEGAL)) else value)
    after = {key: getattr(contract, key) for key in values if getattr(contract, key) != before[key]}
    store_changes(record_type("contract"), [Draft(contract, before, after, actor, is_new=False)], actor=actor)


def _has_file(contract: Contract) -> bool:
    rows = RecordFile.objects.filter(record_type="contract", record_id=contract.pk, deleted_at__isnull=True)
    return rows.exists()


def _typed(record: Any) -> Contract:
    if not isinstance(record, Contract):
        raise TypeError("no contract")
    return record
