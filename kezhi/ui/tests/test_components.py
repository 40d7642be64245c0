import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django import forms
from django.template import Context, Template
from django.utils import translation
from django.utils.safestring import SafeString

from kezhi.ui import html

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)  # 12:00 where the company works


def draw(source, **context):
    return Template(source).render(Context(context))


def test_text_is_escaped_and_safe_text_is_not():
    assert html.badge("<b>") == '<span class="badge">&lt;b&gt;</span>'
    assert html.badge(SafeString("<b>x</b>")) == '<span class="badge"><b>x</b></span>'


def test_attributes_are_escaped_and_left_out_when_there_is_nothing_to_say():
    assert (
        html.attributes({"data_id": '"1', "hidden": True, "title": None, "off": False}) == ' data-id="&quot;1" hidden'
    )


@pytest.mark.parametrize(
    ("name", "shown"), [("王磊", "磊"), ("李文静", "静"), ("Lena Weber", "LW"), ("ada", "A"), ("", "?"), (" ", "?")]
)
def test_a_person_is_known_by_the_last_character_or_the_initials(name, shown):
    assert html.initial(name) == shown


def test_a_button_that_is_off_says_why_and_does_nothing():
    shown = html.button("移入", why="还差报价单。", hx_post="/x/", id="move")

    assert 'aria-disabled="true"' in shown
    assert "还差报价单。" in shown
    assert "hx-post" not in shown
    assert 'id="move"' in shown


def test_a_clock_state_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="soon"):
        html.clock_chip("soon", "快了")


def test_a_masked_value_can_be_shown_only_where_an_address_is_given():
    assert "button" not in html.masked("138****5678")
    assert 'data-reveal-url-value="/r/"' in html.masked("138****5678", "/r/")


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(None, "—"), (0, "¥0"), (1234567, "¥1,234,567"), (Decimal("-12.5"), "-¥12.50"), (Decimal("3.00"), "¥3")],
)
def test_money_is_shown_with_its_sign_and_only_needed_decimals(amount, shown):
    assert html.money(amount) == shown


@pytest.mark.parametrize(("language", "shown"), [("zh-hans", "¥123.46万"), ("en", "¥1.23M")])
def test_large_money_is_shown_the_way_each_language_counts(language, shown):
    with translation.override(language):
        assert html.wan(Decimal("1234560")) == shown


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (dt.timedelta(seconds=20), "刚刚"),
        (dt.timedelta(minutes=12), "12 分钟前"),
        (dt.timedelta(hours=3), "今天 09:00"),
        (dt.timedelta(hours=13), "昨天 23:00"),
        (dt.timedelta(days=-2), "后天 12:00"),
        (dt.timedelta(days=40), "10-15 12:00"),
        (dt.timedelta(days=400), "2025-10-20"),
    ],
)
def test_a_moment_is_told_as_people_tell_it(before, shown):
    with time_machine.travel(NOON, tick=False):
        assert html.moment_words(NOON - before) == shown


def test_the_exact_moment_stands_behind_its_words():
    with time_machine.travel(NOON, tick=False):
        shown = html.when(NOON - dt.timedelta(minutes=5))

    assert 'datetime="2026-11-24T03:55:00Z"' in shown
    assert 'title="2026-11-24 周二 11:55"' in shown
    assert " data-relative" in shown


class CustomerForm(forms.Form):
    name = forms.CharField(label="客户全称", help_text="写全称。")
    kind = forms.ChoiceField(label="种类", choices=[("c", "企业"), ("p", "个人")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="已同意", required=False)


def test_a_field_has_label_must_help_and_error_tied_to_its_control():
    shown = draw("{% field form.name %}", form=CustomerForm({"name": ""}))

    assert '<label class="field__label" for="id_name">客户全称 <span class="field__must">必填</span></label>' in shown
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="id_name-error id_name-help"' in shown
    assert 'id="id_name-error"' in shown
    assert 'id="id_name-help"' in shown


def test_choices_stand_in_a_fieldset_with_their_question():
    shown = draw("{% field form.kind %}", form=CustomerForm())

    assert "<fieldset" in shown
    assert "<legend" in shown
    assert shown.count('type="radio"') == 2


def test_the_summary_names_each_place_to_correct_and_nothing_otherwise():
    wrong = draw("{% form_errors form %}", form=CustomerForm({"kind": "c"}))

    assert '<a class="link" href="#id_name">' in wrong
    assert "有 1 处需要改" in wrong
    assert draw("{% form_errors form %}", form=CustomerForm({"name": "x", "kind": "c"})) == ""


def test_two_menus_of_a_page_do_not_share_an_id():
    shown = draw("{% menu '甲' %}{% menu_item 'x' %}{% endmenu %}{% menu '乙' %}{% menu_item 'y' %}{% endmenu %}")

    assert 'id="menu-1"' in shown
    assert 'id="menu-2"' in shown


def test_the_condition_editor_cannot_be_broken_out_of():
    schema = {"fields": [{"key": "name", "label": "</script><script>alert(1)</script>"}]}

    shown = draw("{% condition_editor 'c' schema tree %}", schema=schema, tree={"all": [{"value": "</textarea>"}]})

    assert "<script>alert" not in shown
    assert shown.count("</textarea>") == 1


def test_each_drawing_asked_for_in_the_code_is_in_the_sprite():
    import re

    from kezhi.ui.assets import STATIC

    package = STATIC.parents[1]
    known = set(re.findall(r'id="i-([a-z-]+)"', (STATIC / "src" / "icons.svg").read_text()))
    asked = set()
    for path in package.rglob("*.html"):
        asked |= set(re.findall(r'{% icon "([a-z-]+)"', path.read_text()))
        asked |= set(re.findall(r'\bicon="([a-z-]+)"', path.read_text()))
        asked |= set(re.findall(r'{% icon_button "([a-z-]+)"', path.read_text()))

    assert asked - known == set()
