import pytest
from django.urls import reverse

from kezhi.access.actors import system_actor
from kezhi.access.models import Grant, Scope
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.events import Event
from kezhi.records.operations import change_record, delete_records
from kezhi.records.tests.fake_types import FIRM, Firm
from kezhi.records.timeline import Words, load_timeline, register_renderer, sentence, unregister_renderer

pytestmark = pytest.mark.django_db


def lines(firm, member, **options):
    return [entry.html for entry in load_timeline(FIRM, firm, actor=member.actor, **options).entries]


def test_a_change_is_told_in_words_with_the_value_before_and_after(firms, make_firm):
    firm = make_firm(trade="steel")
    change_record(firm, {"trade": "food"}, actor=firms.manager.actor)

    newest = lines(firm, firms.rep)[0]

    assert "马经理" in newest
    assert "行业" in newest
    assert "<del>钢铁</del>" in newest
    assert "<b>食品</b>" in newest


def test_many_changes_of_one_act_are_one_entry(firms, make_firm):
    firm = make_firm()
    change_record(firm, {"trade": "food", "note": "好", "budget": "50万"}, actor=firms.rep.actor)

    newest = lines(firm, firms.rep)[0]

    assert "行业、备注、预算" in newest
    assert "¥500,000.00" in newest


def test_a_personal_value_is_masked_for_those_who_may_not_read_it(firms, make_firm):
    firm = make_firm(phone="13812345678")
    Grant.objects.filter(role__key="data_steward").update(scope=Scope.ALL)
    epochs.bump(EPOCH)

    owner, steward = "".join(lines(firm, firms.rep)), "".join(lines(firm, firms.steward))

    assert "138 1234 5678" in owner
    assert "5678" in steward
    assert "1234 5678" not in steward
    assert "138****5678" in steward


def test_events_of_children_stand_on_the_parents_timeline(firms, make_firm, make_visit):
    firm = make_firm()
    make_visit(firm, "谈方案")

    newest = lines(firm, firms.rep)[0]

    assert "添加了拜访" in newest
    assert "谈方案" in newest


def test_events_on_records_out_of_sight_are_left_out(firms, make_firm, make_visit):
    firm = make_firm()
    make_visit(firm, "谈方案")
    Grant.objects.filter(subject="visit").delete()
    epochs.bump(EPOCH)

    assert "谈方案" not in "".join(lines(firm, firms.rep))
    assert len(lines(firm, firms.rep)) == 1


def test_a_domain_puts_its_events_into_its_own_words(firms, make_firm, make_visit):
    firm = make_firm()
    make_visit(firm, "谈方案", words="客户要书面报价")

    def render(item):
        return Words(sentence("%(who)s 拜访了客户", who=item.who), body=item.record.words)

    register_renderer("record.created", render, record_type="visit")
    try:
        newest = lines(firm, firms.rep)[0]
    finally:
        unregister_renderer("record.created", "visit")

    assert "拜访了客户" in newest
    assert "客户要书面报价" in newest


def test_the_door_is_named_where_it_is_not_a_page(firms, make_firm):
    firm = make_firm()
    change_record(firm, {"note": "经接口"}, actor=firms.rep.actor.through("api"))
    change_record(firm, {"note": "系统改的"}, actor=system_actor("完整度重算"))

    by_system, by_api = lines(firm, firms.rep)[:2]

    assert "API" in by_api
    assert "avatar--rule" in by_system
    assert "完整度重算" in by_system


def test_pages_follow_each_other_without_gaps(firms, make_firm):
    firm = make_firm()
    for number in range(30):
        change_record(firm, {"note": str(number)}, actor=firms.rep.actor)

    first = load_timeline(FIRM, firm, actor=firms.rep.actor)
    second = load_timeline(FIRM, firm, actor=firms.rep.actor, before=first.next_before)

    ids = [entry.id for entry in (*first.entries, *second.entries)]
    assert len(first.entries) == 25
    assert len(set(ids)) == 31
    assert ids == sorted(ids, reverse=True)
    assert second.next_before is None


def test_looking_at_a_value_is_shown_only_when_asked_for(firms, make_firm):
    firm = make_firm(phone="13812345678")
    page = firms.steward.client()

    refused = page.post(f"/firms/{firm.pk}/fields/phone/reveal/", {"reason": " "})
    shown = page.post(f"/firms/{firm.pk}/fields/phone/reveal/", {"reason": "核实资料"})

    assert refused.status_code == 422
    assert "138 1234 5678" not in refused.content.decode()
    assert "138 1234 5678" in shown.content.decode()
    assert Event.objects.filter(kind="record.revealed").count() == 1
    assert len(lines(firm, firms.rep)) == 1
    looked = lines(firm, firms.rep, chip="family:access")
    assert len(looked) == 1
    assert "核实资料" in looked[0]


