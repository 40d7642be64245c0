"""Customers nobody owns are found by those who hand customers out (see docs/decisions)."""

import json
from dataclasses import replace

import pytest

from kezhi.access.models import Grant, User
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import EPOCH
from kezhi.access.why import verdicts
from kezhi.core import epochs
from kezhi.customers.models import Customer
from kezhi.customers.pages import unowned
from kezhi.records.listing.query import ListRequest
from kezhi.records.operations import change_record, delete_records, reveal_field
from kezhi.records.registry import record_type
from kezhi.records.search.finding import find_records

pytestmark = pytest.mark.django_db


@pytest.fixture
def nobodys(make_customer, people):
    """A customer brought in by the steward, whom nobody owns yet, among those of the team."""
    for number in range(3):
        make_customer(f"苏州甲{number}科技有限公司")
        make_customer(f"苏州乙{number}科技有限公司", by=people.colleague)
    return make_customer("无锡无主科技有限公司", by=people.steward, phone="13812345678")


def listed(member, **more):
    request = ListRequest(record_type("customer"), member.actor, **more)
    return [row.name for row in request.page().records]


def searched(member, text="无主"):
    return [hit.record.title for hits in find_records(text, member.actor, only=["customer"]) for hit in hits.hits]


NAME = "无锡无主科技有限公司"


@pytest.mark.parametrize("sort", ["", "name", "-name", "level", "-next_follow_at"])
def test_who_hands_customers_out_finds_those_nobody_owns(nobodys, people, sort):
    assert nobodys.owner_id is None
    assert len(listed(people.manager, sort=sort)) == 7
    assert NAME in listed(people.manager, sort=sort)
    assert NAME in listed(people.manager, sort=sort, text="无主")
    assert searched(people.manager) == [NAME]
    for other in (people.rep, people.colleague, people.outsider):
        assert NAME not in listed(other, sort=sort)
        assert searched(other) == []


def test_every_page_of_the_list_has_each_of_them_once(nobodys, people):
    request = {"record_type": record_type("customer"), "actor": people.manager.actor, "sort": "-name", "size": 2}
    names, cursor = [], ""
    while True:
        page = ListRequest(**request, cursor=cursor).page()
        names += [row.name for row in page.records]
        cursor = page.next_cursor
        if not cursor:
            break

    assert names == sorted(names, reverse=True)
    assert len(names) == 7


def test_they_are_found_among_very_many_owners_too(nobodys, people):
    User.objects.bulk_create(
        User(username=f"many{number}", name=f"多{number}", department=people.rep.user.department, password="!")
        for number in range(230)
    )
    epochs.bump(EPOCH)

    assert NAME in listed(people.manager)
    assert NAME not in listed(people.outsider)


def test_a_condition_on_the_owner_is_kept(nobodys, people):
    client = people.manager.client()
    empty = client.get("/customers/", {"filter": json.dumps({"field": "owner", "op": "is_empty"})}).content.decode()
    of_rep = {"field": "owner", "op": "is", "value": [str(people.rep.user.pk)]}
    owned = client.get("/customers/", {"filter": json.dumps(of_rep)}).content.decode()

    assert NAME in empty
    assert empty.count('id="row-') == 1
    assert owned.count('id="row-') == 3


def test_they_may_be_handed_out_and_nothing_else(nobodys, people):
    actor = people.manager.actor
    for refused in (
        lambda: change_record(nobodys, {"level": "A"}, actor=actor),
        lambda: delete_records(record_type("customer"), [nobodys.pk], actor=actor),
        lambda: reveal_field(nobodys, "phone", reason="核实资料", actor=actor),
    ):
        with pytest.raises((NotAllowed, Customer.DoesNotExist)):
            refused()
    page = people.manager.client().get(f"/customers/{nobodys.pk}/").content.decode()
    assert "138****5678" in page
    assert f"/customers/{nobodys.pk}/fields/owner/" in page
    assert not Customer.objects.visible_to(actor, "export").filter(pk=nobodys.pk).exists()

    given = people.manager.client().post(f"/customers/{nobodys.pk}/fields/owner/", {"owner": people.rep.user.pk})
    assert given.status_code == 302
    nobodys.refresh_from_db()
    assert nobodys.owner_id == people.rep.user.pk
    assert NAME in listed(people.rep)


def test_several_are_handed_out_at_once(nobodys, people):
    posted = {"ids": nobodys.pk, "value": people.rep.user.pk}
    people.manager.client().post("/customers/bulk/assign/", posted)

    nobodys.refresh_from_db()
    assert nobodys.owner_id == people.rep.user.pk


def test_nobody_hands_them_to_people_out_of_reach(nobodys, people):
    people.manager.client().post(f"/customers/{nobodys.pk}/fields/owner/", {"owner": people.outsider.user.pk})

    nobodys.refresh_from_db()
    assert nobodys.owner_id is None


def test_without_the_right_to_assign_or_with_it_for_oneself_only_they_stay_unseen(nobodys, people):
    limited = replace(people.manager.actor, limits=frozenset({"customer.view", "customer.edit"}))
    assert not Customer.objects.visible_to(limited).filter(pk=nobodys.pk).exists()
    Grant.objects.filter(role__key="sales_manager", subject="customer", action="assign").update(scope="own")
    epochs.bump(EPOCH)

    assert NAME not in listed(people.manager)
    assert searched(people.manager) == []


def test_today_names_those_that_wait_for_an_owner(nobodys, people):
    section = unowned(people.manager.actor)

    assert [row.title for row in section.rows] == [NAME]
    assert section.rows[0].act.url == f"/customers/{nobodys.pk}/fields/owner/"
    assert unowned(people.rep.actor) is None
    change_record(nobodys, {"owner": str(people.rep.user.pk)}, actor=people.manager.actor)
    assert unowned(people.manager.actor) is None


def test_who_sees_it_and_why_is_said(nobodys, people):
    said = {verdict.user.name: verdict for verdict in verdicts(nobodys, "customer")}

    assert said["任小芮"].can_view is False
    manager = said[people.manager.user.name]
    assert (manager.can_view, manager.can_edit) == (True, False)
    assert list(manager.reasons) == ["还没有负责人，他可以把这类记录分配给部门里的人"]
