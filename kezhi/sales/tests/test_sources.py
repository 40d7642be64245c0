"""All sources side by side: what came, what it cost, what it won; only what one may see (LEAD-6)."""

import csv
import io
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.access.models import FieldLevel, FieldRule, Grant, Role
from kezhi.access.policies import NotAllowed
from kezhi.core import epochs
from kezhi.core.clock import day_start
from kezhi.core.events import read_facts
from kezhi.core.models import Event
from kezhi.records.testing import api
from kezhi.sales.forecast.asked import Asked, read_asked
from kezhi.sales.forecast.sources import cost_within, sources_page
from kezhi.sales.models import Lead, Opportunity

pytestmark = pytest.mark.django_db

QUARTER = Asked(date(2026, 10, 1), 3)


@pytest.fixture(autouse=True)
def november(clock_at):
    clock_at("2026-11-20 09:30")


@pytest.fixture
def fair(make, people):
    values = {"name": "=工博会 A3", "channel": "exhibition", "cost": "9000", "starts_on": "2026-11-01"}
    return make("lead_source", by=people.manager, **values)


@pytest.fixture
def came(make_lead):
    """A lead that came on a day; ``won`` is what its opportunity was won for."""
    number = iter(range(1000))

    def create(source=None, *, on="2026-11-05", channel="exhibition", effective=False, won=None, by=None, buyer=None):
        lead = make_lead(f"来客{next(number)}公司", channel=channel, by=by)
        rows = Lead.objects.ungated("tests").filter(pk=lead.pk)
        rows.update(entered_at=day_start(date.fromisoformat(on)), source=source)
        if effective or won is not None:
            rows.update(state="qualified")
        if won is not None:
            deals = Opportunity.objects.ungated("tests").filter(pk=buyer.pk)
            deals.update(lead_id=lead.pk, state="won", amount=Decimal(won), owner_id=lead.owner_id)
        return lead

    return create


def told(page):
    """Label → (leads, effective, rate, won, cost, per lead, return) of each line."""
    return {
        row.label: (
            row.leads.text, row.effective.text, row.rate, row.won.full, row.cost.full, row.per_lead, row.times,
        )
        for row in (page.total, *page.rows)
    }  # fmt: skip


def listed(member, url):
    """The address of the API behind a link of the page, and the ids it gives."""
    parts = urlsplit(url)
    answer = api(member, f"/api/v1{parts.path}", filter=parse_qs(parts.query)["filter"][0])
    assert answer.status_code == 200, answer.content
    return {item["id"] for item in answer.json()["items"]}


def test_each_source_says_what_came_what_it_cost_and_what_it_won(came, fair, make_opportunity, people):
    came(fair, won=50000, buyer=make_opportunity())
    came(fair, effective=True)
    came(fair)
    came(channel="web_form")
    came(fair, on="2026-09-30")
    page = sources_page(QUARTER, people.manager.actor)
    channel = next(row.label for row in page.rows if row.depth == 0)

    lines = told(page)
    assert lines["合计"] == ("4", "2", "50.0%", "¥50,000", "¥9,000", "¥2,250", "5.6")
    assert lines["=工博会 A3"] == ("3", "2", "66.7%", "¥50,000", "¥9,000", "¥3,000", "5.6")
    assert lines[channel] == lines["=工博会 A3"]
    assert [row.depth for row in page.rows] == [0, 1, 0]
    assert not page.is_shared


def test_every_number_opens_just_its_records(came, fair, make_opportunity, people):
    deal = make_opportunity()
    winner = came(fair, won=50000, buyer=deal)
    plain = came(fair)
    other = came(channel="web_form")
    came(fair, on="2026-09-30")
    page = sources_page(QUARTER, people.manager.actor)
    source = next(row for row in page.rows if row.depth == 1)

    assert listed(people.manager, source.leads.url) == {winner.pk, plain.pk}
    assert listed(people.manager, source.effective.url) == {winner.pk}
    assert listed(people.manager, source.won.url) == {deal.pk}
    assert listed(people.manager, page.total.leads.url) == {winner.pk, plain.pk, other.pk}
    assert source.cost.url == f"/lead-sources/{fair.pk}/"


def test_a_lead_without_channel_or_source_has_its_line(came, people):
    lead = came(channel="")
    page = sources_page(QUARTER, people.manager.actor)

    assert [row.label for row in page.rows] == ["没有渠道"]
    assert listed(people.manager, page.rows[0].leads.url) == {lead.pk}


def test_a_rep_counts_their_own_and_bears_a_part_of_the_cost(came, fair, people):
    came(fair)
    came(fair, by=people.colleague)
    came(fair, by=people.colleague)
    fair.__class__.objects.ungated("tests").filter(pk=fair.pk).update(owner=people.rep.user)
    own = sources_page(QUARTER, people.rep.actor)
    one = sources_page(read_asked({"from": "2026-10", "person": str(people.rep.id)}), people.manager.actor)
    other = sources_page(QUARTER, people.outsider.actor)

    assert told(own)["=工博会 A3"] == ("1", "0", "0.0%", "", "¥3,000", "¥3,000", "0.0")
    assert own.is_shared
    assert told(one)["=工博会 A3"] == told(own)["=工博会 A3"]
    assert other.rows == []


