"""Every saved view is read by an index, or says why not (architecture §6)."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.core.conditions import parse
from kezhi.core.figures import set_figure
from kezhi.core.health import HealthState, health
from kezhi.core.jobs import run_pending
from kezhi.records.listing.query import ListRequest
from kezhi.records.models import SavedView, ViewIndex
from kezhi.records.operations import view_indexes
from kezhi.records.operations.saved_views import change_view, delete_view, save_view
from kezhi.records.registry import TypeCatalogue
from kezhi.records.tests.fake_types import FIRM, Firm
from kezhi.records.tests.test_lists import condition, store

pytestmark = pytest.mark.django_db

PARTNERS = {"all": [{"field": "is_partner", "op": "yes"}]}
LARGE = {"all": [{"field": "budget", "op": "ge", "value": 1000}]}


@pytest.fixture
def many(firms):
    """Firms enough for an index, few of which are partners or have a large budget."""
    firms.grant("views", actions=("share",))
    firms.grant("health", actions=("view",))
    set_figure("lists.view_index_from", 20, actor_ref=firms.administrator.actor.ref)
    for number in range(24):
        store([firms.rep, firms.manager][number % 2], number, is_partner=number == 3, budget=number)
    connection.check_constraints()  # PostgreSQL makes no index while rows wait to be checked at the end
    return firms


def save(member, raw, **more):
    more.setdefault("sharing", SavedView.Sharing.ALL)
    return save_view(FIRM, name_zh="视图", condition=condition(member, raw), actor=member.actor, **more)


def reading(view):
    view.refresh_from_db()
    return view.reading, view.reading_note


def made():
    """The columns of all indexes that were made, as the database has them."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Firm._meta.db_table)
    return sorted(tuple(one["columns"]) for name, one in found.items() if name.startswith("kzv_"))


def used(member, view):
    """The names of the indexes the first page of a view is read by."""
    with CaptureQueriesContext(connection) as captured:
        parsed = parse(view.condition, TypeCatalogue(FIRM, member.actor))
        ListRequest(FIRM, member.actor, parsed, view.sort).page()
    [statement, *_rest] = [row["sql"] for row in captured if f'FROM "{Firm._meta.db_table}"' in row["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"{'EXPLAIN' if connection.vendor == 'postgresql' else 'EXPLAIN QUERY PLAN'} {statement}")
        return set(re.findall(r"kzv_\w+", "\n".join(str(part) for row in cursor.fetchall() for part in row)))


def test_a_shared_view_gets_an_index_for_ones_own_records_and_one_for_everybodys(many):
    view = save(many.administrator, PARTNERS, sort="-created_at")
    run_pending()

    assert made() == [("is_partner", "created_at", "id"), ("owner_id", "is_partner", "created_at", "id")]
    names = {tuple(row.columns): row.name for row in ViewIndex.objects.all()}
    assert reading(view)[0] == SavedView.Reading.MADE
    own, everybodys = names["owner_id", "is_partner", "created_at", "id"], names["is_partner", "created_at", "id"]
    # PostgreSQL weighs for itself, and in so few rows either is as good.
    either = {own, everybodys} if connection.vendor == "postgresql" else set()
    assert used(many.administrator, view) & ({everybodys} | either)
    assert used(many.manager, view) & ({own} | either)


def test_a_view_that_compares_more_loosely_reads_what_it_compares_from_the_index(many):
    view = save(many.administrator, LARGE, sort="-created_at")
    run_pending()

    assert made() == [("created_at", "id", "budget"), ("owner_id", "created_at", "id", "budget")]
    assert reading(view)[0] == SavedView.Reading.MADE
    assert len(used(many.administrator, view)) == 1


def test_a_view_of_ones_own_records_needs_no_index_over_everybodys(many):
    mine = {"all": [{"field": "owner", "op": "is", "value": ["me"]}, *PARTNERS["all"]]}
    save(many.administrator, mine, sort="-created_at")
    run_pending()

    assert made() == [("owner_id", "is_partner", "created_at", "id")]


def test_two_views_share_an_index_and_the_last_one_takes_it_along(many):
    first = save(many.administrator, PARTNERS, sort="-created_at")
    second = save(many.administrator, PARTNERS, sort="created_at")
    run_pending()
    assert len(made()) == 2

    delete_view(first, actor=many.administrator.actor)
    run_pending()
    assert len(made()) == 2

    change_view(
        second, condition=condition(many.administrator, {"all": []}), sort="-id", actor=many.administrator.actor
    )
    run_pending()
    assert made() == []
    assert not ViewIndex.objects.exists()


def test_few_records_need_no_index(many):
    set_figure("lists.view_index_from", 5000, actor_ref=many.administrator.actor.ref)
    view = save(many.administrator, PARTNERS)
    run_pending()

    assert made() == []
    assert reading(view) == (SavedView.Reading.SMALL, "")


def test_no_more_indexes_are_made_than_the_figure_says_and_the_view_says_so(many):
    set_figure("lists.view_indexes", 1, actor_ref=many.administrator.actor.ref)
    view = save(many.administrator, PARTNERS)
    run_pending()

    assert len(made()) == 1
    assert reading(view) == (SavedView.Reading.NONE, "limit")
    [line] = [finding for finding in health() if finding.key == "view_indexes"]
    assert (line.state, line.words) == (
        HealthState.WARNING,
        "没有索引的视图：公司“视图”（为视图建的索引已经到上限）。",
    )


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ({"all": [{"field": "name", "op": "contains", "value": "苏州"}]}, "text"),
        ({"all": [{"field": "gone", "op": "is", "value": "x"}]}, "broken"),
    ],
    ids=["text", "broken"],
)
def test_a_view_that_no_index_can_serve_says_why(many, raw, why):
    view = save(many.administrator, {"all": []}, sort="-id")
    SavedView.objects.filter(pk=view.pk).update(condition=raw)
    run_pending()

    assert reading(view) == (SavedView.Reading.NONE, why)
    page = many.administrator.client().get("/firms/views/")
    assert {"text": "条件要在文字里面查找", "broken": "条件或排序已经不适用"}[why] in page.content.decode()


