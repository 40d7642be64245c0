"""The pages: who may open which, and that what is done there happens."""

import re

import pytest
from django.urls import reverse

from kezhi.access.models import Absence, Department, FieldRule, Grant, Role, Session, User
from kezhi.core.figures import figure_value
from kezhi.core.models.events import Event

SETTINGS = [
    "/settings/",
    "/settings/departments/",
    "/settings/departments/new/",
    "/settings/positions/new/",
    "/settings/users/",
    "/settings/users/new/",
    "/settings/roles/",
    "/settings/roles/new/",
    "/settings/figures/",
    "/settings/figures/security.lock_minutes/",
    "/settings/audit/",
]
OF_SOMEBODY = [
    "/settings/users/{rep}/",
    "/settings/users/{rep}/edit/",
    "/settings/users/{rep}/handover/",
    "/settings/departments/{team}/",
    "/settings/roles/{role}/",
    "/settings/roles/{role}/edit/",
    "/settings/roles/{role}/fields/customer/",
]
POSTS = [
    "/settings/users/{rep}/roles/",
    "/settings/users/{rep}/password/",
    "/settings/users/{rep}/sessions/",
    "/settings/users/{rep}/deactivation/",
    "/settings/users/{rep}/reactivation/",
    "/settings/users/{rep}/absences/",
    "/settings/users/{rep}/handover/",
    "/settings/users/new/",
    "/settings/departments/new/",
    "/settings/departments/{team}/",
    "/settings/departments/{team}/removal/",
    "/settings/positions/new/",
    "/settings/roles/new/",
    "/settings/roles/{role}/",
    "/settings/roles/{role}/edit/",
    "/settings/roles/{role}/removal/",
    "/settings/roles/{role}/fields/customer/",
    "/settings/figures/security.lock_minutes/",
]


def address(pattern, company):
    return pattern.format(
        rep=company.rep.id,
        team=Department.objects.get(key="cast-team").pk,
        role=Role.objects.get(key="sales_rep").pk,
    )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("pattern", [*SETTINGS, *OF_SOMEBODY, "/me/", "/me/password/", "/me/second-factor/"])
def test_the_administrator_opens_every_page(company, pattern, language):
    User.objects.filter(pk=company.administrator.id).update(language=language)

    response = company.administrator.client().get(address(pattern, company))

    assert response.status_code == 200


@pytest.mark.parametrize("part", ["rep", "manager"])
@pytest.mark.parametrize("pattern", [*SETTINGS[1:], *OF_SOMEBODY])
def test_nobody_else_opens_a_page_of_the_settings(company, pattern, part):
    response = getattr(company, part).client().get(address(pattern, company))

    assert response.status_code == 403


@pytest.mark.parametrize("pattern", POSTS)
def test_a_rep_changes_nothing_by_posting_to_the_settings(company, pattern):
    client = company.rep.client()
    before = (User.objects.count(), Role.objects.count(), Grant.objects.count(), Department.objects.count())

    response = client.post(address(pattern, company), {"value": "1", "name_zh": "X", "roles": "1"})

    assert response.status_code == 403
    after = (User.objects.count(), Role.objects.count(), Grant.objects.count(), Department.objects.count())
    assert after == before
    assert Event.objects.exclude(kind="role.added").count() == 0


def test_the_steward_finds_only_their_own_pages_of_the_settings(company):
    page = company.steward.client().get("/settings/").content.decode()

    assert "/settings/audit/" in page
    assert "/settings/users/" not in page


def test_a_rep_finds_none_of_these_pages_on_the_settings_home(company):
    page = company.rep.client().get("/settings/").content.decode()

    assert [
        name for name in ("users", "departments", "roles", "figures", "audit") if f"/settings/{name}/" in page
    ] == []


def test_a_refusal_says_who_could_allow_it(company):
    page = company.rep.client().get("/settings/users/").content.decode()

    assert "系统管理员" in page
    assert "关立元" in page


def test_a_user_is_added_on_screen_and_can_sign_in(company, client):
    roles = [Role.objects.get(key="sales_rep").pk]
    team = Department.objects.get(key="cast-team")
    data = {
        "name": "新同事",
        "username": "xin",
        "mobile": "138 1234 5678",
        "department": str(team.pk),
        "roles": roles,
        "password": "plum-rain-over-jiangnan",
    }

    response = company.administrator.client().post("/settings/users/new/", data)

    user = User.objects.get(username="xin")
    assert response.headers["Location"] == reverse("access:user", args=[user.pk])
    assert (user.mobile, user.department, user.must_change_password) == ("+8613812345678", team, True)
    signed_in = client.post("/sign-in/", {"username": "xin", "password": "plum-rain-over-jiangnan"})
    assert signed_in.headers["Location"] == "/me/password/"


def test_a_wrong_phone_is_told_at_its_field_and_nothing_typed_is_lost(company):
    data = {"name": "新同事", "username": "xin", "mobile": "123", "password": "plum-rain-over-jiangnan"}

    response = company.administrator.client().post("/settings/users/new/", data)

    page = response.content.decode()
    assert response.status_code == 422
    assert 'id="id_mobile-error"' in page
    assert 'value="新同事"' in page
    assert not User.objects.filter(username="xin").exists()


