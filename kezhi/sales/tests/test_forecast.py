"""Forecast, analysis, changes and targets agree with the records behind them, and leak nothing (SAL-8)."""

import json
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from kezhi.access.models import FieldLevel, FieldRule, Role
from kezhi.access.policies import NotAllowed
from kezhi.core import epochs
from kezhi.core.clock import day_start
from kezhi.records.testing import api
from kezhi.sales.forecast.asked import Asked, read_asked
from kezhi.sales.forecast.changes import changes_page
from kezhi.sales.forecast.counting import count_outcomes
from kezhi.sales.forecast.outcomes import analysis_page
from kezhi.sales.forecast.page import forecast_page
from kezhi.sales.forecast.targets import NewTarget, TargetsMoved, Whose, set_targets
from kezhi.sales.models import Opportunity, StageStay, Target

pytestmark = pytest.mark.django_db

QUARTER = Asked(date(2026, 10, 1), 3)


@pytest.fixture(autouse=True)
def november(clock_at):
    clock_at("2026-11-20 09:30")


@pytest.fixture
def put(make_opportunity, make_customer, people):
    """An opportunity in any state, written past the conditions of stages, which are not what is tested here."""
    customers = {}

    def create(amount, *, by=None, state="open", on="2026-11-25", forecast="pipeline", probability=50, **more):
        whose = (by or people.rep).id
        if whose not in customers:
            customers[whose] = make_customer(f"客户 {whose} 有限公司", by=by)
        made = make_opportunity(name=f"商机 {amount}", customer=customers[whose], amount=str(amount), by=by)
        stage = {"open": "project.quote", "won": "project.paid", "lost": "project.lost"}[state]
        probability = {"won": 100, "lost": 0}.get(state, probability)
        values = {"stage_id": stage, "state": state, "forecast": forecast, "probability": probability, **more}
        values["weighted_amount"] = Decimal(amount) * probability / 100
        if state == "open":
            values["expected_close_on"] = on and date.fromisoformat(on)
        else:
            values["closed_at"] = day_start(date.fromisoformat(on))
        Opportunity.objects.ungated("tests").filter(pk=made.pk).update(**values)
        return made

    return create


def listed(member, url):
    """The ids the list behind a number shows through the API."""
    asked = parse_qs(urlsplit(url).query)["filter"][0]
    answer = api(member, "/api/v1/opportunities/", filter=asked)
    assert answer.status_code == 200, answer.content
    return {item["id"] for item in answer.json()["items"]}


def test_each_month_says_what_is_won_committed_and_weighted(put, people):
    put(100000, state="won", on="2026-10-09")
    put(40000, forecast="commit", on="2026-11-28", probability=80)
    put(60000, forecast="best", on="2026-12-31")
    put(20000, on="2026-12-01", probability=10)
    put(70000, forecast="omitted", on="2026-12-02")
    put(10000, state="won", on="2026-09-30")
    put(999, on="2027-01-01")
    page = forecast_page(QUARTER, people.manager.actor)

    assert [row.label for row in page.months] == ["2026-10", "2026-11", "2026-12"]
    assert [row.won.full for row in page.months] == ["¥100,000", "", ""]
    assert [row.commit.full for row in page.months] == ["", "¥40,000", ""]
    assert [row.best.full for row in page.months] == ["", "", "¥60,000"]
    assert [row.weighted.full for row in page.months] == ["", "¥32,000", "¥32,000"]
    assert page.total.likely.full == "¥164,000"
    assert page.title == "2026 年第 4 季度"


