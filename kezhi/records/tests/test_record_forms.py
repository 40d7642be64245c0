import json
import re

import pytest

from kezhi.core.events import Event
from kezhi.records.operations import change_record
from kezhi.records.tests.fake_types import Firm

pytestmark = pytest.mark.django_db


def firms_stored():
    return list(Firm.objects.ungated("test").order_by("pk"))


def form_fields(page, url):
    """What a browser would post from the form it was given: hidden values and present ones."""
    html = page.get(url).content.decode()
    names = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and 'type="hidden"' in tag and name.group(1) in ("form_key", "version", "initial"):
            names[name.group(1)] = value.group(1).replace("&quot;", '"') if value else ""
    return names


def test_a_form_makes_a_record(firms):
    page = firms.rep.client()
    hidden = form_fields(page, "/firms/new/")

    answer = page.post("/firms/new/", {**hidden, "name": "苏州澜图科技有限公司", "kind": "company", "budget": "50万"})

    [firm] = firms_stored()
    assert answer.status_code == 302
    assert answer["Location"] == f"/firms/{firm.pk}/"
    assert (firm.name, firm.budget, firm.owner_id) == ("苏州澜图科技有限公司", 500_000, firms.rep.id)


def test_the_same_form_twice_makes_one_record(firms):
    page = firms.rep.client()
    hidden = form_fields(page, "/firms/new/")
    typed = {**hidden, "name": "苏州澜图科技有限公司", "kind": "company"}

    first, second = page.post("/firms/new/", typed), page.post("/firms/new/", typed)

    [firm] = firms_stored()
    assert first["Location"] == second["Location"] == f"/firms/{firm.pk}/"
    assert Event.objects.filter(kind="record.created").count() == 1


def test_a_form_sent_again_with_other_words_says_so_and_stores_nothing_more(firms):
    page = firms.rep.client()
    hidden = form_fields(page, "/firms/new/")
    page.post("/firms/new/", {**hidden, "name": "苏州澜图", "kind": "company"})

    answer = page.post("/firms/new/", {**hidden, "name": "别的名字", "kind": "company"}, follow=True)

    assert [firm.name for firm in firms_stored()] == ["苏州澜图"]
    assert "先前已经保存过" in answer.content.decode()


def test_a_refused_form_keeps_every_word_and_its_key_stays_free(firms):
    page = firms.rep.client()
    hidden = form_fields(page, "/firms/new/")
    typed = {**hidden, "name": "澜图", "kind": "company", "phone": "138 1234 567", "note": "看重恢复速度"}

    refused = page.post("/firms/new/", typed)

    text = refused.content.decode()
    assert refused.status_code == 422
    assert "有 1 处需要改，其余都已保留" in text
    assert 'value="138 1234 567"' in text
    assert "看重恢复速度" in text
    assert 'aria-invalid="true"' in text
    assert firms_stored() == []
    assert Event.objects.count() == 0

    page.post("/firms/new/", {**typed, "phone": "138 1234 5678"})
    assert [firm.phone for firm in firms_stored()] == ["+8613812345678"]


def test_an_unknown_field_is_refused(firms):
    answer = firms.rep.client().post("/firms/new/", {"name": "澜图", "kind": "company", "is_admin": "1"})

    assert answer.status_code == 422
    assert "没有这个字段" in answer.content.decode()
    assert firms_stored() == []
    assert Event.objects.count() == 0


def test_a_read_only_field_is_refused(firms):
    answer = firms.rep.client().post("/firms/new/", {"name": "澜图", "kind": "company", "created_at": "2020-01-01"})

    assert answer.status_code == 422
    assert "您不能修改这个字段" in answer.content.decode()
    assert firms_stored() == []


def test_a_field_of_ten_megabytes_is_refused_in_words(firms):
    answer = firms.rep.client().post("/firms/new/", {"name": "澜" * 3_400_000, "kind": "company"})

    assert answer.status_code == 413
    assert "太大" in answer.content.decode()
    assert firms_stored() == []
    assert Event.objects.count() == 0


def test_a_long_text_is_refused_at_its_field(firms):
    answer = firms.rep.client().post("/firms/new/", {"name": "澜" * 61, "kind": "company"})

    assert answer.status_code == 422
    assert "最多 60 个字" in answer.content.decode()
    assert firms_stored() == []


def test_a_choice_that_is_not_on_the_list_is_refused(firms):
    answer = firms.rep.client().post("/firms/new/", {"name": "澜图", "kind": "company", "trade": "航天"})

    assert answer.status_code == 422
    assert "不在列表里" in answer.content.decode()
    assert firms_stored() == []