def test_nobody_reveals_without_the_right(firms, make_firm):
    firm = make_firm(phone="13812345678")
    Grant.objects.filter(action="reveal").delete()
    epochs.bump(EPOCH)

    answer = firms.steward.client().post(f"/firms/{firm.pk}/fields/phone/reveal/", {"reason": "核实资料"})

    assert answer.status_code == 403
    assert "138 1234 5678" not in answer.content.decode()
    assert not Event.objects.filter(kind="record.revealed").exists()


def test_the_viewers_last_act_can_be_undone(firms, make_firm):
    firm = make_firm(note="第一句")
    change_record(firm, {"note": "第二句"}, actor=firms.rep.actor)
    entry = load_timeline(FIRM, firm, actor=firms.rep.actor).entries[0]
    assert entry.is_undoable
    assert not load_timeline(FIRM, firm, actor=firms.manager.actor).entries[0].is_undoable

    answer = firms.rep.client().post(reverse("records:undo", args=[entry.operation]), follow=True)

    assert Firm.objects.ungated("test").get().note == "第一句"
    assert "已撤销 1 处修改" in answer.content.decode()


def test_undo_names_what_somebody_changed_since(firms, make_firm):
    firm = make_firm(note="第一句")
    change_record(firm, {"note": "第二句"}, actor=firms.rep.actor)
    operation = Event.objects.latest("id").operation
    change_record(firm, {"note": "第三句"}, actor=firms.manager.actor)

    answer = firms.rep.client().post(reverse("records:undo", args=[operation]), follow=True)

    assert Firm.objects.ungated("test").get().note == "第三句"
    assert "“苏州澜图科技有限公司”没有撤销：之后又被修改过" in answer.content.decode()


def test_somebody_elses_act_cannot_be_undone(firms, make_firm):
    firm = make_firm(note="第一句")
    change_record(firm, {"note": "第二句"}, actor=firms.rep.actor)
    events = Event.objects.count()

    answer = firms.outsider.client().post(reverse("records:undo", args=[Event.objects.latest("id").operation]))

    assert answer.status_code == 403
    assert Firm.objects.ungated("test").get().note == "第二句"
    assert Event.objects.count() == events
    assert firms.rep.client().post(reverse("records:undo", args=["nothing"])).status_code == 404


def test_a_deleted_record_comes_back_from_the_bin(firms, make_firm):
    firm = make_firm()
    page = firms.rep.client()
    gone = page.post(f"/firms/{firm.pk}/deletion/", follow=True)
    assert "移进回收站" in gone.content.decode()
    assert page.get(f"/firms/{firm.pk}/").status_code == 404

    shown = page.get("/settings/recycle/firm/").content.decode()
    assert "苏州澜图科技有限公司" in shown
    assert "任小芮" in shown
    assert "苏州澜图科技有限公司" not in firms.outsider.client().get("/settings/recycle/firm/").content.decode()
    assert firms.outsider.client().post("/settings/recycle/firm/restoration/", {"id": firm.pk}).status_code == 404

    page.post("/settings/recycle/firm/restoration/", {"id": firm.pk})
    assert page.get(f"/firms/{firm.pk}/").status_code == 200


def test_deleting_without_the_right_changes_nothing(firms, make_firm):
    firm = make_firm()
    Grant.objects.filter(action="delete").delete()
    epochs.bump(EPOCH)

    assert firms.rep.client().post(f"/firms/{firm.pk}/deletion/").status_code == 403
    assert Firm.objects.ungated("test").get().deleted_at is None
    assert not Event.objects.filter(kind="record.deleted").exists()


def test_the_timeline_costs_the_same_however_long_it_is(firms, make_firm, make_visit, django_assert_max_num_queries):
    firm = make_firm()
    for number in range(12):
        make_visit(firm, f"拜访 {number}")
        change_record(firm, {"note": str(number)}, actor=firms.rep.actor)
    actor = firms.rep.actor
    load_timeline(FIRM, firm, actor=actor)

    with epochs.snapshot(), django_assert_max_num_queries(4):
        load_timeline(FIRM, firm, actor=actor)


def test_records_in_the_bin_keep_their_place_on_the_timeline(firms, make_firm, make_visit):
    firm = make_firm()
    visit = make_visit(firm, "谈方案")
    from kezhi.records.tests.fake_types import VISIT

    delete_records(VISIT, [visit.pk], actor=firms.rep.actor)

    assert "删除了拜访" in lines(firm, firms.rep)[0]
    assert "添加了拜访" in lines(firm, firms.rep)[1]
