"""Entry pages: made on screen, filled in by the public, safe against robots, floods and forgery (LEAD-1)."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client

from kezhi.access.policies import NotAllowed
from kezhi.core.clock import now
from kezhi.core.events import read_facts
from kezhi.core.figures import set_figure
from kezhi.core.models import Event
from kezhi.records.operations import InvalidRecord
from kezhi.sales.entry_forms import WORK_BITS, _fnv1a
from kezhi.sales.models import EntryForm, Lead
from kezhi.sales.operations.entry_forms import FormPlan, save_entry_form
from kezhi.sales.views import entry_public

pytestmark = pytest.mark.django_db

FIELDS = (("name", True), ("contact_name", True), ("phone", True), ("email", False), ("need", False))
ENTRY = {"name": "苏州澜图科技有限公司", "contact_name": "沈知远", "phone": "13812345678", "consent": "1"}


@pytest.fixture(autouse=True)
def nobody_posted_before():
    for throttle in (entry_public.POSTS_OF_ADDRESS, entry_public.POSTS_OF_FORM, entry_public.CHECKS_OF_ADDRESS):
        throttle.forget()


@pytest.fixture
def make_form(people, make):
    def create(**plan):
        values = {
            "name": "春季展会",
            "title_zh": "留下您的需求",
            "title_en": "Tell us what you need",
            "consent_zh": "同意销售联系我",
            "consent_en": "You may contact me",
            "thanks_zh": "谢谢，展台见！",
            "fields": FIELDS,
            "channel": "exhibition",
        } | plan
        return save_entry_form(None, FormPlan(**values), actor=people.administrator.actor)

    return create


@pytest.fixture
def form(make_form):
    return make_form()


def address(form, **query):
    return f"/f/{form.token}/" + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def token_in(answer):
    [token] = re.findall(r'name="token" value="([^"]+)"', answer.content.decode())
    return unescape(token)


def worked(token):
    return str(next(n for n in range(10**7) if _fnv1a(f"{token}:{n}") & ((1 << WORK_BITS) - 1) == 0))


def drawn(form, client=None, **query):
    """A page drawn a minute ago, so that whoever fills it in was not too quick."""
    with time_machine.travel(now() - timedelta(minutes=1), tick=False):
        return token_in((client or Client()).get(address(form, **query)))


def post(form, values, *, token=None, client=None, **query):
    token = token or drawn(form)
    data = {"token": token, "work": worked(token), **values}
    return (client or Client()).post(address(form, **query), data)


def leads():
    return list(Lead.objects.ungated("test").order_by("pk"))


def test_whoever_fills_in_a_page_becomes_a_lead_with_its_source_and_consent(make_form, make, people):
    source = make("lead_source", name="春季医疗展", channel="exhibition", by=people.administrator)
    form = make_form(source_id=source.pk, source_detail="5B12")
    answer = post(form, ENTRY, lang="en")
    assert (answer.status_code, answer["Location"]) == (303, address(form, done="1", lang="en"))

    [lead] = leads()
    assert (lead.name, lead.contact_name, lead.phone) == ("苏州澜图科技有限公司", "沈知远", "+8613812345678")
    assert (lead.channel, lead.source_id, lead.source_detail) == ("exhibition", source.pk, "5B12")
    assert (lead.consent_text, lead.language, lead.entry_form_id) == ("You may contact me", "en", form.pk)
    assert lead.consented_at is not None
    assert lead.owner_id is None
    event = Event.objects.get(kind="form.received")
    assert (event.record_id, event.actor_kind, event.door, event.door_ref) == (lead.pk, "system", "form", str(form.pk))
    assert read_facts(event)["form"] == "春季展会"
    source.refresh_from_db()
    assert source.lead_count == 1


def test_the_page_speaks_the_language_of_the_link_or_of_the_browser(form):
    client = Client()
    assert "Tell us what you need" in client.get(address(form), HTTP_ACCEPT_LANGUAGE="en-GB,en").content.decode()
    assert "留下您的需求" in client.get(address(form), HTTP_ACCEPT_LANGUAGE="fr").content.decode()
    assert "留下您的需求" in client.get(address(form, lang="zh"), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "谢谢，展台见！" in client.get(address(form, done="1")).content.decode()


def test_without_javascript_the_entries_are_shown_once_more_and_then_taken(form):
    first = Client().post(address(form), {"token": drawn(form), **ENTRY})
    assert (first.status_code, leads()) == (200, [])
    assert 'value="13812345678"' in first.content.decode()
    token = token_in(first)
    with time_machine.travel(now() + timedelta(seconds=5), tick=False):
        second = Client().post(address(form), {"token": token, **ENTRY})
    assert (second.status_code, len(leads())) == (303, 1)


def test_who_was_quick_confirms_at_once_and_is_not_asked_a_third_time(form):
    moment = now()
    with time_machine.travel(moment, tick=False):
        token = drawn(form)
    with time_machine.travel(moment + timedelta(seconds=2), tick=False):
        first = Client().post(address(form), {"token": token, **ENTRY})
    with time_machine.travel(moment + timedelta(seconds=3), tick=False):
        second = Client().post(address(form), {"token": token_in(first), **ENTRY})
    assert (first.status_code, second.status_code, len(leads())) == (200, 303, 1)


def test_whoever_is_faster_than_people_type_confirms_once_more(form):
    with time_machine.travel(now(), tick=False):
        token = token_in(Client().get(address(form)))
        answer = post(form, ENTRY, token=token)
        assert (answer.status_code, leads()) == (200, [])


def test_a_double_tap_is_one_lead_and_the_next_visitor_on_the_same_page_another(form):
    token = drawn(form)
    for _tap in range(2):
        assert post(form, ENTRY, token=token).status_code == 303
    assert len(leads()) == 1
    post(form, {**ENTRY, "phone": "13912345678"}, token=token)
    assert len(leads()) == 2


def test_a_wrong_phone_is_refused_with_a_sentence_and_nothing_typed_is_lost(form):
    answer = post(form, {**ENTRY, "phone": "123"}, token=drawn(form))
    assert (answer.status_code, leads()) == (422, [])
    page = answer.content.decode()
    assert 'id="e-phone-error" role="alert"' in page
    assert 'value="苏州澜图科技有限公司"' in page
    again = post(form, ENTRY, token=token_in(answer))
    assert (again.status_code, len(leads())) == (303, 1)


def test_the_phone_is_checked_while_it_is_typed(form):
    ask = f"/f/{form.token}/phone/"
    assert json.loads(Client().get(ask, {"value": "138 1234 5678"}).content) == {"problem": ""}
    assert json.loads(Client().get(ask, {"value": "1381234"}).content)["problem"] != ""


def test_what_is_required_and_the_consent_are_asked_for(form):
    answer = post(form, {"name": "澜图"})
    assert answer.status_code == 422
    page = answer.content.decode()
    for key in ("contact_name", "phone", "consent"):
        assert f'id="e-{key}-error" role="alert"' in page
    assert leads() == []


def test_a_forged_source_owner_or_state_is_ignored(form, people):
    forged = {"channel": "partner", "source": "1", "owner": str(people.rep.id), "state": "qualified", "score": "100"}
    post(form, {**ENTRY, **forged, "industry": "it", "budget": "999"})
    [lead] = leads()
    assert (lead.channel, lead.source_id, lead.owner_id, lead.state) == ("exhibition", None, None, "new")
    assert (lead.industry, lead.budget) == ("", None)


def test_a_script_stays_words(form, people):
    post(form, {**ENTRY, "name": "<script>alert(1)</script>", "need": '"><img src=x onerror=alert(1)>'})
    [lead] = leads()
    assert lead.name.startswith("<script>")
    page = people.administrator.client().get(f"/leads/{lead.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_robot_that_fills_the_trap_is_thanked_and_not_stored(form):
    answer = post(form, {**ENTRY, "homepage": "http://spam.example"})
    assert (answer.status_code, leads()) == (303, [])


def test_a_forged_or_old_token_or_one_of_another_page_asks_to_send_again(form, make_form):
    other = make_form(name="另一页")
    with time_machine.travel(now() - timedelta(hours=25), tick=False):
        old = token_in(Client().get(address(form)))
    for token in (old, drawn(other), drawn(form)[:-2] + "xx", ""):
        answer = Client().post(address(form), {"token": token, "work": "1", **ENTRY})
        assert answer.status_code == 422
        assert 'value="13812345678"' in answer.content.decode()
    assert leads() == []


def test_the_public_never_learns_who_is_a_customer(form, make_customer):
    make_customer(phone="13812345678")
    known = post(form, ENTRY)
    unknown = post(form, {**ENTRY, "phone": "13912345678", "name": "常州宏远机械有限公司"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    first, second = leads()
    assert (first.known_customer_id is not None, second.known_customer_id) == (True, None)


def test_a_flood_is_stopped_before_anything_is_read_or_written(form, people, django_assert_max_num_queries):
    set_figure("sales.form_per_address", 1, actor_ref=people.administrator.actor.ref)
    token = drawn(form)
    post(form, ENTRY, token=token)
    before = len(leads())
    with django_assert_max_num_queries(1):  # whether anything an administrator changed is to be read anew
        answer = Client().post(address(form), {"token": token, **ENTRY})
    assert (answer.status_code, answer["Retry-After"], len(leads())) == (429, "60", before)


def test_all_addresses_together_are_limited_too(form, people):
    set_figure("sales.form_per_minute", 1, actor_ref=people.administrator.actor.ref)
    codes = [
        Client(REMOTE_ADDR=f"198.51.100.{number}").post(address(form), ENTRY).status_code for number in range(1, 5)
    ]
    assert codes == [422, 429, 429, 429]


def test_only_named_sites_may_embed_the_page(make_form):
    form = make_form(sites=["https://www.lantu.cn/", "shop.lantu.cn"])
    assert form.sites == ["https://www.lantu.cn", "https://shop.lantu.cn"]
    answer = Client().get(address(form, embed="1"))
    assert "frame-ancestors 'self' https://www.lantu.cn https://shop.lantu.cn" in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer
    assert "frame-ancestors 'self'" in Client().get(address(make_form(name="二")))["Content-Security-Policy"]


def test_no_cookie_is_set_and_nothing_is_kept(form):
    answer = Client().get(address(form))
    assert answer.cookies == {}
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"


def test_a_page_out_of_use_is_gone_and_its_address_stays(form, people):
    plan = FormPlan(name="春季展会", title_zh="标题", fields=FIELDS, channel="exhibition", is_active=False)
    token = form.token
    save_entry_form(form, plan, actor=people.administrator.actor)
    assert Client().get(f"/f/{token}/").status_code == 404
    assert Client().get("/f/no-such-token/").status_code == 404


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"name": " "}, "name"),
        ({"title_zh": ""}, "title_zh"),
        ({"fields": (("name", True),)}, "fields"),
        ({"fields": (("phone", True),)}, "fields"),
        ({"fields": (("phone", True), ("name", True), ("owner", True))}, "fields"),
        ({"channel": "nowhere"}, "channel"),
        ({"sites": ["https://lantu.cn/path"]}, "sites"),
        ({"sites": ["javascript:alert(1)"]}, "sites"),
        ({"sites": ["https://a.cn; script-src *"]}, "sites"),
        ({"source_id": 999}, "source"),
    ],
)
def test_a_page_that_cannot_be_is_refused(make_form, change, key):
    with pytest.raises(InvalidRecord) as refused:
        make_form(**change)
    assert list(refused.value.problems) == [key]


def test_only_who_looks_after_sources_makes_pages(form, people):
    from kezhi.access.models import Grant

    Grant.objects.filter(role__key="sales_rep", subject="lead_source").delete()
    plan = FormPlan(name="一", title_zh="一", fields=FIELDS, channel="exhibition")
    with pytest.raises(NotAllowed):
        save_entry_form(None, plan, actor=people.rep.actor)
    assert people.rep.client().get("/settings/entry-pages/").status_code == 403


def test_the_settings_make_a_page_with_its_link_code_and_snippet(people):
    client = people.administrator.client()
    assert client.get("/settings/entry-pages/").status_code == 200
    assert client.get("/settings/entry-pages/new/").status_code == 200
    data = {
        "name": "官网",
        "title_zh": "联系我们",
        "channel": "web_form",
        "use_phone": "1",
        "must_phone": "1",
        "place_phone": "1",
        "use_name": "1",
        "place_name": "2",
        "sites": "https://www.lantu.cn",
        "is_active": "1",
    }
    bad = client.post("/settings/entry-pages/new/", {**data, "title_zh": ""})
    assert bad.status_code == 422
    assert 'value="官网"' in bad.content.decode()
    made = client.post("/settings/entry-pages/new/", data)
    form = EntryForm.objects.get()
    assert made["Location"] == f"/settings/entry-pages/{form.pk}/"
    assert form.fields == [{"key": "phone", "required": True}, {"key": "name", "required": False}]
    page = client.get(made["Location"]).content.decode()
    assert f"http://testserver/f/{form.token}/" in page
    assert "&lt;iframe" in page
    assert "<svg" in page
    drawing = client.get(f"/settings/entry-pages/{form.pk}/qr.svg")
    assert drawing["Content-Type"] == "image/svg+xml"
    assert b"<svg" in drawing.content
