"""Duplicates: noticed while typing, found by the model, merged and taken apart (CUS-12)."""

from decimal import Decimal

import pytest

from kezhi.access.models import FieldRule, Role
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.customers.likeness import lookalikes
from kezhi.customers.linkage import find_pairs, store_pairs
from kezhi.customers.merging import differing_fields, merge_customers, unmerge_customers
from kezhi.customers.models import Contact, Customer, MatchCandidate
from kezhi.customers.views import duplicates
from kezhi.records.models import CustomField, CustomValue, Tag
from kezhi.records.operations import InvalidRecord, change_record
from kezhi.records.operations.custom_fields import Choice, FieldDraft, add_field, change_field
from kezhi.records.registry import record_type
from kezhi.records.search.finding import find_records
from kezhi.records.timeline import load_timeline
from kezhi.work.operations import plan_task
from kezhi.work.operations.tasks import About

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


def test_the_timeline_says_who_was_merged_and_where_they_come_apart(make_customer, people):
    kept = make_customer("北京元庆科技有限公司", phone="13812345678")
    gone = make_customer("元庆科技")
    merge_customers(kept.pk, gone.pk, {}, actor=people.manager.actor)

    page = people.manager.client().get(f"/customers/{kept.pk}/").content.decode()

    entry = page.partition("把“元庆科技”")[2].partition("</article>")[0]
    assert f"（{gone.number}）并入了这个客户" in entry
    assert f'href="/customers/duplicates/?of={kept.pk}#merges"' in entry


def test_the_address_of_one_merged_away_leads_to_the_one_that_stayed(make_customer, people):
    first, second, third = (make_customer(f"{name}科技有限公司") for name in "甲乙丙")
    merge_customers(second.pk, first.pk, {}, actor=people.manager.actor)
    merge_customers(third.pk, second.pk, {}, actor=people.manager.actor)

    answer = people.rep.client().get(f"/customers/{first.pk}/")

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/customers/{third.pk}/")
    assert people.outsider.client().get(f"/customers/{first.pk}/").status_code == 404


def test_a_pair_put_aside_by_mistake_comes_back(make_customer, people):
    pair = sorted(make_customer(name).pk for name in ("北京元庆科技有限公司", "元庆科技"))
    row = MatchCandidate.objects.create(first_id=pair[0], second_id=pair[1], probability=1, found_at=now())
    client = people.manager.client()

    assert client.post(f"/customers/duplicates/{row.pk}/different/").status_code == 302
    row.refresh_from_db()
    assert row.state == MatchCandidate.State.DIFFERENT
    assert people.outsider.client().post(f"/customers/duplicates/{row.pk}/undecided/").status_code == 404

    assert client.post(f"/customers/duplicates/{row.pk}/undecided/").status_code == 302
    row.refresh_from_db()
    assert row.state == MatchCandidate.State.OPEN


def test_every_merge_into_a_customer_can_be_taken_apart_however_old(make_customer, people, monkeypatch):
    kept = make_customer("北京元庆科技有限公司")
    old, new = (make_customer(f"元庆科技{name}") for name in "甲乙")
    for gone in (old, new):
        merge_customers(kept.pk, gone.pk, {}, actor=people.manager.actor)
    monkeypatch.setattr(duplicates, "_MERGES", 1)
    client = people.manager.client()

    assert old.number not in client.get("/customers/duplicates/").content.decode()
    page = client.get(f"/customers/duplicates/?of={kept.pk}").content.decode()
    assert all(gone.number in page for gone in (old, new))


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


def test_merges_of_merges_come_apart_from_the_last_one_on(make_customer, make_contact, people):
    first, second, third = (make_customer(f"{name}科技有限公司") for name in "甲乙丙")
    make_contact(first, "张三")
    make_contact(second, "李四")
    inner = merge_customers(second.pk, first.pk, {}, actor=people.manager.actor)
    outer = merge_customers(third.pk, second.pk, {}, actor=people.manager.actor)

    with pytest.raises(InvalidRecord, match="乙科技有限公司"):
        unmerge_customers(inner, actor=people.manager.actor)
    unmerge_customers(outer, actor=people.manager.actor)
    unmerge_customers(inner, actor=people.manager.actor)

    held = Contact.objects.ungated("test").values_list("customer__name", "name")
    assert set(held) == {("甲科技有限公司", "张三"), ("乙科技有限公司", "李四")}


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


