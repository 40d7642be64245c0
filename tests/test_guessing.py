"""No hidden digit is found by trying: every record type with phones or mails × every way to ask for one (ORG-4)."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from kezhi.access.models import FieldRule, Grant, Lookup, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.figures import set_figure
from kezhi.core.models import Event
from kezhi.customers.models import MatchCandidate
from kezhi.records.defaults import install_defaults
from kezhi.records.fields import EmailField, PhoneField
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type, record_types
from kezhi.records.search.finding import find_records
from kezhi.records.testing import plant
from kezhi.records.testing.doors import api_headers
from kezhi.work.models import Notification
from tests.scenes import play
from tests.test_contracts import TYPES, examples

pytestmark = pytest.mark.django_db

GUARDED = [known for known in TYPES if any(isinstance(field, PhoneField | EmailField) for field in known.fields)]

every_guarded_type = pytest.mark.parametrize("known", GUARDED, ids=lambda known: known.key)


@pytest.fixture
def company(cast):
    play(install_defaults)
    play(cast.grant, *(each.key for each in record_types()))
    return cast


@pytest.fixture
def planted(known, company):
    """A record of the rep's, whose phones and mails the steward and the administrator see as masks."""
    return plant(known, company.rep, examples=examples())


def allow(cast, hour, day=100):
    set_figure("security.lookups_per_hour", hour, actor_ref=cast.administrator.actor.ref)
    set_figure("security.lookups_per_day", day, actor_ref=cast.administrator.actor.ref)


def values_of(planted, kind):
    fields = [field for field in planted.record_type.fields if isinstance(field, kind)]
    return [field.get(planted.record) for field in fields]


def is_found(text, member, planted):
    found = find_records(text, member.actor, only=(planted.record_type.key,))
    return [hit.record.id for hits in found for hit in hits.hits] == [planted.record.pk]


@every_guarded_type
def test_between_what_the_mask_shows_and_the_whole_phone_nothing_is_found(known, planted, company):
    for phone in values_of(planted, PhoneField):
        digits = phone.removeprefix("+86")
        answers = {length: is_found(digits[-length:], company.steward, planted) for length in range(4, 12)}
        own = {length: is_found(digits[-length:], company.rep, planted) for length in range(4, 12)}

        assert answers == {length: length in (4, 11) for length in range(4, 12)}
        assert own == dict.fromkeys(range(4, 12), True)


@every_guarded_type
def test_who_used_up_their_look_ups_finds_masked_values_no_more(known, planted, company):
    allow(company, hour=2)
    for text in [*values_of(planted, PhoneField), *values_of(planted, EmailField)]:
        Lookup.objects.all().delete()
        first = is_found(text, company.steward, planted)
        other = find_records("13912340000", company.steward.actor)
        third = find_records("13912340001", company.steward.actor)
        again = is_found(text, company.steward, planted)

        # What was asked for before is answered again, as it tells nothing new.
        assert (first, other.limit, third.limit != "", again) == (True, "", True, True)
        Lookup.objects.filter(user=company.steward.user).delete()
        find_records("13912340000", company.steward.actor)
        find_records("13912340001", company.steward.actor)
        assert is_found(text, company.steward, planted) is False
        assert is_found(text, company.rep, planted) is True


@every_guarded_type
def test_who_reads_what_they_look_for_is_not_counted_and_costs_no_query(known, planted, company):
    allow(company, hour=1)
    texts = [*values_of(planted, PhoneField), *values_of(planted, EmailField), "13912340000", "li@example.com"]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for text in texts:
            assert find_records(text, company.rep.actor).limit == ""
            assert find_records(text, company.manager.actor).limit == ""

    assert [query["sql"] for query in queries if "access_lookup" in query["sql"]] == []
    assert Lookup.objects.count() == 0


def test_the_limit_is_told_once_to_the_person_and_to_whoever_looks_after_roles(company):
    company.grant("settings", actions=("roles",))
    allow(company, hour=2)
    Event.objects.filter(kind="user.lookups_used_up").delete()
    client = company.steward.client()
    pages = [client.get("/search/", {"q": f"1391234000{number}"}) for number in range(5)]
    palette = client.get("/search/", {"q": "13912340009"}, headers={"X-Kezhi-Palette": "1"})

    assert [page.status_code for page in pages] == [200, 200, 429, 429, 429]
    assert [page.context["limit"] != "" for page in pages] == [False, False, True, True, True]
    assert palette.status_code == 200
    assert pages[2].context["limit"] in palette.content.decode()
    [event] = Event.objects.filter(kind="user.lookups_used_up")
    assert (event.record_type, event.record_id, event.actor_id) == ("user", company.steward.id, company.steward.id)
    told = Notification.objects.filter(title__contains=company.steward.user.name)
    assert company.administrator.id in set(told.values_list("user_id", flat=True))
    assert told.filter(user=company.administrator.user).count() == 1


