"""Duplicates: noticed while typing, found by the model, merged and taken apart (CUS-12)."""

import pytest

from kezhi.access.models import FieldRule, Role
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.customers.likeness import lookalikes
from kezhi.customers.linkage import find_pairs, store_pairs
from kezhi.customers.merging import merge_customers, unmerge_customers
from kezhi.customers.models import Contact, Customer, MatchCandidate
from kezhi.records.models import CustomValue, Tag
from kezhi.records.operations import InvalidRecord, change_record
from kezhi.records.operations.custom_fields import FieldDraft, add_field
from kezhi.records.registry import record_type
from kezhi.records.search.finding import find_records
from kezhi.records.timeline import load_timeline

pytestmark = pytest.mark.django_db


def names(found):
    return [row.customer.name for row in found]


def test_a_name_that_differs_only_in_its_legal_form_is_noticed(make_customer, people):
    make_customer("北京元庆科技有限公司")

    assert names(lookalikes({"name": "北京元庆科技股份有限公司"}, people.rep.actor)) == ["北京元庆科技有限公司"]


def test_the_same_phone_is_noticed_whatever_the_name(make_customer, make_contact, people):
    customer = make_customer("北京元庆科技有限公司")
    make_contact(customer, phone="13812345678")
    [found] = lookalikes({"name": "完全不同贸易有限公司", "phone": "138 1234 5678"}, people.rep.actor)

    assert found.customer == customer
    assert found.reasons == ("phone",)


def test_a_lookalike_out_of_reach_shows_only_whose_it_is(make_customer, people):
    make_customer("北京元庆科技有限公司", by=people.outsider)
    [found] = lookalikes({"name": "北京元庆科技有限公司"}, people.rep.actor)

    assert not found.is_visible
    assert found.owner == "卫南乔"


def test_the_model_finds_pairs_and_a_decision_stays(make_customer):
    first = make_customer("北京元庆科技有限公司", phone="13812345678")
    second = make_customer("元庆科技", phone="13812345678")
    make_customer("上海云启生物医药有限公司", phone="13912345678")
    pairs = find_pairs(0.5)

    assert [(pair.first, pair.second) for pair in pairs] == [(first.pk, second.pk)]
    assert store_pairs(pairs) == 1
    MatchCandidate.objects.update(state=MatchCandidate.State.DIFFERENT)
    assert store_pairs(pairs) == 0
    assert MatchCandidate.objects.get().state == MatchCandidate.State.DIFFERENT


def test_a_merge_loses_nothing_and_comes_apart_again(make_customer, make_contact, people):
    kept = make_customer("北京元庆科技有限公司", phone="13812345678", city="北京市")
    tag = Tag.objects.get(key="server-purchase").pk
    gone = make_customer("元庆科技", level="A", city="天津市", tags=[str(tag)])
    contact = make_contact(gone, "李四", phone="13912345678")
    actor = people.manager.actor

    merge = merge_customers(kept.pk, gone.pk, {"city": "gone"}, actor=actor)

    kept.refresh_from_db()
    assert (kept.name, kept.level, kept.city, kept.tag_ids) == ("北京元庆科技有限公司", "A", "天津市", [tag])
    assert Contact.objects.ungated("test").get(pk=contact.pk).customer_id == kept.pk
    assert kept.primary_contact_name == "李四"
    assert not Customer.objects.visible_to(actor).filter(pk=gone.pk).exists()
    history = load_timeline(record_type("customer"), kept, actor=actor)
    assert any("李四" in entry.html for entry in history.entries)

    result = unmerge_customers(merge, actor=people.manager.actor)

    kept.refresh_from_db()
    assert result.stayed == []
    assert (kept.level, kept.city, kept.tag_ids, kept.primary_contact_name) == ("", "北京市", [], "")
    back = Customer.objects.visible_to(actor).get(pk=gone.pk)
    assert (back.level, back.city, back.tag_ids, back.primary_contact_name) == ("A", "天津市", [tag], "李四")
    [hits] = find_records("元庆科技", actor, only=["customer"])
    assert {hit.record.id for hit in hits.hits} == {kept.pk, gone.pk}


def test_a_field_changed_after_the_merge_stays(make_customer, people):
    kept = make_customer("北京元庆科技有限公司")
    gone = make_customer("元庆科技", level="A")
    merge = merge_customers(kept.pk, gone.pk, {}, actor=people.manager.actor)
    kept.refresh_from_db()
    change_record(kept, {"level": "VIP"}, actor=people.rep.actor)
    result = unmerge_customers(merge, actor=people.manager.actor)

    kept.refresh_from_db()
    assert kept.level == "VIP"
    assert result.stayed == ["等级"]


def test_a_merge_is_taken_apart_once(make_customer, people):
    kept, gone = make_customer("北京元庆科技有限公司"), make_customer("元庆科技")
    merge = merge_customers(kept.pk, gone.pk, {}, actor=people.manager.actor)
    unmerge_customers(merge, actor=people.manager.actor)
    with pytest.raises(InvalidRecord):
        unmerge_customers(merge, actor=people.manager.actor)


def test_nobody_merges_what_they_may_not_see(make_customer, people):
    kept, gone = make_customer("北京元庆科技有限公司"), make_customer("元庆科技", by=people.outsider)
    with pytest.raises((NotAllowed, Customer.DoesNotExist)):
        merge_customers(kept.pk, gone.pk, {}, actor=people.rep.actor)

    assert Customer.objects.ungated("test").filter(deleted_at__isnull=True).count() == 2


def test_a_value_no_two_records_may_hold_goes_over_and_comes_back(make_customer, people):
    people.grant("settings", actions=["fields"])
    draft = FieldDraft("税号", is_unique=True)
    row = add_field(record_type("customer"), "text", draft, actor=people.administrator.actor)
    kept, gone = make_customer("北京元庆科技有限公司"), make_customer("元庆科技", **{row.key: "9111"})

    merge = merge_customers(kept.pk, gone.pk, {}, actor=people.manager.actor)

    kept.refresh_from_db()
    assert kept.custom == {row.key: "9111"}

    unmerge_customers(merge, actor=people.manager.actor)

    kept.refresh_from_db()
    assert kept.custom.get(row.key) in (None, "")
    assert list(CustomValue.objects.values_list("record_id", "unique_text")) == [(gone.pk, "9111")]


def test_a_hidden_name_stands_nowhere_on_the_pages_of_merging(make_customer, people):
    kept, gone = make_customer("北京元庆科技有限公司"), make_customer("元庆秘名")
    merge_customers(kept.pk, gone.pk, {}, actor=people.manager.actor)
    role = Role.objects.get(key="sales_manager")
    FieldRule.objects.create(role=role, record_type="customer", field="name", level="hidden")
    epochs.bump(EPOCH)
    page = people.manager.client()

    for address in ("/customers/duplicates/", "/", f"/customers/{kept.pk}/review/", f"/customers/{kept.pk}/follow-up/"):
        answer = page.get(address)
        assert answer.status_code == 200
        assert "元庆" not in answer.content.decode(), address
