"""Lists are read by indexes that hold no records of the recycle bin, however many lie there (architecture §6)."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.records.defaults import install_defaults
from kezhi.records.listing.indexes import declared_indexes, index_for
from kezhi.records.listing.query import ListRequest
from kezhi.records.models import LIVE
from kezhi.records.operations import delete_records
from kezhi.records.registry import record_types
from kezhi.records.testing import plant
from tests.test_contracts import every_type, examples


def plan_of(statement):
    """How the database reads a statement that was captured; PostgreSQL would walk tables as small as a test's."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
            )
        cursor.execute(f"{'EXPLAIN' if connection.vendor == 'postgresql' else 'EXPLAIN QUERY PLAN'} {statement}")
        return "\n".join(str(part) for row in cursor.fetchall() for part in row)


def listing(known, actor, **more):
    """The statements that read a page of a list, and its records."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        page = ListRequest(known, actor, **more).page()
    table = connection.ops.quote_name(known.model._meta.db_table)
    return [row["sql"] for row in captured if f"FROM {table}" in row["sql"]], page.records


@every_type
def test_an_index_that_gives_an_order_holds_live_records_only(known):
    lists = [index for index in known.model._meta.indexes if index.fields and index.fields[-1] == "id"]
    about_one_record = {
        index.name
        for index in lists
        if known.model._meta.get_field(index.fields[0]).is_relation and index.condition is None
    }

    assert [index.name for index in lists if index.condition is None and index.name not in about_one_record] == []
    assert not any(name.removeprefix(known.key).startswith("_own") for name in about_one_record)


@every_type
def test_the_usual_order_has_an_index_for_everybodys_records_and_for_ones_own(known, cast):
    cast.grant(*(each.key for each in record_types()))
    request = ListRequest(known, cast.administrator.actor)
    rows = known.model.objects.ungated("test").filter(deleted_at__isnull=True)
    order = ("-pk",) if request.ordering.field is None else (f"-{request.ordering.column}", "-pk")

    if len(order) == 2:
        assert index_for(known.model, rows.query, order) is not None
    if known.owner_path == "owner_id" and any(
        index.columns[0] == "owner_id" for index in declared_indexes(known.model)
    ):
        own = rows.filter(owner_id=1)
        assert index_for(known.model, own.query, order, within="owner_id") is not None


@pytest.mark.parametrize("key", ["customer", "lead", "opportunity", "contract", "quote", "order"])
def test_a_list_after_an_undone_import_is_read_past_the_recycle_bin(key, cast):
    install_defaults()
    cast.grant(*(each.key for each in record_types()))
    known = next(each for each in record_types() if each.key == key)
    kept = plant(known, cast.rep, examples=examples()).record
    gone = [plant(known, cast.rep, examples=examples()).record for _each in range(3)]
    delete_records(known, [record.pk for record in gone], actor=cast.administrator.actor)

    for member in (cast.manager, cast.administrator):
        statements, records = listing(known, member.actor)
        assert [record.pk for record in records] == [kept.pk]
        plan = plan_of(statements[0])
        used = set(re.findall(r"(?:INDEX |Scan (?:Backward )?using )\"?(\w+)", plan))
        live = {index.name for index in known.model._meta.indexes if index.condition == LIVE}
        assert used & live, plan


def test_the_rows_of_several_owners_are_merged_and_never_sorted_whole(cast):
    install_defaults()
    cast.grant(*(each.key for each in record_types()))
    known = next(each for each in record_types() if each.key == "customer")
    for owner in (cast.rep, cast.manager):
        plant(known, owner, examples=examples())

    statements, records = listing(known, cast.manager.actor)

    assert len(records) == 2
    merged = "Function Scan on unnest reader" if connection.vendor == "postgresql" else "MERGE (UNION ALL)"
    assert merged in plan_of(statements[0])