def test_every_number_opens_just_its_records(put, people):
    won = put(100000, state="won", on="2026-12-31")
    commit = put(40000, forecast="commit", on="2026-12-31")
    put(41000, forecast="commit", on="2027-01-01")
    late = put(5000, on="2026-09-30")
    undated = put(6000, on=None)
    client = people.manager
    page = forecast_page(QUARTER, people.manager.actor)

    assert listed(client, page.months[2].won.url) == {won.pk}
    assert listed(client, page.months[2].commit.url) == {commit.pk}
    assert listed(client, page.people[0].weighted.url) == {commit.pk}
    assert listed(client, page.total.likely.url) == {won.pk, commit.pk}
    for row, figure in ((page.total, "weighted"), (page.total, "likely"), (page.total, "won")):
        # The list itself, also with its conditions in words and the sum that the number is.
        shown = getattr(row, figure)
        assert client.client().get(shown.url).status_code == 200
        assert shown.full in client.client().get(shown.url.replace("/?", "/totals/?")).content.decode()
    assert listed(client, page.overdue.url) == {late.pk}
    assert listed(client, page.undated.url) == {undated.pk}


def test_months_gone_by_hold_nothing_that_is_still_open(put, people):
    won, slipped = put(100000, state="won", on="2026-10-09"), put(40000, forecast="commit", on="2026-10-28")
    soon = put(6000, forecast="commit", on="2026-11-02")
    page = forecast_page(QUARTER, people.manager.actor)
    assert [row.commit.full for row in page.months] == ["", "¥6,000", ""]
    assert [row.likely.full for row in page.months] == ["¥100,000", "¥3,000", ""]
    assert listed(people.manager, page.months[0].likely.url) == {won.pk}
    assert listed(people.manager, page.total.commit.url) == {soon.pk}
    assert listed(people.manager, page.overdue.url) == {slipped.pk}
    past = forecast_page(Asked(date(2026, 7, 1), 3), people.manager.actor)
    assert (past.total.commit.full, listed(people.manager, past.overdue.url)) == ("", {slipped.pk})


def test_a_rep_counts_their_own_and_another_department_nothing(put, people):
    put(100000, state="won", on="2026-10-09")
    put(30000, by=people.colleague, state="won", on="2026-10-10")
    whole = forecast_page(QUARTER, people.manager.actor)
    own = forecast_page(QUARTER, people.rep.actor)
    other = forecast_page(QUARTER, people.outsider.actor)

    assert whole.total.won.full == "¥130,000"
    assert own.total.won.full == "¥100,000"
    assert [row.label for row in own.people] == [people.rep.user.name]
    assert other.is_empty
    peeking = forecast_page(read_asked({"from": "2026-10", "person": str(people.colleague.user.pk)}), people.rep.actor)
    assert peeking.is_empty


@pytest.mark.parametrize("level", [FieldLevel.HIDDEN, FieldLevel.MASKED])
def test_whoever_reads_no_amounts_gets_no_sums_of_them(put, people, level):
    put(100000, state="won", on="2026-10-09")
    FieldRule.objects.bulk_create(
        FieldRule(role=role, record_type="opportunity", field="amount", level=level) for role in Role.objects.all()
    )
    epochs.bump("access")
    for path in ("", "analysis/", "changes/", "targets/"):
        answer = people.manager.client().get(f"/forecast/{path}?from=2026-10")
        assert answer.status_code == 403
        assert "100,000" not in answer.content.decode()
        assert "10万" not in answer.content.decode()


def test_a_hidden_field_is_not_grouped_by(put, people):
    put(100000, state="lost", on="2026-10-09", competitor="远山科技", lost_reason="price")
    shown = {table.key for table in analysis_page(QUARTER, people.manager.actor).tables}
    FieldRule.objects.bulk_create(
        FieldRule(role=role, record_type="opportunity", field="competitor", level=FieldLevel.HIDDEN)
        for role in Role.objects.all()
    )
    epochs.bump("access")
    left = {table.key for table in analysis_page(QUARTER, people.manager.actor).tables}

    assert shown - left == {"competitor"}
    page = people.manager.client().get("/forecast/analysis/?from=2026-10").content.decode()
    assert "远山科技" not in page


