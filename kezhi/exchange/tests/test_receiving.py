"""Webhooks in: who may knock, what is taken, and that it is taken once."""

import json

import pytest
import time_machine
from django.test import Client

from kezhi.access.actors import system_actor
from kezhi.core.clock import now
from kezhi.core.events import read_facts
from kezhi.core.figures import set_figure
from kezhi.core.models.events import Event
from kezhi.exchange.models import Endpoint
from kezhi.exchange.webhooks.receiving import FLOOD, add_endpoint, received_payload, remove_endpoint, switch_endpoint
from kezhi.exchange.webhooks.signing import sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(cast):
    FLOOD.forget()
    cast.grant("settings", actions=["channels"])
    return cast.administrator


@pytest.fixture
def door(keeper):
    """An open endpoint and the path that leads to it."""
    row, token, _secret = add_endpoint("官网表单", is_signed=False, actor=keeper.actor)
    return row, f"/hooks/{token}/"


def post(path, payload, **headers):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Client().post(path, body, content_type="application/json", headers=headers)


def received():
    return Event.objects.filter(kind="webhook.received").order_by("pk")


def test_a_message_becomes_an_event_with_its_payload(door):
    row, path = door
    answer = post(path, {"name": "李经理", "phone": "13812345678", "size": 50}, **{"webhook-id": "m1"})

    event = received().get()
    assert (answer.status_code, answer.json()) == (202, {"event": event.pk, "repeat": False})
    assert (event.record_type, event.record_id, event.door) == ("webhook_endpoint", row.pk, "api")
    assert read_facts(event) == {
        "endpoint": "官网表单",
        "key": "m1",
        "payload": {"name": "李经理", "phone": "138****5678", "size": 50},
    }
    assert received_payload(event) == {"name": "李经理", "phone": "13812345678", "size": 50}
    assert "13812345678" not in event.changes


def test_the_same_message_twice_is_taken_once(door):
    _row, path = door
    first = post(path, {"a": 1}, **{"webhook-id": "m1"})
    second = post(path, {"a": 1}, **{"webhook-id": "m1"})
    other = post(path, {"a": 1}, **{"webhook-id": "m2"})

    assert second.json() == {"event": first.json()["event"], "repeat": True}
    assert other.json()["repeat"] is False
    assert received().count() == 2


def test_the_token_lies_hashed(door):
    _row, path = door
    token = path.split("/")[2]

    assert token not in json.dumps(list(Endpoint.objects.values_list("token_hash", "hint", "name")))
    assert post("/hooks/another-token/", {"a": 1}).status_code == 404


def test_a_switched_off_or_removed_address_does_not_exist(door, keeper):
    row, path = door
    switch_endpoint(row, is_active=False, actor=keeper.actor)
    assert post(path, {"a": 1}).status_code == 404
    switch_endpoint(row, is_active=True, actor=keeper.actor)
    remove_endpoint(row, actor=keeper.actor)
    assert post(path, {"a": 1}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"1", b'"text"', b'{"a":NaN}', b"\xff\xfe", b"[" * 100_000, b'{"a":' + b"1" * 5000 + b"}"],
)
def test_what_is_no_json_is_refused(door, body):
    set_figure("webhooks.in_kilobytes", 200, actor_ref=system_actor("tests").ref)

    assert post(door[1], body).status_code == 400
    assert not received().exists()


def test_what_is_too_large_is_refused_before_it_is_read(door):
    assert post(door[1], b'{"a":"' + b"x" * 70_000 + b'"}').status_code == 413
    assert post(door[1], b"x" * 6_000_000).status_code == 413


def test_a_payload_is_bounded(door):
    deep = {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}
    post(door[1], {"deep": deep, "wide": list(range(500)), "long": "长" * 2000, "zero": "a\x00b", "\ud800": 10**30})

    payload = received_payload(received().get())
    assert payload["deep"] == {"a": {"b": {"c": {"d": {"e": {}}}}}}
    assert len(payload["wide"]) == 100
    assert len(payload["long"]) == 1000
    assert payload["zero"] == "ab"
    assert payload["?"] == str(10**30)


def test_more_than_so_many_a_minute_are_refused(door):
    set_figure("webhooks.in_per_minute", 2, actor_ref=system_actor("tests").ref)
    with time_machine.travel("2026-03-02T01:00:00Z", tick=False) as clock:
        codes = [post(door[1], {"n": n}).status_code for n in range(3)]
        clock.shift(61)
        codes.append(post(door[1], {"n": 4}).status_code)

    assert codes == [202, 202, 429, 202]


def signed_headers(secret, body, *, key="m1", stamp=None):
    stamp = int(now().timestamp()) if stamp is None else stamp
    return {
        "webhook-id": key,
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,AAAA {sign(key, stamp, body, secret=secret)}",
    }


def test_where_a_signature_is_asked_for_only_the_right_one_opens(keeper):
    _row, token, secret = add_endpoint("ERP", is_signed=True, actor=keeper.actor)
    path, body = f"/hooks/{token}/", b'{"a":1}'
    good = signed_headers(secret, body)

    assert post(path, body).json() == {"error": "unsigned"}
    assert post(path, b'{"a":2}', **good).json() == {"error": "wrong_signature"}
    old = signed_headers(secret, body, stamp=int(now().timestamp()) - 3600)
    assert post(path, body, **old).json() == {"error": "stale"}
    assert post(path, body, **{**good, "webhook-timestamp": "９"}).status_code == 401
    assert post(path, body, **good).status_code == 202
    assert received().count() == 1


def test_only_post_is_answered(door):
    assert Client().get(door[1]).status_code == 405
