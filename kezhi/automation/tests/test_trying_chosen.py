"""Dry runs over records chosen by hand, and messages counted behind waits and branches."""

import pytest

from kezhi.automation.definition import read_definition
from kezhi.automation.models import RuleRun
from kezhi.automation.trying import try_rule
from kezhi.records.tests.fake_types import FIRM, VISIT
from kezhi.work.models import Notification

pytestmark = pytest.mark.django_db

TELL = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "请看{name}"}}}
ABOVE = {"do": "notify", "with": {"to": ["owner_manager"], "text": {"zh": "请看{name}"}}}
STEEL = {"all": [{"field": "trade", "op": "is", "value": ["steel"]}]}
WAIT = {"do": "wait", "span": {"number": 2, "unit": "hour"}}


def trial_of(do, firms, *, condition=None, ids=None):
    definition = read_definition({"when": {"on": "created"}, "if": condition or {}, "do": do}, FIRM)
    return try_rule(definition, actor=firms.administrator.actor, ids=ids)


def test_only_the_chosen_records_are_looked_at(make_firm, firms):
    first, second = make_firm("一厂", trade="steel"), make_firm("二厂")
    make_firm("三厂", trade="steel")
    trial = trial_of([TELL], firms, condition=STEEL, ids=[first.pk, second.pk])
    assert (trial.looked_at, trial.matching, trial.messages) == (2, 1, 1)
    assert [(row.shown.title, row.fires) for row in trial.rows] == [("一厂", True), ("二厂", False)]
    assert not RuleRun.objects.exists()
    assert not Notification.objects.exists()


def test_messages_behind_waits_and_branches_are_counted(make_firm, firms):
    for number in range(3):
        make_firm(f"钢厂{number}", trade="steel")
    make_firm("面馆")
    branch = {"do": "branch", "if": STEEL, "then": [ABOVE], "else": []}
    trial = trial_of([TELL, WAIT, branch, TELL], firms)
    assert (trial.matching, trial.messages, trial.people, trial.at_least) == (4, 4 + 3 + 4, 2, False)


def test_what_stops_in_a_branch_goes_no_further(make_firm, firms):
    for number in range(3):
        make_firm(f"钢厂{number}", trade="steel")
    make_firm("面馆")
    stop = {"do": "branch", "if": STEEL, "then": [{"do": "stop"}], "else": []}
    trial = trial_of([stop, TELL], firms)
    assert (trial.matching, trial.messages) == (4, 1)
    would = {row.shown.title: len(row.would) for row in trial.rows}
    assert would == {"钢厂0": 0, "钢厂1": 0, "钢厂2": 0, "面馆": 1}


def test_people_named_by_a_field_of_a_related_record_are_counted(make_firm, make_visit, firms):
    for number in range(2):
        make_visit(make_firm(f"厂{number}"))
    told = {"do": "notify", "with": {"to": ["field:firm.owner"], "text": {"zh": "请看"}}}
    definition = read_definition({"when": {"on": "created"}, "do": [told]}, VISIT)
    trial = try_rule(definition, actor=firms.administrator.actor)
    assert (trial.messages, trial.people, trial.at_least) == (2, 1, False)


def test_a_rule_is_tried_on_records_named_in_its_editor(write_rule, make_firm, firms):
    rule = write_rule({"on": "created"}, [TELL], condition=STEEL)
    firm = make_firm("一厂", trade="steel")
    make_firm("二厂", trade="steel")
    client = firms.administrator.client()
    page = client.get(f"/settings/rules/{rule.pk}/try/", {"records": f"{firm.number}，没有的"}).content.decode()
    assert "一厂" in page
    assert "二厂" not in page
    page = client.get(f"/settings/rules/{rule.pk}/try/", {"records": "没有的"}).content.decode()
    assert "没有找到您看得到的这些记录" in page


def test_a_selection_of_a_list_is_tried_against_a_rule_of_its_kind(write_rule, make_firm, firms):
    rule = write_rule({"on": "created"}, [TELL], condition=STEEL)
    first, second = make_firm("一厂", trade="steel"), make_firm("二厂")
    make_firm("三厂", trade="steel")
    client = firms.administrator.client()
    address = f"/{FIRM.slug}/rules/try/"
    chosen = {"ids": [first.pk, second.pk]}
    assert f'<option value="{rule.pk}">' in client.get(address, chosen).content.decode()
    page = client.get(address, chosen | {"rule": rule.pk}).content.decode()
    assert "一厂" in page
    assert "二厂" in page
    assert "三厂" not in page
    assert not RuleRun.objects.exists()


def test_who_may_not_see_rules_tries_none(make_firm, firms):
    firm = make_firm("一厂")
    assert firms.rep.client().get(f"/{FIRM.slug}/rules/try/", {"ids": firm.pk}).status_code in (403, 404)