def test_people_are_found_by_name_and_department(company):
    client = company.administrator.client()

    by_name = client.get("/settings/users/?q=芮").content.decode()
    by_department = client.get("/settings/users/?q=华南").content.decode()

    assert ("任小芮" in by_name, "卫南乔" in by_name) == (True, False)
    assert ("任小芮" in by_department, "卫南乔" in by_department) == (False, True)


def test_a_reset_password_is_shown_once(company):
    client = company.administrator.client()

    page = client.post(f"/settings/users/{company.rep.id}/password/").content.decode()

    password = re.search(r'settings__secret">([a-z0-9-]+)<', page).group(1)
    company.rep.user.refresh_from_db()
    assert company.rep.user.check_password(password)
    assert password not in client.get(f"/settings/users/{company.rep.id}/").content.decode()


def test_rights_are_changed_on_screen_and_others_stay(company):
    role = Role.objects.get(key="sales_rep")
    before = role.grants.count()
    data = {"has-settings": "1", "settings.figures": "all"}

    company.administrator.client().post(f"/settings/roles/{role.pk}/", data)

    assert role.grants.count() == before + 1
    assert company.rep.client().get("/settings/figures/").status_code == 200


def test_field_rules_are_changed_on_screen(company):
    role = Role.objects.get(key="sales_rep")

    company.administrator.client().post(f"/settings/roles/{role.pk}/fields/customer/", {"field-phone": "hidden"})

    assert list(FieldRule.objects.filter(role=role).values_list("field", "level")) == [("phone", "hidden")]


def test_a_department_is_moved_and_renamed_in_one_act_or_not_at_all(company):
    team, company_row = Department.objects.get(key="cast-team"), Department.objects.get(key="cast-company")
    client = company.administrator.client()
    url = f"/settings/departments/{team.pk}/"

    taken = client.post(url, {"name_zh": "销售部", "parent": str(company_row.pk)})
    team.refresh_from_db()
    stayed = team.parent_id
    done = client.post(url, {"name_zh": "华东组", "parent": str(company_row.pk)})

    team.refresh_from_db()
    assert (taken.status_code, done.status_code) == (422, 302)
    assert stayed == Department.objects.get(key="cast-sales").pk
    assert (team.name_zh, team.parent_id) == ("华东组", company_row.pk)


def test_one_marks_oneself_away(company):
    data = {"first_day": "2099-01-01", "last_day": "2099-01-05", "stand_in": company.colleague.id}

    response = company.rep.client().post("/me/absences/", data)

    assert response.headers["Location"] == "/me/"
    assert Absence.objects.get().user == company.rep.user


def test_an_impossible_absence_is_shown_again_with_what_was_typed(company):
    data = {"first_day": "2099-01-05", "last_day": "2099-01-01", "stand_in": company.colleague.id}

    response = company.rep.client().post("/me/absences/", data)

    assert response.status_code == 422
    assert 'value="2099-01-05"' in response.content.decode()
    assert Absence.objects.count() == 0


def test_preferences_follow_the_user_to_another_device(company):
    company.rep.client().post("/ui/preferences/", {"language": "en", "theme": "dark", "density": "compact"})

    company.rep.user.refresh_from_db()
    assert (company.rep.user.language, company.rep.user.theme, company.rep.user.density) == ("en", "dark", "compact")
    page = company.rep.client().get("/me/").content.decode()
    assert '<html lang="en" data-theme="dark" data-density="compact"' in page


def test_everybody_is_signed_out_by_the_administrator(company):
    client = company.rep.client()

    company.administrator.client().post(f"/settings/users/{company.rep.id}/sessions/")

    assert Session.objects.filter(user=company.rep.user).count() == 0
    assert client.get("/me/").status_code == 302


# Figures


def test_a_figure_is_changed_and_put_back(company):
    client = company.administrator.client()

    client.post("/settings/figures/security.lock_minutes/", {"value": "20"})
    changed = figure_value("security.lock_minutes")
    page = client.get("/settings/figures/?changed=1").content.decode()
    client.post("/settings/figures/security.lock_minutes/", {"act": "reset"})

    assert (changed, figure_value("security.lock_minutes")) == (20, 15)
    assert page.count('class="figureline"') == 1
    assert "恢复默认 15 分钟" in page
    assert Event.objects.filter(kind="core.figure_changed").count() == 2


@pytest.mark.parametrize("value", ["", "0", "99999", "abc", "1.5"])
def test_an_impossible_figure_is_refused_beside_it(company, value):
    response = company.administrator.client().post("/settings/figures/security.lock_minutes/", {"value": value})

    assert response.status_code == 422
    assert 'id="error-security.lock_minutes"' in response.content.decode()
    assert figure_value("security.lock_minutes") == 15


def test_a_department_has_its_own_figure(company):
    team = Department.objects.get(key="cast-team").pk
    client = company.administrator.client()

    client.post("/settings/figures/calendar.work_start/", {"value": "08:00", "department": team, "on": "figure"})

    assert f"{figure_value('calendar.work_start', team):%H:%M}" == "08:00"
    assert f"{figure_value('calendar.work_start'):%H:%M}" == "09:00"
    assert client.get("/settings/figures/calendar.work_start/").status_code == 200


def test_a_figure_nobody_knows_is_not_found(company):
    assert company.administrator.client().get("/settings/figures/no.such/").status_code == 404
