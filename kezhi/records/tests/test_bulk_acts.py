"""Acts on many records: what is shown before, what is done, what is left alone, and in the background."""

import json

import pytest
from django.urls import reverse

from kezhi.access.models import Grant
from kezhi.access.rights import EPOCH as ACCESS
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import Event
from kezhi.core.figures import set_figure
from kezhi.core.jobs import run_pending
from kezhi.records.listing.bulk import run_bulk, start_run
from kezhi.records.lists import EPOCH
from kezhi.records.models import BulkRun, Tag, TagGroup, TagLink
from kezhi.records.operations import change_many, undo_operation
from kezhi.records.tests.fake_types import FIRM, Firm
from kezhi.records.timeline import load_timeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def tags(db):
    group = TagGroup.objects.create(key="need", name_zh="需求", is_exclusive=False)
    made = [
        Tag.objects.create(group=group, key=key, name_zh=name) for key, name in (("price", "价格"), ("speed", "速度"))
    ]
    epochs.bump(EPOCH)
    return made


def bulk(member, act, **given):
    return member.client().post(f"/firms/bulk/{act}/", given)


def stored(**wanted):
    return set(Firm.objects.ungated("test").filter(**wanted).values_list("pk", flat=True))


def test_what_will_happen_is_shown_before_it_happens(firms, make_firm):
    mine = make_firm("苏州澜图科技有限公司")
    page = firms.manager.client().get("/firms/bulk/assign/", {"ids": [mine.pk]})

    assert page.status_code == 200
    assert "将对 <b>1</b> 条记录执行" in page.content.decode()
    assert "澜图" in page.content.decode()
    assert stored(owner_id=firms.rep.id) == {mine.pk}


def test_ticked_records_are_given_to_somebody_else_in_one_act(firms, make_firm):
    ids = [make_firm(f"公司{number}").pk for number in range(3)]
    response = bulk(firms.manager, "assign", ids=ids[:2], value=firms.colleague.id)

    assert response.status_code == 302
    assert stored(owner_id=firms.colleague.id) == set(ids[:2])
    assert len(set(Event.objects.filter(kind="record.changed").values_list("operation", flat=True))) == 1


def test_everything_that_matches_is_worked_out_again_when_it_is_done(firms, make_firm):
    steel = [make_firm(f"钢{number}", trade="steel").pk for number in range(3)]
    make_firm("饭店", trade="food")
    make_firm("别人的钢厂", trade="steel", owner=firms.outsider)
    wanted = json.dumps({"all": [{"field": "trade", "op": "is", "value": ["steel"]}]})
    bulk(firms.manager, "set", everything="1", filter=wanted, field="size", value="大")

    assert stored(size="大") == set(steel)


def test_ids_of_records_out_of_reach_are_left_alone(firms, make_firm):
    theirs = make_firm("别人的", owner=firms.outsider)
    response = bulk(firms.manager, "set", ids=[theirs.pk], field="size", value="大")

    assert response.status_code == 400
    assert stored(size="大") == set()


def test_nobody_gives_records_beyond_their_own_reach(firms, make_firm):
    firm = make_firm()
    bulk(firms.manager, "assign", ids=[firm.pk], value=firms.outsider.id)

    assert stored(owner_id=firms.rep.id) == {firm.pk}


def test_a_rep_without_the_right_to_assign_is_refused(firms, make_firm):
    firm = make_firm()
    Grant.objects.filter(role__key="sales_rep", action="assign").delete()
    epochs.bump(ACCESS)

    assert bulk(firms.rep, "assign", ids=[firm.pk], value=firms.rep.id).status_code == 403


def test_tags_are_put_on_and_taken_off_beside_others(firms, make_firm, tags):
    price, speed = tags
    firm = make_firm(tags=[str(price.pk)])
    bulk(firms.rep, "tag", ids=[firm.pk], value=speed.pk)
    firm.refresh_from_db()
    assert firm.tag_ids == [price.pk, speed.pk]

    bulk(firms.rep, "untag", ids=[firm.pk], value=price.pk)
    firm.refresh_from_db()
    assert firm.tag_ids == [speed.pk]
    assert list(TagLink.objects.values_list("tag_id", flat=True)) == [speed.pk]


def test_deleted_ones_go_to_the_recycle_bin_and_come_back_whole(firms, make_firm):
    ids = [make_firm(f"公司{number}").pk for number in range(2)]
    bulk(firms.manager, "delete", ids=ids)
    assert stored(deleted_at__isnull=False) == set(ids)

    operation = Event.objects.filter(kind="record.deleted").first().operation
    undo_operation(operation, actor=firms.manager.actor)
    assert stored(deleted_at__isnull=True) == set(ids)


