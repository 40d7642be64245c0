"""The board by stage, the sheet for what is missing, the path on the page (SAL-2)."""

from datetime import timedelta

import pytest
import time_machine

from kezhi.core.clock import now
from kezhi.sales.models import Opportunity
from kezhi.sales.pages_pipelines import stuck_section
from kezhi.ui.html import wan

pytestmark = pytest.mark.django_db

ALL = {"view", "create", "edit"}


def cards(page):
    """Column label → ids of its cards."""
    found = {}
    for column in page.content.decode().split('<section class="board__column"')[1:]:
        label = column.split('aria-label="', 1)[1].split('"', 1)[0]
        found[label] = [part.split('"', 1)[0] for part in column.split('data-id="')[1:]]
    return found


def give(opportunity, **facts):
    Opportunity.objects.ungated("test").filter(pk=opportunity.pk).update(**facts)


def test_the_board_shows_the_stages_of_one_pipeline(make_opportunity, people):
    first = make_opportunity()
    other = make_opportunity("培育中的", customer=first.customer, pipeline="nurture")
    client = people.rep.client()

    assert cards(client.get("/opportunities/board/")) == {
        "初步接触": [str(first.pk)],
        "需求分析": [],
        "方案报价": [],
        "合同签订": [],
        "回款完成": [],
        "输单": [],
    }
    assert cards(client.get("/opportunities/board/?pipeline=nurture"))["潜在客户"] == [str(other.pk)]
    page = client.get("/opportunities/board/")
    assert "潜在客户" in cards(page)
    assert '<small>赢率 10% · 最长 30 天 <span id="column-second-0"></span></small>' in page.content.decode()


def test_an_unknown_pipeline_shows_the_default_one(make_opportunity, people):
    make_opportunity()

    assert "初步接触" in cards(people.rep.client().get("/opportunities/board/?pipeline=nothing"))


def test_a_card_warms_as_the_longest_stay_runs_out(make_opportunity, people):
    moment = now()
    for name, days in (("新", 1), ("久", 12), ("超", 20)):
        with time_machine.travel(moment - timedelta(days=days), tick=False):
            make_opportunity(name, customer=None)
    page = people.rep.client().get("/opportunities/board/").content.decode()

    looks = [part.split('"', 1)[0] for part in page.split('<li class="')[1:] if part.startswith("deal")]
    assert looks == ["deal", "deal deal--aging", "deal deal--stale"]


def test_totals_give_count_sum_and_weighted_sum(make_opportunity, people):
    opportunity = make_opportunity(amount="500000")
    make_opportunity("第二个", customer=opportunity.customer, amount="100000")
    page = people.rep.client().get("/opportunities/board/totals/?by=stage&pipeline=project").content.decode()

    assert '<span class="count" id="column-count-0" hx-swap-oob="true">2</span>' in page
    assert f'<b id="column-sum-0" hx-swap-oob="true">{wan(600_000)}</b>' in page
    assert f'<span id="column-second-0" hx-swap-oob="true">加权 {wan(60_000)}</span>' in page


def test_a_refused_move_names_what_is_missing_and_opens_the_sheet(make_opportunity, people):
    opportunity = make_opportunity()
    client = people.rep.client()

    answer = client.post(
        "/opportunities/board/move/?by=stage&pipeline=project",
        {"id": opportunity.pk, "column": "project.lost", "version": opportunity.version},
    )

    assert answer.status_code == 422
    assert "还没有填写输单原因" in answer.content.decode()
    assert f"/opportunities/{opportunity.pk}/stage/?to=project.lost" in answer.headers["HX-Trigger"]


