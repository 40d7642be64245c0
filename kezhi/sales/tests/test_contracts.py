"""Contracts from the quote to the end: review, signing, amendments, terms that stay (SAL-5)."""

from datetime import date
from decimal import Decimal

import pytest

from kezhi.access.models import Grant
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import today
from kezhi.core.events import read_facts
from kezhi.core.figures import set_figure
from kezhi.core.models import Event
from kezhi.records.operations import InvalidRecord, change_record, create_record, delete_records
from kezhi.records.registry import record_type
from kezhi.sales.models import Contract, Instalment, Opportunity, Quote
from kezhi.sales.operations.contracts import (
    draft_amendment,
    draft_contract_from_quote,
    end_contract,
    finish_contract,
    newer_quote,
    ready_contract,
    review_contract,
    sign_contract,
    submit_contract,
)
from kezhi.sales.operations.plans import PlanRow, set_plan

pytestmark = pytest.mark.django_db


def _kinds(contract):
    rows = Event.objects.filter(record_type="contract", record_id=contract.pk, kind__startswith="contract.")
    return list(rows.order_by("id").values_list("kind", flat=True))


def _accepted(quote, total="120000"):
    Quote.objects.ungated("test").filter(pk=quote.pk).update(state="accepted", total_cny=Decimal(total))
    return Quote.objects.ungated("test").get(pk=quote.pk)


def take_review_from_reps():
    Grant.objects.filter(role__key="sales_rep", action="review").delete()
    epochs.bump(EPOCH)


@pytest.fixture
def sign(people):
    def run(contract, *, on=None):
        submit_contract(contract, actor=people.rep.actor)
        review_contract(contract, passed=True, actor=people.administrator.actor)
        return sign_contract(contract, signed_on=on, actor=people.rep.actor)

    return run


def test_an_accepted_quote_becomes_a_contract_with_nothing_typed_twice(people, make_quote):
    quote = _accepted(make_quote())
    contract = draft_contract_from_quote(quote, actor=people.rep.actor)
    assert (contract.amount, contract.customer_id, contract.opportunity_id, contract.quote_id) == (
        Decimal(120000),
        quote.customer_id,
        quote.opportunity_id,
        quote.pk,
    )
    assert contract.their_party == quote.customer.name
    assert contract.state == "draft"
    assert draft_contract_from_quote(quote, actor=people.rep.actor).pk == contract.pk


def test_a_quote_the_customer_has_not_accepted_becomes_no_contract(people, make_quote):
    with pytest.raises(InvalidRecord) as refused:
        draft_contract_from_quote(make_quote(), actor=people.rep.actor)
    assert str(refused.value.problems[""]) == "客户还没有接受这份报价，接受后才能起草合同。"


def test_nobody_drafts_from_a_quote_they_do_not_see(people, make_quote):
    quote = _accepted(make_quote())
    with pytest.raises(Quote.DoesNotExist):
        draft_contract_from_quote(quote, actor=people.outsider.actor)


def test_a_quote_changed_meanwhile_leaves_the_contract_as_accepted_and_is_named(people, make, make_quote):
    quote = _accepted(make_quote())
    contract = draft_contract_from_quote(quote, actor=people.rep.actor)
    assert newer_quote(contract) is None
    newer = make("quote", name="改过的报价", opportunity=quote.opportunity)
    Quote.objects.ungated("test").filter(pk=newer.pk).update(replaces=quote, total_cny=Decimal(90000))
    assert newer_quote(contract).pk == newer.pk
    contract.refresh_from_db()
    assert (contract.quote_id, contract.amount) == (quote.pk, Decimal(120000))


def test_legal_passes_and_both_sides_sign(people, make_contract, sign):
    contract = make_contract()
    signed = sign(contract)
    assert (signed.state, signed.legal_state, signed.signed_on) == ("signed", "passed", today())
    assert _kinds(contract) == ["contract.submitted", "contract.legal_passed", "contract.signed"]


