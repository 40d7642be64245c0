"""Beside a stage's button and on an entry page a rule begins with its trigger filled in."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from kezhi.sales.operations.entry_forms import FormPlan, save_entry_form

pytestmark = pytest.mark.django_db


def beginnings(page):
    urls = re.findall(r'href="(/settings/rules/new/\?[^"]*)"', page)
    return [{key: value[0] for key, value in parse_qs(urlsplit(html.unescape(url)).query).items()} for url in urls]


def test_beside_a_stages_button_a_rule_begins_with_that_stage(people, make_opportunity):
    opportunity = make_opportunity()
    address = f"/opportunities/{opportunity.pk}/stage/?to=project.needs"
    assert beginnings(people.rep.client().get(address).content.decode()) == []

    people.grant("automation", actions=("view", "edit"))
    [given] = beginnings(people.rep.client().get(address).content.decode())

    assert given == {
        "record_type": "opportunity",
        "on": "event",
        "event": "opportunity.stage_entered",
        "fact": "stage:project.needs",
    }


def test_on_an_entry_page_a_rule_begins_with_what_comes_through_it(people):
    people.grant("settings", actions=("forms",))
    people.grant("automation", actions=("view", "edit"))
    plan = FormPlan(name="展会二维码", channel="exhibition", fields=[["name", True], ["phone", True]], title_zh="登记")
    form = save_entry_form(None, plan, actor=people.administrator.actor)
    page = people.administrator.client().get(f"/settings/entry-pages/{form.pk}/").content.decode()

    [given] = beginnings(page)
    assert given == {"record_type": "lead", "on": "event", "event": "form.received", "fact": "form:展会二维码"}
