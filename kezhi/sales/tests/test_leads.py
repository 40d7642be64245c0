"""Leads from their first minute: entry rules, assignment, the clock, contact, sorting out (LEAD-2 … LEAD-5)."""

from datetime import timedelta

import pytest
import time_machine

from kezhi.access.models import Absence
from kezhi.access.policies import NotAllowed
from kezhi.automation.defaults import install_rules
from kezhi.automation.scanning import scan_everything
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core import epochs
from kezhi.core.clock import day_start, now, today
from kezhi.core.events import read_facts
from kezhi.core.models import Event
from kezhi.records.models import Tag
from kezhi.records.operations import InvalidRecord, change_record, create_record
from kezhi.records.operations.undoing import undo_operation
from kezhi.records.registry import record_type
from kezhi.sales.models import Lead, UserSkill
from kezhi.sales.operations.leads import (
    Contacted,
    assign_lead,
    contact_lead,
    disqualify_lead,
    recycle_lead,
    wake_lead,
)
from kezhi.sales.skills import set_skills
from kezhi.work.deadlines import Deadline
from kezhi.work.models import Notification, Task
from tests.scenes import play

pytestmark = pytest.mark.django_db

SAID = Contacted("phone", "说清了需求，下周给方案")


@pytest.fixture
def rules(people):
    play(people.grant, "automation", actions=("view", "edit"))
    play(install_rules)


@pytest.fixture
def unowned(people):
    def create(name="苏州澜图科技有限公司", **values):
        return create_record(record_type("lead"), {"name": name, "owner": "", **values}, actor=people.steward.actor)

    return create


def reload(lead):
    return Lead.objects.ungated("test").get(pk=lead.pk)


def clocks():
    rows = Deadline.objects.ungated("test").filter(kind="lead_response").order_by("pk")
    return [(row.record_id, row.owner_id, row.state, (row.due_at - row.started_at).total_seconds()) for row in rows]


def told(user_id):
    return list(Notification.objects.filter(user_id=user_id).order_by("pk").values_list("title", flat=True))


def test_a_lead_without_a_contact_gets_one_that_says_so_and_its_minute_of_entry(make_lead):
    lead = make_lead()
    assert lead.contact_name == "未知联系人"
    assert (lead.entered_at.second, lead.entered_at.microsecond) == (0, 0)
    assert make_lead("常州宏远机械有限公司", contact_name="沈知远").contact_name == "沈知远"


def test_a_wrong_phone_is_refused(make_lead):
    with pytest.raises(InvalidRecord) as refused:
        make_lead(phone="12345")
    assert list(refused.value.problems) == ["phone"]


def test_a_lead_from_a_fair_gets_its_tag(rules, make_lead):
    lead = make_lead(channel="exhibition")
    other = make_lead("常州宏远机械有限公司", channel="online_ads")
    let_it_run()
    assert reload(lead).tag_ids == [Tag.objects.get(key="cooperation").pk]
    assert reload(other).tag_ids == []


def test_a_lead_is_matched_to_the_customer_of_its_phone_mail_or_name(make_lead, make_customer):
    customer = make_customer(phone="13812345678", email="shen@lantu.cn")
    assert make_lead("别的名字", phone="138 1234 5678").known_customer_id == customer.pk
    assert make_lead("别的名字", email="SHEN@lantu.cn").known_customer_id == customer.pk
    assert make_lead("苏州澜图科技").known_customer_id == customer.pk
    assert make_lead("常州宏远机械有限公司").known_customer_id is None


def test_a_changed_phone_is_matched_anew(make_lead, make_customer, people):
    customer = make_customer(phone="13812345678")
    lead = make_lead("常州宏远机械有限公司")
    change_record(lead, {"phone": "13812345678"}, actor=people.rep.actor)
    assert reload(lead).known_customer_id == customer.pk


def test_a_known_customers_lead_goes_to_its_owner_and_says_why(rules, make_customer, unowned, people):
    make_customer(phone="13812345678")
    lead = unowned("别的名字", phone="13812345678")
    let_it_run()
    lead = reload(lead)
    assert lead.owner_id == people.rep.id
    assert lead.assigned_why["keys"] == "case:1"
    assert lead.assigned_why["zh"].startswith("符合“")
    assert lead.assigned_why["en"] != lead.assigned_why["zh"]
    assert lead.assigned_at is not None


