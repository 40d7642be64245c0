"""A history of sales from elsewhere comes in through the ordinary import and agrees with its own figures (SAL-8)."""

import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from kezhi.access.models import Grant
from kezhi.automation.defaults import install_rules
from kezhi.automation.models import RuleRun
from kezhi.core import epochs
from kezhi.core.clock import local, today
from kezhi.core.jobs import run_pending
from kezhi.exchange.importing.options import ImportOptions
from kezhi.exchange.models import ImportRun
from kezhi.exchange.operations.imports import begin_import, map_columns, start_import
from kezhi.records.testing.doors import api_headers
from kezhi.sales.forecast.asked import Asked
from kezhi.sales.forecast.counting import count_outcomes
from kezhi.sales.models import Opportunity, Product
from kezhi.sales.tests import known_data
from kezhi.work.models import Notification, Task
from tests.scenes import play

pytestmark = pytest.mark.django_db

ACCOUNTS = [
    f"{name} Group" for name in ("Acme", "Betasoloin", "Cancity", "Dalttechnology", "Funholding", "Zencorporation")
]


def bring_in(kind, content, actor):
    """Import a CSV with everything as guessed."""
    run = start_import(kind, content, f"{kind}.csv", actor=actor)
    mapping = {int(column): key for column, key in run.mapping.items()}
    map_columns(run, mapping, ImportOptions.of(run.options), actor=actor)
    run_pending()
    run.refresh_from_db()
    bad = [(row.number, row.problems) for row in run.rows.filter(state="bad")[:5]]
    assert bad == []
    begin_import(run, actor=actor)
    run_pending()
    return ImportRun.objects.get(pk=run.pk)


@pytest.fixture
def history(people):
    """Accounts, products and 120 deals, imported by the administrator."""
    play(install_rules)
    people.grant("settings", actions=("lists",))
    actor = people.administrator.actor
    rows = known_data.deals(120, [people.rep.user.name, people.colleague.user.name], ACCOUNTS)
    bring_in("customer", known_data.accounts_csv(ACCOUNTS), actor)
    bring_in("product", known_data.products_csv(), actor)
    bring_in("opportunity", known_data.pipeline_csv(rows), actor)
    return rows


def test_counts_totals_and_days_agree(history, people):
    told = known_data.published(history)
    actor = people.administrator.actor
    whole = Asked(date(2016, 10, 1), 24)
    total = count_outcomes(whole, actor, "")[0]

    assert Opportunity.objects.ungated("tests").count() == len(history)
    assert (total.won, total.lost) == (told.won, told.lost)
    assert total.rate == (Decimal(100) * told.won / (told.won + told.lost)).quantize(Decimal("0.1"))
    assert total.days == told.days
    names = dict(Product.objects.ungated("tests").values_list("pk", "name"))
    by_product = {names[one.key]: one.won_amount for one in count_outcomes(whole, actor, "product_id") if one.won}
    assert by_product == told.products
    quarters = {}
    for year, number in ((2016, 4), (2017, 1), (2017, 2), (2017, 3), (2017, 4), (2018, 1), (2018, 2)):
        one = count_outcomes(Asked(date(year, number * 3 - 2, 1), 3), actor, "")[0]
        if one.won_amount:
            quarters[f"{year}-Q{number}"] = one.won_amount
    assert quarters == told.quarters


def test_dates_owners_and_missing_accounts_are_kept(history, people):
    stored = {row.name: row for row in Opportunity.objects.ungated("tests").select_related("customer", "owner")}
    for deal in history:
        row = stored[deal.number]
        assert row.owner.name == deal.agent
        assert (row.customer.name if row.customer else "") == deal.account
        if deal.engaged:
            assert local(row.created_at).date() == deal.engaged
        assert (local(row.closed_at).date() if row.closed_at else None) == deal.closed
        assert row.state == {"Won": "won", "Lost": "lost"}.get(deal.stage, "open")


def test_stages_of_another_house_are_the_shipped_ones_of_one_pipeline(history, people):
    stages = Opportunity.objects.ungated("tests").values_list("stage__key", flat=True)

    assert Counter(stages) == Counter(known_data.WORDS[deal.stage] for deal in history)


def test_history_tells_nobody_and_starts_nothing(history):
    told = {row.name: row.pk for row in Opportunity.objects.ungated("tests").exclude(closed_at=None)}
    run_pending()

    assert not RuleRun.objects.filter(record_type="opportunity", record_id__in=told.values()).exists()
    assert not Task.objects.ungated("tests").filter(about_type="opportunity", about_id__in=told.values()).exists()
    assert not Notification.objects.filter(about_type="opportunity", about_id__in=told.values()).exists()


