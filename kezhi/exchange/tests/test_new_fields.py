"""A column no field of ours can take becomes a custom field where the person may and says so (CUS-6)."""

import pytest

from kezhi.access.policies import NotAllowed
from kezhi.core.jobs import run_pending
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.importing.new_fields import kind_of
from kezhi.exchange.importing.options import ImportOptions
from kezhi.exchange.models import ImportRun
from kezhi.exchange.operations.imports import begin_import, map_columns, start_import
from kezhi.exchange.tests.helpers import check, customers, sheet_of
from kezhi.records.models import CustomField
from kezhi.records.registry import record_type

HEADINGS = ["客户名称", "门店编码", "开店数"]
ROWS = [["深圳甲科技有限公司", "0012", "1,200"], ["北京乙贸易有限公司", "0345", "35"]]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2.5", "-3", "1,200"], "number"),
        (["0012", "0345"], "text"),
        (["1234567890123456"], "text"),
        (["2026-03-01", "2026/3/9", ""], "date"),
        (["www.a.example", "https://b.example/x"], "url"),
        (["是", "否"], "yes_no"),
        (["一" * 121], "long_text"),
        (["10 人", "3"], "text"),
        ([], "text"),
    ],
)
def test_the_field_holds_what_stands_in_the_column(values, kind):
    assert kind_of(values) == kind


def settle(actor, mapping):
    run = start_import("customer", sheet_of(*ROWS, headings=HEADINGS), "门店.xlsx", actor=actor)
    map_columns(run, mapping, ImportOptions.of(run.options), actor=actor)
    return ImportRun.objects.get(pk=run.pk)


@pytest.mark.django_db
def test_the_columns_come_in_as_fields_of_their_kind_and_are_known_next_time(people):
    people.grant("settings", actions=("fields",))
    actor = people.steward.actor
    run = settle(actor, {0: "name", 1: "+", 2: "+"})
    run_pending()
    begin_import(ImportRun.objects.get(pk=run.pk), actor=actor)
    run_pending()

    code, shops = CustomField.objects.order_by("pk")
    assert [(code.name_zh, code.kind), (shops.name_zh, shops.kind)] == [("门店编码", "text"), ("开店数", "number")]
    fields, held = record_type("customer").all_fields(), customers()["深圳甲科技有限公司"]
    assert (fields[code.key].get(held), fields[shops.key].get(held)) == ("0012", 1200)
    again = check(actor, sheet_of(["上海丙物流有限公司", "7", "8"], headings=HEADINGS))
    assert again.mapping == {"0": "name", "1": code.key, "2": shops.key}


@pytest.mark.django_db
def test_a_column_of_phones_becomes_a_personal_field(people):
    people.grant("settings", actions=("fields",))
    actor = people.steward.actor
    rows = [["深圳甲科技有限公司", "13812345678"], ["北京乙贸易有限公司", "13912345678"]]
    run = start_import("customer", sheet_of(*rows, headings=["客户名称", "值班"]), "值班.xlsx", actor=actor)
    map_columns(run, {0: "name", 1: "+"}, ImportOptions.of(run.options), actor=actor)

    assert (CustomField.objects.get().kind, CustomField.objects.get().is_personal) == ("text", True)


@pytest.mark.django_db
def test_nobody_else_makes_fields_and_a_taken_name_makes_none(people):
    with pytest.raises(NotAllowed):
        settle(people.steward.actor, {0: "name", 1: "+"})
    people.grant("settings", actions=("fields",))
    run = start_import(
        "customer", sheet_of(["甲公司", "x"], headings=["客户名称", "备注"]), "甲.xlsx", actor=people.steward.actor
    )
    with pytest.raises(ValueProblem, match="备注"):
        map_columns(run, {0: "name", 1: "+"}, ImportOptions.of(run.options), actor=people.steward.actor)

    assert not CustomField.objects.exists()
