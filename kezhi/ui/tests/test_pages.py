import json
from types import SimpleNamespace

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse, HttpResponseRedirect
from django.test import RequestFactory

from kezhi.ui import navigation
from kezhi.ui.context import Frame
from kezhi.ui.middleware import FragmentMiddleware
from kezhi.ui.navigation import NavItem, register_nav
from kezhi.ui.offline import keep_offline
from kezhi.ui.preferences import DENSITY_COOKIE, THEME_COOKIE
from kezhi.ui.toasts import toast
from kezhi.ui.views import error_page

pytestmark = pytest.mark.django_db


def in_language(client, language):
    client.cookies["django_language"] = language
    return client


@pytest.mark.parametrize(("language", "heading"), [("zh-hans", "部件"), ("en", "Components")])
def test_the_gallery_shows_every_component_in_both_languages(client, language, heading):
    answer = in_language(client, language).get("/ui/")

    text = answer.content.decode()
    assert answer.status_code == 200
    assert f'<h1 aria-current="page">{heading}</h1>' in text
    for name in (
        "btn",
        "badge",
        "level",
        "clock",
        "ring",
        "field",
        "notice",
        "toast",
        "menu",
        "steps",
        "entry",
        "empty",
    ):
        assert f'class="{name}' in text
    assert " onclick=" not in text
    assert "<script>" not in text


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "客至"), ("en", "Kezhi")])
def test_the_page_can_be_installed(client, language, word):
    answer = in_language(client, language).get("/manifest.webmanifest")

    facts = json.loads(answer.content)
    assert answer["Content-Type"] == "application/manifest+json"
    assert facts["short_name"] == word
    assert {icon["sizes"] for icon in facts["icons"]} == {"any", "192x192", "512x512"}


def test_the_service_worker_stands_at_the_root(client):
    answer = client.get("/sw.js")

    assert answer["Service-Worker-Allowed"] == "/"
    assert answer["Content-Type"].startswith("text/javascript")
    assert '"offline": "/ui/offline/"' in answer.content.decode()


def test_the_offline_page_holds_nobodys_data(client):
    text = client.get("/ui/offline/").content.decode()

    assert "暂时连不上" in text
    assert 'name="user" content=""' in text


def test_preferences_are_kept_and_lead_back(client):
    answer = client.post("/ui/preferences/", {"theme": "dark", "density": "compact", "next": "/ui/"})

    assert answer.status_code == 302
    assert answer["Location"] == "/ui/"
    assert answer.cookies[THEME_COOKIE].value == "dark"
    assert answer.cookies[DENSITY_COOKIE].value == "compact"
    assert 'data-theme="dark" data-density="compact"' in client.get("/ui/").content.decode()


def test_unknown_preferences_and_foreign_addresses_are_ignored(client):
    answer = client.post("/ui/preferences/", {"theme": "pink", "next": "//evil.example/"})

    assert answer["Location"] == "/"
    assert THEME_COOKIE not in answer.cookies


def test_a_form_in_the_sheet_is_only_the_form(client):
    page = client.get("/ui/form/").content.decode()
    sheet = client.get("/ui/form/", headers={"HX-Request": "true", "HX-Target": "sheet"}).content.decode()

    assert '<nav class="rail"' in page
    assert '<nav class="rail"' not in sheet
    assert '<header class="sheet__head">' in sheet


def test_a_form_in_the_sheet_that_is_done_tells_where_to_go(client):
    data = {"name": "宁波海曙冷链", "phone": "13812345678", "source": "fair", "kind": "all"}

    answer = client.post("/ui/form/", data, headers={"HX-Request": "true", "HX-Target": "sheet"})

    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/ui/"
    assert "已保存" in client.get("/ui/").content.decode()


def test_a_form_with_errors_comes_back_with_what_was_typed(client):
    answer = client.post("/ui/form/", {"name": "宁波海曙冷链", "phone": "158"})

    assert answer.status_code == 422
    assert 'value="宁波海曙冷链"' in answer.content.decode()
    assert "11 位" in answer.content.decode()


def test_the_outbox_learns_where_a_redirect_leads_without_following_it(client):
    answer = client.post("/ui/taken/", {"client_key": "k"}, headers={"X-Kezhi-Outbox": "1"})

    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/ui/"


