"""Lists in the order people mean: choices as their list has them, and fields made on screen."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.core import epochs
from kezhi.records.listing.problems import ListProblem
from kezhi.records.listing.query import ListRequest
from kezhi.records.lists import EPOCH as LISTS_EPOCH
from kezhi.records.models import PickItem, PickList
from kezhi.records.operations import create_record
from kezhi.records.operations.custom_fields import Choice, FieldDraft, add_field
from kezhi.records.tests.fake_types import FIRM
from kezhi.records.tests.test_lists import numbers, store, walk

pytestmark = pytest.mark.django_db

EVERYBODY = pytest.mark.parametrize("part", ["rep", "manager", "steward"])
BOTH_WAYS = pytest.mark.parametrize("sign", ["", "-"])


@pytest.fixture
def make_field(firms):
    firms.grant("settings", actions=("fields",))

    def make(kind, **more):
        return add_field(FIRM, kind, FieldDraft("甲", **more), actor=firms.administrator.actor).key

    return make


def everybody_of(member):
    return set(FIRM.model.objects.visible_to(member.actor).values_list("number", flat=True))


def ordered(member, sort, key):
    field = FIRM.field(key)
    rows = ListRequest(FIRM, member.actor, sort=sort, size=50).page().records
    return [field.get(row) for row in rows]


@EVERYBODY
@BOTH_WAYS
def test_choices_stand_in_the_order_of_their_list_and_are_paged_both_ways(firms, part, sign):
    PickItem.objects.filter(list__key="trade").delete()
    PickItem.objects.bulk_create(
        PickItem(list=PickList.objects.get(key="trade"), key=key, name_zh=key, order=place)
        for place, key in enumerate(("VIP", "A", "B", "unused"))
    )
    epochs.bump(LISTS_EPOCH)
    for number in range(23):
        owner = [firms.rep, firms.colleague, firms.manager][number % 3]
        store(owner, number, trade=["B", "VIP", "", "A", "gone"][number % 5])
    member = getattr(firms, part)
    there, back = walk({"record_type": FIRM, "actor": member.actor, "sort": f"{sign}trade", "size": 4})

    assert back == there
    assert len(there) == len(set(there))
    assert set(there) == everybody_of(member)
    known = [value for value in ordered(member, f"{sign}trade", "trade") if value in ("VIP", "A", "B")]
    wanted = sorted(known, key=["VIP", "A", "B"].index, reverse=bool(sign))
    assert ordered(member, f"{sign}trade", "trade")[: len(wanted)] == wanted


def test_a_long_list_is_asked_only_for_what_occurs(firms):
    PickItem.objects.bulk_create(
        PickItem(list=PickList.objects.get(key="trade"), key=f"t{number:02}", name_zh=f"t{number}", order=90 - number)
        for number in range(60)
    )
    epochs.bump(LISTS_EPOCH)
    for number, trade in enumerate(("t07", "t31", "t07", "")):
        store(firms.rep, number, trade=trade)
    ListRequest(FIRM, firms.rep.actor, sort="trade").page()
    with CaptureQueriesContext(connection) as queries:
        page = ListRequest(FIRM, firms.rep.actor, sort="trade").page()

    assert numbers(page) == ["F00001", "F00000", "F00002", "F00003"]
    read = [row["sql"] for row in queries.captured_queries if FIRM.model._meta.db_table in row["sql"]]
    assert len(read) == 4, read


VALUES = {
    "number": ["30", "4", "", "12.5", "4"],
    "money": ["5万", "200", "", "1200", "200"],
    "text": ["乙", "甲", "", "丙", "甲"],
    "date": ["2026-03-01", "2025-01-31", "", "2025-12-31", "2025-01-31"],
    "datetime": ["2026-03-01 08:00", "2025-01-31 23:00", "", "2025-12-31 09:30", "2025-01-31 23:00"],
    "yes_no": ["1", "0", "", "1", "0"],
    "url": ["https://b.example", "https://a.example", "", "https://c.example", "https://a.example"],
}


@EVERYBODY
@BOTH_WAYS
@pytest.mark.parametrize("kind", VALUES)
def test_fields_made_on_screen_order_a_list_and_are_paged_both_ways(firms, make_field, kind, part, sign):
    key = make_field(kind)
    for number in range(15):
        owner = [firms.rep, firms.colleague, firms.manager][number % 3]
        create_record(FIRM, {"name": f"公司{number}", key: VALUES[kind][number % 5]}, actor=owner.actor)
    member = getattr(firms, part)
    there, back = walk({"record_type": FIRM, "actor": member.actor, "sort": f"{sign}{key}", "size": 4})

    assert back == there
    assert len(there) == len(set(there))
    assert set(there) == everybody_of(member)
    values = ordered(member, f"{sign}{key}", key)
    filled = [value for value in values if not FIRM.field(key).is_empty(value)]
    assert values[: len(filled)] == filled
    assert filled == sorted(filled, reverse=bool(sign))


@EVERYBODY
def test_choices_made_on_screen_stand_in_their_order(firms, make_field, part):
    key = make_field("choice", choices=(Choice("", "高"), Choice("", "中"), Choice("", "低")))
    for number, value in enumerate(("低", "", "高", "中", "高")):
        owner = [firms.rep, firms.colleague, firms.manager][number % 3]
        create_record(FIRM, {"name": f"公司{number}", key: value}, actor=owner.actor)
    member = getattr(firms, part)
    field = FIRM.field(key)

    shown = [field.text(value) for value in ordered(member, key, key)]
    assert shown == sorted(shown, key=["高", "中", "低", ""].index)
    assert [field.text(value) for value in ordered(member, f"-{key}", key)][-1:] == shown[-1:] or shown[-1] != ""


def test_what_is_personal_or_of_many_values_orders_no_list(firms, make_field):
    for key in (make_field("text", is_personal=True),):
        with pytest.raises(ListProblem):
            ListRequest(FIRM, firms.steward.actor, sort=key).page()
    many = add_field(
        FIRM, "multi_choice", FieldDraft("乙", choices=(Choice("", "红"),)), actor=firms.administrator.actor
    ).key
    with pytest.raises(ListProblem):
        ListRequest(FIRM, firms.steward.actor, sort=many).page()