def test_an_edit_sends_on_only_what_was_changed(firms, make_firm):
    firm = make_firm(note="第一句")
    page = firms.rep.client()
    hidden = form_fields(page, f"/firms/{firm.pk}/edit/")
    change_record(firm, {"note": "经理写的"}, actor=firms.manager.actor)
    was = json.loads(hidden["initial"])

    answer = page.post(f"/firms/{firm.pk}/edit/", {**hidden, **was, "name": "苏州澜图"})

    [stored] = firms_stored()
    assert answer.status_code == 302
    assert (stored.name, stored.note) == ("苏州澜图", "经理写的")


def test_a_conflict_shows_both_versions_and_stores_neither(firms, make_firm):
    firm = make_firm(note="第一句")
    page = firms.rep.client()
    hidden = form_fields(page, f"/firms/{firm.pk}/edit/")
    change_record(firm, {"note": "经理写的"}, actor=firms.manager.actor)
    events = Event.objects.count()

    answer = page.post(f"/firms/{firm.pk}/edit/", {**hidden, "note": "销售写的", "name": "苏州澜图"})

    text = answer.content.decode()
    [stored] = firms_stored()
    assert answer.status_code == 409
    assert "经理写的" in text
    assert "销售写的" in text
    assert (stored.name, stored.note) == ("苏州澜图科技有限公司", "经理写的")
    assert Event.objects.count() == events


@pytest.mark.parametrize(("choice", "note"), [("mine", "销售写的"), ("theirs", "经理写的")])
def test_a_conflict_is_solved_field_by_field(firms, make_firm, choice, note):
    firm = make_firm(note="第一句")
    page = firms.rep.client()
    hidden = form_fields(page, f"/firms/{firm.pk}/edit/")
    change_record(firm, {"note": "经理写的"}, actor=firms.manager.actor)
    typed = {**hidden, "note": "销售写的", "name": "苏州澜图"}
    page.post(f"/firms/{firm.pk}/edit/", typed)

    page.post(f"/firms/{firm.pk}/edit/", {**typed, "version": "2", "keep__note": choice})

    [stored] = firms_stored()
    assert (stored.name, stored.note) == ("苏州澜图", note)


def test_one_value_is_edited_where_it_stands(firms, make_firm):
    firm = make_firm()
    page = firms.rep.client()
    url = f"/firms/{firm.pk}/fields/trade/"
    control = page.get(url, headers={"HX-Request": "true"}).content.decode()

    saved = page.post(
        url, {"trade": "steel", "version": "1", "initial": '{"trade":""}'}, headers={"HX-Request": "true"}
    )

    assert "<select" in control
    assert "<html" not in control
    assert saved.status_code == 200
    assert "钢铁" in saved.content.decode()
    assert "kezhi:toasts" in saved["HX-Trigger"]
    assert firms_stored()[0].trade == "steel"