@pytest.fixture
def make_field(people):
    """Make a custom field of customers."""
    people.grant("settings", actions=["fields"])

    def make(kind, name, on="customer", **more):
        return add_field(record_type(on), kind, FieldDraft(name, **more), actor=people.administrator.actor).key

    return make


def test_fields_made_on_screen_are_chosen_and_follow_like_the_others(make_customer, make_field, people):
    number, words, secret = make_field("number", "机柜数"), make_field("text", "机房"), make_field(
        "text", "门禁", is_personal=True
    )  # fmt: skip
    colours = make_field("multi_choice", "颜色", choices=(Choice("", "红"), Choice("", "蓝")))
    red, blue = [each.value for each in record_type("customer").field(colours).options()]
    kept = make_customer("北京元庆科技有限公司", **{number: "3", words: "一层"})
    gone = make_customer("元庆科技", **{number: "5", words: "二层", secret: "7788", colours: [red, blue]})
    page = people.manager.client().get(f"/customers/merge/?first={kept.pk}&second={gone.pk}").content.decode()
    assert all(f'name="f-{key}"' in page for key in (number, words, secret, colours))

    merge = merge_customers(kept.pk, gone.pk, {words: "gone"}, actor=people.manager.actor)

    kept.refresh_from_db()
    fields = record_type("customer").all_fields()
    held = {key: fields[key].get(kept) for key in (number, words, secret, colours)}
    assert held == {number: Decimal(3), words: "二层", secret: "7788", colours: (red, blue)}

    unmerge_customers(merge, actor=people.manager.actor)

    kept.refresh_from_db()
    assert (fields[number].get(kept), fields[words].get(kept)) == (Decimal(3), "一层")
    assert fields[secret].is_empty(fields[secret].get(kept))


def test_what_points_to_a_customer_by_a_field_made_on_screen_follows(make_customer, make_field, people):
    parent = make_field("customer", "母公司")
    kept, gone = make_customer("北京元庆科技有限公司"), make_customer("元庆科技")
    child = make_customer("元庆苏州分公司", **{parent: str(gone.pk)})

    merge = merge_customers(kept.pk, gone.pk, {}, actor=people.manager.actor)

    child.refresh_from_db()
    assert child.custom[parent] == kept.pk
    assert list(CustomValue.objects.values_list("record_id", "number", "text")) == [(child.pk, kept.pk, str(kept.pk))]

    unmerge_customers(merge, actor=people.manager.actor)

    child.refresh_from_db()
    assert child.custom[parent] == gone.pk


def test_tasks_say_the_name_of_the_customer_they_are_about_now(make_customer, people):
    kept, gone = make_customer("北京元庆科技有限公司"), make_customer("元庆科技")
    about = About("customer", gone.pk, gone.name)
    task = plan_task("回电话", owner_id=people.rep.user.pk, due_at=None, actor=people.rep.actor, about=about)

    merge = merge_customers(kept.pk, gone.pk, {}, actor=people.manager.actor)
    task.refresh_from_db()
    assert (task.about_id, task.about_title) == (kept.pk, "北京元庆科技有限公司")

    unmerge_customers(merge, actor=people.manager.actor)
    task.refresh_from_db()
    assert (task.about_id, task.about_title) == (gone.pk, "元庆科技")

    gone.refresh_from_db()
    change_record(gone, {"name": "元庆科技（天津）有限公司"}, actor=people.manager.actor)
    task.refresh_from_db()
    assert task.about_title == "元庆科技（天津）有限公司"