def test_legal_refuses_with_a_reason_and_the_draft_comes_back(people, make_contract):
    contract = make_contract()
    submit_contract(contract, actor=people.rep.actor)
    with pytest.raises(InvalidRecord):
        review_contract(contract, passed=False, reason=" ", actor=people.administrator.actor)
    refused = review_contract(contract, passed=False, reason="违约条款缺失", actor=people.administrator.actor)
    assert (refused.state, refused.legal_state, refused.legal_note) == ("draft", "refused", "违约条款缺失")
    assert _kinds(contract) == ["contract.submitted", "contract.legal_refused"]


def test_only_who_may_review_reviews_and_only_once(people, make_contract):
    take_review_from_reps()
    contract = make_contract()
    submit_contract(contract, actor=people.rep.actor)
    with pytest.raises(NotAllowed):
        review_contract(contract, passed=True, actor=people.rep.actor)
    review_contract(contract, passed=True, actor=people.administrator.actor)
    with pytest.raises(InvalidRecord):
        review_contract(contract, passed=True, actor=people.administrator.actor)


def test_a_contract_without_legal_review_is_not_signed_unless_the_figure_lets_it(people, make_contract):
    contract = make_contract()
    with pytest.raises(InvalidRecord):
        ready_contract(contract, actor=people.rep.actor)
    with pytest.raises(InvalidRecord):
        sign_contract(contract, actor=people.rep.actor)
    set_figure("sales.legal_review", False, actor_ref=people.administrator.actor.ref)
    ready_contract(contract, actor=people.rep.actor)
    assert sign_contract(contract, actor=people.rep.actor).state == "signed"


def test_signing_asks_for_the_file_and_the_plan_where_figures_say_so(people, make_contract):
    set_figure("sales.legal_review", False, actor_ref=people.administrator.actor.ref)
    set_figure("sales.signed_file", True, actor_ref=people.administrator.actor.ref)
    contract = ready_contract(make_contract(), actor=people.rep.actor)
    with pytest.raises(InvalidRecord) as refused:
        sign_contract(contract, actor=people.rep.actor)
    assert str(refused.value.problems[""]) == "请先上传签好的合同文件。"
    set_figure("sales.signed_file", False, actor_ref=people.administrator.actor.ref)
    set_figure("sales.plan_complete", True, actor_ref=people.administrator.actor.ref)
    with pytest.raises(InvalidRecord) as refused:
        sign_contract(contract, actor=people.rep.actor)
    assert str(refused.value.problems[""]) == "回款计划比合同金额少 ¥100,000.00。"


def test_a_contract_is_signed_and_stays_with_a_plan_that_adds_up_or_none(people, make_contract):
    set_figure("sales.legal_review", False, actor_ref=people.administrator.actor.ref)
    contract = ready_contract(make_contract(amount="100000"), actor=people.rep.actor)
    first, rest = PlanRow("首付", today(), Decimal(30000)), PlanRow("尾款", today(), Decimal(70000))
    set_plan(contract, [first], actor=people.rep.actor)
    with pytest.raises(InvalidRecord) as refused:
        sign_contract(contract, actor=people.rep.actor)
    assert str(refused.value.problems[""]) == "回款计划比合同金额少 ¥70,000.00。"
    set_plan(contract, [first, rest], actor=people.rep.actor)
    assert sign_contract(contract, actor=people.rep.actor).state == "signed"

    with pytest.raises(InvalidRecord) as refused:
        set_plan(contract, [first], actor=people.rep.actor)
    assert str(refused.value.problems[""]) == ("合同已经签署，计划要与合同金额一致：回款计划比合同金额少 ¥70,000.00。")
    assert Instalment.objects.ungated("test").filter(contract=contract, deleted_at__isnull=True).count() == 2


def test_nobody_signs_ahead_of_time(people, make_contract):
    set_figure("sales.legal_review", False, actor_ref=people.administrator.actor.ref)
    contract = ready_contract(make_contract(), actor=people.rep.actor)
    with pytest.raises(InvalidRecord) as refused:
        sign_contract(contract, signed_on=date(2999, 1, 1), actor=people.rep.actor)
    assert list(refused.value.problems) == ["signed_on"]