def test_win_rate_days_and_reasons(put, people):
    put(100000, state="won", on="2026-10-09", days_to_close=40)
    put(50000, state="won", on="2026-11-09", days_to_close=61)
    put(20000, state="lost", on="2026-11-10", lost_reason="price")
    put(1000, state="lost", on="2026-09-10", lost_reason="budget")
    total = count_outcomes(QUARTER, people.manager.actor, "")[0]
    page = analysis_page(QUARTER, people.manager.actor)
    reasons = next(table for table in page.tables if table.key == "lost_reason")

    assert (total.won, total.lost, total.won_amount, total.lost_amount) == (2, 1, Decimal(150000), Decimal(20000))
    assert total.rate == Decimal("66.7")
    assert total.days == Decimal("50.5")
    assert [(row.label, row.lost.text) for row in reasons.rows] == [("价格", "1")]
    months = next(table for table in page.tables if table.key == "month")
    assert [(row.label, row.won.text, row.rate.text) for row in months.rows] == [
        ("2026-10", "1", "100.0%"),
        ("2026-11", "1", "50.0%"),
    ]


def test_stages_say_who_went_on_and_how_long_it_took(make_opportunity, people):
    first = make_opportunity(name="甲")
    second = make_opportunity(name="乙", customer=first.customer)
    start = day_start(date(2026, 10, 8))
    StageStay.objects.filter(opportunity=first).update(entered_at=start, left_at=day_start(date(2026, 10, 18)), days=10)
    StageStay.objects.filter(opportunity=second).update(entered_at=start)
    Opportunity.objects.ungated("tests").filter(pk=first.pk).update(stage_id="project.needs")
    row = analysis_page(QUARTER, people.manager.actor).stages[0]

    told = [figure.text for figure in (row.entered, row.left, row.onward, row.rate, row.days, row.now)]
    assert (row.label, told) == ("初步接触", ["2", "1", "1", "100%", "10.0", "1"])
    for figure, names in ((row.entered, {"甲", "乙"}), (row.onward, {"甲"}), (row.days, {"甲"})):
        page = people.manager.client().get(figure.url).context["page"]
        assert {stay.title for stay in page.rows} == names
    assert [(stay.days, stay.left) for stay in page.rows] == [("10 天", "2026-10-18")]
    assert people.outsider.client().get(row.entered.url).context["page"].rows == []
    assert people.manager.client().get("/forecast/stages/nothing/").status_code == 404


def test_changes_since_last_week(make_opportunity, people, clock_at):
    from kezhi.records.operations import change_record

    clock_at("2026-11-01 09:00")
    grown = make_opportunity(name="会长大的", amount="100000", expected_close_on="2026-12-01")
    put_off = make_opportunity(name="推迟的", customer=grown.customer, amount="5", expected_close_on="2026-12-01")
    make_opportunity(name="没动的", customer=grown.customer, amount="7")
    clock_at("2026-11-19 09:00")
    change_record(grown, {"amount": "120000"}, actor=people.rep.actor)
    change_record(put_off, {"expected_close_on": "2026-12-20"}, actor=people.rep.actor)
    make_opportunity(name="新来的", customer=grown.customer, amount="900")
    clock_at("2026-11-20 09:30")
    page = changes_page(QUARTER, people.manager.actor)

    assert {group.key: [row.title for row in group.rows] for group in page.groups} == {
        "new": ["新来的"],
        "larger": ["会长大的"],
        "later": ["推迟的"],
    }
    larger = next(group for group in page.groups if group.key == "larger")
    assert larger.total == "¥2万"
    assert changes_page(QUARTER, people.outsider.actor).groups == []


def test_targets_are_set_by_who_hands_out_and_measured_against(put, people):
    put(60000, state="won", on="2026-10-09")
    mine = Whose("user", people.rep.user.pk)
    october = date(2026, 10, 1)
    assert set_targets([NewTarget(mine, october, None, Decimal(120000))], actor=people.manager.actor) == 1
    page = forecast_page(QUARTER, people.rep.actor)

    assert page.total.attainment == 50
    assert page.total.target.full == "¥120,000"
    with pytest.raises(NotAllowed):
        set_targets([NewTarget(mine, october, Decimal(120000), Decimal(1))], actor=people.outsider.actor)
    assert Target.objects.get().amount == Decimal(120000)


