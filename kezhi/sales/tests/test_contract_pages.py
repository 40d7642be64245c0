"""Contracts, plans and receipts on pages: each act where it is needed, nothing to those who may not (SAL-6)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from kezhi.access.models import FieldLevel, FieldRule, Grant, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import today
from kezhi.core.figures import set_figure
from kezhi.records.forms import search_records
from kezhi.records.operations import delete_records
from kezhi.records.registry import record_type
from kezhi.sales.models import Contract, Instalment, Payment, Quote
from kezhi.sales.operations.contracts import draft_contract_from_quote, ready_contract, sign_contract
from kezhi.sales.operations.payments import confirm_payment
from kezhi.sales.operations.plans import PlanRow, set_plan
from kezhi.sales.pages_contracts import overdue_instalments, waiting_payments
from tests.reading import visible_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(people, make_contract):
    def make(**values):
        set_figure("sales.legal_review", False, actor_ref=people.administrator.actor.ref)
        contract = ready_contract(make_contract(**values), actor=people.rep.actor)
        return sign_contract(contract, actor=people.rep.actor)

    return make


def _section(page, part):
    """The readable text of one part of a page."""
    source = page.content.decode()
    start = source.index(f'id="{part}"')
    return visible_text(source[source.rindex("<", 0, start) : source.index("</section>", start)])


def test_an_accepted_quote_offers_a_contract_and_makes_one(people, make_quote):
    quote = make_quote()
    client = people.rep.client()
    address = f"/quotes/{quote.pk}/contract/"
    assert address not in client.get(f"/quotes/{quote.pk}/").content.decode()
    Quote.objects.ungated("test").filter(pk=quote.pk).update(state="accepted", total_cny=Decimal(5000))
    assert address in client.get(f"/quotes/{quote.pk}/").content.decode()
    answer = client.post(address)
    contract = Contract.objects.ungated("test").get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/contracts/{contract.pk}/")
    assert people.outsider.client().post(address).status_code == 404


def test_a_newer_version_of_the_quote_is_said_on_the_contract(people, make, make_quote):
    quote = make_quote()
    Quote.objects.ungated("test").filter(pk=quote.pk).update(state="accepted", total_cny=Decimal(5000))
    quote.refresh_from_db()
    contract = draft_contract_from_quote(quote, actor=people.rep.actor)
    newer = make("quote", name="新版", opportunity=quote.opportunity)
    Quote.objects.ungated("test").filter(pk=newer.pk).update(replaces=quote)
    page = people.rep.client().get(f"/contracts/{contract.pk}/")
    assert f'href="/quotes/{newer.pk}/"' in page.content.decode()


def test_the_way_of_a_contract_by_buttons(people, make_contract):
    contract = make_contract()
    rep, admin = people.rep.client(), people.administrator.client()
    base = f"/contracts/{contract.pk}"
    assert rep.post(f"{base}/submission/").status_code == 302
    refused = admin.post(f"{base}/legal/", {"decision": "refused", "reason": ""})
    assert refused.status_code == 422
    assert admin.post(f"{base}/legal/", {"decision": "passed"}).status_code == 302
    assert rep.get(f"{base}/signing/").status_code == 200
    assert rep.post(f"{base}/signing/", {"signed_on": "2999-01-01"}).status_code == 422
    assert rep.post(f"{base}/signing/", {"signed_on": today().isoformat()}).status_code == 302
    assert Contract.objects.ungated("test").get().state == "signed"
    assert rep.post(f"{base}/amendment/").status_code == 302
    assert rep.post(f"{base}/completion/").status_code == 302
    assert Contract.objects.ungated("test").get(pk=contract.pk).state == "signed"
    assert rep.post(f"{base}/ending/", {"reason": ""}).status_code == 422
    assert rep.post(f"{base}/ending/", {"reason": "项目取消"}).status_code == 302
    assert Contract.objects.ungated("test").get(pk=contract.pk).state == "ended"


def test_nobody_else_finds_these_pages(people, make_contract):
    contract = make_contract()
    stranger = people.outsider.client()
    for part in ("legal", "signing", "ending", "plan"):
        assert stranger.get(f"/contracts/{contract.pk}/{part}/").status_code == 404
    for part in ("submission", "readiness", "completion", "amendment"):
        assert stranger.post(f"/contracts/{contract.pk}/{part}/").status_code == 404


def test_who_may_not_review_gets_no_review_page(people, make_contract):
    Grant.objects.filter(role__key="sales_rep", action="review").delete()
    epochs.bump(EPOCH)
    contract = make_contract()
    client = people.rep.client()
    client.post(f"/contracts/{contract.pk}/submission/")
    assert f"/contracts/{contract.pk}/legal/" not in client.get(f"/contracts/{contract.pk}/").content.decode()
    assert client.get(f"/contracts/{contract.pk}/legal/").status_code == 403


def test_a_plan_is_proposed_changed_and_saved(people, make_contract):
    contract = make_contract(amount="100000.01")
    client = people.rep.client()
    address = f"/contracts/{contract.pk}/plan/"
    page = client.get(address, {"split": "30/60/10", "first": "2027-01-31", "every": "1"})
    lines = page.context["lines"]
    assert [(line.values["due_on"], line.values["amount"]) for line in lines[:3]] == [
        ("2027-01-31", "30000.00"),
        ("2027-02-28", "60000.01"),
        ("2027-03-31", "10000.00"),
    ]
    for bad in (
        {"split": "30/60", "first": "2027-01-31"},
        {"split": "4", "first": "何时"},
        {"split": "4", "every": "x"},
    ):
        assert client.get(address, bad).status_code == 422
    form = {
        "pk": ["", "", ""],
        "name": ["首付", "尾款", ""],
        "due_on": ["2027-01-31", "2027-06-30", ""],
        "amount": ["3万", "70000.01", ""],
        "condition": ["签约后", "验收后", ""],
    }
    assert client.post(address, form).status_code == 302
    rows = Instalment.objects.ungated("test").order_by("position").values_list("name", "amount", "condition")
    assert list(rows) == [("首付", Decimal(30000), "签约后"), ("尾款", Decimal("70000.01"), "验收后")]


def test_a_row_that_cannot_be_keeps_what_was_typed_and_says_why(people, make_contract):
    contract = make_contract()
    form = {"pk": [""], "name": ["首付"], "due_on": ["2027-01-31"], "amount": ["很多"], "condition": [""]}
    answer = people.rep.client().post(f"/contracts/{contract.pk}/plan/", form)
    assert answer.status_code == 422
    [line, *_spare] = answer.context["lines"]
    assert (line.values["amount"], bool(line.problem)) == ("很多", True)
    assert Instalment.objects.ungated("test").count() == 0


def _rows(*rows):
    """What the plan's form posts."""
    columns = ("pk", "name", "due_on", "amount", "condition")
    return {key: [row.get(key, "") for row in rows] for key in columns}


