"""The REST API: rights, paging, filters, idempotency, errors (DATA-3)."""

import json
from datetime import timedelta

import pytest

from kezhi.access.models import FieldRule, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.models import Event
from kezhi.core.sqlite.queue import WriteLockTimeout
from kezhi.customers.models import Customer
from kezhi.records.api.openapi import description
from kezhi.records.api.tokens import make_token, revoke_token
from kezhi.records.defaults import install_defaults
from kezhi.records.models import ApiToken
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.custom_fields import FieldDraft, add_field
from kezhi.records.registry import record_type
from tests.scenes import play

pytestmark = pytest.mark.django_db

SCOPES = ["customer.view", "customer.create", "customer.edit", "customer.delete"]


@pytest.fixture
def people(cast):
    play(install_defaults)
    play(cast.grant, "customer", "contact")
    cast.grant("settings", actions=["tokens"])
    return cast


@pytest.fixture
def call(people, client):
    secrets: dict[tuple, str] = {}

    def send(method, path, body=None, *, who=None, scopes=tuple(SCOPES), **headers):
        member = who or people.rep
        if (member.part, scopes) not in secrets:
            secrets[member.part, scopes] = make_token("test", list(scopes), 30, actor=member.actor)[1]
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return client.generic(
            method,
            path,
            raw if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {secrets[member.part, scopes]}", **headers},
        )

    return send


def make(call, name="苏州澜图科技有限公司", **values):
    answer = call("POST", "/api/v1/customers/", {"name": name, **values})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_record_is_made_read_changed_and_deleted(call):
    made = make(call, phone="138 1234 5678", level="A类")
    address = f"/api/v1/customers/{made['id']}/"
    assert (made["phone"], made["level"], made["masked"]) == ("+8613812345678", "A", [])

    changed = call("PATCH", address, {"level": "B", "version": made["version"]})
    assert (changed.status_code, changed.json()["level"]) == (200, "B")
    assert call("GET", address)["ETag"] == '"2"'
    assert call("DELETE", address).status_code == 204
    assert call("GET", address).status_code == 404


def test_without_a_good_token_nothing_is_told(call, people, client):
    make(call)
    assert client.get("/api/v1/customers/").status_code == 401
    assert client.get("/api/v1/customers/", headers={"Authorization": "Bearer kz_wrong"}).status_code == 401
    token = ApiToken.objects.get()
    ApiToken.objects.update(expires_at=now() - timedelta(seconds=1))
    assert call("GET", "/api/v1/customers/").status_code == 401
    ApiToken.objects.update(expires_at=None)
    assert call("GET", "/api/v1/customers/").status_code == 200
    revoke_token(token, actor=people.rep.actor)
    assert call("GET", "/api/v1/customers/").status_code == 401


def test_a_deactivated_user_takes_the_token_along(call, people):
    make(call)
    people.rep.user.is_active = False
    people.rep.user.save()
    epochs.bump("access")

    assert call("GET", "/api/v1/customers/").status_code == 401


def test_a_token_does_no_more_than_its_scopes(call):
    made = make(call)
    narrow = ("customer.view",)
    assert call("GET", "/api/v1/customers/", scopes=narrow).status_code == 200
    assert call("PATCH", f"/api/v1/customers/{made['id']}/", {"level": "A"}, scopes=narrow).status_code == 403
    assert call("POST", "/api/v1/customers/", {"name": "上海云启生物医药有限公司"}, scopes=narrow).status_code == 403
    assert call("GET", "/api/v1/contacts/", scopes=narrow).status_code == 403


def test_another_departments_record_does_not_exist(call, people):
    made = make(call)
    address = f"/api/v1/customers/{made['id']}/"
    for method, body in (("GET", None), ("PATCH", {"level": "A"}), ("DELETE", None)):
        assert call(method, address, body, who=people.outsider).status_code == 404
    assert call("GET", "/api/v1/customers/", who=people.outsider).json()["items"] == []
    assert Customer.objects.ungated("test").get().version == 1


def test_masks_are_named_and_hidden_behind_filters_too(call, people):
    make(call, phone="13812345678")
    [item] = call("GET", "/api/v1/customers/", who=people.steward).json()["items"]
    assert item["phone"] == "138****5678"
    assert "phone" in item["masked"]
    probe = json.dumps({"all": [{"field": "phone", "op": "is", "value": "13812345678"}]})
    assert call("GET", f"/api/v1/customers/?filter={probe}", who=people.steward).json()["items"] == []
    assert len(call("GET", f"/api/v1/customers/?filter={probe}").json()["items"]) == 1