def test_an_answer_that_stays_on_the_page_carries_waiting_messages():
    request = with_messages(RequestFactory().get("/", headers={"HX-Request": "true"}))

    def view(asked):
        toast(asked, "已转给孙悦", undo_url="/undo/1/")
        answer = HttpResponse()
        answer["HX-Trigger"] = "refreshed"
        return answer

    events = json.loads(FragmentMiddleware(view)(request)["HX-Trigger"])

    assert events == {
        "refreshed": "",
        "kezhi:toasts": [{"text": "已转给孙悦", "tone": "done", "undo": "/undo/1/"}],
    }


def test_a_redirect_that_htmx_follows_leaves_the_messages_for_the_next_page():
    request = with_messages(RequestFactory().get("/", headers={"HX-Request": "true"}))

    def view(asked):
        toast(asked, "好了")
        return HttpResponseRedirect("/ui/")

    answer = FragmentMiddleware(view)(request)

    assert answer.status_code == 302
    assert [str(message) for message in get_messages(request)] == ["好了"]


def with_messages(request):
    from django.contrib.messages.storage.cookie import CookieStorage

    request._messages = CookieStorage(request)
    return request


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 429, 500, 503])
def test_every_error_is_told_in_words(rf, status, language):
    from django.utils import translation

    with translation.override(language):
        answer = error_page(rf.get("/x/"), status, who="何建国" if status == 403 else "")

    assert answer.status_code == status
    text = answer.content.decode()
    assert f">{status}<" in text
    assert "<h1" in text
    assert ("何建国" in text) == (status == 403)


def test_htmx_hears_of_an_error_as_a_message(rf):
    answer = error_page(rf.get("/x/", headers={"HX-Request": "true"}), 403, "不能导出。", "请找何建国。")

    (message,) = json.loads(answer["HX-Trigger"])["kezhi:toasts"]
    assert message == {"text": "不能导出。 请找何建国。", "tone": "danger", "undo": ""}


def test_a_page_that_is_missing_is_told_in_words(client):
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert "没有找到这一页" in answer.content.decode()


def test_a_page_is_kept_for_offline_use_only_when_it_asks(rf):
    answer = keep_offline(lambda request: HttpResponse())(rf.get("/"))

    assert answer["X-Kezhi-Offline"] == "keep"


def test_the_rail_shows_what_the_reader_may_use_and_where_they_are(rf, monkeypatch):
    monkeypatch.setattr(navigation, "_nav", {})
    register_nav(NavItem("gallery", "部件", "today", "ui:gallery", 2))
    register_nav(NavItem("form", "表单", "today", "ui:gallery_form", 1))
    register_nav(NavItem("secret", "秘密", "today", "ui:offline", 3, lambda actor: False))
    register_nav(NavItem("gone", "没有了", "today", "nobody:here", 4))
    request = rf.get("/ui/form/")
    request.actor = object()

    links = Frame(request).nav

    assert [(link.key, link.current) for link in links] == [("form", True), ("gallery", False)]


def test_many_places_fold_the_minor_ones_away(rf, monkeypatch):
    monkeypatch.setattr(navigation, "_nav", {})
    for number in range(12):
        register_nav(NavItem(f"main{number}", "部件", "today", "ui:gallery", number))
    request = rf.get("/ui/form/")
    request.actor = object()
    register_nav(NavItem("form", "表单", "today", "ui:gallery_form", 20, minor=True))
    many = Frame(request)

    assert [link.key for link in many.rail_more] == ["form"]
    assert len(many.rail) == 12
    assert many.is_in_more

    navigation._nav.pop("main0")
    few = Frame(request)

    assert (len(few.rail), few.rail_more) == (12, [])


def test_pieces_of_the_frame_that_are_kept_are_not_shared_between_people(rf, monkeypatch):
    from kezhi.ui.parts import part

    monkeypatch.setattr(navigation, "_nav", {})
    monkeypatch.setattr(navigation, "_create", {})

    def drawn(name, token):
        request = rf.get("/ui/?q=<")
        request.actor = SimpleNamespace(ref=SimpleNamespace(label=name), user_id=1)
        return part("topbar", Frame(request), token, "/ui/?q=<")

    first, second = drawn("王磊", "token-1"), drawn("<b>", "token-2")

    assert "王磊" in first
    assert "token-1" in first
    assert "王磊" not in second
    assert "&lt;b&gt;，个人菜单" in second
    assert "token-2" in second
    assert 'value="/ui/?q=&lt;"' in second
    assert "@@" not in second
