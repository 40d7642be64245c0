"""The pages of the pool: what is shown to whom, claiming from them, and trying other terms (CUS-15)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.access.models import FieldLevel, FieldRule, Role
from kezhi.access.rights import EPOCH
from kezhi.automation.defaults import install_rules
from kezhi.automation.models import Rule
from kezhi.automation.operations import switch_off
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core import epochs
from kezhi.core.figures import integer_figure, set_figure
from kezhi.customers.models import Customer
from kezhi.customers.operations.pool import release_customers
from kezhi.customers.operations.pool_terms import pool_figures
from kezhi.customers.pool_list import pool_page, read_filter
from kezhi.customers.pool_trial import try_terms
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from tests.scenes import play

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
NAME = "苏州澜图科技有限公司"
PERSONAL = {"phone": "13812345678", "email": "shen@lantu.example", "wechat": "lantu_shen", "address": "星湖街328号"}


@pytest.fixture
def pooled(claimers, make_customer):
    customer = make_customer(**PERSONAL, industry="it", note="沈主任直线 8-1234", level="A")
    create_record(
        record_type("contact"),
        {"name": "沈知远", "customer": str(customer.pk), "phone": "13987654321"},
        actor=claimers.rep.actor,
    )
    release_customers([customer.pk], "no_need", actor=claimers.rep.actor)
    return customer


def rows_of(member, **query):
    return pool_page(read_filter(query), member.actor).rows


def owner_of(customer):
    return Customer.objects.ungated("test").values_list("owner_id", flat=True).get(pk=customer.pk)


SECRETS = ("13812345678", "138 1234 5678", "shen@lantu.example", "lantu_shen", "星湖街328号", "沈知远", "13987654321")


def test_neither_list_nor_preview_tells_contact_details(pooled, claimers):
    """Also to those whose role reads them in the clear everywhere else."""
    for member in (claimers.colleague, claimers.manager, claimers.steward, claimers.administrator):
        for path in ("/pool/", f"/pool/{pooled.pk}/"):
            page = member.client().get(path).content.decode()
            assert NAME in page
            assert [secret for secret in (*SECRETS, "沈主任直线") if secret in page] == []
    [row] = rows_of(claimers.steward)
    assert row.phone == "138****5678"
    assert (row.reason, row.last_owner, row.level, list(row.facts)) == ("暂时没有需求", "任小芮", "A", ["信息技术"])


def test_a_field_rule_holds_in_the_pool(pooled, claimers):
    for key in ("name", "phone", "pool_reason", "industry", "last_owner", "level"):
        FieldRule.objects.create(
            role=Role.objects.get(key="sales_rep"), record_type="customer", field=key, level=FieldLevel.HIDDEN
        )
    epochs.bump(EPOCH)
    [row] = rows_of(claimers.colleague, text="澜图")
    assert (row.title, row.phone, row.reason, list(row.facts), row.last_owner, row.level) == (
        pooled.number,
        "",
        "",
        [],
        "",
        "",
    )
    page = claimers.colleague.client().get(f"/pool/{pooled.pk}/").content.decode()
    assert [word for word in (NAME, "138****5678", "暂时没有需求", "信息技术") if word in page] == []


def test_those_of_another_branch_and_those_without_the_right_find_nothing(pooled, claimers):
    assert rows_of(claimers.outsider) == []
    assert claimers.outsider.client().get(f"/pool/{pooled.pk}/").status_code == 404


def test_without_the_right_there_is_no_such_page(people):
    assert people.rep.client().get("/pool/").status_code == 403
    assert people.rep.client().post("/pool/claim/", {"only": "1"}).status_code == 403


def test_filters_and_order_find_what_they_say(claimers, make_customer):
    for number, (level, reason) in enumerate((("A", "quiet"), ("B", "no_need"), ("A", "no_need"))):
        with time_machine.travel(NOON + timedelta(hours=number), tick=False):
            customer = make_customer(f"苏州丁{number}科技有限公司", level=level)
            release_customers([customer.pk], reason, actor=claimers.rep.actor)

    def names(**query):
        return [row.title[2:4] for row in rows_of(claimers.colleague, **query)]

    assert names() == ["丁2", "丁1", "丁0"]
    assert names(order="old") == ["丁0", "丁1", "丁2"]
    assert names(level="A") == ["丁2", "丁0"]
    assert names(reason="no_need") == ["丁2", "丁1"]
    assert names(text="丁1") == ["丁1"]
    assert names(after=f"{(NOON + timedelta(hours=1)).isoformat()},0") == ["丁0"]


def test_the_page_asks_the_same_number_of_queries_for_many(claimers, make_customer):
    def queries():
        with epochs.snapshot(), CaptureQueriesContext(connection) as found:
            rows_of(claimers.colleague)
        return len(found)

    ids = [make_customer(f"苏州戊{number}科技有限公司").pk for number in range(4)]
    release_customers(ids[:1], "quiet", actor=claimers.rep.actor)
    rows_of(claimers.colleague)
    few = queries()
    release_customers(ids[1:], "quiet", actor=claimers.rep.actor)
    assert queries() == few


def test_the_button_claims_one_and_opens_it(pooled, claimers):
    answer = claimers.colleague.client().post("/pool/claim/", {"only": pooled.pk})
    assert (answer.status_code, answer.url) == (302, f"/customers/{pooled.pk}/")
    assert owner_of(pooled) == claimers.colleague.id


def test_a_refused_claim_says_why_on_the_page(pooled, claimers):
    answer = claimers.rep.client().post("/pool/claim/", {"only": pooled.pk})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f"{NAME}：您是原负责人，" in page
    assert owner_of(pooled) is None


def test_a_manager_gives_the_ticked_ones_to_somebody(pooled, claimers):
    client = claimers.manager.client()
    assert 'name="owner"' in client.get("/pool/").content.decode()
    assert 'name="owner"' not in claimers.colleague.client().get("/pool/").content.decode()
    client.post("/pool/assign/", {"ids": [pooled.pk], "owner": claimers.colleague.id})
    assert owner_of(pooled) == claimers.colleague.id


def test_giving_back_asks_for_a_reason(claimers, make_customer):
    customer = make_customer()
    client = claimers.rep.client()
    assert f"/customers/{customer.pk}/release/" in client.get(f"/customers/{customer.pk}/").content.decode()
    assert client.post(f"/customers/{customer.pk}/release/", {"reason": ""}).status_code == 422
    assert client.post(f"/customers/{customer.pk}/release/", {"reason": "overload"}).status_code == 302
    assert owner_of(customer) is None
    assert client.get(f"/customers/{customer.pk}/").status_code == 404


def test_the_timeline_tells_it_once_each(pooled, claimers):
    page = claimers.steward.client().get(f"/customers/{pooled.pk}/timeline/").content.decode()
    assert page.count("把客户放回公海") == 1
    assert "修改了负责人" not in page


@pytest.fixture
def quiet_ones(claimers, make_customer):
    """Three customers of the rep's and one of the colleague's, quiet for 40 days; recalled after 60."""
    play(install_rules)
    with time_machine.travel(NOON - timedelta(days=40), tick=False):
        found = [make_customer(f"苏州己{number}科技有限公司", level="A") for number in range(3)]
        found.append(make_customer("苏州庚科技有限公司", by=claimers.colleague, level="B"))
    return found


def losses(trial):
    return {loss.owner: (loss.now, loss.then, loss.fresh) for loss in trial.losses}


def test_trying_other_terms_says_who_would_lose_what_and_changes_nothing(quiet_ones, claimers):
    with time_machine.travel(NOON, tick=False):
        trial = try_terms({"pool.recall_a": 30}, None, actor=claimers.administrator.actor)
        assert losses(trial) == {"任小芮": (0, 3, 3)}
        assert [shown.id for shown in trial.losses[0].customers] == [customer.pk for customer in quiet_ones[:3]]
        assert losses(try_terms({}, None, actor=claimers.administrator.actor)) == {}
        both = try_terms({"pool.recall_a": 30, "pool.recall_b": 30}, None, actor=claimers.administrator.actor)
        assert losses(both) == {"任小芮": (0, 3, 3), "童小仁": (0, 1, 1)}
    assert integer_figure("pool.recall_a") == 60


def test_what_returns_anyway_is_told_apart(quiet_ones, claimers):
    with time_machine.travel(NOON + timedelta(days=30), tick=False):
        trial = try_terms({"pool.recall_b": 0}, None, actor=claimers.administrator.actor)
        assert losses(trial) == {"任小芮": (3, 3, 0), "童小仁": (1, 0, 0)}


def test_nobody_is_told_of_customers_they_do_not_see(quiet_ones, claimers):
    claimers.grant("settings", actions=("figures",))
    with time_machine.travel(NOON, tick=False):
        trial = try_terms({"pool.recall_a": 30, "pool.recall_b": 30}, None, actor=claimers.colleague.actor)
        assert losses(trial) == {"童小仁": (0, 1, 1)}


def test_terms_are_asked_in_reading_order():
    keys = [each.key.partition(".")[2] for each in pool_figures()]
    assert keys[:5] == ["recall_vip", "recall_a", "recall_b", "recall_c", "recall_other"]
    assert keys[-1] == "depth"


def test_terms_of_a_department_change_its_own_customers_only(quiet_ones, claimers):
    elsewhere = claimers.outsider.user.department_id
    team = claimers.rep.user.department_id
    with time_machine.travel(NOON, tick=False):
        actor = claimers.administrator.actor
        assert losses(try_terms({"pool.recall_a": 30}, elsewhere, actor=actor)) == {}
        assert losses(try_terms({"pool.recall_a": 30}, team, actor=actor)) == {"任小芮": (0, 3, 3)}
        set_figure("pool.recall_a", 90, actor_ref=actor.ref, department_id=team)
        assert losses(try_terms({"pool.recall_a": 30}, None, actor=actor)) == {}


def test_the_trial_agrees_with_what_the_rule_then_does(quiet_ones, claimers):
    """Filter and stored day are written apart; here they meet."""
    from kezhi.automation.scanning import scan_everything

    with time_machine.travel(NOON, tick=False):
        predicted = try_terms({"pool.recall_a": 41, "pool.recall_b": 42}, None, actor=claimers.administrator.actor)
        ref = claimers.administrator.actor.ref
        set_figure("pool.recall_a", 41, actor_ref=ref)
        set_figure("pool.recall_b", 42, actor_ref=ref)
        let_it_run()
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        scan_everything()
        let_it_run()
    assert losses(predicted) == {"任小芮": (0, 3, 3)}
    assert [owner_of(customer) for customer in quiet_ones] == [None, None, None, claimers.colleague.id]


def test_with_the_rule_off_nobody_loses_anything(quiet_ones, claimers):
    claimers.grant("automation", actions=("view", "edit"))
    switch_off(Rule.objects.get(shipped_key="pool.recall"), reason="先不收回", actor=claimers.administrator.actor)
    assert try_terms({"pool.recall_a": 1}, None, actor=claimers.administrator.actor).is_off


def test_the_settings_page_tries_and_saves(quiet_ones, claimers):
    claimers.grant("settings", actions=("figures",))
    client = claimers.administrator.client()
    with time_machine.travel(NOON, tick=False):
        typed = {"recall_a": "30", "spare_opportunity": "on"}
        tried = client.post("/settings/pool/", {**typed, "act": "try"}).content.decode()
        assert "苏州己0科技有限公司" in tried
        assert integer_figure("pool.recall_a") == 60
        assert client.post("/settings/pool/", {"recall_a": "很久"}).status_code == 422
        assert client.post("/settings/pool/", typed).status_code == 302
        assert integer_figure("pool.recall_a") == 30
        let_it_run()
    stored = Customer.objects.ungated("test").get(pk=quiet_ones[0].pk)
    assert stored.recall_on == (NOON - timedelta(days=10)).date()


def test_the_settings_page_needs_the_right(claimers):
    Role.objects.get(key="sales_rep")
    assert claimers.rep.client().get("/settings/pool/").status_code == 403
