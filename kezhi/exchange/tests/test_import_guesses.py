"""A list is no way to try the digits that a mask hides (ORG-4)."""

import pytest

from kezhi.access.models import FieldRule, Lookup, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.figures import set_figure
from kezhi.exchange.operations.imports import correct_row
from kezhi.exchange.tests.helpers import check, sheet_of, states
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type

PHONE = "13812345678"
# The last one is right.
GUESSES = [[f"猜测{number}", "", f"138{number}5678", "", "", ""] for number in (1231, 1232, 1233, 1234)]


@pytest.fixture
def theirs(people):
    set_figure("exchange.phones_of_one_mask", 3, actor_ref=people.administrator.actor.ref)
    values = {"name": "苏州澜图科技有限公司", "phone": PHONE}
    return create_record(record_type("customer"), values, actor=people.rep.actor)


def test_phones_that_differ_in_the_hidden_digits_only_are_not_compared_beyond_a_few(people, theirs):
    run = check(people.outsider.actor, sheet_of(*GUESSES))

    assert states(run) == ["ready", "ready", "ready", "bad"]
    assert "只在隐去的几位上不同" in run.rows.get(number=5).problems
    assert run.rows.get(number=5).partner_id is None


def test_the_same_phone_again_is_no_guess(people, theirs):
    again = [[f"客户{number}", "", PHONE, "", "", ""] for number in range(5)]

    assert states(check(people.outsider.actor, sheet_of(*again))) == ["duplicate"] * 5


def test_who_reads_everybodys_phones_imports_any_list(people, theirs):
    role = Role.objects.get(key="data_steward")
    FieldRule.objects.bulk_create(
        FieldRule(role=role, record_type=known, field=field, level="write")
        for known in ("customer", "contact", "lead")
        for field in (("phone", "phone_other", "email") if known == "lead" else ("phone", "email"))
    )
    epochs.bump(EPOCH)

    assert states(check(people.steward.actor, sheet_of(*GUESSES))) == ["ready", "ready", "ready", "duplicate"]


def test_a_row_corrected_again_and_again_finds_no_more_than_typing_does(people, theirs):
    set_figure("security.lookups_per_hour", 2, actor_ref=people.administrator.actor.ref)
    actor = people.outsider.actor
    run = check(actor, sheet_of(["猜测", "", "138", "", "", ""]))
    rows = [correct_row(run, 2, {"phone": f"138{number}5678"}, actor=actor) for number in (1231, 1232, 1234)]

    assert [row.state for row in rows] == ["ready", "ready", "bad"]
    assert "按完整的电话或邮箱查找的次数已经用完" in rows[2].problems
    assert rows[2].partner_id is None


def test_list_after_list_of_one_guess_each_counts_like_typing(people, theirs):
    set_figure("security.lookups_per_hour", 3, actor_ref=people.administrator.actor.ref)
    runs = [check(people.outsider.actor, sheet_of(row), name=f"{number}.xlsx") for number, row in enumerate(GUESSES)]

    assert [states(run) for run in runs] == [["ready"], ["ready"], ["ready"], ["bad"]]
    assert "按完整的电话或邮箱查找的次数已经用完" in runs[3].rows.get().problems


def test_of_a_long_list_the_first_values_count(people, theirs):
    rows = [[f"客户{number}", "", f"139{number:04d}{number:04d}", "", "", ""] for number in range(30)]

    assert states(check(people.outsider.actor, sheet_of(*rows))) == ["ready"] * 30
    assert Lookup.objects.filter(user=people.outsider.user).count() == 20