def test_a_name_two_records_share_and_one_nobody_has_are_refused_at_their_row(people, make_customer):
    make_customer("双子科技有限公司", phone="13812345678")
    make_customer("双子科技有限公司", phone="13912345678")
    actor = people.rep.actor
    content = "商机名称,客户,金额\n一,双子科技有限公司,5\n二,没有这家公司,6\n".encode()
    run = start_import("opportunity", content, "商机.csv", actor=actor)
    map_columns(run, {0: "name", 1: "customer", 2: "amount"}, ImportOptions.of(run.options), actor=actor)
    run_pending()
    problems = {row.number: json.loads(row.problems) for row in run.rows.order_by("number")}

    assert [list(each) for each in problems.values()] == [["customer"], ["customer"]]
    sentences = [each["customer"] for each in problems.values()]
    assert sentences == [
        "有 2 条记录叫“双子科技有限公司”，请填编号",
        "找不到“没有这家公司”，请先建好或导入它，或者您没有权限查看",
    ]


def test_a_name_of_somebody_elses_customer_is_not_found(people, make_customer):
    make_customer("别人的客户有限公司", by=people.outsider)
    actor = people.rep.actor
    content = "商机名称,客户,金额\n一,别人的客户有限公司,5\n".encode()
    run = start_import("opportunity", content, "商机.csv", actor=actor)
    map_columns(run, {0: "name", 1: "customer", 2: "amount"}, ImportOptions.of(run.options), actor=actor)
    run_pending()

    assert list(json.loads(run.rows.get().problems)) == ["customer"]


def send(people, values, history="1"):
    """Create an opportunity through the API as the administrator's program."""
    return Client().post(
        f"/api/v1/opportunities/?history={history}",
        json.dumps(values),
        content_type="application/json",
        headers=api_headers(people.administrator),
    )


def test_history_comes_through_the_api_too(people, make_customer):
    customer = make_customer("Acme Group Limited")
    values = {
        "name": "1C1I7A6R",
        "customer": customer.pk,
        "owner": people.rep.user.name,
        "stage": "project.paid",
        "created_at": "2016-10-20",
        "closed_at": "2017-03-01",
        "amount": "1054",
    }
    assert send(people, values).status_code == 201
    stored = Opportunity.objects.ungated("tests").get()

    assert (local(stored.created_at).date(), local(stored.closed_at).date()) == (date(2016, 10, 20), date(2017, 3, 1))
    assert (stored.state, stored.days_to_close, stored.owner_id) == ("won", 132, people.rep.id)
    refused = send(people, {**values, "name": "x", "closed_at": "30 February"})
    assert refused.status_code == 422
    assert "closed_at" in refused.json()["errors"]
    assert send(people, {**values, "name": "y"}, history="0").status_code == 422


def test_history_through_the_api_needs_the_right_to_import(people, make_customer):
    customer = make_customer("Acme Group Limited")
    Grant.objects.filter(subject="opportunity", action="import").delete()
    epochs.bump("access")
    assert send(people, {"name": "x", "customer": customer.pk, "created_at": "2016-10-20"}).status_code == 403
    assert not Opportunity.objects.ungated("tests").exists()


def test_one_column_for_the_day_it_closed_and_the_day_it_should(people, make_customer):
    make_customer("Acme Group Limited", by=people.administrator)
    content = (
        "Opportunity Name,Account Name,Stage,Create Date,Close Date,Amount\n"
        "甲,Acme Group Limited,回款完成,2017-01-02,2017-02-01,5\n"
        "乙,Acme Group Limited,需求分析,2017-01-02,2017-02-01,6\n"
    ).encode()
    bring_in("opportunity", content, people.administrator.actor)
    stored = {row.name: row for row in Opportunity.objects.ungated("tests")}

    assert local(stored["甲"].closed_at).date() == date(2017, 2, 1)
    assert stored["甲"].days_to_close == 30
    assert (stored["乙"].closed_at, stored["乙"].expected_close_on) == (None, date(2017, 2, 1))


def test_an_open_one_has_been_in_its_stage_since_its_list_says(people, make_customer):
    make_customer("Acme Group Limited", by=people.administrator)
    content = (
        "Opportunity Name,Account Name,Stage,Create Date,Last Stage Change Date,Amount\n"
        "甲,Acme Group Limited,需求分析,2017-01-02,2017-02-01,5\n"
        "乙,Acme Group Limited,需求分析,2017-01-02,,6\n"
        f"丙,Acme Group Limited,需求分析,2017-01-02,{today() + timedelta(days=9)},6\n"
    ).encode()
    bring_in("opportunity", content, people.administrator.actor)
    stored = {row.name: local(row.stage_entered_at).date() for row in Opportunity.objects.ungated("tests")}
    assert stored == {"甲": date(2017, 2, 1), "乙": today(), "丙": today()}
