"""Entering stages: conditions, required fields, what follows (SAL-1, SAL-2)."""

from datetime import timedelta

import pytest
import time_machine

from kezhi.core.clock import now
from kezhi.core.events import read_facts
from kezhi.core.models import Event
from kezhi.records.operations import Conflict, InvalidRecord, change_record
from kezhi.records.operations.bulk import change_many
from kezhi.records.operations.undoing import undo_operation
from kezhi.records.operations.writing import draft_new, store_new
from kezhi.records.registry import record_type
from kezhi.sales.models import Opportunity, StageStay
from kezhi.sales.operations.stages import StageBlocked, enter_stage

pytestmark = pytest.mark.django_db


def reloaded(opportunity):
    return Opportunity.objects.ungated("test").get(pk=opportunity.pk)


def entered(opportunity):
    rows = Event.objects.filter(kind="opportunity.stage_entered", record_id=opportunity.pk).order_by("id")
    return [read_facts(row) for row in rows]


def give(opportunity, **facts):
    Opportunity.objects.ungated("test").filter(pk=opportunity.pk).update(**facts)
    return reloaded(opportunity)


def test_a_new_opportunity_stands_in_the_first_stage_of_the_default_pipeline(make_opportunity):
    opportunity = make_opportunity()

    assert opportunity.stage_id == "project.contact"
    assert (opportunity.probability, opportunity.state) == (10, "open")
    assert entered(opportunity) == [
        {
            "pipeline": "project",
            "stage": "project.contact",
            "kind": "open",
            "left": "",
            "days": 0,
            "reason": "",
            "how": "work",
        }
    ]


def test_an_unmet_condition_is_named_and_nothing_happens(make_opportunity, people):
    opportunity = make_opportunity()

    with pytest.raises(StageBlocked) as blocked:
        enter_stage(opportunity, "project.quote", actor=people.rep.actor)

    assert [each.field for each in blocked.value.missing] == ["quote_count"]
    assert blocked.value.problems == {
        "stage": "还不能进入“方案报价”：还没有报价单",
        "quote_count": "还没有报价单",
    }
    assert reloaded(opportunity).stage_id == "project.contact"
    assert len(entered(opportunity)) == 1


def test_a_met_condition_lets_it_in_and_tells_how_long_the_last_stage_took(make_opportunity, people):
    with time_machine.travel(now() - timedelta(days=5), tick=False):
        opportunity = make_opportunity()
    opportunity = give(opportunity, quote_count=1)

    moved = enter_stage(opportunity, "project.quote", actor=people.rep.actor, reason="报价已发出")

    assert (moved.stage_id, moved.probability, moved.weighted_amount) == ("project.quote", 50, 250000)
    assert entered(opportunity)[-1] == {
        "pipeline": "project",
        "stage": "project.quote",
        "kind": "open",
        "left": "project.contact",
        "days": 5,
        "reason": "报价已发出",
        "how": "work",
    }
    assert list(StageStay.objects.filter(opportunity=opportunity).order_by("id").values_list("stage", "days")) == [
        ("project.contact", 5),
        ("project.quote", 0),
    ]


def test_every_way_in_asks_the_same(make_opportunity, people):
    opportunity = make_opportunity()

    with pytest.raises(InvalidRecord) as refused:
        change_record(opportunity, {"stage": "project.quote"}, actor=people.rep.actor)
    assert "quote_count" in refused.value.problems
    with pytest.raises(InvalidRecord):
        make_opportunity("另一个", customer=opportunity.customer, stage="project.quote")
    result = change_many(
        record_type("opportunity"), [opportunity.pk], {"stage": "project.lost"}, actor=people.rep.actor
    )
    assert result.refused == {opportunity.pk: "还不能进入“输单”：还没有填写输单原因"}


