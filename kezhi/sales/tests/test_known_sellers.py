"""Sellers named in a history from elsewhere: found by name, refused at their rows where nobody has it (SAL-8)."""

import json

import pytest

from kezhi.core.jobs import run_pending
from kezhi.exchange.importing.options import ImportOptions
from kezhi.exchange.operations.imports import begin_import, map_columns, start_import
from kezhi.sales.models import Opportunity
from kezhi.sales.tests import known_data

pytestmark = pytest.mark.django_db


def test_a_seller_nobody_knows_is_refused_at_their_rows_and_the_others_come_in(people, make_customer):
    make_customer("Acme Group", by=people.administrator)
    actor = people.administrator.actor
    content = (
        "opportunity_id,sales_agent,account,deal_stage,engage_date,close_date,close_value\n"
        f"甲,{people.rep.user.name},Acme Group,Won,2017-01-02,2017-02-01,5\n"
        "乙,Moses Frase,Acme Group,Won,2017-01-02,2017-02-01,6\n"
        f"丙,{people.rep.user.name},,Prospecting,,,\n"
    ).encode()
    run = start_import("opportunity", content, "sales_pipeline.csv", actor=actor)
    guessed = {int(column): key for column, key in run.mapping.items()}
    assert guessed[0] == "name"
    options = ImportOptions.of({**run.options, "value_maps": {"stage": known_data.WORDS}})
    map_columns(run, {**guessed, 4: "created_at", 5: "closed_at"}, options, actor=actor)
    run_pending()
    run.refresh_from_db()
    problems = {row.number: list(json.loads(row.problems)) for row in run.rows.filter(state="bad")}
    begin_import(run, actor=actor)
    run_pending()

    assert problems == {3: ["owner"]}
    stored = {row.name: row for row in Opportunity.objects.ungated("tests")}
    assert set(stored) == {"甲", "丙"}
    assert (stored["丙"].customer_id, stored["丙"].state, stored["丙"].owner_id) == (None, "open", people.rep.id)
