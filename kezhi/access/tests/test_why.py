"""Who can see this and why: the gate's own answer, for everybody at once."""

import pytest

from kezhi.access import subjects as registry
from kezhi.access.models import Department
from kezhi.access.operations import mark_away
from kezhi.access.policies import Policy, _policies
from kezhi.access.subjects import Subject
from kezhi.access.why import verdicts
from kezhi.core.clock import today


@pytest.fixture
def letters(company, monkeypatch):
    """Departments play records here: whoever heads one owns it."""
    monkeypatch.setitem(_policies, Department, Policy("customer", owner_path="head_id"))
    subject = Subject(
        "letter", "信", "mail", {"view": "查看"},
        find=lambda pk: Department.objects.filter(pk=pk).first(),
        title=lambda record: record.name_zh,
    )  # fmt: skip
    monkeypatch.setattr(registry, "_sources", [lambda: [subject]])
    letter = Department.objects.create(key="letter", name_zh="一封信", head=company.rep.user)
    return company, letter


def answers(letter):
    return {verdict.user.username.removeprefix("cast-"): verdict for verdict in verdicts(letter, "customer")}


def test_everybody_is_told_yes_or_no_with_the_reason(letters):
    _company, letter = letters

    found = answers(letter)

    assert {part: (verdict.can_view, verdict.can_edit) for part, verdict in found.items()} == {
        "rep": (True, True),
        "manager": (True, True),
        "steward": (True, True),
        "administrator": (True, True),
        "colleague": (False, False),
        "outsider": (False, False),
    }
    assert found["rep"].reasons == ["角色“销售代表”可以查看“本人”：本人就是负责人"]
    assert found["manager"].reasons == ["角色“销售经理”可以查看“本部门及下级”：负责人 任小芮 在他的部门或下级部门"]
    assert found["colleague"].reasons == ["角色“销售代表”只能查看“本人”，这条记录不在其中"]


def test_a_stand_in_is_named_as_the_reason(letters):
    company, letter = letters
    mark_away(company.rep.user, company.outsider.user, today(), today(), actor=company.rep.actor)

    assert answers(letter)["outsider"].reasons == ["角色“销售代表”可以查看“本人”：任小芮 今天不在，由他替班"]


def test_the_page_is_for_those_who_manage_roles(letters):
    company, letter = letters
    url = f"/settings/who/letter/{letter.pk}/"

    page = company.administrator.client().get(url)

    assert page.status_code == 200
    assert "一封信" in page.content.decode()
    assert company.rep.client().get(url).status_code == 403
    assert company.administrator.client().get("/settings/who/letter/999999/").status_code == 404
    assert company.administrator.client().get("/settings/who/nothing/1/").status_code == 404