def test_signed_terms_change_by_amendment_or_by_legal_and_then_it_is_logged(people, make_contract, sign):
    take_review_from_reps()
    contract = sign(make_contract())
    with pytest.raises(InvalidRecord) as refused:
        change_record(contract, {"amount": "90000"}, actor=people.rep.actor)
    assert str(refused.value.problems["amount"]) == "合同已签署，这一项只能用补充协议修改"
    change_record(contract, {"note": "盖章件在档案柜"}, actor=people.rep.actor)
    change_record(contract, {"amount": "90000"}, actor=people.administrator.actor)
    event = Event.objects.filter(record_type="contract", record_id=contract.pk, kind="record.changed").latest("id")
    assert read_facts(event)["after_signing"] is True


def test_amendments_count_once_they_are_signed(people, make_contract, sign):
    contract = sign(make_contract(amount="100000"))
    more = draft_amendment(contract, actor=people.rep.actor)
    change_record(more, {"amount": "-20000"}, actor=people.rep.actor)
    contract.refresh_from_db()
    assert contract.total_amount == Decimal(100000)
    sign(more)
    contract.refresh_from_db()
    assert (contract.amount, contract.total_amount) == (Decimal(100000), Decimal(80000))
    with pytest.raises(InvalidRecord):
        draft_amendment(more, actor=people.rep.actor)


def test_the_opportunity_knows_amount_and_review_of_its_contracts(people, make_opportunity, make_contract, sign):
    opportunity = make_opportunity()
    contract = make_contract(customer=opportunity.customer, opportunity=opportunity, amount="88000.50")

    def facts():
        found = Opportunity.objects.ungated("test").get(pk=opportunity.pk)
        return found.contract_amount, found.legal_state

    submit_contract(contract, actor=people.rep.actor)
    assert facts() == (Decimal(0), "waiting")
    review_contract(contract, passed=True, actor=people.administrator.actor)
    sign_contract(contract, actor=people.rep.actor)
    assert facts() == (Decimal("88000.50"), "passed")


def test_signing_makes_the_customer_won(people, make_contract, sign):
    contract = sign(make_contract())
    contract.customer.refresh_from_db()
    assert contract.customer.lifecycle == "won"


def test_a_contract_is_ended_early_with_a_reason_and_finished_only_when_paid(people, make_contract, sign):
    contract = sign(make_contract())
    with pytest.raises(InvalidRecord) as refused:
        finish_contract(contract, actor=people.rep.actor)
    assert str(refused.value.problems[""]).startswith("还有 ¥100,000.00 没有到账")
    with pytest.raises(InvalidRecord):
        end_contract(contract, reason="", actor=people.rep.actor)
    ended = end_contract(contract, reason="客户项目取消", actor=people.rep.actor)
    assert (ended.state, ended.end_reason, ended.ended_on) == ("ended", "客户项目取消", today())


def test_a_signed_contract_is_not_deleted(people, make_contract, sign):
    contract = sign(make_contract())
    with pytest.raises(NotAllowed):
        delete_records(record_type("contract"), [contract.pk], actor=people.administrator.actor)


def test_history_brings_its_day_of_signing_and_a_form_does_not(people, make_customer):
    values = {"name": "旧合同", "customer": str(make_customer().pk), "amount": "5万", "signed_on": "2024-03-01"}
    with pytest.raises(InvalidRecord):
        create_record(record_type("contract"), values, actor=people.rep.actor)
    old = create_record(record_type("contract"), values, actor=people.rep.actor.through("import"))
    assert (old.state, old.signed_on, old.total_amount) == ("signed", date(2024, 3, 1), Decimal(50000))
    assert _kinds(old) == []


def test_dates_and_belongings_must_fit(people, make_contract, make_customer, make_opportunity):
    with pytest.raises(InvalidRecord):
        make_contract(starts_on="2026-05-01", ends_on="2026-04-01")
    other = make_opportunity(customer=make_customer("别的公司"))
    with pytest.raises(InvalidRecord):
        make_contract(opportunity=other)
    with pytest.raises(InvalidRecord):
        make_contract(amount="-5")
    assert Contract.objects.ungated("test").count() == 0