def test_the_sum_of_what_is_typed_is_shown_and_nothing_is_stored(people, make_contract):
    address, client = f"/contracts/{make_contract(amount='100000').pk}/plan/", people.rep.client()

    def words(*amounts):
        form = {"act": "sum", **_rows(*({"amount": amount} for amount in amounts))}
        return visible_text(client.post(address, form).content.decode())

    assert words("3万", "", "6万") == "合计 ¥90,000 / ¥100,000 回款计划比合同金额少 ¥10,000.00。"
    assert words("3万", "7万") == "合计 ¥100,000 / ¥100,000 与合同金额一致"
    assert words("很多", "110000") == (
        "合计 ¥110,000 / ¥100,000 回款计划比合同金额多 ¥10,000.00。 1 行的金额读不出，没有计入。"
    )
    assert Instalment.objects.ungated("test").count() == 0


def test_instalments_of_the_same_name_are_told_apart_where_one_is_chosen(people, make_contract, make_customer):
    customer = make_customer("杭州砚北科技有限公司")
    for name, customer_of in (("机房合同", None), ("运维合同", customer)):
        contract = make_contract(name=name, **({"customer": customer_of} if customer_of else {}))
        set_plan(contract, [PlanRow("第1期", today(), contract.amount)], actor=people.rep.actor)
    assert {option.label for option in search_records("instalment", "", people.rep.actor)} == {
        "第1期 · 机房合同",
        "第1期 · 运维合同",
    }
    Instalment.objects.ungated("test").filter(contract__name="运维合同").update(name="尾款")
    assert {option.label for option in search_records("instalment", "", people.rep.actor)} == {"第1期", "尾款"}


def test_the_last_instalment_takes_what_is_left(people, make_contract):
    address, client = f"/contracts/{make_contract(amount='100000').pk}/plan/", people.rep.client()

    def given(*rows):
        answer = client.post(address, {"act": "rest", **_rows(*rows)})
        assert answer.status_code == 200
        return [(line.values["name"], line.values["amount"], line.problem) for line in answer.context["lines"]]

    first, last = {"name": "首付", "amount": "3万"}, {"name": "尾款", "due_on": "2027-06-30"}
    assert given(first, last, {"name": "空"}) == [("首付", "3万", ""), ("尾款", "70000.00", ""), ("空", "", "")]
    assert given({}, {}) == [("", "100000.00", ""), ("", "", "")]
    no_rest = "其余各期的合计已达到合同金额，没有余额可放入最后一期。"
    assert given({"amount": "10万"}, last) == [("", "10万", ""), ("尾款", "", no_rest)]
    [(_name, amount, problem), (_last, kept, _none)] = given({"amount": "很多"}, last)
    assert (amount, bool(problem), kept) == ("很多", True, "")
    assert Instalment.objects.ungated("test").count() == 0