def test_pages_follow_each_other_by_cursor(call):
    names = [f"测试第{number}有限公司" for number in range(5)]
    for name in names:
        make(call, name)
    first = call("GET", "/api/v1/customers/?limit=2&sort=name&fields=name&count=1").json()
    second = call("GET", f"/api/v1/customers/?limit=2&sort=name&fields=name&cursor={first['next']}").json()
    third = call("GET", f"/api/v1/customers/?limit=2&sort=name&fields=name&cursor={second['next']}").json()

    assert [item["name"] for page in (first, second, third) for item in page["items"]] == names
    assert (first["count"], first["count_is_exact"], third["next"]) == (5, True, None)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=1000000000", "bad_size"),
        ("limit=0", "bad_size"),
        ("cursor=forged", "bad_cursor"),
        ("sort=phone", "bad_sort"),
        ("sort=nothing", "bad_sort"),
        ("fields=name,nothing", "bad_fields"),
        ("filter=notjson", "bad_filter"),
        ('filter={"all":[{"field":"nothing","op":"is","value":1}]}', "bad_filter"),
        ('filter={"all":[{"field":"level","op":"is","value":["Q"]}]}', "bad_filter"),
    ],
)
def test_nonsense_gets_a_sentence(call, query, code):
    answer = call("GET", f"/api/v1/customers/?{query}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == code
    assert answer.json()["detail"]


@pytest.mark.parametrize("body", ["", "[1]", "{", '"text"', b"\xff\xfe"])
def test_a_body_that_is_no_object_is_refused(call, body):
    assert call("POST", "/api/v1/customers/", body).status_code == 400


def test_wrong_fields_are_named_and_nothing_is_stored(call):
    answer = call("POST", "/api/v1/customers/", {"name": 5, "phone": [1], "foo": 1, "level": {"a": 1}, "id": 3})

    assert answer.status_code == 422
    assert set(answer.json()["errors"]) >= {"phone", "foo", "level", "id"}
    assert Customer.objects.ungated("test").count() == 0


def test_a_large_body_is_refused(call, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    assert call("POST", "/api/v1/customers/", {"name": "x" * 20_000}).status_code == 413


def test_a_repeated_key_answers_as_the_first_time(call):
    body = {"name": "苏州澜图科技有限公司"}
    first = call("POST", "/api/v1/customers/", body, **{"Idempotency-Key": "k1"})
    again = call("POST", "/api/v1/customers/", body, **{"Idempotency-Key": "k1"})

    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json() == again.json()
    assert Customer.objects.ungated("test").count() == 1


def test_a_repeated_key_answers_no_more_than_may_be_seen_by_now(call, people):
    body = {"name": "苏州澜图科技有限公司", "phone": "13812345678", "note": "董事长的朋友"}
    first = call("POST", "/api/v1/customers/", body, **{"Idempotency-Key": "k1"})
    role = Role.objects.get(key="sales_rep")
    for field, level in (("phone", "masked"), ("note", "hidden")):
        FieldRule.objects.create(role=role, record_type="customer", field=field, level=level)
    epochs.bump(EPOCH)
    again = call("POST", "/api/v1/customers/", body, **{"Idempotency-Key": "k1"}).json()

    assert (first.json()["phone"], again["phone"], again["masked"]) == ("+8613812345678", "138****5678", ["phone"])
    assert "note" not in again
    assert again["id"] == first.json()["id"]


def test_a_key_with_another_body_is_refused(call):
    call("POST", "/api/v1/customers/", {"name": "苏州澜图科技有限公司"}, **{"Idempotency-Key": "k1"})
    answer = call("POST", "/api/v1/customers/", {"name": "上海云启生物医药有限公司"}, **{"Idempotency-Key": "k1"})

    assert (answer.status_code, answer.json()["title"]) == (422, "idempotency_key_reused")
    assert Customer.objects.ungated("test").count() == 1


def test_a_refused_write_leaves_its_key_free(call):
    refused = call("POST", "/api/v1/customers/", {"name": ""}, **{"Idempotency-Key": "k1"})
    made = call("POST", "/api/v1/customers/", {"name": "苏州澜图科技有限公司"}, **{"Idempotency-Key": "k1"})

    assert (refused.status_code, made.status_code) == (422, 201)


def test_a_conflict_names_the_fields(call, people):
    made = make(call, level="C")
    address = f"/api/v1/customers/{made['id']}/"
    call("PATCH", address, {"level": "A"}, who=people.manager)
    answer = call("PATCH", address, {"level": "B"}, **{"If-Match": f'"{made["version"]}"'})

    assert (answer.status_code, answer.json()["fields"]) == (409, ["level"])
    assert Customer.objects.ungated("test").get().level == "A"


def test_what_a_token_did_says_so(call):
    make(call)
    event = Event.objects.get(record_type="customer")

    assert (event.actor_kind, event.door, event.door_ref) == ("token", "api", "test")


def test_the_description_has_every_type_and_field(people):
    document = description()

    assert "/api/v1/customers/" in document["paths"]
    fields = document["components"]["schemas"]["CustomerInput"]["properties"]
    assert "level" in fields
    assert "number" not in fields


def test_a_token_needs_a_name_scopes_and_an_end(people):
    with pytest.raises(InvalidRecord) as refused:
        make_token(" ", ["customer.fly"], 100_000, actor=people.rep.actor)

    assert set(refused.value.problems) == {"name", "scopes", "days"}
    assert ApiToken.objects.count() == 0


def test_the_secret_is_shown_once_and_not_stored(people):
    client = people.rep.client()
    answer = client.post("/settings/tokens/", {"name": "ERP", "days": "30", "scopes": ["customer.view"]})
    text = answer.content.decode()
    secret = text[text.index("kz_") : text.index("kz_") + 46]

    assert secret not in str(list(ApiToken.objects.values()))
    assert "kz_" not in client.get("/settings/tokens/").content.decode()


def test_a_busy_database_is_a_503_with_a_time_to_come_back(call, people, monkeypatch):
    def too_busy(*_args, **_kwargs):
        raise WriteLockTimeout("database is locked")

    monkeypatch.setattr("kezhi.records.api.views.create_record", too_busy)
    answer = call("POST", "/api/v1/customers/", {"name": "苏州澜图科技有限公司"})

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json() == {
        "type": "urn:kezhi:problem:busy",
        "title": "busy",
        "status": 503,
        "detail": "数据库这会儿忙不过来，没有改动任何内容，请过几秒再试",
    }


def test_a_page_whose_database_is_busy_is_a_503_too(people, monkeypatch):
    def too_busy(*_args, **_kwargs):
        raise WriteLockTimeout("database is locked")

    monkeypatch.setattr("kezhi.records.listing.state.ListRequest", too_busy)
    client = people.rep.client()
    client.raise_request_exception = False
    answer = client.get("/customers/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "数据库这会儿忙不过来" in answer.content.decode()


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("which", ["level", "made on screen"])
def test_pages_of_the_api_run_in_the_order_of_a_list_and_of_fields_made_on_screen(call, people, which, sign):
    people.grant("settings", actions=["fields"])
    draft = FieldDraft("机柜数")
    made = add_field(record_type("customer"), "number", draft, actor=people.administrator.actor).key
    for level, racks in (("C", 12), ("VIP", 4), ("", None), ("A", 30), ("B", 4)):
        make(call, f"苏州{level or '无'}级科技有限公司", level=level or None, **{made: racks})
    key = "level" if which == "level" else made
    for who in (people.rep, people.manager, people.administrator):
        found, cursor = [], ""
        while cursor is not None:
            address = f"/api/v1/customers/?limit=2&sort={sign}{key}&fields=level,{made}&cursor={cursor}"
            answer = call("GET", address, who=who)
            assert answer.status_code == 200, answer.content
            found += [row[key] for row in answer.json()["items"]]
            cursor = answer.json()["next"] or None
        if which == "level":
            expected = ["VIP", "A", "B", "C"] if not sign else ["C", "B", "A", "VIP"]
            assert found[:4] == expected
        else:
            expected = [4, 4, 12, 30] if not sign else [30, 12, 4, 4]
            assert [float(value) for value in found[:4]] == expected
        assert len(found) == 5