def test_a_bad_value_comes_back_at_its_place(firms, make_firm):
    firm = make_firm()
    url = f"/firms/{firm.pk}/fields/phone/"

    answer = firms.rep.client().post(url, {"phone": "12345", "version": "1"}, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert 'value="12345"' in answer.content.decode()
    assert firms_stored()[0].phone == ""


def test_the_same_value_changed_by_two_is_a_conflict_inline(firms, make_firm):
    firm = make_firm(note="第一句")
    change_record(firm, {"note": "经理写的"}, actor=firms.manager.actor)
    url = f"/firms/{firm.pk}/fields/note/"
    typed = {"note": "销售写的", "version": "1", "initial": '{"note":"第一句"}'}

    answer = firms.rep.client().post(url, typed, headers={"HX-Request": "true"})

    assert answer.status_code == 409
    assert "经理写的" in answer.content.decode()
    assert "销售写的" in answer.content.decode()
    assert firms_stored()[0].note == "经理写的"


def test_a_cell_answers_as_a_cell(firms, make_firm):
    firm = make_firm()
    url = f"/firms/{firm.pk}/fields/trade/?in=list"
    page = firms.rep.client()
    assert 'name="place" value="cell"' in page.get(url, headers={"HX-Request": "true"}).content.decode()

    saved = page.post(url, {"trade": "food", "version": "1", "place": "cell"}, headers={"HX-Request": "true"})

    assert saved.content.decode().startswith("<td")
    assert "食品" in saved.content.decode()


def test_a_record_of_somebody_else_cannot_be_edited(firms, make_firm):
    firm = make_firm()
    url = f"/firms/{firm.pk}/fields/note/"

    assert firms.outsider.client().post(url, {"note": "x"}).status_code == 404
    assert firms.outsider.client().post(f"/firms/{firm.pk}/edit/", {"note": "x"}).status_code == 404
    assert firms_stored()[0].note == ""


def test_a_value_is_checked_while_it_is_typed(firms):
    page = firms.rep.client()

    bad = page.post("/firms/check/phone/", {"value": "1381234567"}).json()
    good = page.post("/firms/check/phone/", {"value": "13812345678"}).json()
    money = page.post("/firms/check/budget/", {"value": "50万"}).json()

    assert bad["ok"] is False
    assert bad["message"] != ""
    assert good == {"ok": True, "message": "", "value": "138 1234 5678"}
    assert money["ok"] is True
    assert "500,000" in money["message"]
    assert page.post("/firms/check/created_at/", {"value": "1"}).status_code == 404


def test_choices_of_a_record_field_lie_in_the_readers_scope(firms, make_firm):
    mine = make_firm("苏州澜图科技有限公司")
    make_firm("苏州别家有限公司", owner=firms.outsider)

    found = firms.rep.client().get("/visits/options/firm/?q=苏州").json()

    assert found == [{"value": str(mine.pk), "text": "苏州澜图科技有限公司"}]


def test_regions_follow_from_the_parts_above(firms):
    page = firms.rep.client()

    assert "苏州市" in page.get("/regions/", {"part": "city", "above": "江苏省"}).json()
    assert "虎丘区" in page.get("/regions/", {"part": "district", "above": ["江苏省", "苏州市"]}).json()
    assert page.get("/regions/", {"part": "city", "above": "无此省"}).json() == []


def test_a_prefilled_form_returns_to_where_it_was_opened(firms, make_firm):
    firm = make_firm()
    page = firms.rep.client()
    shown = page.get(f"/visits/new/?firm={firm.pk}&back=/firms/{firm.pk}/").content.decode()
    assert f'value="{firm.pk}" selected' in shown

    made = page.post("/visits/new/", {"firm": firm.pk, "subject": "谈方案", "back": f"/firms/{firm.pk}/"})
    hostile = page.post("/visits/new/", {"firm": firm.pk, "subject": "谈方案", "back": "https://evil.example/"})

    assert made["Location"] == f"/firms/{firm.pk}/"
    assert hostile["Location"].startswith("/visits/")


def test_an_id_in_an_address_does_not_name_a_record_out_of_sight(firms, make_firm):
    hidden = make_firm("南岭秘藏实业有限公司", owner=firms.outsider)
    page = firms.rep.client()

    blank = page.get(f"/visits/new/?firm={hidden.pk}")
    refused = page.post("/visits/new/", {"firm": hidden.pk, "subject": ""})

    assert (blank.status_code, refused.status_code) == (200, 422)
    assert "南岭秘藏" not in blank.content.decode() + refused.content.decode()


def test_a_visible_record_beyond_the_first_choices_is_named(firms, make_firm):
    first = make_firm("苏州澜图科技有限公司")
    for number in range(31):
        make_firm(f"第{number}公司")

    assert "苏州澜图科技有限公司" in firms.rep.client().get(f"/visits/new/?firm={first.pk}").content.decode()


@pytest.mark.parametrize("odd", ["²", "9" * 30, "9" * 5000])
def test_digits_that_are_no_number_are_refused_in_words(firms, make_firm, odd):
    page, firm = firms.rep.client(), make_firm()

    assert page.post("/visits/new/", {"firm": odd, "subject": "谈方案"}).status_code == 422
    assert page.post("/firms/new/", {"name": "澜图", "kind": "company", "owner": odd}).status_code == 422
    assert page.get(f"/visits/new/?firm={odd[:100]}").status_code == 200
    assert page.get(f"/firms/{firm.pk}/timeline/?before={odd[:100]}").status_code == 200
    assert page.post(f"/firms/{firm.pk}/edit/", {"name": "澜图", "version": odd}).status_code == 302


def test_saving_without_a_change_offers_nothing_to_undo(firms, make_firm):
    firm = make_firm(note="第一句")
    page = firms.rep.client()
    hidden = form_fields(page, f"/firms/{firm.pk}/edit/")
    events = Event.objects.count()

    text = page.post(f"/firms/{firm.pk}/edit/", {**hidden, "note": "第一句"}, follow=True).content.decode()

    assert "已保存“苏州澜图科技有限公司”" in text
    assert 'data-undo="/undo/' not in text
    assert Event.objects.count() == events


def test_one_field_in_the_side_sheet_is_a_page_of_its_own(firms, make_firm):
    firm = make_firm()
    client = firms.manager.client()
    headers = {"HX-Request": "true", "HX-Target": "sheet"}
    shown = client.get(f"/firms/{firm.pk}/fields/owner/", headers=headers).content.decode()
    stored = client.post(f"/firms/{firm.pk}/fields/owner/", {"owner": firms.colleague.id}, headers=headers)

    assert 'class="sheet__head"' in shown
    assert "<html" not in shown
    assert (stored.status_code, stored["HX-Redirect"]) == (204, f"/firms/{firm.pk}/")
    firm.refresh_from_db()
    assert firm.owner_id == firms.colleague.id
