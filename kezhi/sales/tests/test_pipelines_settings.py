"""Pipelines and stages as an administrator changes them (SAL-1)."""

import json

import pytest

from kezhi.access.policies import NotAllowed
from kezhi.core.events import read_changes
from kezhi.core.models import Event
from kezhi.records.operations import InvalidRecord
from kezhi.sales.models import Opportunity, Pipeline, Stage, StageStay
from kezhi.sales.operations.pipelines import (
    PipelinePlan,
    StagePlan,
    order_stages,
    remove_stage,
    save_pipeline,
    save_stage,
)
from kezhi.sales.operations.stages import StageBlocked, enter_stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(people):
    people.grant("settings", actions=("pipelines",))
    return people.administrator


def stage(key):
    return Stage.objects.get(key=key)


def reloaded(opportunity):
    return Opportunity.objects.ungated("test").get(pk=opportunity.pk)


def test_a_third_pipeline_begins_with_a_first_a_won_and_a_lost_stage(admin):
    made = save_pipeline(None, PipelinePlan("渠道销售", "Channel sales"), actor=admin.actor)

    assert made.key == "channel_sales"
    assert list(made.stages.values_list("key", "kind")) == [
        ("channel_sales.open", "open"),
        ("channel_sales.won", "won"),
        ("channel_sales.lost", "lost"),
    ]
    added = save_stage(made, None, StagePlan("试用", "Trial", probability="40", most_days="20"), actor=admin.actor)
    assert [row.key for row in made.stages.all()] == [
        "channel_sales.open",
        "channel_sales.trial",
        "channel_sales.won",
        "channel_sales.lost",
    ]
    assert (added.probability, added.most_days) == (40, 20)


def test_nobody_else_changes_pipelines(people):
    pipeline = Pipeline.objects.get(key="project")

    with pytest.raises(NotAllowed):
        save_pipeline(pipeline, PipelinePlan("别的名字"), actor=people.rep.actor)
    assert people.rep.client().get("/settings/pipelines/").status_code == 403
    assert Pipeline.objects.get(key="project").name_zh == "项目销售"


def test_a_condition_made_on_screen_holds_at_once(admin, make_opportunity, people):
    opportunity = make_opportunity(amount="80000")
    pipeline = Pipeline.objects.get(key="project")
    entry = {"all": [{"field": "amount", "op": "ge", "value": 100000}]}
    url = f"/settings/pipelines/project/stages/{stage('project.needs').pk}/"

    answer = admin.client().post(
        url,
        {
            "name_zh": "需求分析",
            "name_en": "Needs analysis",
            "kind": "open",
            "probability": "35",
            "most_days": "10",
            "entry": json.dumps(entry),
            "required": ["expected_close_on"],
        },
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, "/settings/pipelines/project/")
    with pytest.raises(StageBlocked) as blocked:
        enter_stage(opportunity, "project.needs", actor=people.rep.actor)
    assert [each.field for each in blocked.value.missing] == ["amount", "expected_close_on"]
    [event] = Event.objects.filter(kind="pipeline.changed", record_id=pipeline.pk)
    assert read_changes(event)["project.needs"][1]["most_days"] == 10


def test_a_broken_condition_is_refused_and_what_was_typed_stays(admin):
    url = f"/settings/pipelines/project/stages/{stage('project.needs').pk}/"
    entry = json.dumps({"all": [{"field": "nothing", "op": "is", "value": 1}]})

    answer = admin.client().post(url, {"name_zh": "新名字", "kind": "open", "probability": "300", "entry": entry})

    assert answer.status_code == 422
    assert set(answer.context["problems"]) == {"probability", "entry"}
    assert answer.context["shown"]["name_zh"] == "新名字"


def test_the_opportunities_of_a_changed_stage_follow(admin, make_opportunity):
    opportunity = make_opportunity(amount="500000")
    row = stage("project.contact")

    save_stage(row.pipeline, row, StagePlan("初步接触", probability="20", most_days=""), actor=admin.actor)

    stored = reloaded(opportunity)
    assert (stored.probability, stored.weighted_amount, stored.stage_due_at) == (20, 100000, None)


def test_a_stage_with_opportunities_asks_where_they_go(admin, make_opportunity, people):
    opportunity = make_opportunity()
    opportunity = enter_stage(opportunity, "project.needs", actor=people.rep.actor)
    row = stage("project.needs")

    with pytest.raises(InvalidRecord):
        remove_stage(row.pipeline, row, None, actor=admin.actor)
    with pytest.raises(InvalidRecord):
        remove_stage(row.pipeline, row, stage("project.paid"), actor=admin.actor)
    assert reloaded(opportunity).stage_id == "project.needs"
    moved = remove_stage(row.pipeline, row, stage("project.contact"), actor=admin.actor)

    stored = reloaded(opportunity)
    assert moved == 1
    assert (stored.stage_id, stored.probability, stored.version) == ("project.contact", 10, opportunity.version + 1)
    assert stage("project.needs").is_active is False
    told = Event.objects.filter(record_type="opportunity", record_id=opportunity.pk, actor_id=admin.id)
    assert list(told.order_by("id").values_list("kind", flat=True)) == [
        "record.changed",
        "opportunity.stage_entered",
    ]
    stays = StageStay.objects.filter(opportunity=opportunity).order_by("id")
    assert [(stay.stage_id, stay.left_at is None) for stay in stays] == [
        ("project.contact", False),
        ("project.needs", False),
        ("project.contact", True),
    ]


def test_a_stage_nothing_ever_stood_in_is_deleted(admin):
    row = stage("project.needs")

    remove_stage(row.pipeline, row, None, actor=admin.actor)

    assert not Stage.objects.filter(key="project.needs").exists()


@pytest.mark.parametrize("key", ["project.paid", "project.lost"])
def test_a_pipeline_keeps_one_won_and_one_lost_stage(admin, key):
    row = stage(key)

    with pytest.raises(InvalidRecord):
        remove_stage(row.pipeline, row, None, actor=admin.actor)
    assert stage(key).is_active


def test_stages_are_put_in_order_and_endings_stay_behind(admin):
    pipeline = Pipeline.objects.get(key="project")
    ids = {row.key.partition(".")[2]: row.pk for row in pipeline.stages.all()}

    order_stages(pipeline, [ids["lost"], ids["needs"], ids["contact"]], actor=admin.actor)

    keys = [row.key.partition(".")[2] for row in pipeline.stages.all()]
    assert keys == ["needs", "contact", "quote", "contract", "lost", "paid"]


def test_the_default_pipeline_and_one_in_use_are_not_switched_off(admin, make_opportunity):
    make_opportunity(pipeline="nurture")
    project, nurture = Pipeline.objects.get(key="project"), Pipeline.objects.get(key="nurture")

    with pytest.raises(InvalidRecord):
        save_pipeline(project, PipelinePlan("项目销售", is_default=True, is_active=False), actor=admin.actor)
    with pytest.raises(InvalidRecord):
        save_pipeline(nurture, PipelinePlan("客户培育", is_active=False), actor=admin.actor)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_open_in_both_languages(admin, language):
    client = admin.client()
    client.cookies["kezhi_language"] = language
    row = stage("project.quote")

    for url in (
        "/settings/pipelines/",
        "/settings/pipelines/new/",
        "/settings/pipelines/project/",
        "/settings/pipelines/project/stages/new/",
        f"/settings/pipelines/project/stages/{row.pk}/",
        f"/settings/pipelines/project/stages/{row.pk}/removal/",
    ):
        assert client.get(url).status_code == 200, url
