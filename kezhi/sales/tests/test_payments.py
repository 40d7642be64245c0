"""Payment plans and receipts: what adds up, what counts, what is entered once (SAL-6)."""

from datetime import date
from decimal import Decimal

import pytest

from kezhi.access.models import Grant
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.figures import set_figure
from kezhi.core.health import examine
from kezhi.core.models import Event
from kezhi.core.values.problem import ValueProblem
from kezhi.records.operations import InvalidRecord, change_record, delete_records, restore_records
from kezhi.records.registry import record_type
from kezhi.sales.models import Contract, Instalment, Opportunity, Payment
from kezhi.sales.operations.contracts import ready_contract, sign_contract
from kezhi.sales.operations.payments import confirm_payment, refuse_payment, reverse_payment
from kezhi.sales.operations.plans import PlanRow, set_plan
from kezhi.sales.planning import months_later, read_split, split_equally

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(people, make_contract):
    """A signed contract over 100,000 yuan."""
    set_figure("sales.legal_review", False, actor_ref=people.administrator.actor.ref)

    def make(**values):
        contract = ready_contract(make_contract(**values), actor=people.rep.actor)
        return sign_contract(contract, actor=people.rep.actor)

    return make


@pytest.fixture
def plan(people):
    def make(contract, *amounts):
        rows = [PlanRow(f"第 {n} 期", date(2026, n, 15), Decimal(amount)) for n, amount in enumerate(amounts, start=1)]
        return set_plan(contract, rows, actor=people.rep.actor)

    return make


@pytest.fixture
def receive(people, make):
    def enter(contract, amount, *, on="2026-03-01", confirmed=True, **values):
        payment = make("payment", contract=contract, amount=str(amount), received_on=on, **values)
        return confirm_payment(payment, actor=people.administrator.actor) if confirmed else payment

    return enter


def _plan(contract):
    rows = Instalment.objects.ungated("test").filter(contract=contract, deleted_at__isnull=True).order_by("position")
    return [(row.state, row.paid_amount) for row in rows]


def _fresh(contract):
    return Contract.objects.ungated("test").get(pk=contract.pk)


def test_an_amount_is_split_to_the_cent():
    assert read_split("30/60/10", Decimal("100000.01")) == [
        Decimal("30000.00"),
        Decimal("60000.01"),
        Decimal("10000.00"),
    ]
    assert split_equally(Decimal(100), 3) == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
    assert read_split("3", Decimal(100)) == split_equally(Decimal(100), 3)
    assert read_split("100", Decimal(80)) == [Decimal(80)]
    for text in ("30％，60％，10％", "30 60 10", "30+60+10", "30：60：10", " 30% / 60% / 10% "):
        assert read_split(text, Decimal(100)) == [Decimal(30), Decimal(60), Decimal(10)]


@pytest.mark.parametrize("text", ["30/60", "30/60/20", "", "a/b", "0", "-5", "120/-20", "1e9", "NaN", "61", "1/2/97/"])
def test_shares_that_make_no_hundred_are_refused_with_a_sentence(text):
    if text == "1/2/97/":
        assert read_split(text, Decimal(100)) == [Decimal(1), Decimal(2), Decimal(97)]
        return
    with pytest.raises(ValueProblem):
        read_split(text, Decimal(100000))


