"""Orders and what follows from them: purchases, type, repurchase, lifecycle (SAL-7, CUS-4, CUS-14)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from kezhi.core.clock import today
from kezhi.core.events import read_changes
from kezhi.core.figures import set_figure
from kezhi.core.health import examine
from kezhi.core.models import Event
from kezhi.customers.merging import merge_customers, unmerge_customers
from kezhi.customers.models import Customer
from kezhi.records.operations import InvalidRecord, change_record, delete_records
from kezhi.records.registry import record_type
from kezhi.sales.models import Order, OrderLine, OrderStep, QuoteLine
from kezhi.sales.operations.contracts import ready_contract, sign_contract
from kezhi.sales.operations.orders import order_from_contract, set_order_lines, store_external_order
from kezhi.sales.purchases import follow_the_calendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(make):
    def enter(customer, amount, *, days_ago=10, **values):
        day = (today() - timedelta(days=days_ago)).isoformat()
        return make("order", name="设备", customer=customer, amount=str(amount), ordered_on=day, **values)

    return enter


def _fresh(customer):
    return Customer.objects.ungated("test").get(pk=customer.pk)


def test_orders_of_a_year_make_the_type_and_one_event_says_so(make_customer, order):
    customer = make_customer()
    order(customer, "400000")
    assert _fresh(customer).customer_type == "key"
    order(customer, "600000")
    found = _fresh(customer)
    assert (found.customer_type, found.yearly_purchases, found.order_count) == ("strategic", Decimal(1000000), 2)
    told = [read_changes(event) for event in Event.objects.filter(record_type="customer", record_id=customer.pk)]
    assert [change["customer_type"] for change in told if "customer_type" in change] == [
        ("", "key"),
        ("key", "strategic"),
    ]


def test_a_fen_below_a_million_is_not_strategic_and_the_figure_decides(people, make_customer, order):
    customer = make_customer()
    order(customer, "999999.99")
    assert _fresh(customer).customer_type == "key"
    set_figure("sales.strategic_from", Decimal(900000), actor_ref=people.administrator.actor.ref)
    follow_the_calendar()
    assert _fresh(customer).customer_type == "strategic"


def test_orders_grow_too_old_to_count(clock_at, make_customer, order):
    clock = clock_at("2026-06-01 10:00")
    customer = make_customer()
    order(customer, "1200000", days_ago=0)
    assert _fresh(customer).customer_type == "strategic"
    clock.shift(timedelta(days=364))
    follow_the_calendar()
    assert _fresh(customer).customer_type == "strategic"
    clock.shift(timedelta(days=1))
    follow_the_calendar()
    found = _fresh(customer)
    assert (found.customer_type, found.yearly_purchases, found.total_purchases) == (
        "trial",
        Decimal(0),
        Decimal(1200000),
    )
    assert found.last_order_on == date(2026, 6, 1)


def test_a_type_set_by_hand_needs_a_reason_and_stays(people, make_customer, order):
    customer = make_customer()
    order(customer, "5000")
    with pytest.raises(InvalidRecord) as refused:
        change_record(customer, {"customer_type": "strategic"}, actor=people.rep.actor)
    assert list(refused.value.problems) == ["customer_type"]
    change_record(customer, {"customer_type": "strategic", "type_reason": "集团年框"}, actor=people.rep.actor)
    order(customer, "6000")
    assert _fresh(customer).customer_type == "strategic"
    change_record(customer, {"type_reason": ""}, actor=people.rep.actor)
    follow_the_calendar()
    assert _fresh(customer).customer_type == "regular"


def test_the_second_order_is_a_repurchase_and_moves_the_customer(make_customer, order):
    customer = make_customer()
    first = order(customer, 10, days_ago=5)
    earlier = order(customer, 10, days_ago=9)
    marks = dict(Order.objects.ungated("test").values_list("pk", "is_repurchase"))
    assert marks == {first.pk: True, earlier.pk: False}
    assert _fresh(customer).lifecycle == "repurchase"


def test_cancelled_and_deleted_orders_do_not_count(people, make_customer, order):
    customer = make_customer()
    first, second = order(customer, 10), order(customer, 20)
    change_record(first, {"state": "cancelled"}, actor=people.rep.actor)
    found = _fresh(customer)
    assert (found.order_count, found.total_purchases, found.lifecycle) == (1, Decimal(20), "won")
    delete_records(record_type("order"), [second.pk], actor=people.rep.actor)
    found = _fresh(customer)
    assert (found.order_count, found.total_purchases, found.last_order_on, found.lifecycle) == (
        0,
        Decimal(0),
        None,
        "lead",
    )
    assert [words for key, words in examine() if key in ("purchases", "lifecycle")] == []


def test_progress_is_kept_with_its_days_and_told(people, make_customer, order):
    made = order(make_customer(), 10)
    change_record(made, {"state": "shipped", "carrier": "顺丰", "tracking": "SF1"}, actor=people.rep.actor)
    done = change_record(made, {"state": "delivered"}, actor=people.rep.actor)
    assert done.delivered_on == today()
    steps = OrderStep.objects.filter(order=made).values_list("state", "happened_on")
    assert list(steps) == [("placed", made.ordered_on), ("shipped", today()), ("delivered", today())]
    assert Event.objects.filter(record_type="order", record_id=made.pk, kind="order.progressed").count() == 2
    assert _fresh(made.customer).lifecycle == "after_sale"


def test_a_signed_contract_becomes_one_order_with_the_quotes_lines(people, make_quote, make_contract):
    set_figure("sales.legal_review", False, actor_ref=people.administrator.actor.ref)
    quote = make_quote()
    QuoteLine.objects.create(quote=quote, description="服务器", quantity=2, unit_price=Decimal(50000), amount=100000)
    contract = make_contract(customer=quote.customer, opportunity=quote.opportunity, quote=quote)
    with pytest.raises(InvalidRecord):
        order_from_contract(contract, actor=people.rep.actor)
    contract = sign_contract(ready_contract(contract, actor=people.rep.actor), actor=people.rep.actor)
    made = order_from_contract(contract, actor=people.rep.actor)
    assert (made.amount, made.ordered_on, made.customer_id) == (Decimal(100000), today(), quote.customer_id)
    assert list(OrderLine.objects.filter(order=made).values_list("description", "quantity")) == [("服务器", 2)]
    assert order_from_contract(contract, actor=people.rep.actor).pk == made.pk


def test_lines_make_the_amount_and_say_what_is_wrong(people, make_customer, order):
    made = order(make_customer(), 10)
    lines = [
        {"description": "服务器", "quantity": "2", "unit_price": "1.5万"},
        {"description": "存储", "quantity": "0.5", "unit_price": "99.99"},
    ]
    assert set_order_lines(made, lines, actor=people.rep.actor).amount == Decimal("30050.00")
    for bad, key in (
        ({"description": "", "quantity": "1"}, "description"),
        ({"description": "a", "quantity": "0"}, "quantity"),
        ({"description": "a", "quantity": "NaN"}, "quantity"),
        ({"description": "a", "unit_price": "-1"}, "unit_price"),
        ({"description": "a", "unit_price": "很贵"}, "unit_price"),
        ({"description": "a", "product": "99999"}, "product"),
    ):
        with pytest.raises(InvalidRecord) as refused:
            set_order_lines(made, [bad], actor=people.rep.actor)
        assert list(refused.value.problems) == [f"lines.0.{key}"]
    assert OrderLine.objects.filter(order=made).count() == 2


def test_the_erp_sends_an_order_twice_and_it_is_one(people, make_customer):
    customer = make_customer()
    values = {"name": "ERP 订单", "customer": str(customer.pk), "ordered_on": today().isoformat(), "amount": "100"}
    first, is_new = store_external_order("ERP-1", values, actor=people.rep.actor)
    again, is_new_again = store_external_order(" ERP-1 ", {**values, "amount": "120"}, actor=people.rep.actor)
    assert (is_new, is_new_again, again.pk) == (True, False, first.pk)
    assert Order.objects.ungated("test").get().amount == Decimal(120)


def test_the_same_external_number_is_refused_elsewhere(make_customer, order):
    customer = make_customer()
    order(customer, 10, external_number="ERP-7")
    with pytest.raises(InvalidRecord) as refused:
        order(customer, 20, external_number="ERP-7")
    assert list(refused.value.problems) == ["external_number"]


def test_merged_customers_bring_their_orders_and_take_them_back(people, make_customer, order):
    kept, gone = make_customer(), make_customer("苏州澜图科技")
    order(kept, 10)
    order(gone, 20)
    merge = merge_customers(kept.pk, gone.pk, {}, actor=people.administrator.actor)
    found = _fresh(kept)
    assert (found.order_count, found.total_purchases, found.lifecycle) == (2, Decimal(30), "repurchase")
    unmerge_customers(merge, actor=people.administrator.actor)
    assert [(_fresh(one).order_count, _fresh(one).lifecycle) for one in (kept, gone)] == [(1, "won"), (1, "won")]