def test_one_person_at_both_customers_becomes_one_contact_and_two_again(make_customer, make_contact, people):
    kept, gone = make_customer("北京元庆科技有限公司"), make_customer("元庆科技")
    ours = make_contact(kept, "李四", phone="13912345678", is_primary=True, note="爱喝茶")
    theirs = make_contact(gone, "李 四", phone="13912345678", email="ls@example.com", is_primary=True, note="周五不在")
    namesake = make_contact(gone, "李四", phone="13812345678")
    successor = make_contact(gone, "王五", has_left=True, successor=str(theirs.pk))
    actor = people.manager.actor

    merge = merge_customers(kept.pk, gone.pk, {}, actor=actor)

    live = Contact.objects.visible_to(actor).filter(customer=kept)
    assert set(live.values_list("pk", flat=True)) == {ours.pk, namesake.pk, successor.pk}
    ours.refresh_from_db()
    assert (ours.email, ours.note, ours.is_primary) == ("ls@example.com", "爱喝茶\n周五不在", True)
    successor.refresh_from_db()
    assert successor.successor_id == ours.pk
    assert theirs.number not in [hit.record.number for hits in find_records("李四", actor) for hit in hits.hits]
    told = load_timeline(record_type("contact"), ours, actor=actor)
    assert any("并入了同一位联系人" in entry.html for entry in told.entries)

    unmerge_customers(merge, actor=people.manager.actor)

    theirs.refresh_from_db()
    ours.refresh_from_db()
    successor.refresh_from_db()
    assert (theirs.deleted_at, theirs.customer_id, theirs.is_primary) == (None, gone.pk, True)
    assert (ours.email, ours.note) == ("", "爱喝茶")
    assert successor.successor_id == theirs.pk


def test_of_two_main_contacts_one_stays_the_main_one(make_customer, make_contact, people):
    kept, gone = make_customer("北京元庆科技有限公司"), make_customer("元庆科技")
    make_contact(kept, "李四", is_primary=True)
    second = make_contact(gone, "王五", is_primary=True)

    merge = merge_customers(kept.pk, gone.pk, {}, actor=people.manager.actor)
    second.refresh_from_db()
    assert not second.is_primary

    unmerge_customers(merge, actor=people.manager.actor)
    second.refresh_from_db()
    assert second.is_primary


def test_the_side_that_stays_keeps_its_values_unless_it_has_none(make_customer):
    kept = make_customer("北京元庆科技有限公司", level="B", city="北京市")
    gone = make_customer("元庆科技", level="A", industry="it")

    suggested = {choice.field.key: choice.suggested for choice in differing_fields(kept, gone)}

    assert suggested == {"name": "kept", "level": "kept", "city": "kept", "industry": "gone"}


def test_values_of_fields_switched_off_follow_and_come_back(make_customer, make_field, people):
    room, size, code = (
        make_field("text", "机房"),
        make_field("number", "面积"),
        make_field("text", "税号", is_unique=True),
    )
    kept = make_customer("北京元庆科技有限公司", **{size: "3"})
    gone = make_customer("元庆科技", **{room: "二层", size: "5", code: "9111"})
    for key, name in ((room, "机房"), (size, "面积"), (code, "税号")):
        draft = FieldDraft(name, is_active=False, is_unique=key == code)
        change_field(CustomField.objects.get(key=key), draft, actor=people.administrator.actor)

    merge = merge_customers(kept.pk, gone.pk, {}, actor=people.manager.actor)

    kept.refresh_from_db()
    assert (kept.custom[room], kept.custom[size], kept.custom[code]) == ("二层", "3.000000", "9111")
    mirrored = CustomValue.objects.filter(field__key__in=[room, code]).order_by("field_id")
    assert [(row.record_id, row.text) for row in mirrored] == [(kept.pk, "二层"), (kept.pk, "9111")]

    unmerge_customers(merge, actor=people.manager.actor)

    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (set(kept.custom), gone.custom[room]) == ({size}, "二层")
    unique = CustomValue.objects.get(field__key=code)
    assert (unique.record_id, unique.unique_text) == (gone.pk, "9111")