@pytest.mark.parametrize(
    "given", [{"field": "size"}, {"field": "name", "value": "x"}, {"field": "founded_on", "value": "2月30日"}, {}]
)
def test_a_value_that_makes_no_sense_is_refused_with_the_form(firms, make_firm, given):
    firm = make_firm()
    response = bulk(firms.rep, "set", ids=[firm.pk], **given)

    assert response.status_code == 422
    assert stored(version=1) == {firm.pk}


@pytest.mark.parametrize("ids", [["x"], ["1e9"], ["9" * 40], []])
def test_a_selection_that_is_none_is_refused(firms, make_firm, ids):
    make_firm()

    assert bulk(firms.rep, "set", ids=ids, field="size", value="大").status_code == 400
    assert stored(size="大") == set()


def test_many_records_are_worked_through_in_the_background_with_progress(firms, make_firm):
    set_figure("lists.bulk_at_once", 50, actor_ref=firms.administrator.actor.ref)
    ids = {make_firm(f"公司{number}").pk for number in range(60)}
    response = bulk(firms.manager, "assign", everything="1", value=firms.colleague.id)
    run = BulkRun.objects.get()

    assert response.headers["Location"] == f"/firms/bulk/runs/{run.pk}/"
    assert stored(owner_id=firms.colleague.id) == set()
    assert "0 / 60" in firms.manager.client().get(response.headers["Location"]).content.decode()
    assert firms.outsider.client().get(response.headers["Location"]).status_code == 404

    run_pending()
    run.refresh_from_db()
    assert stored(owner_id=firms.colleague.id) == ids
    assert (run.done, run.changed, run.refused_count, run.finished_at is not None) == (60, 60, 0, True)
    page = firms.manager.client().get(response.headers["Location"]).content.decode()
    assert "改动 60 条" in page
    undo_operation(run.operation, actor=firms.manager.actor)
    assert stored(owner_id=firms.rep.id) == ids


def test_a_run_goes_on_where_a_dead_worker_left_it(firms, make_firm):
    ids = [make_firm(f"公司{number}").pk for number in range(4)]
    run = start_run(FIRM, "set", {"field": "size", "value": "大"}, ids, firms.rep.actor)
    BulkRun.objects.filter(pk=run.pk).update(done=2)
    run_bulk(run_id=run.pk)
    run_bulk(run_id=run.pk)

    assert stored(size="大") == set(ids[2:])


def test_more_than_one_act_may_reach_is_refused(firms, make_firm):
    set_figure("lists.bulk_most", 500, actor_ref=firms.administrator.actor.ref)
    Firm.objects.ungated("test").bulk_create(
        Firm(number=f"X{number}", name=f"X{number}", owner_id=firms.rep.id, created_at=now(), changed_at=now())
        for number in range(501)
    )

    assert bulk(firms.rep, "set", everything="1", field="size", value="大").status_code == 400
    assert stored(size="大") == set()


def test_a_right_that_reaches_further_than_sight_shows_and_changes_nothing_more(firms, make_firm):
    make_firm("南岭秘藏实业有限公司", owner=firms.outsider)
    Grant.objects.filter(role__key="sales_rep", subject="firm", action="delete").update(scope="all")
    epochs.bump(ACCESS)
    page = firms.rep.client()

    asked = page.get("/firms/bulk/delete/?everything=1")
    page.post("/firms/bulk/delete/", {"everything": "1"})

    assert "南岭秘藏" not in asked.content.decode()
    assert Firm.objects.ungated("test").get().deleted_at is None


def test_the_record_page_takes_back_one_of_many_or_all_of_them(firms, make_firm):
    first, second = make_firm(note="一"), make_firm(name="常州天宁纺织有限公司", note="二")
    change_many(FIRM, [first.pk, second.pk], {"note": "三"}, actor=firms.rep.actor)
    [entry] = [one for one in load_timeline(FIRM, first, actor=firms.rep.actor).entries if one.is_undoable]
    undo = reverse("records:undo", args=[entry.operation])
    client = firms.rep.client()
    page = client.get(f"/firms/{first.pk}/").content.decode()
    assert f'formaction="{undo}?only=firm-{first.pk}"' in page
    assert f'formaction="{undo}"' in page

    assert client.post(f"{undo}?only=firm-{first.pk}").status_code == 302

    notes = dict(Firm.objects.ungated("test").values_list("pk", "note"))
    assert notes == {first.pk: "一", second.pk: "三"}
    assert client.post(f"{undo}?only=firm-{first.pk + second.pk}").status_code == 404
    assert client.post(f"{undo}?only=firm-x").status_code == 404
