import re

import pytest
from playwright.sync_api import expect

from kezhi.access.models import User
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.records.operations import change_record
from kezhi.records.operations.custom_fields import Choice, FieldDraft, add_field
from kezhi.records.tests.fake_types import FIRM, Firm, Visit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at(page, sign_in, firms):
    """Open an address as the rep."""
    sign_in(firms.rep)

    def go(path):
        page.goto(path)
        page.wait_for_function("window.htmx !== undefined")
        return page

    yield go
    # The fake tables are no app's: nobody else empties them, and they point to users.
    for model in (Visit, Firm):
        model.objects.ungated("test").delete()


def stored():
    return Firm.objects.ungated("test").get()


def test_a_value_is_edited_in_place_restored_by_escape_and_undone(at, make_firm):
    firm = make_firm(trade="steel")
    page = at(f"/firms/{firm.pk}/")

    page.hover("#fact-trade")
    page.click("#fact-trade .fact__edit")
    page.locator("#fact-trade select").press("Escape")
    expect(page.locator("#fact-trade dd")).to_contain_text("钢铁")

    page.hover("#fact-trade")
    page.click("#fact-trade .fact__edit")
    page.select_option("#fact-trade select", "food")
    page.click("#fact-trade [type=submit]")
    page.wait_for_selector("#fact-trade dd:has-text('食品')")
    assert stored().trade == "food"
    page.wait_for_selector("#timeline .timeline :has-text('食品')")

    page.click(".toast [data-undo-form] button")
    page.wait_for_selector("#fact-trade dd:has-text('钢铁')")
    assert stored().trade == "steel"


def test_a_colleague_is_chosen_in_place_by_keyboard_alone(at, firms, make_firm):
    firms.grant("settings", actions=("fields",))
    field = add_field(FIRM, "user", FieldDraft("工程师"), actor=firms.administrator.actor)
    User.objects.bulk_create(User(username=f"more{n}", name=f"同事{n}") for n in range(9))  # a list worth searching
    epochs.bump(EPOCH)
    firm = make_firm()
    page = at(f"/firms/{firm.pk}/")
    fact = page.locator(f"#fact-{field.key}")
    fact.evaluate("element => { const more = element.closest('details'); if (more) more.open = true; }")
    fact.focus()
    page.keyboard.press("Enter")
    expect(fact.locator(".ts-control input")).to_be_focused()
    page.keyboard.type(firms.rep.user.name[:1])
    expect(fact.locator(".ts-dropdown [role=option].active")).to_contain_text(firms.rep.user.name)
    page.keyboard.press("Enter")  # takes the name from the list
    expect(fact.locator(".ts-control .item")).to_contain_text(firms.rep.user.name)
    expect(fact.locator(".ts-control .item")).to_be_visible()
    page.keyboard.press("Enter")  # keeps it
    expect(fact.locator("dd")).to_contain_text(firms.rep.user.name)
    assert stored().custom[field.key] == firms.rep.user.pk


def test_a_refused_form_in_the_sheet_keeps_what_was_typed(at, make_firm):
    firm = make_firm()
    page = at(f"/firms/{firm.pk}/")
    page.click(".rechead__acts a[data-sheet]")
    page.fill("#sheet [name=name]", "澜图新名字")
    page.fill("#sheet [name=phone]", "138 1234 567")
    page.locator("#sheet [name=name]").press("Control+Enter")

    page.wait_for_selector("#sheet [role=alert]")
    expect(page.locator("#sheet [name=phone]")).to_have_value("138 1234 567")
    assert stored().name == "苏州澜图科技有限公司"
    page.fill("#sheet [name=phone]", "13812345678")
    page.locator("#sheet [name=name]").press("Control+Enter")
    page.wait_for_selector("#record-title:has-text('澜图新名字')")
    assert stored().phone == "+8613812345678"
    page.errors[:] = [error for error in page.errors if not re.search("422", error)]


def test_two_people_at_once_see_both_versions(at, firms, make_firm):
    firm = make_firm(note="第一句")
    page = at(f"/firms/{firm.pk}/edit/")
    change_record(firm, {"note": "经理写的"}, actor=firms.manager.actor)
    page.fill("[name=note]", "销售写的")
    page.click("text=保存公司")

    page.wait_for_selector("text=经理写的")
    page.wait_for_selector("text=销售写的")
    page.check("[name=keep__note][value=mine]")
    page.click("text=按所选保存")
    page.wait_for_selector("#record-title")
    assert stored().note == "销售写的"
    page.errors[:] = [error for error in page.errors if not re.search("409", error)]


def test_a_file_is_added_and_taken_off(at, make_firm, file_folder):
    firm = make_firm()
    page = at(f"/firms/{firm.pk}/")
    page.set_input_files("#record-files input[type=file]", {"name": "方案.pdf", "mimeType": "x", "buffer": b"%PDF-1.7"})
    page.wait_for_selector("#record-files a:has-text('方案.pdf')")

    page.set_input_files("#record-files input[type=file]", {"name": "网页.html", "mimeType": "x", "buffer": b"<html>"})
    page.wait_for_selector("#record-files .field__error:has-text('网页.html')")
    page.click("#record-files button[aria-label^='删除文件']")
    page.wait_for_selector("#record-files a:has-text('方案.pdf')", state="detached")
    page.errors[:] = [error for error in page.errors if not re.search("422", error)]


def test_everybody_can_use_the_record_its_forms_and_the_settings(at, firms, make_firm, make_visit, axe, sign_in):
    firm = make_firm(trade="steel", phone="13812345678")
    make_visit(firm, "谈方案")
    firms.grant("settings", actions=("fields", "lists"))
    sign_in(firms.administrator)
    add_field(FIRM, "choice", FieldDraft("颜色", choices=(Choice("", "红"),)), actor=firms.administrator.actor)
    for path in (
        f"/firms/{firm.pk}/",
        f"/firms/{firm.pk}/edit/",
        "/firms/new/",
        "/settings/fields/firm/",
        "/settings/fields/firm/new/",
        "/settings/lists/trade/",
        "/settings/lists/trade/new/",
        "/settings/recycle/firm/",
    ):
        at(path)
        assert axe(path) == []


def test_records_are_chosen_on_a_phone(at, make_firm):
    for name in ("苏州澜图科技有限公司", "无锡云舟软件有限公司"):
        make_firm(name)
    page = at("/firms/")
    page.set_viewport_size({"width": 360, "height": 740})
    box = page.locator("tbody .table__check").first
    assert min(box.bounding_box()["width"], box.bounding_box()["height"]) >= 44

    box.click()
    page.wait_for_selector(".bulkbar [role=status]:has-text('已选 1 条')")
    page.click("text=选本页")
    page.wait_for_selector(".bulkbar [role=status]:has-text('已选 2 条')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto("/firms/columns/")
    handle = page.locator("[data-columns-target=handle]").first.bounding_box()
    assert min(handle["width"], handle["height"]) >= 44
