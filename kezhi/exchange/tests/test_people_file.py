"""People from a list: guessed columns, each row's fate, added once, only by who may add users."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kezhi.access.models import Department, Grant, Role, User
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.exchange.people import bringing_in
from kezhi.exchange.people.planning import guess_columns, plan_people

pytestmark = pytest.mark.django_db

PAGE = "/settings/people-file/"
TEAMS = "sales_agent,manager,regional_office\nAnna Snelling,Dustin B,Central\nCecily Lampkin,Dustin B,Central\n"


@pytest.fixture
def keeper(people):
    """The browser of somebody who may add users and give roles."""
    role = Role.objects.get(key="administrator")
    for action in ("organisation", "roles"):
        Grant.objects.get_or_create(role=role, subject="settings", action=action, defaults={"scope": "all"})
    epochs.bump(EPOCH)
    return people.administrator.client()


def planned(text, **choices):
    rows = [line.split(",") for line in text.splitlines()]
    return plan_people(rows, guess_columns(rows[0]), **{"make_missing": True, "may_give_roles": True} | choices)


def fates(plan):
    return [(line.name, line.fate) for line in plan.lines]


def added(client, text):
    rows = [line.split(",") for line in text.splitlines()]
    columns = {f"column-{place}": name for place, name in guess_columns(rows[0]).items()}
    return client.post(PAGE, {"rows": json.dumps(rows), "make_missing": "on", "confirm": "1", **columns})


def test_a_list_shows_what_would_happen_and_stores_nothing(keeper):
    before = User.objects.count()
    answer = keeper.post(PAGE, {"file": SimpleUploadedFile("teams.csv", TEAMS.encode())})
    assert answer.status_code == 200
    assert answer.context["counts"] == {"new": 3, "known": 0, "bad": 0}
    assert User.objects.count() == before


def test_people_come_in_with_manager_and_department_and_twice_does_nothing_twice(keeper):
    answer = added(keeper, TEAMS)
    assert answer.status_code == 200
    assert len(answer.context["added"]) == 3
    anna = User.objects.get(username="annasnelling")
    assert (anna.name, anna.manager.name, anna.department.name_zh) == ("Anna Snelling", "Dustin B", "Central")
    assert anna.must_change_password
    assert anna.check_password(next(each.password for each in answer.context["added"] if each.user == anna))
    before = User.objects.count(), Department.objects.count()
    assert added(keeper, TEAMS).context["counts"] == {"new": 0, "known": 2, "bad": 0}
    assert (User.objects.count(), Department.objects.count()) == before


def test_only_who_may_add_users_opens_it(people):
    client = people.rep.client()
    assert client.get(PAGE).status_code == 403
    assert added(client, TEAMS).status_code == 403
    assert not User.objects.filter(name="Anna Snelling").exists()


def test_a_login_name_is_made_from_the_sound_of_the_name(people):
    plan = planned("姓名\n欧阳测试\n欧阳册试\n")
    assert [line.values["username"] for line in plan.lines] == ["ouyangceshi", "ouyangceshi2"]


def test_bad_rows_say_why_and_the_others_stay(people):
    plan = planned(
        "姓名,上级,角色,邮箱\n甲某甲,乙某乙,,\n乙某乙,甲某甲,,\n丙某丙,,没有的角色,\n丁某丁,,,不是邮箱\n戊某戊,,,\n戊某戊,,,\n"
    )
    assert fates(plan) == [
        ("甲某甲", "bad"),
        ("乙某乙", "bad"),
        ("丙某丙", "bad"),
        ("丁某丁", "bad"),
        ("戊某戊", "new"),
        ("戊某戊", "bad"),
    ]
    assert plan.lines[0].words == "上级绕成了一个圈"
    assert plan.lines[2].words == "没有“没有的角色”这个角色"


def test_a_missing_department_is_made_only_by_choice(people):
    assert fates(planned("姓名,部门\n己某己,没有的部门\n", make_missing=False)) == [("己某己", "bad")]


def test_roles_are_not_given_by_who_may_not(people):
    assert fates(planned("姓名,角色\n庚某庚,管理员\n", may_give_roles=False)) == [("庚某庚", "bad")]


@pytest.mark.parametrize("content", [b"", b"name\n", b"\x00\x01\x02"])
def test_a_wrong_file_is_refused_in_words(keeper, content):
    answer = keeper.post(PAGE, {"file": SimpleUploadedFile("x.csv", content)})
    assert answer.status_code == 422
    assert answer.context["notice"]


def test_the_page_of_users_leads_here(keeper):
    assert f'href="{PAGE}"' in keeper.get("/settings/users/").content.decode()


def test_a_role_that_no_number_of_a_row_names_is_none(keeper):
    rows = json.dumps([["姓名"], ["高来远"]])
    answer = keeper.post(PAGE, {"rows": rows, "column-0": "name", "role": "9" * 5000})
    assert (answer.status_code, answer.context["role"]) == (200, None)


def test_passwords_are_hashed_before_the_first_person_is_added(keeper, monkeypatch):
    steps = []
    for name in ("make_password", "add_user"):
        real = getattr(bringing_in, name)
        monkeypatch.setattr(
            bringing_in,
            name,
            lambda *given, _name=name, _real=real, **named: steps.append(_name) or _real(*given, **named),
        )
    assert added(keeper, TEAMS).status_code == 200
    assert steps == ["make_password"] * 3 + ["add_user"] * 3


def test_a_list_of_sales_people_proposes_their_roles_and_their_managers(keeper):
    read = keeper.post(PAGE, {"file": SimpleUploadedFile("teams.csv", TEAMS.encode())})
    proposed = read.context["role"].key, read.context["manager_role"].key
    columns = {f"column-{place}": name for place, name in guess_columns(TEAMS.split("\n")[0].split(",")).items()}
    roles = {"role": read.context["role"].pk, "manager_role": read.context["manager_role"].pk}
    rows = json.dumps([line.split(",") for line in TEAMS.splitlines()])
    keeper.post(PAGE, {"rows": rows, "make_missing": "on", "confirm": "1", **columns, **roles})

    assert proposed == ("sales_rep", "sales_manager")
    held = {user.name: [role.key for role in user.roles.all()] for user in User.objects.filter(name__contains=" ")}
    assert held == {"Anna Snelling": ["sales_rep"], "Cecily Lampkin": ["sales_rep"], "Dustin B": ["sales_manager"]}


def test_any_other_list_proposes_no_role(keeper):
    read = keeper.post(PAGE, {"file": SimpleUploadedFile("a.csv", "姓名,上级\n甲乙,丙丁\n".encode())})

    assert (read.context["role"], read.context["manager_role"]) == (None, None)