def test_what_is_missing_may_come_with_the_move(make_opportunity, people):
    opportunity = make_opportunity()

    moved = enter_stage(
        opportunity, "project.lost", actor=people.rep.actor, values={"lost_reason": "price", "competitor": "某某科技"}
    )

    assert (moved.state, moved.lost_reason, moved.probability) == ("lost", "price", 0)
    assert moved.closed_at is not None
    with pytest.raises(InvalidRecord) as refused:
        change_record(moved, {"lost_reason": ""}, actor=people.rep.actor)
    assert {key: str(text) for key, text in refused.value.problems.items()} == {
        "lost_reason": "“输单”阶段的商机必须填写"
    }


def test_the_second_of_two_who_move_one_card_is_told(make_opportunity, people):
    opportunity = make_opportunity()
    seen = reloaded(opportunity)
    enter_stage(opportunity, "project.needs", actor=people.rep.actor)

    with pytest.raises(Conflict):
        enter_stage(seen, "project.lost", actor=people.manager.actor, values={"lost_reason": "price"})

    assert reloaded(opportunity).stage_id == "project.needs"


def test_both_moving_it_to_the_same_stage_agree(make_opportunity, people):
    opportunity = make_opportunity()
    seen = reloaded(opportunity)
    enter_stage(opportunity, "project.needs", actor=people.rep.actor)

    assert enter_stage(seen, "project.needs", actor=people.manager.actor).stage_id == "project.needs"
    assert len(entered(opportunity)) == 2


def test_a_move_is_undone_as_a_whole(make_opportunity, people):
    opportunity = make_opportunity()
    actor = people.rep.actor
    enter_stage(opportunity, "project.lost", actor=actor, values={"lost_reason": "price"})

    result = undo_operation(actor.ref.operation, actor=people.rep.actor)

    assert result.undone == 1
    back = reloaded(opportunity)
    assert (back.stage_id, back.state, back.closed_at, back.lost_reason) == ("project.contact", "open", None, "")


def test_going_back_to_an_earlier_open_stage_is_free(make_opportunity, people):
    opportunity = give(make_opportunity(), quote_count=1, is_confirmed=True)
    opportunity = enter_stage(opportunity, "project.contract", actor=people.rep.actor)
    opportunity = give(opportunity, quote_count=0)

    assert enter_stage(opportunity, "project.quote", actor=people.rep.actor).stage_id == "project.quote"


def test_another_pipeline_begins_at_its_first_stage(make_opportunity, people):
    opportunity = make_opportunity()

    moved = change_record(opportunity, {"pipeline": "nurture"}, actor=people.rep.actor)

    assert (moved.pipeline_id, moved.stage_id) == ("nurture", "nurture.potential")


def test_history_keeps_its_days_and_sets_nothing_off(people, make_customer):
    known = record_type("opportunity")
    actor = people.steward.actor.through("import")
    begun, ended = now() - timedelta(days=90), now() - timedelta(days=30)
    row = {"name": "旧商机", "customer": str(make_customer().pk), "pipeline": "nurture", "stage": "project.quote"}
    lost = {"name": "丢了的", "stage": "project.lost"}

    drafts = draft_new(
        known, [row, lost], actor=actor, given=[{"created_at": begun}, {"created_at": begun, "closed_at": ended}]
    )

    assert [draft.problems for draft in drafts] == [{}, {}]
    opened, closed = store_new(known, drafts, actor=actor)
    assert (opened.stage_id, opened.created_at, opened.closed_at) == ("nurture.quote", begun, None)
    assert (closed.state, closed.closed_at, closed.days_to_close) == ("lost", ended, 60)
    assert closed.stage_entered_at == ended
    assert entered(opened) == entered(closed) == []


def test_only_an_import_may_skip_conditions_for_history(people):
    known = record_type("opportunity")
    begun = now() - timedelta(days=90)

    [draft] = draft_new(
        known, [{"name": "旧商机", "stage": "project.quote"}], actor=people.steward.actor, given=[{"created_at": begun}]
    )

    assert "stage" in draft.problems


def test_an_import_of_today_asks_like_everything_else(people):
    known = record_type("opportunity")

    [draft] = draft_new(
        known, [{"name": "新商机", "stage": "project.quote"}], actor=people.steward.actor.through("import")
    )

    assert set(draft.problems) == {"stage", "quote_count", "customer"}