def test_a_source_out_of_sight_has_neither_name_nor_cost(came, fair, people):
    came(fair)
    page = sources_page(QUARTER, people.rep.actor)

    assert told(page)["您看不到的来源"] == ("1", "0", "0.0%", "", "", "—", "—")
    body = people.rep.client().get("/forecast/sources/?from=2026-10").content.decode()
    assert "工博会" not in body


@pytest.mark.parametrize(
    ("record_type", "field", "gone"),
    [
        ("lead", "state", "有效客户"),
        ("lead_source", "cost", "每条线索花费"),
        ("opportunity", "amount", "成交金额"),
    ],
)
def test_what_one_may_not_read_has_no_column(came, fair, make_opportunity, people, record_type, field, gone):
    came(fair, won=51234, buyer=make_opportunity())
    address = "/forecast/sources/?from=2026-10"
    heading = f'">{gone}'
    client = people.manager.client()
    assert heading in client.get(address).content.decode()
    FieldRule.objects.bulk_create(
        FieldRule(role=role, record_type=record_type, field=field, level=FieldLevel.HIDDEN)
        for role in Role.objects.all()
    )
    epochs.bump("access")

    answer = client.get(address)
    assert answer.status_code == 200
    assert heading not in answer.content.decode()


def test_without_leads_or_their_origin_there_is_no_page(came, people):
    came()
    FieldRule.objects.bulk_create(
        FieldRule(role=role, record_type="lead", field=field, level=FieldLevel.HIDDEN)
        for role in Role.objects.all()
        for field in ("channel", "source")
    )
    epochs.bump("access")
    with pytest.raises(NotAllowed):
        sources_page(QUARTER, people.manager.actor)
    Grant.objects.filter(subject="lead").delete()
    epochs.bump("access")
    assert people.manager.client().get("/forecast/sources/").status_code == 403


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("2026-10-01", "2026-12-31", "920.00"),
        ("2026-09-01", "2026-10-31", "467.54"),
        ("2026-09-30", None, "0.00"),
        ("2026-12-31", None, "920.00"),
        ("2027-01-01", "2027-02-01", "0.00"),
    ],
)
def test_a_cost_is_spread_over_the_days_of_its_source(starts, ends, expected):
    part = cost_within(
        Decimal(920), date.fromisoformat(starts), ends and date.fromisoformat(ends), QUARTER.first, QUARTER.end
    )
    assert part == Decimal(expected)


def test_sources_show_the_last_twelve_months_and_a_chosen_span_goes_from_tab_to_tab(came, people):
    came()
    client = people.manager.client()

    def spans(address):
        answer = client.get(address)
        return answer.context["asked"].query(), {key: url for key, _label, url, _on in answer.context["tabs"]}

    shown, tabs = spans("/forecast/sources/")
    assert (shown, tabs["forecast"]) == ("from=2025-12&months=12", "/forecast/?")
    assert spans("/forecast/")[1]["sources"] == "/forecast/sources/?"
    shown, tabs = spans("/forecast/sources/?from=2026-07&months=1")
    assert (shown, tabs["analysis"]) == ("from=2026-07&months=1", "/forecast/analysis/?from=2026-07&months=1")
    assert spans("/forecast/?months=1")[1]["sources"] == "/forecast/sources/?from=2026-10&months=1"


def test_money_spent_that_brought_nobody_counts_too(came, fair, people):
    came(channel="web_form")
    lines = told(sources_page(QUARTER, people.administrator.actor))

    assert lines["=工博会 A3"] == ("0", "0", "—", "", "¥9,000", "—", "0.0")
    assert lines["合计"][5] == "¥9,000"


def test_the_file_says_the_same_and_its_taking_is_logged_with_the_reason(came, fair, make_opportunity, people):
    came(fair, won=50000, buyer=make_opportunity())
    client = people.manager.client()
    address = "/forecast/sources/export/?from=2026-10"
    assert client.post(address, {"reason": ""}).status_code == 422
    assert not Event.objects.filter(kind="sources.exported").exists()
    answer = client.post(address, {"reason": "年度预算会"})

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert "年度预算会" in rows[0][0]
    assert rows[3][1:] == ["'=工博会 A3", "1", "1", "100.0%", "50000.00", "9000.00", "9000.00", "5.6"]
    facts = read_facts(Event.objects.get(kind="sources.exported"))
    assert (facts["reason"], facts["count"]) == ("年度预算会", 2)


def test_the_file_needs_the_right_to_export(came, people):
    came()
    Grant.objects.filter(subject="lead_source", action="export").delete()
    epochs.bump("access")
    client = people.manager.client()

    assert client.post("/forecast/sources/export/?from=2026-10", {"reason": "年度预算会"}).status_code == 403
    assert "导出为 CSV" not in client.get("/forecast/sources/?from=2026-10").content.decode()


def test_more_leads_need_no_more_statements(came, fair, people):
    came(fair)
    client = people.manager.client()
    address = "/forecast/sources/?from=2026-10"
    counts = []
    for _round in range(2):
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append(len(asked))
        for _number in range(5):
            came(fair, by=people.colleague)
    assert counts[0] == counts[1]
