"""What the scripts do, in a real browser. Each page is the gallery, so no other app is needed."""

import json

import pytest
from playwright.sync_api import expect

from kezhi.ui.assets import STATIC

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_assets")]


@pytest.fixture(scope="session")
def _assets():
    from kezhi.ui.assets import MANIFEST

    if not MANIFEST.exists():
        pytest.skip("the assets are not built (make assets)")


@pytest.fixture
def gallery(page):
    # Requests that pass through a service worker cannot be answered by a test.
    page.add_init_script("delete Navigator.prototype.serviceWorker")
    page.goto("/ui/")
    page.wait_for_selector(".ts-wrapper")
    return page


def answer(page, answers):
    """Let the page's own requests whose address holds one of these texts be answered with this HTML.

    Inside the page, since a request may slip past an interception that the browser is still setting up.
    """
    page.evaluate(
        """answers => {
          const ask = window.fetch;
          window.fetch = (url, ...rest) => {
            const known = Object.keys(answers).find((part) => String(url).includes(part));
            return known === undefined ? ask(url, ...rest) : Promise.resolve(new Response(answers[known]));
          };
        }""",
        answers,
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_gallery_has_no_accessibility_faults(page, axe, theme, language):
    page.context.add_cookies(
        [
            {"name": "kezhi_theme", "value": theme, "domain": "127.0.0.1", "path": "/"},
            {"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"},
        ]
    )
    page.goto("/ui/")
    page.wait_for_selector(".ts-wrapper")
    assert axe(f"gallery {theme} {language}") == []


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
def test_no_page_scrolls_sideways(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    for address in ("/ui/", "/ui/form/", "/ui/offline/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_a_form_opens_beside_the_page_and_shows_its_errors_there(gallery):
    gallery.get_by_role("link", name="在侧页打开表单").click()
    sheet = gallery.locator("#sheet")
    sheet.get_by_label("客户全称").fill("宁波海曙冷链")
    sheet.get_by_role("button", name="保存").click()

    expect(sheet.locator("[role=alert]").first).to_be_focused()
    expect(sheet.get_by_label("客户全称")).to_have_value("宁波海曙冷链")
    gallery.errors.clear()  # a browser calls every 422 an error

    sheet.get_by_label("手机").fill("13812345678")
    sheet.get_by_label("来源渠道").select_option("fair")
    gallery.keyboard.press("Control+Enter")
    gallery.get_by_text("已保存。这里只是样品").wait_for()
    expect(gallery.locator("#sheet")).to_be_hidden()


def test_the_sheet_does_not_throw_away_what_was_typed(gallery):
    gallery.get_by_role("link", name="在侧页打开表单").click()
    gallery.locator("#sheet").get_by_label("客户全称").fill("宁波")
    asked = []
    gallery.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))

    gallery.keyboard.press("Escape")

    assert asked == ["还有没保存的内容，关闭后就没有了。现在关闭吗？"]
    expect(gallery.locator("#sheet")).to_be_visible()


def test_ctrl_k_offers_what_is_found_and_places_and_enter_goes_there(gallery):
    found = '<a class="palette__item" role="option" aria-selected="false" href="/ui/form/">苏州澜图科技</a>'
    place = '<a class="palette__item" role="option" aria-selected="false" data-words="Lantern" href="/ui/">灯</a>'
    answer(gallery, {"?q=": found, "/ui/commands/": f"<div data-commands>{place}</div>"})
    gallery.keyboard.press("Control+k")
    gallery.keyboard.type("lan")
    options = gallery.locator(".palette [role=option]:visible")
    expect(options).to_have_text(["苏州澜图科技", "灯"])
    expect(options.first).to_have_attribute("aria-selected", "true")

    gallery.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    gallery.keyboard.press("ArrowDown")
    gallery.keyboard.press("Enter")
    gallery.wait_for_url("**/ui/form/")


def test_the_palette_says_when_nothing_is_found(gallery):
    answer(gallery, {"?q=": "", "/ui/commands/": ""})
    gallery.keyboard.press("Control+k")
    gallery.keyboard.type("xyz")

    gallery.get_by_text("没有找到。").wait_for()
    gallery.keyboard.press("Escape")
    expect(gallery.locator(".palette")).to_be_hidden()


def test_theme_and_density_change_at_once_and_stay(gallery):
    gallery.locator(".topbar__me").click()
    with gallery.expect_response("**/ui/preferences/"):
        gallery.locator("#menu-me").get_by_role("button", name="深色").click()
    with gallery.expect_response("**/ui/preferences/"):
        gallery.locator("#menu-me").get_by_role("button", name="紧凑").click()

    expect(gallery.locator("html[data-theme=dark][data-density=compact]")).to_have_count(1)
    gallery.reload()
    expect(gallery.locator("html[data-theme=dark][data-density=compact]")).to_have_count(1)


def test_the_language_changes_with_the_page(gallery):
    gallery.locator(".topbar__me").click()
    gallery.locator("#menu-me").get_by_role("button", name="English").click()

    gallery.get_by_role("heading", name="Components", level=1).wait_for()


def condition(page):
    return json.loads(page.locator("textarea[name=condition]").input_value())


def test_a_condition_is_changed_with_the_keyboard_alone(gallery):
    before = condition(gallery)
    group = gallery.locator(".condition .condition__nested")
    group.get_by_role("button", name="加条件").focus()
    gallery.keyboard.press("Enter")
    gallery.keyboard.type("同意")  # the field select of the new test has the focus

    gallery.locator(".condition__nested .condition__row").last.get_by_label("字段").select_option("agreed")
    gallery.locator(".condition__nested").first.get_by_label("怎样组合").select_option("none")
    gallery.locator(".condition input.input[inputmode=decimal]").fill("80万")

    after = condition(gallery)
    assert after["all"][0] == before["all"][0]
    followed, amount = before["all"][1]["any"]
    assert after["all"][1] == {"not": {"any": [followed, amount | {"value": "80万"}, {"field": "agreed", "op": "yes"}]}}


def test_a_condition_left_alone_is_sent_back_as_it_came(gallery):
    assert condition(gallery) == {
        "all": [
            {"field": "level", "op": "is", "value": ["a", "b"]},
            {
                "any": [
                    {"field": "followed", "op": "older_than_days", "value": 7},
                    {"field": "amount", "op": "ge", "value": "500000"},
                ]
            },
        ]
    }


def test_a_dangerous_act_is_asked_about_first(gallery):
    sent = []
    gallery.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    gallery.locator("form[data-confirm-danger] button").click()
    dialog = gallery.locator("dialog[data-confirm-target]")
    dialog.get_by_text("这 3 位客户会进回收站").wait_for()
    dialog.get_by_role("button", name="取消").click()
    assert sent == []

    gallery.locator("form[data-confirm-danger] button").click()
    dialog.get_by_role("button", name="删除").click()
    gallery.get_by_text("收到了。").wait_for()


def test_what_is_recorded_without_network_is_kept_and_sent_once(gallery):
    posts = []
    gallery.on("request", lambda request: posts.append(request) if request.url.endswith("/ui/taken/") else None)
    composer = gallery.locator("form.composer")
    gallery.context.set_offline(True)
    composer.get_by_label("跟进内容").fill("客户要书面方案")
    composer.get_by_role("button", name="保存跟进").click()

    gallery.get_by_text("已保存在本机，联网后自动发送").first.wait_for()
    expect(composer.get_by_label("跟进内容")).to_have_value("")
    button = gallery.locator(".topbar__outbox")
    expect(button.locator(".count")).to_have_text("1")
    button.click()
    expect(gallery.locator("#outbox-list").get_by_text("样品跟进")).to_be_visible()
    assert posts == []

    gallery.context.set_offline(False)
    button.wait_for(state="hidden")
    gallery.evaluate("dispatchEvent(new Event('online'))")
    gallery.wait_for_timeout(300)
    assert len(posts) == 1
    assert "客户要书面方案" in posts[0].post_data
    assert "client_key" in posts[0].post_data


def test_what_the_server_refuses_later_is_kept_with_its_words(gallery):
    page = gallery
    page.route("**/ui/taken/", lambda route: route.fulfill(status=422, body='<p role="alert">下一步太含糊。</p>'))
    page.context.set_offline(True)
    page.locator("form.composer").get_by_label("跟进内容").fill("改天再说")
    page.locator("form.composer").get_by_role("button", name="保存跟进").click()
    page.context.set_offline(False)
    page.locator(".topbar__outbox").click()
    page.locator("#outbox-list").get_by_text("下一步太含糊。").wait_for()
    page.errors.clear()  # a browser calls every 422 an error

    page.locator("#outbox-list").get_by_role("link", name="打开").click()
    page.wait_for_url("**/ui/?outbox=*")
    expect(page.locator("form.composer").get_by_label("跟进内容")).to_have_value("改天再说")


def test_a_draft_comes_back_after_the_page_was_left(gallery):
    text = gallery.locator("form.composer").get_by_label("跟进内容")
    text.press_sequentially("还没写完")
    gallery.get_by_text("草稿已保存").wait_for()

    gallery.goto("/ui/form/")
    gallery.goto("/ui/")

    expect(gallery.locator("form.composer").get_by_label("跟进内容")).to_have_value("还没写完")


def test_the_first_page_is_light(page):
    asked = []
    page.on("response", lambda response: asked.append(response) if response.url.startswith("http") else None)
    page.goto("/ui/form/")
    page.wait_for_load_state("networkidle")

    def weight(response):
        compressed = STATIC / "dist" / (response.url.rsplit("/", 1)[1] + ".gz")
        return compressed.stat().st_size if compressed.exists() else len(response.body())

    assert len(asked) <= 12
    assert sum(weight(response) for response in asked) <= 120 * 1024


def bulk(page):
    return page.locator("form[data-controller=list-select]")


def test_rows_are_selected_singly_in_a_range_and_all(gallery):
    form = bulk(gallery)
    boxes = form.locator("[data-list-select-target=box]")
    boxes.nth(0).click()
    expect(form.get_by_role("status")).to_have_text("已选 1 位")

    boxes.nth(2).click(modifiers=["Shift"])
    expect(form.get_by_role("status")).to_have_text("已选 3 位")
    expect(form.locator("[data-list-select-target=head]")).to_be_checked()

    form.get_by_role("button", name="选全部 126 位").click()
    expect(form.get_by_role("status")).to_have_text("已选全部 126 位")
    expect(form.locator("[name=everything]")).to_have_value("1")

    form.get_by_role("button", name="取消选择").click()
    expect(form.locator("[data-list-select-target=bar]")).to_be_hidden()
    expect(form.locator("[name=everything]")).to_have_value("")


def test_j_and_x_walk_and_select_rows(gallery):
    gallery.keyboard.press("j")
    for _step in range(3):
        gallery.keyboard.press("j")
    gallery.keyboard.press("x")

    expect(bulk(gallery).get_by_role("status")).to_have_text("已选 1 位")
    expect(gallery.locator("[data-row][data-current]")).to_have_count(1)


def test_a_value_is_edited_where_it_stands(gallery):
    place = bulk(gallery).locator("[data-edit]").first
    place.focus()
    gallery.keyboard.press("Enter")
    place.get_by_label("金额").fill("abc")
    gallery.keyboard.press("Enter")
    place.get_by_text("请填写数字").wait_for()
    gallery.errors.clear()  # a browser calls every 422 an error

    place.get_by_label("金额").fill("880000")
    gallery.keyboard.press("Enter")
    expect(place).to_have_text("¥880,000")
    expect(place).to_be_focused()


def test_escape_restores_what_stood_there(gallery):
    place = bulk(gallery).locator("[data-edit]").first
    place.dblclick()
    place.get_by_label("金额").fill("1")
    gallery.keyboard.press("Escape")

    expect(place).to_have_text("¥640,000")


def cards(page, column):
    return page.locator(f"[data-column={column}] [data-board-target=card]")


def test_a_card_moves_by_keyboard_and_a_refused_one_comes_back_saying_why(gallery):
    card = cards(gallery, "quote").first
    card.focus()
    gallery.keyboard.press("Alt+ArrowRight")
    expect(cards(gallery, "talk")).to_have_count(1)
    expect(cards(gallery, "talk").first).to_be_focused()
    expect(gallery.locator("#announcer")).to_have_text("已移到 谈判中")

    gallery.keyboard.press("Alt+ArrowRight")
    expect(cards(gallery, "talk").first).to_contain_text("还差 1 项，不能签合同")
    expect(cards(gallery, "contract")).to_have_count(0)
    gallery.errors.clear()  # a browser calls every 422 an error


def test_a_card_moves_by_pointer(gallery):
    cards(gallery, "quote").first.drag_to(gallery.locator("[data-column=talk]"))

    expect(cards(gallery, "talk")).to_have_count(1)
    expect(cards(gallery, "quote")).to_have_count(1)


def test_columns_are_ordered_by_keyboard(gallery):
    form = gallery.locator("form[data-controller=columns]")
    form.get_by_role("button", name="移动“等级”").focus()
    gallery.keyboard.press("ArrowDown")

    order = form.locator("[name=columns]").evaluate_all("boxes => boxes.map((box) => box.value)")
    assert order == ["2", "1", "3"]
    expect(gallery.locator("#announcer")).to_have_text("等级 移到第 2 列")


def test_a_phone_number_is_checked_while_it_is_typed(gallery):
    phone = gallery.locator("#specimen-phone")
    phone.press_sequentially("1381234567")
    gallery.get_by_text("还差 1 位").wait_for()
    expect(phone).to_have_attribute("aria-invalid", "true")

    phone.press_sequentially("8")
    expect(phone).to_have_attribute("aria-invalid", "false")
    phone.blur()


def test_a_masked_value_is_shown_on_request(gallery):
    gallery.get_by_role("button", name="显示全部，会留下记录").click()

    gallery.get_by_text("138 0000 5678").wait_for()
    expect(gallery.get_by_role("button", name="显示全部，会留下记录")).to_have_count(0)


def test_a_dropped_file_is_sent_at_once(gallery):
    with gallery.expect_request("**/ui/taken/") as sent:
        gallery.locator("#specimen-file").set_input_files(
            {"name": "名单.csv", "mimeType": "text/csv", "buffer": b"a,b"}
        )
    assert sent.value.method == "POST"
    gallery.get_by_text("收到了。").wait_for()


def served_by_worker(page):
    """Wait until the service worker answers for this page; a page may not be asked by text again and again (CSP)."""
    page.evaluate(
        """async () => {
            const worker = navigator.serviceWorker;
            const changed = new Promise((done) => worker.addEventListener("controllerchange", () => done(true)));
            await worker.ready;
            return worker.controller !== null || changed;
        }"""
    )


def test_without_network_the_offline_page_stands_in_for_any_other(page):
    page.goto("/ui/")
    served_by_worker(page)
    page.context.set_offline(True)
    page.goto("/ui/form/")

    page.get_by_role("heading", name="暂时连不上").wait_for()
    page.errors.clear()  # the scripts say that the network is gone


def test_the_offline_page_speaks_the_language_the_reader_changed_to(page):
    page.goto("/ui/")
    served_by_worker(page)
    page.locator(".topbar__me").click()
    page.locator("#menu-me").get_by_role("button", name="English").click()
    page.locator("html[lang=en]").wait_for(state="attached")
    is_kept = page.evaluate(
        """async () => {
            for (let frame = 0; frame < 1200; frame += 1) {
                const kept = await caches.match("/ui/offline/");
                if (kept && (await kept.text()).includes("Out of reach")) return true;
                await new Promise(requestAnimationFrame);
            }
            return false;
        }"""
    )
    page.context.set_offline(True)
    page.goto("/ui/form/")

    assert is_kept
    page.get_by_role("heading", name="Out of reach for now").wait_for()
    page.errors.clear()  # the scripts say that the network is gone


def test_several_of_a_list_are_chosen_by_typing_one_after_the_other(gallery):
    field = gallery.locator(".condition .condition__many").first
    field.get_by_role("combobox").focus()
    for left in (1, 0):
        gallery.keyboard.press("Backspace")
        expect(field.locator(".item")).to_have_count(left)
    field.locator(".ts-control").click()  # into a field that is open already
    for taken, typed in enumerate("BA", start=1):
        gallery.keyboard.type(typed)
        gallery.keyboard.press("Enter")
        expect(field.locator(".item")).to_have_count(taken)

    assert sorted(condition(gallery)["all"][0]["value"]) == ["a", "b"]
