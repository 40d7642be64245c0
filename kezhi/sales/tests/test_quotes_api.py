"""Lines of quotes and parts of bundles through the API."""

import json

import pytest
from django.test import Client

from kezhi.access.models import FieldLevel, FieldRule, Role
from kezhi.core import epochs
from kezhi.records.testing.doors import api_headers
from kezhi.sales.operations.quote_lines import lines_json, set_quote_lines

pytestmark = pytest.mark.django_db


class Program:
    """A program with the rights of a member."""

    def __init__(self, member):
        self.headers = api_headers(member)

    def send(self, method, address, body=None, **headers):
        return Client().generic(
            method,
            address,
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={**self.headers, **headers},
        )

    def get(self, address):
        return self.send("GET", address)


def _send(client, method, address, body=None, **headers):
    return client.send(method.upper(), address, body, **headers)


@pytest.fixture
def server(make):
    return make("product", name="服务器", price="50000", tax_rate="13")


def test_a_quote_is_made_with_its_lines_in_one_request(people, make_opportunity, server):
    body = {
        "name": "机房报价",
        "opportunity": make_opportunity().pk,
        "lines": [{"product": server.pk, "quantity": "2"}, {"description": "安装", "unit_price": "1000"}],
    }
    answer = _send(Program(people.rep), "post", "/api/v1/quotes/", body)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["total"], made["total_cny"]) == ("114130.00", "114130.00")
    assert [(line["description"], line["amount"]) for line in made["lines"]] == [
        ("服务器", "100000.00"),
        ("安装", "1000.00"),
    ]
    shown = Program(people.rep).get(f"/api/v1/quotes/{made['id']}/").json()
    assert shown["lines"] == made["lines"]


def test_a_wrong_line_refuses_the_whole_quote_and_names_its_place(people, make_opportunity):
    body = {
        "name": "机房报价",
        "opportunity": make_opportunity().pk,
        "lines": [{"description": "安装", "discount": "120"}],
    }
    client = Program(people.rep)
    answer = _send(client, "post", "/api/v1/quotes/", body)
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"lines.0.discount", "lines.0.unit_price"}
    assert client.get("/api/v1/quotes/").json()["items"] == []


def test_lines_sent_with_an_old_version_are_refused(people, make_quote):
    quote = make_quote()
    client = Program(people.rep)
    address = f"/api/v1/quotes/{quote.pk}/"
    lines = {"lines": [{"description": "安装", "unit_price": "1000"}]}
    assert _send(client, "patch", address, {**lines, "version": quote.version}).status_code == 200
    assert _send(client, "patch", address, {**lines, "version": quote.version}).status_code == 409


def test_who_may_not_read_the_total_sees_no_lines_and_writes_none(people, make_quote):
    quote = make_quote()
    set_quote_lines(quote, [{"description": "秘密的安装", "unit_price": "1000"}], actor=people.rep.actor)
    role = Role.objects.get(key="sales_manager")
    FieldRule.objects.create(role=role, record_type="quote", field="total", level=FieldLevel.MASKED)
    epochs.bump("access")
    client = Program(people.manager)
    address = f"/api/v1/quotes/{quote.pk}/"
    shown = client.get(address)
    assert (shown.status_code, "秘密的安装" in shown.content.decode()) == (200, False)
    assert _send(client, "patch", address, {"lines": []}).status_code == 403
    assert len(lines_json(quote)) == 1


def test_a_repeated_request_answers_with_the_lines_as_seen_now(people, make_opportunity):
    body = {
        "name": "机房报价",
        "opportunity": make_opportunity().pk,
        "lines": [{"description": "安装", "unit_price": "1000"}],
    }
    client = Program(people.rep)
    first = _send(client, "post", "/api/v1/quotes/", body, **{"Idempotency-Key": "one"})
    again = _send(client, "post", "/api/v1/quotes/", body, **{"Idempotency-Key": "one"})
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.json()["id"], again.json()["lines"]) == (first.json()["id"], first.json()["lines"])


def test_a_bundle_is_made_with_its_parts(people, server):
    body = {
        "name": "组合",
        "kind": "bundle",
        "price": "0",
        "bundle_discount": "8",
        "parts": [{"product": server.pk, "quantity": "2"}],
    }
    answer = _send(Program(people.rep), "post", "/api/v1/products/", body)
    assert (answer.status_code, answer.json()["price"]) == (201, "92000.00")
    assert answer.json()["parts"] == [{"product": server.pk, "quantity": "2"}]


def test_the_description_of_the_interface_knows_the_lines(people):
    schemas = Program(people.rep).get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert schemas["QuoteInput"]["properties"]["lines"]["type"] == "array"
    assert set(schemas["Product"]["properties"]["parts"]["items"]["properties"]) == {"product", "quantity"}