def test_the_contract_page_shows_the_plan_and_what_it_lacks(people, make_contract):
    contract = make_contract(amount="100000")
    set_plan(contract, [PlanRow("首付", today(), Decimal(30000))], actor=people.rep.actor)
    words = _section(people.rep.client().get(f"/contracts/{contract.pk}/"), "contract-plan")
    assert "首付" in words
    assert "回款计划比合同金额少 ¥70,000.00。" in words


def test_finance_confirms_refuses_and_reverses_by_pages(people, signed, make):
    contract = signed()
    values = {"contract": contract, "received_on": today().isoformat()}
    first = make("payment", amount="1000", **values)
    second = make("payment", amount="2000", **values)
    admin = people.administrator.client()
    assert admin.get(f"/payments/{first.pk}/confirmation/").status_code == 200
    assert admin.post(f"/payments/{first.pk}/confirmation/", {"decision": "confirmed"}).status_code == 302
    assert admin.post(f"/payments/{first.pk}/confirmation/", {"decision": "confirmed"}).status_code == 422
    assert admin.post(f"/payments/{second.pk}/confirmation/", {"decision": "refused"}).status_code == 422
    body = {"decision": "refused", "reason": "没有这一笔"}
    assert admin.post(f"/payments/{second.pk}/confirmation/", body).status_code == 302
    assert admin.post(f"/payments/{first.pk}/reversal/", {"reason": ""}).status_code == 422
    assert admin.post(f"/payments/{first.pk}/reversal/", {"reason": "退款"}).status_code == 302
    states = Payment.objects.ungated("test").order_by("pk").values_list("state", "amount")
    assert list(states) == [
        ("reversed", Decimal(1000)),
        ("refused", Decimal(2000)),
        ("confirmed", Decimal(-1000)),
    ]
    assert people.outsider.client().get(f"/payments/{first.pk}/confirmation/").status_code == 404


def test_the_customers_page_sums_contracts_for_those_who_may_see_them(people, signed, make):
    contract = signed()
    payment = make("payment", contract=contract, amount="40000", received_on=today().isoformat())
    confirm_payment(payment, actor=people.administrator.actor)
    client = people.rep.client()
    words = _section(client.get(f"/customers/{contract.customer_id}/"), "customer-money")
    assert "已回款 ¥40,000 " in words
    assert "未收 ¥60,000" in words
    page = client.get(f"/customers/{contract.customer_id}/")
    assert f'href="/contracts/{contract.pk}/"' in page.content.decode()
    assert f'href="/payments/{payment.pk}/"' in page.content.decode()
    role = Role.objects.get(key="sales_rep")
    FieldRule.objects.create(role=role, record_type="contract", field="total_amount", level=FieldLevel.HIDDEN)
    epochs.bump(EPOCH)
    page = client.get(f"/customers/{contract.customer_id}/").content.decode()
    assert 'id="customer-money"' not in page
    hidden = _section(client.get(f"/contracts/{contract.pk}/"), "contract-plan")
    assert "100,000" not in hidden


def test_today_shows_finance_what_waits_and_owners_what_is_late(people, signed, make):
    contract = signed()
    set_plan(contract, [PlanRow("首付", today() - timedelta(days=40), Decimal(100000))], actor=people.rep.actor)
    make("payment", contract=contract, amount="1000", received_on=today().isoformat())
    waiting = waiting_payments(people.administrator.actor)
    assert [row.title for row in waiting.rows] == ["¥1,000.00 苏州澜图科技有限公司"]
    late = overdue_instalments(people.rep.actor)
    assert [row.when for row in late.rows] == ["逾期 40 天"]
    assert overdue_instalments(people.colleague.actor) is None
    assert people.rep.client().get("/").status_code == 200


def test_undoing_says_which_receipt_has_the_bank_reference_by_now(people, make, signed):
    contract, client = signed(), people.rep.client()
    values = {"contract": contract, "amount": "1000", "received_on": "2026-03-01", "reference": "BK77"}
    gone = make("payment", **values)
    actor = people.rep.actor
    delete_records(record_type("payment"), [gone.pk], actor=actor, is_approved=True)
    again = make("payment", **values)
    reason = f"{gone.number} 不能恢复：流水号 BK77 已登记为 {again.number}。请先核对那一笔"

    def told(address):
        return visible_text(client.post(address, follow=True).content.decode())

    undoing = told(f"/undo/{actor.ref.operation}/")
    assert f"没有撤销：{reason}。" in undoing
    assert "。。" not in undoing
    assert f"{reason}。" in told(f"/payments/{gone.pk}/restoration/")
    assert list(Payment.objects.ungated("test").filter(deleted_at=None).values_list("pk", flat=True)) == [again.pk]
