"""Tags and their groups: made, renamed, merged, switched off; and only by those who may (CUS-16)."""

import pytest

from kezhi.core import epochs
from kezhi.core.events import Event
from kezhi.records.lists import EPOCH
from kezhi.records.models import Tag, TagGroup, TagLink
from kezhi.records.operations import undo_operation

pytestmark = pytest.mark.django_db


@pytest.fixture
def needs(firms):
    firms.grant("settings", actions=["lists"])
    group = TagGroup.objects.create(key="need", name_zh="需求", name_en="Needs")
    made = {
        key: Tag.objects.create(group=group, key=key, name_zh=name)
        for key, name in (("price", "价格"), ("cost", "成本"))
    }
    epochs.bump(EPOCH)
    return group, made["price"], made["cost"]


def test_the_page_shows_groups_with_how_many_records_have_each_tag(firms, needs, make_firm):
    _group, price, _cost = needs
    make_firm("一", tags=[str(price.pk)])
    make_firm("二", tags=[str(price.pk)])
    page = firms.administrator.client().get("/settings/tags/").content.decode()

    assert "需求" in page
    assert '<td class="num">2</td>' in page


def test_a_group_and_a_tag_are_made_and_renamed_with_an_event_each(firms, needs):
    client = firms.administrator.client()
    client.post("/settings/tags/groups/new/", {"name_zh": "痛点", "is_exclusive": "1", "record_types": ["firm"]})
    group = TagGroup.objects.get(name_zh="痛点")
    client.post(f"/settings/tags/groups/{group.pk}/new/", {"name_zh": "太贵", "name_en": "Too dear"})
    tag = Tag.objects.get(name_zh="太贵")
    client.post(f"/settings/tags/{tag.pk}/", {"name_zh": "嫌贵", "is_active": "1"})
    tag.refresh_from_db()

    assert (group.is_exclusive, group.record_types) == (True, ["firm"])
    assert (tag.name_zh, tag.is_active) == ("嫌贵", True)
    assert Event.objects.filter(kind="tag.changed").count() == 3


def test_the_same_name_twice_in_a_group_is_refused(firms, needs):
    group, _price, _cost = needs
    response = firms.administrator.client().post(f"/settings/tags/groups/{group.pk}/new/", {"name_zh": "价格"})

    assert response.status_code == 422
    assert Tag.objects.filter(name_zh="价格").count() == 1


def test_a_group_whose_tags_stand_together_on_a_record_cannot_become_exclusive(firms, needs, make_firm):
    group, price, cost = needs
    make_firm(tags=[str(price.pk), str(cost.pk)])
    response = firms.administrator.client().post(
        f"/settings/tags/groups/{group.pk}/", {"name_zh": "需求", "is_exclusive": "1"}
    )
    group.refresh_from_db()

    assert (response.status_code, group.is_exclusive) == (422, False)


def test_a_tag_is_merged_into_another_and_the_records_can_be_taken_back(firms, needs, make_firm):
    _group, price, cost = needs
    one, both = make_firm("一", tags=[str(cost.pk)]), make_firm("二", tags=[str(price.pk), str(cost.pk)])
    firms.administrator.client().post(f"/settings/tags/{cost.pk}/merge/", {"into": price.pk})
    one.refresh_from_db()
    both.refresh_from_db()
    cost.refresh_from_db()

    assert (one.tag_ids, both.tag_ids, cost.is_active) == ([price.pk], [price.pk], False)
    assert not TagLink.objects.filter(tag=cost).exists()
    operation = Event.objects.filter(kind="record.changed").first().operation
    undo_operation(operation, actor=firms.administrator.actor)
    one.refresh_from_db()
    assert one.tag_ids == [cost.pk]


def test_a_tag_switched_off_is_kept_on_records_and_not_offered(firms, needs, make_firm):
    _group, price, _cost = needs
    firm = make_firm(tags=[str(price.pk)])
    firms.administrator.client().post(f"/settings/tags/{price.pk}/", {"name_zh": "价格"})
    price.refresh_from_db()
    firm.refresh_from_db()

    assert (price.is_active, firm.tag_ids) == (False, [price.pk])
    assert "价格" not in firms.rep.client().get("/firms/bulk/tag/", {"ids": [firm.pk]}).content.decode()


@pytest.mark.parametrize("address", ["", "groups/new/"])
def test_only_those_who_keep_the_lists_may_change_tags(firms, address):
    assert firms.steward.client().get(f"/settings/tags/{address}").status_code == 403
    assert firms.steward.client().post("/settings/tags/groups/new/", {"name_zh": "x"}).status_code == 403
    assert TagGroup.objects.count() == 0