def test_two_who_set_the_same_target_do_not_overwrite_each_other(people):
    mine, october = Whose("user", people.rep.user.pk), date(2026, 10, 1)
    set_targets([NewTarget(mine, october, None, Decimal(100))], actor=people.manager.actor)
    with pytest.raises(TargetsMoved):
        set_targets([NewTarget(mine, october, None, Decimal(200))], actor=people.manager.actor)
    assert Target.objects.get().amount == Decimal(100)


def test_targets_are_typed_on_screen(people):
    client = people.manager.client()
    name = f"user-{people.rep.user.pk}-2026-10"
    address = "/forecast/targets/?from=2026-10&months=3"
    assert name in client.get(address).content.decode()
    refused = client.post(address, {name: "很多", f"was-{name}": ""})
    assert refused.status_code == 422
    assert not Target.objects.exists()
    assert client.post(address, {name: "50万", f"was-{name}": ""}).status_code == 302
    assert Target.objects.get().amount == Decimal(500000)
    assert client.post(address, {name: "", f"was-{name}": "500000"}).status_code == 302
    assert not Target.objects.exists()


def test_a_target_of_a_department_is_told_to_those_who_see_all_of_it(people):
    department = people.rep.user.department_id
    Target.objects.create(
        month=date(2026, 10, 1), department_id=department, amount=77777, changed_at=day_start(date(2026, 10, 1))
    )
    asked = read_asked({"from": "2026-10", "department": str(department)})

    assert forecast_page(asked, people.manager.actor).total.target.full == "¥77,777"
    assert forecast_page(asked, people.rep.actor).total.target.full == "¥0"
    assert forecast_page(asked, people.outsider.actor).total.target.full == "¥0"


def test_nonsense_in_the_address_is_the_present_quarter(people):
    asked = read_asked({"from": "2026-99", "months": "9999999999999", "person": "x", "department": "-1"})

    assert (asked.first, asked.months, asked.person, asked.department) == (date(2026, 10, 1), 3, None, None)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("path", ["", "analysis/", "changes/", "targets/"])
def test_the_pages_open_in_both_languages(put, people, path, language):
    put(100000, state="won", on="2026-10-09")
    put(40000, forecast="commit", on="2026-11-28")
    people.manager.user.language = language
    people.manager.user.save(update_fields=["language"])
    with translation.override(language):
        assert people.manager.client().get(f"/forecast/{path}?from=2026-10").status_code == 200


def test_more_opportunities_need_no_more_statements(put, people):
    put(1000, state="won", on="2026-10-09")
    client = people.manager.client()
    counts = []
    for _round in range(2):
        client.get("/forecast/?from=2026-10")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get("/forecast/?from=2026-10")
        counts.append(len(asked))
        for number in range(6):
            put(2000 + number, state="won", on="2026-11-09", by=people.colleague)
    assert counts[0] == counts[1]


def test_the_condition_of_a_link_is_plain_json(put, people):
    put(100000, state="won", on="2026-10-09")
    url = forecast_page(QUARTER, people.manager.actor).total.won.url
    terms = json.loads(parse_qs(urlsplit(url).query)["filter"][0])["all"]

    assert {"field": "state", "op": "is", "value": ["won"]} in terms


def test_a_department_that_adds_nothing_to_one_below_it_has_no_line(put, people):
    put(100000, state="won", on="2026-10-09")
    put(30000, by=people.outsider, state="won", on="2026-10-10")
    whole = forecast_page(QUARTER, people.administrator.actor)
    part = forecast_page(QUARTER, people.manager.actor)

    assert [(row.label, row.won.full) for row in whole.teams] == [
        ("公司", "¥130,000"),
        ("销售一组", "¥100,000"),
        ("华南销售部", "¥30,000"),
    ]
    assert part.teams == []
