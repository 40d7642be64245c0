"""A record that another one points to is named as its reader may see it: where a rule hides the name, by its number."""

import pytest

from kezhi.access.models import FieldRule, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.records.linking import titles
from kezhi.records.operations import change_record
from kezhi.records.presenting import present

NAME = "苏州澜图科技有限公司"


@pytest.fixture
def visit(firms, make_firm, make_visit):
    """A visit to a firm whose name was hidden from reps; it pointed to another firm before."""
    visit = make_visit(make_firm("杭州旻汐医学检验有限公司"))
    firm = make_firm(NAME)
    change_record(visit, {"firm": str(firm.pk)}, actor=firms.rep.actor)
    FieldRule.objects.create(role=Role.objects.get(key="sales_rep"), record_type="firm", field="name", level="hidden")
    epochs.bump(EPOCH)
    visit.refresh_from_db()
    return visit


def test_the_name_of_a_linked_record_follows_the_rule_for_names(firms, visit):
    firm = visit.firm

    assert titles("firm", [firm.pk], firms.rep.actor) == {firm.pk: firm.number}
    assert titles("firm", [firm.pk], firms.steward.actor) == {firm.pk: NAME}
    assert titles("firm", [firm.pk], None) == {firm.pk: firm.number}


def test_a_presented_record_names_what_it_points_to_for_its_reader(firms, visit):
    assert present(visit, firms.rep.actor).text("firm") == visit.firm.number
    assert present(visit, firms.steward.actor).text("firm") == NAME


@pytest.mark.parametrize("path", ["/visits/?cols=subject,firm", "/visits/{pk}/"])
def test_no_page_says_the_hidden_name(path, firms, visit):
    shown = firms.rep.client().get(path.format(pk=visit.pk)).content.decode()

    assert visit.firm.number in shown
    assert NAME not in shown
    assert "杭州旻汐" not in shown
    assert NAME in firms.steward.client().get(path.format(pk=visit.pk)).content.decode()