def test_a_look_up_is_free_again_after_its_hour_and_after_its_day(company, clock_at):
    clock = clock_at("2026-11-20 10:00")
    allow(company, hour=2, day=3)

    def refused(text):
        return find_records(text, company.steward.actor).limit

    assert (refused("13912340000"), refused("13912340001")) == ("", "")
    assert "11-20 11:00" in refused("13912340002")
    clock.shift(3601)
    assert refused("13912340002") == ""
    assert "11-21 10:00" in refused("13912340003")
    clock.shift(24 * 3600)
    assert refused("13912340003") == ""


def test_the_hint_while_typing_counts_and_says_when_it_no_longer_compares(company):
    values = {"name": "苏州澜图科技有限公司", "phone": "13800004217"}
    create_record(record_type("customer"), values, actor=company.rep.actor)
    allow(company, hour=2)
    client = company.outsider.client()
    answers = [
        client.post("/customers/hint/", {"name": "", "phone": phone}).content.decode()
        for phone in ("13800004210", "13800004211", "13800004217")
    ]
    by_name = client.post("/customers/hint/", {"name": values["name"], "phone": values["phone"]}).content.decode()

    assert answers[:2] == ["", ""]
    assert "按完整的电话或邮箱查找的次数已经用完" in answers[2]
    assert company.rep.user.name not in answers[2]
    # The name is compared as before, the phone is not.
    assert company.rep.user.name in by_name
    assert "电话相同" not in by_name


def test_who_may_not_store_a_record_is_not_told_of_doubles(company):
    Grant.objects.filter(role__key="sales_rep", subject="customer", action__in=("create", "edit")).delete()
    company.grant()

    assert company.outsider.client().post("/customers/hint/", {"phone": "13800004217"}).status_code == 403


def test_leads_stored_one_after_another_count_as_well(company):
    allow(company, hour=2)
    headers = api_headers(company.outsider)

    def send(number):
        body = json.dumps({"name": f"来电{number}", "phone": f"1380000421{number}"})
        return Client().post("/api/v1/leads/", body, content_type="application/json", headers=headers)

    answers = [send(number) for number in range(3)]
    form = company.outsider.client().post("/leads/new/", {"name": "来电", "phone": "13800004219"})

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].json()["title"] == "too_many_lookups"
    assert answers[2]["Content-Type"] == "application/problem+json"
    assert 3500 < int(answers[2]["Retry-After"]) <= 3601
    assert form.status_code == 422
    assert "按完整的电话或邮箱查找的次数已经用完" in form.content.decode()
    assert record_type("lead").model.objects.ungated("test").count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_palette_says_why_nothing_was_looked_for(page, sign_in, transactional_db, cast):
    install_defaults()
    cast.grant("customer")
    allow(cast, hour=1)
    sign_in(cast.steward)
    page.goto("/search/?q=13912340000")
    page.keyboard.press("Control+k")
    page.locator("dialog.palette input").fill("13912340001")

    expect(page.locator("dialog.palette .palette__note")).to_contain_text("按完整的电话或邮箱查找的次数已经用完")


def test_a_merge_does_not_tell_whether_two_masked_phones_are_the_same(company):
    FieldRule.objects.create(
        role=Role.objects.get(key="sales_manager"), record_type="customer", field="phone", level="masked"
    )
    epochs.bump(EPOCH)
    first, same, other = (
        create_record(record_type("customer"), {"name": name, "phone": phone}, actor=company.rep.actor)
        for name, phone in (("甲公司", "13800004217"), ("乙公司", "13800004217"), ("丙公司", "13811114217"))
    )

    def row(second):
        page = company.manager.client().get("/customers/merge/", {"first": first.pk, "second": second.pk})
        [phone] = [row for row in page.context["rows"] if row["key"] == "phone"]
        return phone

    assert row(same) == row(other)
    assert "138****4217" in row(same)["kept"]


@pytest.mark.parametrize(("level", "reasons"), [("masked", ["name"]), ("read", ["phone", "name"])])
def test_the_list_of_doubles_says_that_phones_agree_to_who_reads_them(level, reasons, company):
    FieldRule.objects.bulk_create(
        FieldRule(role=Role.objects.get(key="sales_manager"), record_type=known, field=field, level=level)
        for known in ("customer", "contact")
        for field in ("phone", "email")
    )
    epochs.bump(EPOCH)
    values = {"name": "苏州澜图科技有限公司", "phone": "13800004217"}
    first, second = (create_record(record_type("customer"), values, actor=company.rep.actor) for _number in range(2))
    MatchCandidate.objects.create(
        first=first, second=second, probability=0.99, reasons=["phone", "name"], found_at=now()
    )

    [pair] = company.manager.client().get("/customers/duplicates/").context["pairs"]

    assert pair.reasons == reasons
