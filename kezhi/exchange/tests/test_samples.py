import json
from pathlib import Path

import pytest

from kezhi.core.jobs import run_pending
from kezhi.customers.models import Customer
from kezhi.exchange.operations.imports import begin_import, undo_whole_import
from kezhi.exchange.tests.helpers import check, contacts, customers

SAMPLES = Path(__file__).parent / "samples"
KEY = json.loads((SAMPLES / "key.json").read_text())
STATES = {"ok": "ready", "reject": "bad", "duplicate": "duplicate", "blank": "blank"}


@pytest.mark.parametrize("name", sorted(KEY))
def test_a_real_list_comes_in_as_a_careful_person_would_have_it(people, name):
    actor = people.steward.actor
    run = check(actor, (SAMPLES / name).read_bytes(), name)
    rows = list(run.rows.order_by("number"))

    assert [row.state for row in rows] == [STATES[each["result"]] for each in KEY[name]]
    for row, each in zip(rows, KEY[name], strict=True):
        if each["result"] == "reject":
            assert each["field"] in row.problem_fields.replace("contact.", "").split()
        if each["result"] == "duplicate":
            assert row.certainty == "sure" or each["how"] in ("core", "paren")

    begin_import(run, actor=actor)
    run_pending()

    sound = [
        (row, each) for row, each in zip(run.rows.order_by("number"), KEY[name], strict=True) if each["result"] == "ok"
    ]
    stored = {row.pk: row for row in Customer.objects.ungated("test")}
    assert [(stored[row.record_id].name, stored[row.record_id].phone) for row, _each in sound] == [
        (each["name"], each["phone"]) for _row, each in sound
    ]
    for row, each in sound:
        assert stored[row.record_id].note == each.get("note_text", stored[row.record_id].note)
        assert stored[row.record_id].primary_contact_name == each.get(
            "contact", stored[row.record_id].primary_contact_name
        )

    run.refresh_from_db()
    undo_whole_import(run, actor=actor)
    run_pending()
    assert (customers(), contacts()) == ({}, {})
