"""What a customer knows about itself once it is stored (CUS-1 … CUS-10)."""

import pytest
from django.utils import translation

from kezhi.access.actors import system_actor
from kezhi.access.policies import NotAllowed, Ungated
from kezhi.core.events import read_changes
from kezhi.core.models import Event
from kezhi.customers.models import Contact, Customer
from kezhi.records.operations import (
    Conflict,
    InvalidRecord,
    change_record,
    create_record,
    delete_records,
    undo_operation,
)
from kezhi.records.operations.deleting import purge_deleted
from kezhi.records.presenting import present
from kezhi.records.registry import record_type
from kezhi.records.search.finding import find_records

pytestmark = pytest.mark.django_db


def test_numbers_follow_the_month_and_leave_no_gap(make_customer, clock_at):
    clock_at("2026-10-31 10:00")
    first = make_customer("甲公司信息技术有限公司")
    with pytest.raises(InvalidRecord):
        make_customer("乙公司信息技术有限公司", level="Z")
    second = make_customer("丙公司信息技术有限公司")
    clock_at("2026-11-01 10:00")
    third = make_customer("丁公司信息技术有限公司")

    assert [c.number for c in (first, second, third)] == ["C2026100001", "C2026100002", "C2026110001"]


def test_each_wrong_field_gets_its_sentence_and_nothing_is_stored(people):
    values = {
        "name": "",
        "phone": "1381234567",
        "email": "a#b.cn",
        "level": "D类",
        "note": "身份证 11010519491231002X",
        "budget_high": "很多",
        "no_such_field": 1,
        "number": "C1",
    }
    with pytest.raises(InvalidRecord) as refused:
        create_record(record_type("customer"), values, actor=people.rep.actor)

    assert set(refused.value.problems) == set(values)
    assert Customer.objects.ungated("test").count() == 0
    assert Event.objects.filter(record_type="customer").count() == 0


def test_values_are_understood_as_people_write_them(make_customer):
    customer = make_customer(
        phone="138 1234-5678", level="A类", budget_high="50万", industry="信息技术", founded_on="2016.4.12"
    )

    assert customer.phone == "+8613812345678"
    assert customer.level == "A"
    assert str(customer.budget_high) == "500000.00"
    assert customer.industry == "it"
    assert customer.founded_on.isoformat() == "2016-04-12"


def test_completeness_is_stored_and_moves_with_the_record(make_customer, people):
    customer = make_customer()
    before = customer.completeness
    changed = change_record(customer, {"industry": "it", "phone": "13812345678"}, actor=people.rep.actor)

    assert before < changed.completeness


def test_a_change_by_another_person_to_another_field_is_kept(make_customer, people):
    customer = make_customer()
    change_record(customer, {"city": "苏州市"}, actor=people.manager.actor)
    changed = change_record(customer, {"level": "B"}, actor=people.rep.actor, version=1)

    assert (changed.city, changed.level) == ("苏州市", "B")


def test_two_people_changing_the_same_field_get_a_conflict_with_both_values(make_customer, people):
    customer = make_customer(level="C")
    change_record(customer, {"level": "A"}, actor=people.manager.actor)
    with pytest.raises(Conflict) as conflict:
        change_record(customer, {"level": "B"}, actor=people.rep.actor, version=1)

    [clash] = conflict.value.clashes
    assert (clash.field, clash.theirs, clash.mine, clash.by) == ("level", "A", "B", "马经理")
    assert Customer.objects.ungated("test").get().level == "A"


def test_out_of_reach_means_it_does_not_exist(make_customer, people):
    customer = make_customer()
    with pytest.raises(Customer.DoesNotExist):
        change_record(customer, {"level": "B"}, actor=people.outsider.actor)

    assert Customer.objects.ungated("test").get().version == 1


def test_a_list_that_nobody_put_through_the_gate_raises(make_customer):
    make_customer()
    with pytest.raises(Ungated):
        list(Customer.objects.all())
    with pytest.raises(Ungated):
        Customer.objects.filter(level="A").count()


def test_a_rep_cannot_create_for_somebody_out_of_reach(people):
    with pytest.raises(InvalidRecord) as refused:
        create_record(
            record_type("customer"),
            {"name": "苏州澜图科技有限公司", "owner": str(people.outsider.user.pk)},
            actor=people.rep.actor,
        )

    assert list(refused.value.problems) == ["owner"]


def test_a_new_role_can_do_nothing(cast):
    with pytest.raises(NotAllowed):
        create_record(record_type("customer"), {"name": "苏州澜图科技有限公司"}, actor=cast.rep.actor)


def test_phones_are_masked_for_those_who_are_not_the_owner_or_above(make_customer, people):
    customer = make_customer(phone="13812345678")

    assert present(customer, people.rep.actor).text("phone") == "138 1234 5678"
    assert present(customer, people.manager.actor).text("phone") == "138 1234 5678"
    assert present(customer, people.steward.actor).text("phone") == "138****5678"
    assert present(customer, people.steward.actor).json("phone") == "138****5678"


