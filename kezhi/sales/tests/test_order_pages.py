"""Orders on their pages, behind the private link and from the ERP (SAL-7, SAL-9)."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from kezhi.core.clock import now, today
from kezhi.records.api.tokens import make_token
from kezhi.records.models import SavedView
from kezhi.records.operations import change_record
from kezhi.sales.models import Order, OrderLine
from kezhi.sales.operations.orders import set_order_lines
from tests.reading import visible_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(make, make_customer):
    return make(
        "order",
        name="机房设备",
        customer=make_customer(phone="13812345678"),
        ordered_on=today().isoformat(),
        promised_on=(today() + timedelta(days=30)).isoformat(),
        amount="30000",
        note="内部备注：利润不高",
    )


@pytest.fixture
def follow(people, order):
    """The address the customer gets."""
    address = people.rep.client().post(f"/orders/{order.pk}/link/").context["address"]
    return address[address.index("/p/") :]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_customer_follows_an_order_without_prices_or_people(people, order, follow, language):
    set_order_lines(order, [{"description": "服务器", "quantity": "2", "unit_price": "15000"}], actor=people.rep.actor)
    change_record(order, {"state": "shipped", "carrier": "顺丰", "tracking": "SF1380013800"}, actor=people.rep.actor)
    guest = Client(headers={"Accept-Language": language})
    answer = guest.get(follow)
    words = visible_text(answer.content.decode())
    assert answer.status_code == 200
    assert ("服务器" in words, "SF1380013800" in words, today().isoformat() in answer.content.decode()) == (
        True,
        True,
        True,
    )
    assert ("已发货" in words, "Shipped" in words) == (language != "en", language == "en")
    assert "15,000" not in words
    assert "利润" not in words
    assert people.rep.user.name not in words
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_link_taken_back_shows_nothing(people, order, follow):
    assert Client().get(follow).status_code == 200
    assert people.rep.client().post(f"/orders/{order.pk}/link/end/").status_code == 302
    assert Client().get(follow).status_code == 404


def test_a_link_ends_after_its_days(people, order, follow, clock_at):
    clock_at(now() + timedelta(days=91))
    assert Client().get(follow).status_code == 404


def test_only_who_may_change_an_order_makes_links_and_lines(people, order):
    stranger = people.outsider.client()
    assert stranger.post(f"/orders/{order.pk}/link/").status_code == 404
    assert stranger.get(f"/orders/{order.pk}/lines/").status_code == 404


def test_lines_are_edited_on_a_page(people, order, make):
    product = make("product", name="存储阵列", price="9000", unit="台")
    client = people.rep.client()
    assert client.get(f"/orders/{order.pk}/lines/").status_code == 200
    form = {
        "product": [str(product.pk), "", ""],
        "description": ["", "安装", ""],
        "quantity": ["2", "1", ""],
        "unit": ["", "次", ""],
        "unit_price": ["", "500", ""],
    }
    assert client.post(f"/orders/{order.pk}/lines/", form).status_code == 302
    rows = OrderLine.objects.filter(order=order).values_list("description", "unit", "amount")
    assert list(rows) == [("存储阵列", "台", Decimal(18000)), ("安装", "次", Decimal(500))]
    assert Order.objects.ungated("test").get().amount == Decimal(18500)
    form["quantity"] = ["-2", "1", ""]
    answer = client.post(f"/orders/{order.pk}/lines/", form)
    assert answer.status_code == 422
    assert answer.context["problems"] == ["第 1 行：数量要大于零"]
    page = visible_text(client.get(f"/orders/{order.pk}/").content.decode())
    assert "存储阵列" in page


def test_the_erp_puts_an_order_and_puts_it_again(people, make_customer):
    customer = make_customer()
    people.grant("settings", actions=("tokens",))
    _row, secret = make_token(
        "ERP", ["customer.view", "order.view", "order.create", "order.edit"], 30, actor=people.rep.actor
    )
    erp = Client(headers={"Authorization": f"Bearer {secret}"})
    body = {
        "name": "ERP 订单",
        "customer": str(customer.pk),
        "ordered_on": today().isoformat(),
        "amount": "100",
        "lines": [{"description": "硬盘", "quantity": "10", "unit_price": "12.5"}],
    }

    def put(**changes):
        text = json.dumps({**body, **changes})
        return erp.put("/api/v1/orders/external/SO-2026-1/", text, content_type="application/json")

    first = put()
    assert first.status_code == 201, first.content
    assert (first.status_code, first.json()["amount"]) == (201, "125.00")
    again = put(state="shipped", lines=[{"description": "硬盘", "quantity": "8", "unit_price": "12.5"}])
    assert (again.status_code, again.json()["id"], again.json()["amount"]) == (200, first.json()["id"], "100.00")
    assert again.json()["lines"][0]["quantity"] == "8"
    assert Order.objects.ungated("test").count() == 1
    assert put(lines=[{"description": ""}]).status_code == 422
    assert OrderLine.objects.get().quantity == 8
    assert Client().put("/api/v1/orders/external/SO-2026-1/", "{}").status_code == 401


def test_every_saved_view_of_this_part_opens(people):
    client = people.rep.client()
    views = SavedView.objects.filter(record_type__in=["contract", "instalment", "payment", "order"])
    keys = sorted(views.values_list("key", flat=True))
    assert "instalments-overdue" in keys
    slugs = {"contract": "contracts", "instalment": "instalments", "payment": "payments", "order": "orders"}
    for view in views:
        answer = client.get(f"/{slugs[view.record_type]}/", {"view": view.pk})
        assert answer.status_code == 200