def test_the_one_who_suits_best_gets_it(rules, unowned, people):
    set_skills(people.outsider.id, [("language", "en"), ("product", "机房")], actor=people.administrator.actor)
    lead = unowned(language="en", interest="机房改造")
    let_it_run()
    lead = reload(lead)
    assert lead.owner_id == people.outsider.id
    assert lead.assigned_why["keys"] == "rest,skill:2"
    assert "最擅长，2 项对得上" in lead.assigned_why["zh"]


def test_where_nobody_suits_better_the_one_with_least_in_hand_gets_it(rules, make_lead, unowned, people):
    make_lead("一", owner=str(people.rep.id))
    make_lead("二", owner=str(people.outsider.id), by=people.steward)
    lead = unowned("三")
    let_it_run()
    assert reload(lead).owner_id == people.colleague.id


def test_whoever_is_away_gives_way_and_nobody_at_all_means_the_fallback_and_an_alert(rules, unowned, people):
    for member in (people.rep, people.colleague, people.outsider):
        member.user.is_active = False
        member.user.save(update_fields=["is_active"])
    epochs.bump("access")
    lead = unowned()
    let_it_run()
    lead = reload(lead)
    assert lead.owner_id == people.manager.id
    assert "没有人可接的线索：苏州澜图科技有限公司" in told(people.administrator.id)
    event = Event.objects.get(kind="lead.assigned", record_id=lead.pk)
    assert read_facts(event)["how"] == "fallback"


def test_a_stand_in_takes_the_lead_of_somebody_away(rules, make_customer, unowned, people):
    make_customer(phone="13812345678")
    Absence.objects.create(
        user=people.rep.user, stand_in=people.colleague.user, first_day=today(), last_day=today() + timedelta(days=2)
    )
    epochs.bump("access")
    lead = unowned("别的名字", phone="13812345678")
    let_it_run()
    lead = reload(lead)
    assert lead.owner_id == people.colleague.id
    assert f"stand_in:{people.rep.id}" in lead.assigned_why["keys"]


def test_the_owner_is_told_at_once_but_not_of_what_they_entered_themselves(rules, unowned, make_lead, people):
    unowned()
    let_it_run()
    owners = Lead.objects.ungated("test").values_list("owner_id", flat=True)
    [owner] = owners
    assert any(title.startswith("新线索：苏州澜图科技有限公司") for title in told(owner))
    make_lead("常州宏远机械有限公司", by=people.outsider)
    let_it_run()
    assert not any("常州宏远" in title for title in told(people.outsider.id))


def test_the_clock_runs_as_long_as_the_channel_says_and_goes_with_the_owner(rules, unowned, people):
    leads = [
        unowned(f"公司{number}有限公司", channel=channel)
        for number, channel in enumerate(("exhibition", "online_ads", "partner"))
    ]
    let_it_run()
    hours = [seconds / 3600 for _pk, _owner, _state, seconds in clocks()]
    assert hours == [24, 48, 48]
    assert [owner for _pk, owner, _state, _s in clocks()] == [reload(lead).owner_id for lead in leads]


def test_contact_moves_the_lead_meets_the_clock_and_makes_the_next_step_a_task(rules, make_lead, people):
    lead = make_lead()
    let_it_run()
    due = now() + timedelta(days=2)
    said = Contacted("phone", "说清了需求", "发方案给沈主任", people.rep.id, due)
    contact_lead(lead, said, actor=people.rep.actor, client_key="k" * 20)
    contact_lead(lead, said, actor=people.rep.actor, client_key="k" * 20)
    let_it_run()
    lead = reload(lead)
    assert lead.state == "working"
    assert lead.first_contacted_at == lead.last_contacted_at
    assert [state for _pk, _owner, state, _s in clocks()] == ["met"]
    [task] = Task.objects.ungated("test").filter(origin="lead")
    assert (task.title, task.owner_id, task.about_id) == ("发方案给沈主任", people.rep.id, lead.pk)
    assert Event.objects.filter(kind="lead.contacted").count() == 1


def test_a_contact_without_words_or_with_a_past_next_step_is_refused(make_lead, people):
    lead = make_lead()
    with pytest.raises(InvalidRecord) as refused:
        contact_lead(lead, Contacted("smoke", " ", "再说", None, now()), actor=people.rep.actor)
    assert set(refused.value.problems) == {"method", "summary", "next_person", "next_due_at"}
    assert reload(lead).state == "new"


