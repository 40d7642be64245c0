"""Words no list of ours has come along with the rows where that is meant, and go when the import is undone."""

import pytest

from kezhi.access.models import Grant
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.figures import set_figure
from kezhi.core.jobs import run_pending
from kezhi.customers.models import Customer
from kezhi.exchange.importing import new_entries
from kezhi.exchange.importing.options import ADD
from kezhi.exchange.models import ImportRun
from kezhi.exchange.operations.imports import begin_import, undo_whole_import
from kezhi.exchange.tests.helpers import check, customers, sheet_of, states
from kezhi.records.models import PickItem, PickList
from kezhi.records.operations import create_record
from kezhi.records.operations.lists import ItemDraft
from kezhi.records.registry import record_type

HEADINGS = ["客户名称", "行业", "客户等级"]
ROWS = [["深圳甲科技有限公司", "航天", "S"], ["北京乙贸易有限公司", "航天", "A"], ["上海丙物流有限公司", "制造业", "A"]]

pytestmark = pytest.mark.django_db


@pytest.fixture
def steward(people):
    """The steward, who may administer lists."""
    people.grant("settings", actions=("lists",))
    return people.steward.actor


def entries():
    return set(
        PickItem.objects.filter(list__key="industry", name_zh__in=["航天", "航海"]).values_list("name_zh", "is_active")
    )


def bring_in(run, actor):
    begin_import(run, actor=actor)
    run_pending()
    return ImportRun.objects.get(pk=run.pk)


def undo(run, actor):
    undo_whole_import(run, actor=actor)
    run_pending()
    return ImportRun.objects.get(pk=run.pk)


def test_another_houses_list_comes_along_but_nobody_adds_a_level(steward):
    run = check(steward, sheet_of(*ROWS, headings=HEADINGS))

    assert run.options["value_maps"] == {"industry": {"航天": ADD}, "level": {}}
    assert states(run) == ["bad", "ready", "ready"]
    assert entries() == set()

    bring_in(run, steward)

    assert entries() == {("航天", True)}
    key = PickItem.objects.get(list__key="industry", name_zh="航天").key
    assert {name: row.industry for name, row in customers().items()} == {
        "北京乙贸易有限公司": key,
        "上海丙物流有限公司": "manufacturing",
    }


def test_a_slip_among_many_known_words_stays_a_mistake(steward):
    rows = [[f"第{number}号科技有限公司", "制造业", "A"] for number in range(9)]
    run = check(steward, sheet_of(*rows, ["深圳甲科技有限公司", "航天", "A"], headings=HEADINGS))

    assert run.options["value_maps"]["industry"] == {}
    assert states(run)[-1] == "bad"


def test_who_may_not_administer_lists_adds_nothing_even_by_asking_for_it(people):
    actor = people.steward.actor
    run = check(actor, sheet_of(*ROWS, headings=HEADINGS))
    assert states(run) == ["bad", "bad", "ready"]

    forged = check(actor, sheet_of(*ROWS, headings=HEADINGS), value_maps={"industry": {"航天": ADD}})
    done = bring_in(forged, actor)

    assert entries() == set()
    assert [row.name for row in Customer.objects.ungated("test")] == ["上海丙物流有限公司"]
    assert done.counts == {"bad": 2, "created": 1}


def test_a_right_taken_away_before_the_rows_go_in_adds_nothing(steward, people):
    run = check(steward, sheet_of(*ROWS, headings=HEADINGS))
    Grant.objects.filter(subject="settings").delete()
    epochs.bump(EPOCH)

    bring_in(run, people.steward.actor)

    assert entries() == set()
    assert set(customers()) == {"上海丙物流有限公司"}


def test_more_new_words_than_the_figure_allows_are_left_to_the_person(steward):
    set_figure("exchange.new_entries", 1, actor_ref=steward.ref)
    rows = [["深圳甲科技有限公司", "航天", "A"], ["北京乙贸易有限公司", "航海", "A"]]

    assert check(steward, sheet_of(*rows, headings=HEADINGS)).options["value_maps"]["industry"] == {}


def test_identity_numbers_and_bare_numbers_become_no_entry(steward):
    rows = [["深圳甲科技有限公司", "11010519491231002X", "A"], ["北京乙贸易有限公司", "42", "A"]]

    assert check(steward, sheet_of(*rows, headings=HEADINGS)).options["value_maps"]["industry"] == {}


def test_the_entries_go_with_the_import_that_brought_them(steward):
    run = bring_in(check(steward, sheet_of(*ROWS, headings=HEADINGS)), steward)

    undo(run, steward)

    # The customers lie in the recycle bin and still name it.
    assert entries() == {("航天", False)}
    assert customers() == {}


def test_an_entry_that_somebody_uses_by_now_stays(steward, people):
    run = bring_in(check(steward, sheet_of(*ROWS, headings=HEADINGS)), steward)
    key = PickItem.objects.get(list__key="industry", name_zh="航天").key
    values = {"name": "广州丁食品有限公司", "industry": key}
    create_record(record_type("customer"), values, actor=people.steward.actor)

    undo(run, steward)

    assert entries() == {("航天", True)}
    assert set(customers()) == {"广州丁食品有限公司"}


def test_the_same_list_a_second_time_finds_its_words_on_ours(steward):
    bring_in(check(steward, sheet_of(*ROWS, headings=HEADINGS)), steward)
    rows = [["广州丁航天有限公司", "航天", "A"]]

    again = check(steward, sheet_of(*rows, headings=HEADINGS))

    assert (again.options["value_maps"]["industry"], states(again)) == ({}, ["ready"])


def test_a_word_another_import_added_while_this_one_waited_is_found(steward, monkeypatch):
    run = check(steward, sheet_of(*ROWS, headings=HEADINGS))
    look = new_entries.fresh_list

    def just_before_another(list_key):
        found = look(list_key)
        if not entries():
            new_entries.add_item(PickList.objects.get(key=list_key), ItemDraft("航天"), actor=steward)
        return found

    monkeypatch.setattr(new_entries, "fresh_list", just_before_another)
    bring_in(run, steward)

    assert entries() == {("航天", True)}
    key = PickItem.objects.get(list__key="industry", name_zh="航天").key
    assert customers()["北京乙贸易有限公司"].industry == key