def test_personal_values_are_encrypted_in_rows_and_events(make_customer, django_assert_num_queries):
    from django.db import connection

    make_customer(phone="13812345678", email="shen@example.com")
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, email FROM customers_customer")
        stored = " ".join(cursor.fetchone())
        cursor.execute("SELECT changes FROM core_event WHERE record_type = 'customer'")
        logged = " ".join(row[0] for row in cursor.fetchall())

    for secret in ("13812345678", "shen@example.com"):
        assert secret not in stored
        assert secret not in logged


def test_undo_takes_back_what_nobody_changed_since(make_customer, people):
    customer = make_customer(level="C")
    actor = people.rep.actor
    change_record(customer, {"level": "A", "city": "苏州市"}, actor=actor)
    change_record(customer, {"city": "无锡市"}, actor=people.manager.actor)
    result = undo_operation(actor.ref.operation, actor=people.rep.actor)

    stored = Customer.objects.ungated("test").get()
    assert (stored.level, stored.city) == ("C", "无锡市")
    assert list(result.kept) == [("customer", customer.pk)]


def test_somebody_elses_act_cannot_be_undone(make_customer, people):
    actor = people.manager.actor
    customer = make_customer()
    change_record(customer, {"level": "A"}, actor=actor)
    with pytest.raises(NotAllowed):
        undo_operation(actor.ref.operation, actor=people.rep.actor)


def test_the_main_contact_shows_on_the_customer(make_customer, make_contact, people):
    customer = make_customer()
    make_contact(customer, "沈知远")
    second = make_contact(customer, "顾晚晴", is_primary=True)
    customer.refresh_from_db()
    assert customer.primary_contact_name == "顾晚晴"

    change_record(second, {"has_left": True}, actor=people.rep.actor)
    customer.refresh_from_db()
    assert customer.primary_contact_name == "沈知远"


def test_a_budget_that_ends_below_its_beginning_is_refused(people):
    with pytest.raises(InvalidRecord) as refused:
        create_record(
            record_type("customer"),
            {"name": "苏州澜图科技有限公司", "budget_low": "90万", "budget_high": "80万"},
            actor=people.rep.actor,
        )

    assert list(refused.value.problems) == ["budget_low"]


def test_contacts_and_follow_ups_go_to_the_bin_with_their_customer_and_come_back(make_customer, make_contact, people):
    customer = make_customer()
    stays, goes = make_contact(customer, "先删的"), make_contact(customer, "沈知远", phone="13912345678")
    delete_records(record_type("contact"), [stays.pk], actor=people.rep.actor)
    actor = people.rep.actor
    delete_records(record_type("customer"), [customer.pk], actor=actor)

    assert not Contact.objects.visible_to(people.rep.actor).exists()
    assert find_records("沈知远", people.rep.actor) == []

    result = undo_operation(actor.ref.operation, actor=people.rep.actor)

    customer.refresh_from_db()
    assert (result.undone, result.kept) == (1, {})
    assert [row.pk for row in Contact.objects.visible_to(people.rep.actor)] == [goes.pk]
    assert customer.primary_contact_name == "沈知远"


def test_what_something_points_to_is_not_purged_and_holds_nothing_up(make_customer, make_contact, people, clock_at):
    pointed, free = make_customer(), make_customer("上海云启生物医药有限公司")
    contact = make_contact(pointed)
    delete_records(record_type("customer"), [pointed.pk, free.pk], actor=people.rep.actor)
    Contact.objects.ungated("test").filter(pk=contact.pk).update(deleted_at=None)

    clock_at("2031-01-01 10:00")

    assert purge_deleted(actor=system_actor("test")) == 1
    assert [row.pk for row in Customer.objects.ungated("test")] == [pointed.pk]


def test_tags_in_another_order_are_no_change(make_customer, people):
    customer = make_customer(tags=["服务器采购", "长期合作"])

    changed = change_record(
        customer, {"tags": ["长期合作", "服务器采购"], "note": "机房在三楼"}, actor=people.rep.actor
    )

    event = Event.objects.filter(kind="record.changed", record_type="customer").get()
    assert list(read_changes(event)) == ["note"]
    assert changed.tag_ids == customer.tag_ids


def test_a_customer_is_found_before_what_hangs_on_them(make_customer, make_contact, people):
    customer = make_customer("云启网络有限公司")
    make_contact(customer, "云启明")
    make_contact(customer, "云启")

    assert [group.record_type.key for group in find_records("yq", people.rep.actor)] == ["customer", "contact"]
    assert [group.record_type.key for group in find_records("云启", people.rep.actor)] == ["contact", "customer"]


def test_several_items_are_listed_as_each_language_does(make_customer, people):
    shown = present(make_customer(tags=["服务器采购", "长期合作"]), people.rep.actor)

    assert shown.text("tags") == "服务器采购、长期合作"
    with translation.override("en"):
        assert shown.text("tags") == "Server purchase, Long-term cooperation"