def test_the_sheet_fills_what_is_missing_and_moves(make_opportunity, people):
    opportunity = make_opportunity()
    client = people.rep.client()
    url = f"/opportunities/{opportunity.pk}/stage/"

    page = client.get(f"{url}?to=project.lost")
    assert [control.key for control in page.context["form"].controls] == ["lost_reason", "competitor"]
    values = {"to": "project.lost", "version": opportunity.version, "lost_reason": "", "reason": "预算没了"}
    assert client.post(url, values).status_code == 422
    answer = client.post(url, {**values, "lost_reason": "budget", "back": "/opportunities/board/"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/opportunities/board/")
    stored = Opportunity.objects.ungated("test").get(pk=opportunity.pk)
    assert (stored.stage_id, stored.lost_reason) == ("project.lost", "budget")


def test_a_missing_quote_is_made_from_the_sheet(make_opportunity, people):
    opportunity = make_opportunity()

    page = people.rep.client().get(f"/opportunities/{opportunity.pk}/stage/?to=project.quote")

    [fix] = page.context["fixes"]
    assert (fix.text, str(fix.act)) == ("还没有报价单", "新建报价")
    assert fix.url.startswith(f"/quotes/new/?opportunity={opportunity.pk}&")


def test_two_people_moving_one_card_do_not_overrun_each_other(make_opportunity, people):
    opportunity = make_opportunity()
    move = "/opportunities/board/move/?by=stage&pipeline=project"
    first, second = people.rep.client(), people.manager.client()
    seen = opportunity.version
    assert first.post(move, {"id": opportunity.pk, "column": "project.needs", "version": seen}).status_code == 200
    give(opportunity, is_confirmed=True)

    answer = second.post(move, {"id": opportunity.pk, "column": "project.contract", "version": seen})

    assert answer.status_code == 409
    assert people.rep.user.name in answer.content.decode()
    assert Opportunity.objects.ungated("test").get(pk=opportunity.pk).stage_id == "project.needs"


def test_the_page_shows_the_path_and_what_the_next_stage_needs(make_opportunity, people):
    opportunity = make_opportunity()
    client = people.rep.client()
    client.post(f"/opportunities/{opportunity.pk}/stage/", {"to": "project.needs", "version": opportunity.version})

    page = client.get(f"/opportunities/{opportunity.pk}/").content.decode()

    path = page.split('<section class="stagepath"', 1)[1].split("</section>", 1)[0]
    assert path.count('aria-current="step"') == 1
    assert "还没有报价单" in path
    assert "从“<b>" not in path
    assert "停留了 0 天" in page


def test_nobody_moves_what_they_may_not_see(make_opportunity, people):
    opportunity = make_opportunity()

    assert people.outsider.client().get(f"/opportunities/{opportunity.pk}/stage/?to=project.needs").status_code == 404


def test_a_stage_of_another_pipeline_is_not_offered(make_opportunity, people):
    opportunity = make_opportunity()

    page = people.rep.client().get(f"/opportunities/{opportunity.pk}/stage/?to=nurture.potential")

    assert page.status_code == 404


def test_the_customers_page_shows_its_opportunities_and_what_they_come_to(make_opportunity, people):
    opportunity = make_opportunity(amount="500000")

    page = people.rep.client().get(f"/customers/{opportunity.customer_id}/").content.decode()

    section = page.split('id="related-opportunity"', 1)[1].split("</section>", 1)
    assert f'href="/opportunities/{opportunity.pk}/"' in section[0]
    assert f"进行中的商机共 {wan(500_000)}" in section[1].split("<section", 1)[0]


def test_the_next_step_is_planned_on_the_page(make_opportunity, people):
    opportunity = make_opportunity()
    client = people.rep.client()
    url = f"/opportunities/{opportunity.pk}/step/"

    assert client.post(url, {"title": "", "due": "soon"}).status_code == 422
    assert client.post(url, {"title": "演示方案", "due": "2030-01-08T10:30"}).status_code == 302

    stored = Opportunity.objects.ungated("test").get(pk=opportunity.pk)
    assert stored.next_activity_at.isoformat() == "2030-01-08T02:30:00+00:00"
    assert people.outsider.client().get(url).status_code == 404


def test_today_names_what_has_stopped(make_opportunity, people):
    with time_machine.travel(now() - timedelta(days=20), tick=False):
        opportunity = make_opportunity()
    section = stuck_section(people.rep.actor)

    assert [(row.url, row.state, row.when) for row in section.rows] == [
        (f"/opportunities/{opportunity.pk}/", "overdue", "停留过久")
    ]
    assert stuck_section(people.outsider.actor) is None


def test_whoever_chooses_a_stage_reads_its_pipeline_and_the_board_does_not_repeat_it(people, make_opportunity):
    make_opportunity()
    client = people.rep.client()
    form = client.get("/opportunities/new/").context["form"]
    [control] = [each for each in form.controls if each.key == "stage"]
    offered = {option.value: option.label for option in control.options}
    assert (offered["project.quote"], offered["nurture.quote"]) == ("项目销售 · 方案报价", "客户培育 · 方案报价")
    board = client.get("/opportunities/board/?by=stage").content.decode()
    assert 'data-column="project.quote" data-label="方案报价"' in board
