"""People from a list in a real browser: from the file to the start passwords, within everybody's reach."""

import pytest
from playwright.sync_api import expect

from kezhi.access.models import Grant, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "sales_agent,manager,regional_office\nAnna Snelling,Dustin B,Central\nCecily Lampkin,Dustin B,Central\n"
LOOKS = {
    "phone": ({"width": 390, "height": 844}, "en", "dark", "Read list", "Add these people"),
    "desk": ({"width": 1440, "height": 900}, "zh-hans", "light", "读入名单", "添加这些人"),
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_list_becomes_people(look, page, sign_in, axe, people):
    size, language, theme, read, add = LOOKS[look]
    role = Role.objects.get(key="administrator")
    for action in ("organisation", "roles"):
        Grant.objects.get_or_create(role=role, subject="settings", action=action, defaults={"scope": "all"})
    epochs.bump(EPOCH)
    user = people.administrator.user
    user.language, user.theme = language, theme
    user.save()
    page.set_viewport_size(size)
    sign_in(people.administrator)
    page.goto("/settings/people-file/")
    assert axe("people") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.set_input_files("#people-file", {"name": "teams.csv", "mimeType": "text/csv", "buffer": LIST.encode()})
    page.get_by_role("button", name=read).click()
    expect(page.locator("tr[data-fate=new]")).to_have_count(3)
    assert axe("people") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.get_by_role("button", name=add).click()
    expect(page.locator("tbody code")).to_have_count(3)
    assert axe("people") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
