"""The pages of access in a real browser: no accessibility fault, no sideways scrolling, both languages and themes."""

import datetime as dt

import pytest

from kezhi.access.models import Department, Role
from kezhi.access.operations import add_position, mark_away
from kezhi.core.clock import today

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = {
    "phone": ({"width": 360, "height": 740}, "en", "dark"),
    "desk": ({"width": 1280, "height": 800}, "zh-hans", "light"),
}


@pytest.mark.early
@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_access_is_within_everybodys_reach(look, page, sign_in, axe, company):
    size, language, theme = LOOKS[look]
    user = company.administrator.user
    user.language, user.theme = language, theme
    user.save()
    add_position("销售代表", actor=company.administrator.actor)
    mark_away(
        company.rep.user, company.colleague.user, today(), today() + dt.timedelta(days=2), actor=company.rep.actor
    )
    page.set_viewport_size(size)
    sign_in(company.administrator)
    rep, role = company.rep.id, Role.objects.get(key="sales_rep").pk
    for address in (
        "/me/",
        "/me/password/",
        "/me/second-factor/",
        "/me/passkeys/new/",
        "/settings/",
        "/settings/departments/",
        f"/settings/departments/{Department.objects.get(key='cast-team').pk}/",
        "/settings/users/",
        "/settings/users/new/",
        f"/settings/users/{rep}/",
        f"/settings/users/{company.manager.id}/handover/",
        "/settings/roles/",
        f"/settings/roles/{role}/",
        f"/settings/roles/{role}/fields/customer/",
        "/settings/figures/",
        "/settings/figures/calendar.work_start/",
        "/settings/calendar/",
        "/settings/health/",
        "/settings/audit/",
    ):
        answer = page.goto(address)
        assert answer.status == 200, address
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{address} scrolls sideways"
        assert axe(address) == []
        for name in page.locator("tbody th[scope=row]").all():
            assert name.is_visible(), f"{address} hides rows"


def test_a_department_is_added_in_the_side_sheet(page, sign_in, company):
    sign_in(company.administrator)
    page.goto("/settings/departments/")
    page.get_by_role("link", name="新建部门", exact=True).click()
    page.get_by_label("名称", exact=False).first.fill("华北销售部")
    page.get_by_role("button", name="保存").click()

    page.get_by_role("link", name="华北销售部", exact=True).wait_for()

    assert Department.objects.filter(name_zh="华北销售部").exists()


@pytest.mark.parametrize("look", LOOKS)
def test_the_ways_in_are_within_everybodys_reach(look, page, axe, company, settings):
    size, language, theme = LOOKS[look]
    settings.OIDC_ISSUER, settings.OIDC_NAME = "https://login.example.com", "公司账号"
    cookies = {"kezhi_theme": theme, settings.LANGUAGE_COOKIE_NAME: language}
    page.context.add_cookies(
        [{"name": name, "value": value, "domain": "127.0.0.1", "path": "/"} for name, value in cookies.items()]
    )
    page.set_viewport_size(size)
    page.goto("/sign-in/?next=/me/")

    assert axe("sign-in") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
