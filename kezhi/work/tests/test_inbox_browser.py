"""The inbox in a real browser: what comes shows by itself, keys work, everybody can use it."""

import pytest

from kezhi.core.events import ActorRef
from kezhi.core.figures import set_figure
from kezhi.work.models import Notification
from kezhi.work.notices import Notice, notify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def inbox(page, cast, sign_in, loft):
    """The rep's browser, which asks for news as often as it may."""
    set_figure("notices.pulse_seconds", 1, actor_ref=ActorRef("system", "test", "cli"))
    sign_in(cast.rep)

    def go(path="/inbox/"):
        page.goto(path)
        page.wait_for_function("window.htmx !== undefined")
        return page

    return go


def tell(cast, title, **fields):
    fields = {"kind": "reminder", "user_id": cast.rep.id, "title": title, **fields}
    return notify([Notice(**fields)], actor=cast.manager.actor)[0]


def states():
    return list(Notification.objects.order_by("pk").values_list("title", "state"))


def test_what_comes_shows_without_reload_and_keys_put_it_away_and_back(inbox, cast):
    tell(cast, "第一件")
    page = inbox()
    page.wait_for_function("document.title.startsWith('(1) ')")
    tell(cast, "急事", url="/", urgency="high")

    page.wait_for_selector(".toast:has-text('急事') a:has-text('打开')")
    page.wait_for_selector("#count-inbox:has-text('2')")
    page.wait_for_selector(".inboxline:has-text('急事')")
    page.wait_for_function("document.title.startsWith('(2) ')")

    page.keyboard.press("j")
    page.keyboard.press("e")
    page.wait_for_selector(".inboxline:has-text('急事')", state="detached")
    assert states() == [("第一件", "waiting"), ("急事", "done")]
    page.wait_for_selector(".inboxline[data-current]:has-text('第一件')")
    page.click(".toast:has-text('已处理') [data-undo-form] button")
    page.wait_for_selector(".inboxline:has-text('急事')")
    assert states() == [("第一件", "waiting"), ("急事", "waiting")]

    page.keyboard.press("j")
    page.keyboard.press("s")
    page.click("#sheet .postpone__choice >> nth=0")
    page.wait_for_selector(".toast:has-text('已推迟')")
    assert sorted(state for _title, state in states()) == ["postponed", "waiting"]


def test_the_inbox_and_its_settings_have_no_accessibility_faults_at_any_width(inbox, cast, axe):
    tell(cast, "请审批：导出 1,240 位客户的手机号", why="用于回访", urgency="high", needs_action=True, act_url="/")
    row = tell(cast, "月报", kind="report", urgency="low", url="/")
    faults = []
    page = inbox()
    for theme, width in (("light", 1280), ("dark", 360)):
        cast.rep.user.theme = theme
        cast.rep.user.save(update_fields=["theme"])
        page.set_viewport_size({"width": width, "height": 800})
        for path in ("/inbox/", "/inbox/settings/", f"/inbox/postpone/?ids={row.pk}", f"/inbox/{row.pk}/"):
            page.goto(path)
            faults += axe(f"{path} {theme}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)

    assert faults == []