def test_nobody_contacts_or_sorts_out_what_they_do_not_own(make_lead, people):
    lead = make_lead()
    for act in (
        lambda actor: contact_lead(lead, SAID, actor=actor),
        lambda actor: disqualify_lead(lead, "no_need", actor=actor),
        lambda actor: recycle_lead(lead, today() + timedelta(days=9), actor=actor),
    ):
        with pytest.raises((Lead.DoesNotExist, NotAllowed)):
            act(people.outsider.actor)
    assert reload(lead).state == "new"


def test_a_lead_nobody_contacted_for_three_days_climbs(rules, make_lead, people):
    make_lead()
    let_it_run()
    with time_machine.travel(now() + timedelta(days=3, minutes=10), tick=False):
        scan_everything()
        let_it_run()
    assert "线索苏州澜图科技有限公司分给任小芮后一直没有联系" in told(people.manager.id)


def test_giving_a_lead_on_needs_a_reason_that_stands_on_it(rules, make_lead, people):
    lead = make_lead()
    with pytest.raises(InvalidRecord):
        assign_lead(lead, people.colleague.id, reason=" ", actor=people.manager.actor)
    assign_lead(lead, people.colleague.id, reason="熟悉医疗行业", actor=people.manager.actor)
    let_it_run()
    lead = reload(lead)
    assert (lead.owner_id, lead.assigned_why["zh"]) == (people.colleague.id, "熟悉医疗行业")
    assert any("新线索" in title for title in told(people.colleague.id))


def test_an_invalid_lead_says_why_and_can_be_undone(rules, make_lead, people):
    lead = make_lead()
    let_it_run()
    with pytest.raises(InvalidRecord):
        disqualify_lead(lead, "because", actor=people.rep.actor)
    actor = people.rep.actor
    disqualify_lead(lead, "没有预算", actor=actor)
    let_it_run()
    assert (reload(lead).state, reload(lead).disqualify_reason) == ("disqualified", "no_budget")
    assert [state for _pk, _owner, state, _s in clocks()] == ["cancelled"]
    undo_operation(actor.ref.operation, actor=people.rep.actor)
    assert (reload(lead).state, reload(lead).disqualify_reason) == ("new", "")


def test_a_put_away_lead_comes_back_on_its_day_and_its_owner_is_told(rules, make_lead, people):
    lead = make_lead()
    let_it_run()
    contact_lead(lead, SAID, actor=people.rep.actor)
    with pytest.raises(InvalidRecord):
        recycle_lead(lead, today(), actor=people.rep.actor)
    day = today() + timedelta(days=30)
    recycle_lead(lead, day, actor=people.rep.actor)
    let_it_run()
    assert reload(lead).state == "recycled"
    with time_machine.travel(day_start(day) - timedelta(hours=1), tick=False):
        scan_everything()
        let_it_run()
    assert reload(lead).state == "recycled"
    with time_machine.travel(day_start(day) + timedelta(hours=9), tick=False):
        scan_everything()
        let_it_run()
        assert reload(lead).state == "new"
        assert [state for _pk, _owner, state, _s in clocks()] == ["met", "running"]
    assert "线索苏州澜图科技有限公司到了唤醒的日子，请再联系" in told(people.rep.id)


def test_a_put_away_lead_can_be_woken_before_its_day(make_lead, people):
    lead = make_lead()
    recycle_lead(lead, today() + timedelta(days=30), actor=people.rep.actor)
    wake_lead(lead, actor=people.rep.actor)
    assert (reload(lead).state, reload(lead).recycle_on) == ("new", None)


def test_the_score_says_which_facts_raised_it(make_lead, people):
    lead = make_lead(phone="13812345678", channel="exhibition", need="机房改造")
    assert lead.score_facts == [["phone", 10], ["need", 10], ["channel:exhibition", 10]]
    assert lead.score == 30
    change_record(lead, {"budget": "500000"}, actor=people.rep.actor)
    assert reload(lead).score == 45


def test_skills_are_set_by_who_looks_after_assignment(people):
    people.grant("automation", actions=("view", "edit"))
    set_skills(people.rep.id, [("language", "en"), ("product", " "), ("nonsense", "x")], actor=people.manager.actor)
    assert list(UserSkill.objects.values_list("user_id", "kind", "value")) == [(people.rep.id, "language", "en")]
