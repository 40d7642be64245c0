import csv
import io
import zipfile

import pytest
import time_machine

from kezhi.access.models import FieldRule, Grant, Role
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.conditions import parse
from kezhi.core.events import read_facts
from kezhi.core.jobs import run_pending
from kezhi.core.models.events import Event
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange import steps
from kezhi.exchange.models import ExportRun
from kezhi.exchange.operations.exports import fetch_export, start_export
from kezhi.exchange.tests.helpers import bring_in, customers, rows_of_workbook
from kezhi.records.listing.query import ListRequest
from kezhi.records.operations import create_record
from kezhi.records.registry import TypeCatalogue, record_type

COLUMNS = ["name", "phone", "level", "note"]


@pytest.fixture
def customer_type(people):
    return record_type("customer")


def make(actor, name, **values):
    return create_record(record_type("customer"), {"name": name, **values}, actor=actor)


def take_out(member, *, columns=COLUMNS, format_name="xlsx", tree=None, ids=(), sort=""):
    known = record_type("customer")
    condition = parse(tree or {"all": []}, TypeCatalogue(known, member.actor))
    request = ListRequest(known, member.actor, condition, sort, tuple(columns))
    run = start_export(request, columns=columns, format_name=format_name, reason="核对", ids=ids, actor=member.actor)
    run_pending()
    return ExportRun.objects.get(pk=run.pk)


def content_of(run, member):
    return b"".join(fetch_export(run.pk, actor=member.actor)[1])


def test_condition_order_columns_and_values_as_the_list_has_them(people, customer_type):
    actor = people.steward.actor
    make(actor, "深圳甲科技有限公司", level="A", phone="13812345678")
    make(actor, "北京乙贸易有限公司", level="B")
    make(actor, "上海丙物流有限公司", level="A", note="好")

    run = take_out(people.steward, tree={"field": "level", "op": "is", "value": "A"}, sort="name")

    rows = rows_of_workbook(content_of(run, people.steward))
    assert rows[1] == ["客户名称", "电话", "等级", "备注"]
    assert sorted(row[0] for row in rows[2:]) == ["上海丙物流有限公司", "深圳甲科技有限公司"]
    assert (run.total, run.state) == (2, "ready")


def test_only_the_actors_own_records_leave(people, customer_type):
    make(people.rep.actor, "我的客户有限公司")
    make(people.colleague.actor, "同事的客户有限公司")

    run = take_out(people.rep)

    assert [row[0] for row in rows_of_workbook(content_of(run, people.rep))[2:]] == ["我的客户有限公司"]


def test_ticked_records_beyond_the_scope_do_not_leave(people, customer_type):
    other = make(people.colleague.actor, "同事的客户有限公司")
    mine = make(people.rep.actor, "我的客户有限公司")

    run = take_out(people.rep, ids=[other.pk, mine.pk])

    assert run.total == 1


def test_masks_are_those_of_the_screen_and_hidden_columns_cannot_be_asked_for(people, customer_type):
    make(people.rep.actor, "深圳甲科技有限公司", phone="13812345678", note="机密")
    steward = Role.objects.get(key="data_steward")
    FieldRule.objects.create(role=steward, record_type="customer", field="phone", level="masked")
    FieldRule.objects.create(role=steward, record_type="customer", field="note", level="hidden")
    epochs.bump(EPOCH)

    with pytest.raises(ValueProblem):
        take_out(people.steward)
    run = take_out(people.steward, columns=["name", "phone"])

    assert rows_of_workbook(content_of(run, people.steward))[2] == ["深圳甲科技有限公司", "138****5678"]
    assert run.masked_columns == ["phone"]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"])
def test_nothing_that_leaves_is_a_formula(people, customer_type, start):
    make(people.steward.actor, "深圳甲科技有限公司", note=f"{start}|calc")

    plain = content_of(take_out(people.steward, format_name="csv"), people.steward).decode("utf-8-sig")
    book = content_of(take_out(people.steward), people.steward)

    [row] = list(csv.reader(io.StringIO(plain)))[2:]
    assert row[3] == f"'{start}|calc"
    assert rows_of_workbook(book)[2][3] == f"{start}|calc"
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


def test_a_csv_that_comes_back_has_its_values_again_and_masks_change_nothing(people, customer_type):
    make(people.steward.actor, "深圳甲科技有限公司", note="=1+1", phone="13812345678")
    content = content_of(
        take_out(people.steward, columns=["number", "name", "phone", "note"], format_name="csv"), people.steward
    )

    bring_in(people.steward.actor, content, "回来.csv", duplicates="update")

    stored = customers()["深圳甲科技有限公司"]
    assert (stored.note, stored.phone) == ("=1+1", "+8613812345678")


def test_who_took_what_why_and_how_much_is_in_the_file_and_in_the_log(people, customer_type):
    make(people.steward.actor, "深圳甲科技有限公司")
    with time_machine.travel("2026-11-22T06:30:00Z", tick=False):
        book = content_of(take_out(people.steward), people.steward)

    assert rows_of_workbook(book)[0][0] == "舒管数 于 2026-11-22 14:30 导出 · 客户 1 条 · 用途：核对"
    made, fetched = Event.objects.filter(record_type="export").order_by("id")
    assert (made.kind, made.actor_id, fetched.kind) == (
        "exchange.exported",
        people.steward.id,
        "exchange.export_downloaded",
    )
    assert {key: read_facts(made)[key] for key in ("count", "columns", "reason")} == {
        "count": 1,
        "columns": COLUMNS,
        "reason": "核对",
    }


def test_a_reason_is_required_and_nothing_is_ordered_without(people, customer_type):
    request = ListRequest(customer_type, people.steward.actor)
    with pytest.raises(ValueProblem) as refused:
        start_export(request, columns=["name"], format_name="xlsx", reason=" ", actor=people.steward.actor)

    assert (refused.value.code, ExportRun.objects.count()) == ("export.reason", 0)


def test_the_right_must_still_be_held_when_the_file_is_fetched(people, customer_type):
    make(people.steward.actor, "深圳甲科技有限公司")
    run = take_out(people.steward)
    Grant.objects.filter(role__key="data_steward", subject="customer", action="view").update(scope="own")
    epochs.bump(EPOCH)

    with pytest.raises(NotAllowed):
        fetch_export(run.pk, actor=people.steward.actor)


def test_a_file_is_gone_after_its_days(people, customer_type, tmp_path):
    make(people.steward.actor, "深圳甲科技有限公司")
    with time_machine.travel("2026-11-22T06:30:00Z", tick=False):
        run = take_out(people.steward)
    with time_machine.travel("2026-11-30T06:30:00Z", tick=False):
        with pytest.raises(ValueProblem):
            fetch_export(run.pk, actor=people.steward.actor)
        steps.remove_expired()

    run.refresh_from_db()
    assert (run.state, list((tmp_path / "exchange").iterdir())) == ("expired", [])