def test_the_last_day_of_a_month_stays_within_months():
    assert months_later(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert months_later(date(2026, 12, 15), 2) == date(2027, 2, 15)


def test_a_plan_that_does_not_add_up_says_by_how_much_and_stays_a_draft(people, make_contract, plan):
    contract = make_contract(amount="100000")
    assert plan(contract, 30000, 60000) == Decimal(10000)
    assert plan(contract, 30000, 60000, 20000) == Decimal(-10000)
    assert plan(contract, 30000, 60000, 10000) == 0
    assert _fresh(contract).next_due_on == date(2026, 1, 15)


def test_a_plan_is_changed_row_by_row_and_a_paid_row_stays(people, signed, plan, receive):
    contract = signed()
    plan(contract, 40000, 60000)
    receive(contract, 40000)
    first, second = Instalment.objects.ungated("test").filter(contract=contract).order_by("position")
    with pytest.raises(InvalidRecord):
        set_plan(contract, [PlanRow("全款", date(2026, 5, 1), Decimal(100000))], actor=people.rep.actor)
    rows = [
        PlanRow(first.name, first.due_on, first.amount, pk=first.pk),
        PlanRow("验收", date(2026, 6, 1), Decimal(50000), pk=second.pk),
        PlanRow("质保", date(2027, 6, 1), Decimal(10000)),
    ]
    assert set_plan(contract, rows, actor=people.rep.actor) == 0
    assert _plan(contract) == [("paid", Decimal(40000)), ("planned", Decimal(0)), ("planned", Decimal(0))]


def test_instalments_are_above_nothing(people, make_contract):
    with pytest.raises(InvalidRecord) as refused:
        set_plan(make_contract(), [PlanRow("一", date(2026, 1, 1), Decimal(0))], actor=people.rep.actor)
    assert str(refused.value.problems["row.1.amount"]) == "金额要大于零"


def test_only_confirmed_money_counts_and_goes_to_the_oldest_instalment(people, signed, plan, receive):
    contract = signed()
    plan(contract, 30000, 60000, 10000)
    waiting = receive(contract, 50000, confirmed=False)
    assert _plan(contract) == [("planned", Decimal(0))] * 3
    confirm_payment(waiting, actor=people.administrator.actor)
    assert _plan(contract) == [("paid", Decimal(30000)), ("partly", Decimal(20000)), ("planned", Decimal(0))]
    found = _fresh(contract)
    assert (found.paid_amount, found.next_due_on, found.is_paid) == (Decimal(50000), date(2026, 2, 15), False)


def test_money_entered_for_an_instalment_goes_there_first(people, signed, plan, receive):
    contract = signed()
    plan(contract, 30000, 60000, 10000)
    last = Instalment.objects.ungated("test").filter(contract=contract).order_by("position").last()
    receive(contract, 15000, instalment=last)
    assert _plan(contract) == [("partly", Decimal(5000)), ("planned", Decimal(0)), ("paid", Decimal(10000))]


def test_cents_add_up_exactly(people, signed, plan, receive):
    contract = signed(amount="100000.03")
    plan(contract, "33333.34", "33333.34", "33333.35")
    for amount in ("33333.34", "33333.34", "33333.35"):
        receive(contract, amount, is_checked="true")
    found = _fresh(contract)
    assert (found.paid_amount, found.is_paid) == (Decimal("100000.03"), True)


def test_all_money_in_is_told_once_and_the_opportunity_is_paid(people, signed, receive, make_opportunity):
    opportunity = make_opportunity()
    contract = signed(customer=opportunity.customer, opportunity=opportunity)
    receive(contract, 60000)
    receive(contract, 40000)
    assert Event.objects.filter(record_type="contract", record_id=contract.pk, kind="contract.paid").count() == 1
    found = Opportunity.objects.ungated("test").get(pk=opportunity.pk)
    assert (found.is_paid, found.paid_amount, found.contract_amount) == (True, Decimal(100000), Decimal(100000))
    assert [words for key, words in examine() if key in ("contracts", "lifecycle")] == []


def test_finance_confirms_once(people, signed, receive):
    payment = receive(signed(), 1000, confirmed=False)
    confirm_payment(payment, actor=people.administrator.actor)
    with pytest.raises(InvalidRecord) as refused:
        confirm_payment(payment, actor=people.steward.actor)
    assert str(refused.value.problems[""]) == "这一笔已经确认过了。"
    assert Event.objects.filter(kind="payment.confirmed").count() == 1


def test_who_may_not_confirm_does_not(people, signed, receive):
    Grant.objects.filter(role__key="sales_rep", subject="payment", action="review").delete()
    epochs.bump(EPOCH)
    payment = receive(signed(), 1000, confirmed=False)
    with pytest.raises(NotAllowed):
        confirm_payment(payment, actor=people.rep.actor)
    with pytest.raises(Payment.DoesNotExist):
        confirm_payment(payment, actor=people.outsider.actor)


def test_what_finance_refuses_is_put_right_and_waits_again(people, signed, receive):
    payment = receive(signed(), 1000, confirmed=False)
    with pytest.raises(InvalidRecord):
        refuse_payment(payment, reason="", actor=people.administrator.actor)
    refuse_payment(payment, reason="账上是 900", actor=people.administrator.actor)
    right = change_record(payment, {"amount": "900"}, actor=people.rep.actor)
    assert (right.state, right.refusal) == ("waiting", "")


def test_the_same_bank_reference_is_one_receipt(people, signed, receive):
    contract = signed()
    receive(contract, 1000, reference="BK 2026-01 77", confirmed=False)
    with pytest.raises(InvalidRecord) as refused:
        receive(contract, 2000, reference="BK2026-0177", on="2026-03-09", is_checked="true")
    assert list(refused.value.problems) == ["reference"]
    assert Payment.objects.ungated("test").count() == 1


def test_a_receipt_does_not_come_back_beside_another_of_the_same_bank_reference(people, signed, receive):
    contract = signed()
    known = record_type("payment")
    gone = receive(contract, 1000, reference="BK77", confirmed=False)
    delete_records(known, [gone.pk], actor=people.rep.actor, is_approved=True)
    again = receive(contract, 1000, reference="BK77", confirmed=False)

    with pytest.raises(InvalidRecord) as refused:
        restore_records(known, [gone.pk], actor=people.rep.actor)

    assert str(refused.value.problems[""]) == (
        f"{gone.number} 不能恢复：流水号 BK77 已登记为 {again.number}。请先核对那一笔。"
    )
    assert list(Payment.objects.ungated("test").filter(deleted_at=None).values_list("pk", flat=True)) == [again.pk]
    delete_records(known, [again.pk], actor=people.rep.actor, is_approved=True)
    with pytest.raises(InvalidRecord):
        restore_records(known, [gone.pk, again.pk], actor=people.rep.actor)
    restore_records(known, [gone.pk], actor=people.rep.actor)
    assert list(Payment.objects.ungated("test").filter(deleted_at=None).values_list("pk", flat=True)) == [gone.pk]


def test_a_refused_receipt_put_right_does_not_take_a_bank_reference_used_since(people, signed, receive):
    contract = signed()
    sent_back = receive(contract, 1000, reference="BK77", confirmed=False)
    sent_back = refuse_payment(sent_back, reason="未到账", actor=people.administrator.actor)
    again = receive(contract, 2000, reference="BK77", confirmed=False)

    with pytest.raises(InvalidRecord) as refused:
        change_record(sent_back, {"amount": "3000"}, actor=people.rep.actor)

    assert {key: str(text) for key, text in refused.value.problems.items()} == {
        "reference": f"这个流水号已经登记过（{again.number}），不能再登记一次。"
    }
    put_right = change_record(sent_back, {"amount": "3000", "reference": "BK78"}, actor=people.rep.actor)
    assert (put_right.state, put_right.reference) == ("waiting", "BK78")


def test_the_same_day_and_amount_again_is_asked_about(people, signed, receive):
    contract = signed()
    receive(contract, 1000)
    with pytest.raises(InvalidRecord) as refused:
        receive(contract, 1000)
    assert list(refused.value.problems) == ["is_checked"]
    receive(contract, 1000, is_checked="true")
    assert _fresh(contract).paid_amount == Decimal(2000)


def test_more_than_is_due_is_taken_only_when_it_was_said(people, signed, receive):
    contract = signed()
    with pytest.raises(InvalidRecord) as refused:
        receive(contract, 120000)
    assert "¥20,000.00" in str(refused.value.problems["is_checked"])
    receive(contract, 120000, is_checked="true")
    assert (_fresh(contract).paid_amount, _fresh(contract).is_paid) == (Decimal(120000), True)


def test_confirming_more_than_is_due_asks_finance_too(people, signed, make, receive):
    contract = signed()
    payment = receive(contract, 100000, confirmed=False)
    Contract.objects.ungated("test").filter(pk=contract.pk).update(amount=90000, total_amount=90000)
    with pytest.raises(InvalidRecord) as refused:
        confirm_payment(payment, actor=people.administrator.actor)
    assert list(refused.value.problems) == ["over"]
    confirm_payment(payment, allow_over=True, actor=people.administrator.actor)
    assert _fresh(contract).paid_amount == Decimal(100000)


def test_a_reversal_is_a_row_of_its_own_once_and_the_money_no_longer_counts(people, signed, plan, receive):
    contract = signed()
    plan(contract, 30000, 70000)
    payment = receive(contract, 100000)
    assert _fresh(contract).is_paid is True
    row = reverse_payment(payment, reason="客户退款", actor=people.administrator.actor)
    assert (row.amount, row.reverses_id, row.state) == (Decimal(-100000), payment.pk, "confirmed")
    assert (_fresh(contract).paid_amount, _fresh(contract).is_paid) == (Decimal(0), False)
    assert _plan(contract) == [("planned", Decimal(0))] * 2
    for again in (payment, row):
        with pytest.raises(InvalidRecord):
            reverse_payment(again, reason="再冲一次", actor=people.administrator.actor)
    assert Payment.objects.ungated("test").count() == 2


def test_confirmed_money_is_neither_changed_nor_deleted(people, signed, receive):
    payment = receive(signed(), 1000)
    with pytest.raises(InvalidRecord):
        change_record(payment, {"amount": "999"}, actor=people.administrator.actor)
    with pytest.raises(NotAllowed):
        delete_records(record_type("payment"), [payment.pk], actor=people.administrator.actor)
    change_record(payment, {"note": "首付款"}, actor=people.rep.actor)


@pytest.mark.parametrize(
    ("amount", "on"), [("0", "2026-03-01"), ("-5", "2026-03-01"), ("5", "2999-01-01"), ("很多", "2026-03-01")]
)
def test_no_receipt_of_nothing_or_of_tomorrow(people, signed, receive, amount, on):
    with pytest.raises(InvalidRecord):
        receive(signed(), amount, on=on)
