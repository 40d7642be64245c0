"""The search box (UX-3)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.access.models import FieldRule, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.customers.models import Customer
from kezhi.records.defaults import install_defaults
from kezhi.records.models import SearchEntry
from kezhi.records.operations import change_record, create_record, delete_records, restore_records
from kezhi.records.presenting import present
from kezhi.records.registry import record_type
from kezhi.records.search.finding import find_records
from kezhi.records.search.index import rebuild_index
from kezhi.records.testing import plant
from tests.scenes import play
from tests.test_contracts import examples

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast):
    play(install_defaults)
    play(cast.grant, "customer", "contact", "task")
    return cast


@pytest.fixture
def customer(people):
    return create_record(
        record_type("customer"),
        {"name": "北京元庆科技有限公司", "phone": "138 1234 5678", "email": "shen@example.com"},
        actor=people.rep.actor,
    )


def found(text, member):
    return [
        (group.record_type.key, hit.record.title) for group in find_records(text, member.actor) for hit in group.hits
    ]


WAYS = [
    "元庆", "庆科", "北京元庆", "beijing", "beijingyuanqing", "yuanqing", "yuanq", "bjyq", "yqkj", "5678",
    "13812345678", "138 1234 5678", "shen@example.com", "BJYQ", "科技 元庆",
]  # fmt: skip


@pytest.mark.parametrize("text", WAYS)
def test_a_customer_is_found_in_every_usual_way(customer, people, text):
    assert ("customer", "北京元庆科技有限公司") in found(text, people.rep)


@pytest.mark.parametrize("text", [*WAYS, "C2026"])
def test_nobody_finds_what_is_out_of_reach(customer, people, text):
    assert found(text, people.outsider) == []
    assert found(text, people.colleague) == []


def test_what_was_found_is_named_in_as_many_queries_for_many_as_for_few(people):
    """An opportunity stands there with its customer."""
    people.grant("opportunity")
    known = record_type("opportunity")
    browser = people.rep.client()

    def asked():
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get("/search/", {"q": "canary", "type": "opportunity"})
        planted = Customer.objects.ungated("test").values_list("name", flat=True)
        return len(queries), sum(f"<span>{name}</span>" in answer.content.decode() for name in planted)

    plant(known, people.rep, examples=examples())
    asked()
    few, names_of_few = asked()
    for _each in range(4):
        plant(known, people.rep, examples=examples())

    assert (names_of_few, asked()) == (1, (few, 5))


def test_it_is_found_by_its_number(customer, people):
    assert found(customer.number, people.rep) == [("customer", "北京元庆科技有限公司")]


@pytest.mark.parametrize("text", ["", "   ", "'", '" OR 1', "*", "(", "%", "\x00", "没有的", "zzzz", "9999"])
def test_what_is_not_there_finds_nothing(customer, people, text):
    assert found(text, people.rep) == []


def test_changes_move_the_index(customer, people):
    change_record(customer, {"name": "上海云启生物医药有限公司", "phone": "13900000001"}, actor=people.rep.actor)
    assert found("元庆", people.rep) == []
    assert found("5678", people.rep) == []
    assert found("云启", people.rep) == [("customer", "上海云启生物医药有限公司")]

    delete_records(record_type("customer"), [customer.pk], actor=people.rep.actor)
    assert found("云启", people.rep) == []
    restore_records(record_type("customer"), [customer.pk], actor=people.rep.actor)
    assert found("云启", people.rep) == [("customer", "上海云启生物医药有限公司")]


def test_contacts_follow_their_customer_to_a_new_owner(customer, people):
    create_record(
        record_type("contact"),
        {"name": "沈知远", "customer": str(customer.pk), "phone": "13911112222"},
        actor=people.rep.actor,
    )
    change_record(customer, {"owner": str(people.colleague.id)}, actor=people.manager.actor)

    assert found("沈知", people.rep) == []
    assert found("2222", people.colleague) == [("contact", "沈知远")]


def test_personal_values_are_not_in_the_index(customer):
    words = " ".join(SearchEntry.objects.values_list("words", flat=True))

    for secret in ("13812345678", "12345678", "5678", "shen", "example"):
        assert secret not in words.split()


def test_the_index_can_be_built_again(customer, people):
    SearchEntry.objects.all().delete()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO records_search(records_search) VALUES ('rebuild')")
    assert found("元庆", people.rep) == []
    assert rebuild_index(record_type("customer")) == 1
    assert found("元庆", people.rep) == [("customer", "北京元庆科技有限公司")]


def test_the_palette_gets_a_fragment_and_others_a_page(customer, people):
    client = people.rep.client()
    fragment = client.get("/search/", {"q": "bjyq"}, headers={"X-Kezhi-Palette": "1"}).content.decode()
    page = client.get("/search/", {"q": "bjyq"}).content.decode()

    assert "北京元庆科技有限公司" in fragment
    assert "<main" not in fragment
    assert "<main" in page
    assert "北京元庆科技有限公司" in page


def test_a_value_that_links_is_only_words_within_a_link(customer, people):
    values = {"name": "沈知远", "customer": str(customer.pk), "phone": "13911112222"}
    contact = create_record(record_type("contact"), values, actor=people.rep.actor)

    shown = present(contact, people.rep.actor)

    assert shown.cell("customer").html.startswith("<a ")
    assert "北京元庆科技有限公司" in shown.subtitles
    assert not any("<a " in value for value in shown.subtitles)


def test_a_script_in_a_name_is_shown_as_text(people):
    create_record(record_type("customer"), {"name": "<script>alert(1)</script>元庆"}, actor=people.rep.actor)
    page = people.rep.client().get("/search/", {"q": "元庆"}).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("level", ["hidden", "masked"])
def test_a_name_somebody_may_not_read_does_not_find_the_record(customer, people, level):
    role = Role.objects.get(key="sales_rep")
    FieldRule.objects.create(role=role, record_type="customer", field="name", level=level)
    epochs.bump(EPOCH)

    assert find_records("元庆", people.rep.actor) == []
    assert [hit.record.id for hit in find_records(customer.number, people.rep.actor)[0].hits] == [customer.pk]
    assert [hit.record.id for hit in find_records("元庆", people.manager.actor)[0].hits] == [customer.pk]


def test_a_hidden_mail_does_not_find_the_record(customer, people):
    role = Role.objects.get(key="sales_rep")
    FieldRule.objects.create(role=role, record_type="customer", field="email", level="hidden")
    epochs.bump(EPOCH)

    assert find_records("shen@example.com", people.rep.actor) == []
