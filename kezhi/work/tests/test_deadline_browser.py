"""The pages of deadlines in a browser: within everybody's reach, and counting down without being asked again."""

import re

import pytest
from playwright.sync_api import expect

from kezhi.work.deadlines import start_deadline
from kezhi.work.operations import plan_task
from kezhi.work.operations.tasks import About

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("promise_kinds")]


@pytest.fixture
def task(cast):
    cast.grant("task")
    cast.grant("settings", actions=("figures",))
    return plan_task("给沈主任发书面方案", owner_id=cast.rep.id, due_at=None, actor=cast.manager.actor)


def promise(task, cast, minutes):
    about = About("task", task.pk, task.title)
    return start_deadline(
        "reply", about, owner_id=cast.rep.id, minutes=minutes, business_time=False, actor=cast.rep.actor
    )


@pytest.mark.parametrize(("size", "theme", "language"), [((360, 740), "dark", "en"), ((1280, 800), "light", "zh-hans")])
def test_the_pages_are_within_everybodys_reach(size, theme, language, task, cast, page, sign_in, axe):
    row = promise(task, cast, 60)
    cast.administrator.user.language = language
    cast.administrator.user.theme = theme
    cast.administrator.user.save()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in(cast.administrator)
    found = []
    for address in ("/deadlines/?state=open", f"/deadlines/{row.pk}/", "/settings/deadlines/", f"/tasks/{task.pk}/"):
        answer = page.goto(address)
        if answer.status != 200:
            found.append(f"{address} answers {answer.status}")
        if (reached := page.evaluate("document.documentElement.scrollWidth")) > size[0]:
            found.append(f"{address} scrolls sideways to {reached}")
        found += axe(address)
    assert found == []


def test_a_clock_runs_out_on_an_open_page(task, cast, page, sign_in):
    promise(task, cast, 60)
    sign_in(cast.rep)
    page.clock.install()
    page.goto(f"/tasks/{task.pk}/")
    clock = page.locator(".rechead__line .clock")
    assert clock.get_attribute("class") == "clock clock--today"
    page.clock.fast_forward(62 * 60_000)
    page.wait_for_selector(".rechead__line .clock--overdue")
    expect(clock.locator(".clock__left")).to_have_text(re.compile("^逾期 0 时"))
