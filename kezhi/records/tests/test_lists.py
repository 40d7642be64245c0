"""Which records a list gives, in which order, a page at a time, and to whom."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.access.models import FieldRule, Role, User
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.conditions import parse
from kezhi.records.listing.ordering import Ordering, Place, write_cursor
from kezhi.records.listing.problems import ListProblem
from kezhi.records.listing.query import ListRequest, read_size
from kezhi.records.listing.totals import aggregates, count_capped
from kezhi.records.operations.custom_fields import FieldDraft, add_field
from kezhi.records.registry import TypeCatalogue
from kezhi.records.tests.fake_types import FIRM, VISIT, Firm

pytestmark = pytest.mark.django_db


def store(owner, number, **values):
    """A firm put straight into the table: lists only read."""
    values.setdefault("name", f"公司{number:03}")
    return Firm.objects.ungated("test").create(
        number=f"F{number:05}",
        owner_id=owner.id,
        created_at=values.pop("created_at", now() + dt.timedelta(minutes=number)),
        changed_at=now(),
        **values,
    )


def condition(member, raw):
    return parse(raw, TypeCatalogue(FIRM, member.actor))


def numbers(page):
    return [record.number for record in page.records]


def walk(request, **changes):
    """All pages forwards, then all the way back."""
    there, pages = [], []
    page = ListRequest(**{**request, **changes}).page()
    while True:
        pages.append(page)
        there += numbers(page)
        if not page.next_cursor:
            break
        page = ListRequest(**{**request, **changes, "cursor": page.next_cursor}).page()
    back = numbers(page)
    while page.previous_cursor:
        page = ListRequest(**{**request, **changes, "cursor": page.previous_cursor}).page()
        back = numbers(page) + back
    return there, back


@pytest.mark.parametrize("sort", ["name", "-name", "budget", "-budget", "founded_on", "-founded_on", "id", "-id"])
@pytest.mark.parametrize("part", ["rep", "manager", "steward"])
def test_paging_meets_every_record_once_in_both_directions(firms, sort, part):
    for number in range(23):
        store(
            [firms.rep, firms.colleague, firms.manager][number % 3],
            number,
            name=f"公司{number * 7 % 23:03}",
            budget=None if number % 4 == 0 else number % 5 * 100,
            founded_on=None if number % 3 == 0 else dt.date(2000 + number % 6, 1, 1),
        )
    member = getattr(firms, part)
    request = {"record_type": FIRM, "actor": member.actor, "sort": sort, "size": 4}
    there, back = walk(request)

    seen = set(FIRM.model.objects.visible_to(member.actor).values_list("number", flat=True))
    assert len(there) == len(set(there))
    assert set(there) == seen
    assert back == there


def test_records_without_a_value_come_last_whichever_way_the_list_runs(firms):
    for number, budget in enumerate([None, 300, 100, None, 200]):
        store(firms.rep, number, budget=budget)
    request = {"record_type": FIRM, "actor": firms.rep.actor}

    assert numbers(ListRequest(**request, sort="budget").page()) == ["F00002", "F00004", "F00001", "F00000", "F00003"]
    assert numbers(ListRequest(**request, sort="-budget").page()) == ["F00001", "F00004", "F00002", "F00003", "F00000"]


def test_a_manager_reads_owner_by_owner_and_gets_the_same_rows_as_everybody_in_one_filter(firms):
    for number in range(12):
        store([firms.rep, firms.colleague][number % 2], number)
    store(firms.outsider, 99)
    with CaptureQueriesContext(connection) as queries:
        page = ListRequest(FIRM, firms.manager.actor, sort="-created_at", size=5).page()

    assert " UNION ALL " in queries.captured_queries[-1]["sql"]
    assert numbers(page) == ["F00011", "F00010", "F00009", "F00008", "F00007"]


def test_a_scope_of_very_many_owners_is_walked_in_order(firms):
    users = User.objects.bulk_create(
        User(username=f"many{number}", name=f"多{number}", department=firms.rep.user.department, password="!")
        for number in range(230)
    )
    epochs.bump(EPOCH)
    store(firms.rep, 1)
    store(firms.outsider, 2)
    Firm.objects.ungated("test").create(number="F00003", name="三", owner=users[0], created_at=now(), changed_at=now())

    assert numbers(ListRequest(FIRM, firms.manager.actor, sort="id", size=5).page()) == ["F00001", "F00003"]


def test_a_condition_on_the_owner_narrows_which_owners_are_read(firms):
    store(firms.rep, 1)
    store(firms.colleague, 2)
    store(firms.outsider, 3)
    mine = condition(firms.steward, {"field": "owner", "op": "is", "value": [firms.rep.id, firms.outsider.id]})

    assert numbers(ListRequest(FIRM, firms.steward.actor, mine, sort="id").page()) == ["F00001", "F00003"]
    assert numbers(ListRequest(FIRM, firms.manager.actor, mine, sort="id").page()) == ["F00001"]


def test_somebody_in_another_department_appears_in_no_page_count_or_sum(firms):
    store(firms.rep, 1, budget=100)
    store(firms.outsider, 2, budget=70_000)
    for member, seen, total in ((firms.rep, 1, 100), (firms.manager, 1, 100), (firms.steward, 2, 70_100)):
        request = ListRequest(FIRM, member.actor)
        assert len(request.page().records) == seen
        assert count_capped(request).number == seen
        assert aggregates(request, ["budget"])["budget"].value == total


def test_an_amount_made_on_screen_is_summed_like_the_others(firms, make_firm):
    firms.grant("settings", actions=("fields",))
    field = add_field(FIRM, "money", FieldDraft("机房预算"), actor=firms.administrator.actor)
    for owner, amount in ((firms.rep, "1.5万"), (firms.rep, "200.50"), (firms.rep, None), (firms.outsider, "9万")):
        make_firm(f"公司{amount}", owner, **({field.key: amount} if amount else {}))

    sums = {
        member: aggregates(ListRequest(FIRM, member.actor), [field.key, "budget"])[field.key].text
        for member in (firms.rep, firms.steward)
    }
    assert sums == {firms.rep: "¥15,200.50", firms.steward: "¥105,200.50"}


def test_a_list_of_what_hangs_on_another_record_follows_its_owner(firms, make_firm, make_visit):
    make_visit(make_firm())
    make_visit(make_firm("广州白云有限公司", owner=firms.outsider), owner=firms.outsider)

    for member, seen in ((firms.rep, 1), (firms.manager, 1), (firms.outsider, 1), (firms.steward, 2)):
        assert len(ListRequest(VISIT, member.actor).page().records) == seen


def test_deleted_records_are_in_no_list(firms):
    store(firms.rep, 1, deleted_at=now())

    for member in (firms.rep, firms.manager, firms.steward):
        assert ListRequest(FIRM, member.actor).page().records == []


def test_a_page_ends_where_the_next_begins(firms):
    for number in range(3):
        store(firms.rep, number)
    first = ListRequest(FIRM, firms.rep.actor, sort="id", size=2).page()
    second = ListRequest(FIRM, firms.rep.actor, sort="id", size=2, cursor=first.next_cursor).page()

    assert (numbers(first), first.has_more, first.previous_cursor) == (["F00000", "F00001"], True, "")
    assert (numbers(second), second.has_more) == (["F00002"], False)
    assert second.previous_cursor


@pytest.mark.parametrize("size", [0, -1, 201, 10**9])
def test_a_page_size_that_makes_no_sense_is_refused(firms, size):
    with pytest.raises(ListProblem) as refused:
        ListRequest(FIRM, firms.rep.actor, size=size).page()

    assert refused.value.part == "size"


@pytest.mark.parametrize("raw", ["1000000000", "-5", "abc", "1e3", "٣", "9" * 5000])
def test_a_page_size_in_an_address_is_read_strictly(firms, raw):
    with pytest.raises(ListProblem):
        read_size(raw)


@pytest.mark.parametrize("cursor", ["x", "WzFd:forged", "a" * 5000, "eyJ9:\u7532"])
def test_a_forged_place_is_refused(firms, cursor):
    with pytest.raises(ListProblem) as refused:
        ListRequest(FIRM, firms.rep.actor, cursor=cursor).page()

    assert refused.value.part == "cursor"


def test_a_place_in_a_list_of_another_order_or_type_is_refused(firms):
    store(firms.rep, 1)
    place = write_cursor(FIRM, Ordering("name", FIRM.field("name"), False, False), Place("公司", 1))

    with pytest.raises(ListProblem):
        ListRequest(FIRM, firms.rep.actor, sort="id", cursor=place).page()
    with pytest.raises(ListProblem):
        ListRequest(VISIT, firms.rep.actor, sort="id", cursor=place).page()


@pytest.mark.parametrize("level", ["masked", "hidden", "owner"])
def test_nobody_sorts_or_sums_by_what_they_may_not_read(firms, level):
    store(firms.rep, 1, budget=500)
    FieldRule.objects.create(role=Role.objects.get(key="sales_rep"), record_type="firm", field="budget", level=level)
    epochs.bump(EPOCH)

    with pytest.raises(ListProblem) as refused:
        ListRequest(FIRM, firms.rep.actor, sort="budget").page()
    assert refused.value.part == "sort"
    assert aggregates(ListRequest(FIRM, firms.rep.actor), ["budget"]) == {}


@pytest.mark.parametrize("sort", ["nothing", "-nothing", "phone", "owner__password", "custom"])
def test_an_order_that_is_not_offered_is_refused(firms, sort):
    with pytest.raises(ListProblem):
        ListRequest(FIRM, firms.rep.actor, sort=sort).page()


def test_counting_stops_where_the_figure_says(firms):
    for number in range(5):
        store(firms.rep, number)

    assert count_capped(ListRequest(FIRM, firms.rep.actor), 3).text == "3+"
    assert count_capped(ListRequest(FIRM, firms.rep.actor), 5).text == "5"


def test_the_quick_filter_looks_at_name_and_number(firms, make_firm):
    first = make_firm("苏州澜图科技有限公司")
    make_firm("杭州滨江医疗")
    make_firm("苏州澜图分公司", owner=firms.outsider)

    def found(text, member=firms.rep):
        return numbers(ListRequest(FIRM, member.actor, text=text, sort="id").page())

    assert found("澜图") == [first.number]
    assert found(first.number.lower()) == [first.number]
    assert found("%") == []
    assert found("不存在") == []
    assert len(found("澜图", firms.steward)) == 2


def test_a_filtered_list_of_everybody_is_the_same_whether_walked_or_sorted(firms, monkeypatch):
    for number in range(40):
        store(firms.rep, number, size="大" if number % 10 == 0 else "小")
    large = condition(firms.steward, {"field": "size", "op": "is", "value": "大"})
    request = {"record_type": FIRM, "actor": firms.steward.actor, "condition": large, "sort": "-id", "size": 2}
    walked, back = walk(request)
    monkeypatch.setattr("kezhi.records.listing.walking._EFFORT", 1)
    given_up, _back = walk(request)

    assert walked == given_up == ["F00030", "F00020", "F00010", "F00000"]
    assert back == walked


def test_a_page_reads_its_rows_in_one_statement_however_many_there_are(firms):
    store(firms.rep, 0, budget=5)
    request = {"record_type": FIRM, "actor": firms.manager.actor, "columns": ("name", "trade", "owner"), "sort": "id"}
    ListRequest(**request).page()
    with CaptureQueriesContext(connection) as few:
        ListRequest(**request).page()
    for number in range(1, 50):
        store(firms.rep, number, budget=5)
    with CaptureQueriesContext(connection) as many:
        assert len(ListRequest(**request).page().records) == 50

    reads = [query["sql"] for query in many.captured_queries if "core_epoch" not in query["sql"]]
    assert len(reads) == 1
    assert len(few) == len(many)


def test_a_statement_that_runs_again_and_again_is_not_given_up_for_its_past(firms):
    for number in range(60):
        store([firms.rep, firms.colleague][number % 2], number)
    request = {"record_type": FIRM, "actor": firms.manager.actor, "sort": "-created_at"}
    with CaptureQueriesContext(connection) as queries:
        for _each in range(60):
            ListRequest(**request).page()

    lists = [query["sql"] for query in queries.captured_queries if "records_tests_firm" in query["sql"]]
    assert len(lists) == 60


def test_one_phone_is_found_by_those_who_read_it_and_by_nobody_else(firms, make_firm):
    firm = make_firm(phone="13812345678")
    make_firm("别人的", owner=firms.outsider, phone="13812345678")
    for member, seen in ((firms.rep, [firm.number]), (firms.manager, [firm.number]), (firms.colleague, [])):
        tail = condition(member, {"field": "phone", "op": "ends_with", "value": "5678"})
        assert numbers(ListRequest(FIRM, member.actor, tail).page()) == seen