def test_private_views_are_counted_on_the_health_page_but_not_named(many):
    view = save(many.rep, {"all": [{"field": "name", "op": "contains", "value": "苏州"}]}, sharing="private")
    run_pending()

    assert reading(view) == (SavedView.Reading.NONE, "text")
    [line] = [finding for finding in health() if finding.key == "view_indexes"]
    assert line.words == "没有索引的视图：另外 1 个视图。"


def test_an_index_that_is_gone_is_made_again_and_lists_are_read_meanwhile(many):
    view = save(many.administrator, PARTNERS, sort="-created_at")
    run_pending()
    before = made()
    with connection.cursor() as cursor:
        for row in ViewIndex.objects.all():
            cursor.execute(f'DROP INDEX "{row.name}"')
    assert made() == []

    for member in (many.administrator, many.manager):
        parsed = condition(member, PARTNERS)
        assert [row.number for row in ListRequest(FIRM, member.actor, parsed, view.sort).page().records] == ["F00003"]

    view_indexes.arrange_view_indexes()
    assert made() == before


def test_an_index_that_cannot_be_made_is_tried_again(many, monkeypatch):
    monkeypatch.setattr(view_indexes, "_PREFIX", 'kzv_"')
    view = save(many.administrator, PARTNERS)
    monkeypatch.setattr(view_indexes.connection.ops, "quote_name", lambda name: f'"{name}"')
    run_pending()

    assert reading(view) == (SavedView.Reading.NONE, "failed")
    monkeypatch.undo()
    view_indexes.arrange_view_indexes()
    assert reading(view)[0] == SavedView.Reading.MADE


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_table_is_not_locked_meanwhile():
    name = view_indexes.index_name("customers_customer", ("city", "id"))
    with CaptureQueriesContext(connection) as captured:
        view_indexes._make(name, "customers_customer", ("city", "id"))
    [creating] = [row["sql"] for row in captured if row["sql"].startswith("CREATE INDEX")]
    assert creating.startswith("CREATE INDEX CONCURRENTLY") is (connection.vendor == "postgresql")
    assert name in view_indexes._present("customers_customer")

    view_indexes._drop(ViewIndex.objects.all())
    assert name not in view_indexes._present("customers_customer")
    assert not ViewIndex.objects.exists()


def test_records_without_a_value_to_order_by_are_read_by_the_same_index(many):
    view = save(many.administrator, PARTNERS, sort="founded_on")
    run_pending()

    assert made() == [("is_partner", "founded_on", "id"), ("owner_id", "is_partner", "founded_on", "id")]
    assert reading(view)[0] == SavedView.Reading.MADE
