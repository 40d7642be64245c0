"""An empty installation becomes a company's own in one page, once, for whoever can read what the server prints."""

import pytest
from django.test import Client
from django.urls import reverse

from kezhi.access.first_steps import first_steps_for
from kezhi.access.models import Department, Session, User
from kezhi.access.operations.problems import Refused
from kezhi.access.operations.setting_up import NewCompany, is_set_up_code, set_up_code, set_up_company
from kezhi.core.figures import figure_value

ASKED = {
    "company": "老王机电",
    "departments": ["sales-1", "it"],
    "name": "王建国",
    "username": "wangjg",
    "email": "",
    "password": "laowang-jidian-2026",
    "again": "laowang-jidian-2026",
}


def send(client=None, **changed):
    return (client or Client()).post(reverse("access:set_up"), ASKED | {"code": set_up_code()} | changed)


@pytest.mark.django_db
def test_where_nobody_can_sign_in_yet_every_page_leads_to_the_set_up():
    assert Client().get(reverse("access:sign_in")).headers["Location"] == reverse("access:set_up")

    page = Client().get(reverse("access:set_up"), {"code": set_up_code()})

    assert f'value="{set_up_code()}"' in page.content.decode()


@pytest.mark.django_db
def test_one_page_names_the_company_makes_its_departments_and_signs_its_administrator_in():
    client = Client()

    answer = send(client)

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("access:settings"))
    assert figure_value("company.name") == "老王机电"
    paths = Department.objects.order_by("path").values_list("key", "parent__key")
    assert sorted(paths, key=str) == sorted(
        [("company", None), ("sales", "company"), ("sales-1", "sales"), ("it", "company")], key=str
    )
    user = User.objects.get()
    assert (user.username, user.department.key, user.must_change_password) == ("wangjg", "it", False)
    assert list(user.roles.values_list("key", flat=True)) == ["administrator"]
    assert Session.objects.get().user == user
    assert client.get(reverse("access:roles")).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": "AAAA-AAAA"}, "code"),
        ({"code": ""}, "code"),
        ({"company": "   "}, "company"),
        ({"company": "长" * 21}, "company"),
        ({"username": "wang jg\x00"}, "username"),
        ({"departments": ["moon"]}, "departments"),
        ({"password": "kurz", "again": "kurz"}, "password"),
        ({"again": "etwas anderes"}, "again"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(changed, field):
    answer = send(**changed)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not User.objects.exists()
    assert not Department.objects.exists()
    assert figure_value("company.name") == ""


@pytest.mark.django_db
def test_the_code_is_taken_as_people_type_it():
    code = set_up_code()

    assert is_set_up_code(f" {code.lower().replace('-', ' ')} ")
    assert not is_set_up_code("")
    assert not is_set_up_code(code[:-1] + "é")


@pytest.mark.django_db
def test_guessing_the_code_is_slowed_down(monkeypatch):
    monkeypatch.setattr("kezhi.access.throttling.monotonic", lambda: 1.0)
    answers = [send(code="AAAA-AAAA").status_code for _ in range(61)]

    assert answers == [422] * 60 + [429]


def test_once_somebody_can_sign_in_the_page_is_over(company):
    page = Client().get(reverse("access:set_up"))
    sent = send()

    assert page.headers["Location"] == sent.headers["Location"] == reverse("access:sign_in")
    with pytest.raises(Refused):
        set_up_company(NewCompany("再来一家", "李四", "lisi", "lisi-kommt-2026"))
    assert not User.objects.filter(username="lisi").exists()


def test_the_first_steps_are_listed_for_who_may_take_them_until_they_are_put_away(company):
    client = Client()
    client.force_login(company.administrator.user)

    page = client.get(reverse("access:settings"))
    done = {shown.step.key: shown.done for shown in first_steps_for(company.administrator.actor)}
    away = client.post(reverse("access:first_steps_away"))

    assert 'id="first-steps"' in page.content.decode()
    assert (done["people"], done["second-factor"]) == (True, False)
    assert away.status_code == 302
    assert 'id="first-steps"' not in client.get(reverse("access:settings")).content.decode()
    assert first_steps_for(company.manager.actor) == []
