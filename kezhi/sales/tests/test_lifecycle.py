"""Customers move through their life by what happens (CUS-14)."""

import pytest

from kezhi.core.events import read_changes
from kezhi.core.health import examine
from kezhi.core.models import Event
from kezhi.customers.models import Customer
from kezhi.sales.lifecycle import lifecycles_of, refresh_lifecycle
from kezhi.sales.models import Contract, Order

pytestmark = pytest.mark.django_db


def _stored(customer):
    return Customer.objects.ungated("test").get(pk=customer.pk).lifecycle


def test_a_customer_with_nothing_is_a_lead_and_with_an_open_opportunity_an_opportunity(make_customer, make_opportunity):
    customer = make_customer()
    refresh_lifecycle([customer.pk])
    assert _stored(customer) == "lead"
    make_opportunity(customer=customer)
    refresh_lifecycle([customer.pk])
    assert _stored(customer) == "opportunity"


def test_a_move_is_one_event_of_the_system_with_before_and_after_and_none_where_nothing_moves(
    make_customer, make_opportunity
):
    customer = make_customer()
    make_opportunity(customer=customer)
    refresh_lifecycle([customer.pk])
    refresh_lifecycle([customer.pk])
    events = Event.objects.filter(record_type="customer", record_id=customer.pk, kind="record.changed")
    [event] = [event for event in events if "lifecycle" in read_changes(event)]
    assert read_changes(event) == {"lifecycle": ("lead", "opportunity")}
    assert event.actor_kind == "system"


def test_orders_make_won_delivered_ones_after_sale_and_a_second_one_repurchase(make, make_customer):
    customer = make_customer()
    order = make("order", name="服务器", customer=customer, ordered_on="2026-01-05", amount="1000")
    refresh_lifecycle([customer.pk])
    assert _stored(customer) == "won"
    Order.objects.ungated("test").filter(pk=order.pk).update(state="delivered")
    refresh_lifecycle([customer.pk])
    assert _stored(customer) == "after_sale"
    second = make("order", name="存储", customer=customer, ordered_on="2026-02-05", amount="1000")
    refresh_lifecycle([customer.pk])
    assert _stored(customer) == "repurchase"
    Order.objects.ungated("test").filter(pk=second.pk).update(state="cancelled")
    refresh_lifecycle([customer.pk])
    assert _stored(customer) == "after_sale"


def test_a_signed_contract_makes_won_and_a_finished_one_after_sale(make_contract):
    contract = make_contract()
    Contract.objects.ungated("test").filter(pk=contract.pk).update(state="signed", signed_on="2026-01-05")
    ids = {contract.customer_id}
    assert lifecycles_of(ids) == {contract.customer_id: "won"}
    Contract.objects.ungated("test").filter(pk=contract.pk).update(state="finished")
    assert lifecycles_of(ids) == {contract.customer_id: "after_sale"}


def test_the_installation_check_names_a_customer_who_stands_wrong(make_customer, make_opportunity):
    customer = make_customer()
    make_opportunity(customer=customer)
    refresh_lifecycle([customer.pk])
    assert [sentence for key, sentence in examine() if key == "lifecycle"] == []
    Customer.objects.ungated("test").filter(pk=customer.pk).update(lifecycle="won")
    [sentence] = [sentence for key, sentence in examine() if key == "lifecycle"]
    assert sentence == f"{customer.number}: lifecycle is won, by what happened it is opportunity"
