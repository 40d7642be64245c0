"""A quote's pages: lines edited with and without scripts, PDF, mail, link, and what the customer sees."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from kezhi.access.models import FieldLevel, FieldRule, Role
from kezhi.core import epochs
from kezhi.core.clock import now, today
from kezhi.core.models import Event, Job
from kezhi.records.operations import change_record
from kezhi.sales.capitals import capital_amount
from kezhi.sales.models import Letterhead, PriceRow, Quote, QuotePaper
from kezhi.sales.operations.bundles import set_bundle_lines
from kezhi.sales.operations.quote_lines import lines_json, set_quote_lines
from kezhi.sales.operations.quotes import new_version, send_quote
from kezhi.sales.private_links import make_private_link, private_address
from kezhi.sales.quote_paper import in_language, paper_of
from kezhi.sales.quote_pdf import quote_pdf, sent_pdf
from kezhi.sales.quote_sending import link_quote
from kezhi.sales.views.private_links import MISSES, PAGES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_throttles():
    PAGES.forget()
    MISSES.forget()


@pytest.fixture
def server(make):
    return make("product", name="机架服务器", name_en="Rack server", code="SRV-9", price="50000", unit="台")


@pytest.fixture
def quote(make_quote, server, people):
    made = make_quote(terms="签约后三十天交货")
    set_quote_lines(made, [{"product": server.pk, "quantity": "2"}], actor=people.rep.actor)
    return _stored(made)


@pytest.fixture
def opened(quote, people):
    """The address behind which the customer finds the quote."""
    return link_quote(quote, actor=people.rep.actor)[1]


def _stored(quote):
    rows = Quote.objects.ungated("test").select_related("customer", "contact", "owner", "opportunity")
    return rows.get(pk=quote.pk)


def _form(*lines, **more):
    keys = ("product", "bundle", "description", "unit", "quantity", "unit_price", "discount", "tax_rate")
    return {f"line-{key}": [str(line.get(key, "")) for line in lines] for key in keys} | more


def _typed(answer):
    return [row.values["description"] for row in answer.context["editor"].rows]


LINE = {"description": "安装", "quantity": "1", "unit_price": "1000", "discount": "0", "tax_rate": "6"}


def test_the_editor_saves_what_was_typed_and_goes_back_to_the_quote(quote, people):
    answer = people.rep.client().post(f"/quotes/{quote.pk}/lines/", _form(LINE, act="save", version=quote.version))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/quotes/{quote.pk}/")
    assert [line["description"] for line in lines_json(quote)] == ["安装"]


def test_without_scripts_lines_are_added_moved_and_removed_by_buttons(quote, server, people):
    client = people.rep.client()
    address = f"/quotes/{quote.pk}/lines/"
    other = {**LINE, "description": "培训"}
    added = client.post(address, _form(LINE, act="add", add_product=str(server.pk)))
    assert _typed(added) == ["安装", "机架服务器"]
    assert _typed(client.post(address, _form(LINE, act="text"))) == ["安装", ""]
    assert _typed(client.post(address, _form(LINE, other, act="down-0"))) == ["培训", "安装"]
    assert _typed(client.post(address, _form(LINE, other, act="up-0"))) == ["安装", "培训"]
    assert _typed(client.post(address, _form(LINE, other, act="remove-0"))) == ["培训"]
    assert [line["description"] for line in lines_json(quote)] == ["机架服务器"]


def test_a_bundle_opens_into_its_parts_with_its_discount(make, quote, server, people):
    backup = make("product", name="备份服务", price="20000", tax_rate="6")
    from_parts = [{"product": server.pk}, {"product": backup.pk, "quantity": "2"}]
    bundle = make("product", name="服务器加备份", kind="bundle", price="0", bundle_discount="8")
    set_bundle_lines(bundle, from_parts, actor=people.rep.actor)
    answer = people.rep.client().post(f"/quotes/{quote.pk}/lines/", _form(act="add", add_product=str(bundle.pk)))
    rows = [row.values for row in answer.context["editor"].rows]
    assert [(row["description"], row["quantity"], row["discount"]) for row in rows] == [
        ("机架服务器", "1", "8"),
        ("备份服务", "2", "8"),
    ]
    assert answer.context["editor"].totals.subtotal == Decimal("82800.00")


def test_the_server_sums_up_while_somebody_types_and_stores_nothing(quote, people):
    answer = people.rep.client().post(f"/quotes/{quote.pk}/lines/", _form({**LINE, "quantity": "3"}, act="sum"))
    assert (answer.status_code, answer.context["editor"].totals.total) == (200, Decimal("3180.00"))
    assert [line["description"] for line in lines_json(quote)] == ["机架服务器"]


def test_a_wrong_line_comes_back_marked_with_everything_typed(quote, people):
    wrong = {**LINE, "discount": "120"}
    answer = people.rep.client().post(f"/quotes/{quote.pk}/lines/", _form(LINE, wrong, act="save"))
    rows = answer.context["editor"].rows
    assert answer.status_code == 422
    assert [set(row.problems) for row in rows] == [set(), {"discount"}]
    assert rows[1].values["discount"] == "120"


def test_somebody_elses_change_is_told_and_nothing_typed_is_lost(quote, people):
    change_record(quote, {"note": "别人改的"}, actor=people.manager.actor)
    client = people.rep.client()
    answer = client.post(f"/quotes/{quote.pk}/lines/", _form(LINE, act="save", version=quote.version))
    editor = answer.context["editor"]
    assert (answer.status_code, editor.conflict, _typed(answer)) == (409, True, ["安装"])
    again = client.post(f"/quotes/{quote.pk}/lines/", _form(LINE, act="save", version=editor.version))
    assert again.status_code == 302


def test_a_quote_that_has_gone_out_opens_no_editor(quote, people):
    send_quote(quote, actor=people.rep.actor)
    answer = people.rep.client().get(f"/quotes/{quote.pk}/lines/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/quotes/{quote.pk}/")


def test_products_are_found_by_name_and_code_and_inactive_ones_are_not(make, people, server):
    make("product", name="机架旧款", is_active=False, price="1")
    client = people.rep.client()
    for text in ("机架", "SRV", "srv-9"):
        found = client.get("/quotes/products/", {"q": text}).json()
        assert [row["value"] for row in found] == [str(server.pk)]


def test_the_quotes_page_shows_lines_and_what_can_be_done_next(quote, people):
    page = people.rep.client().get(f"/quotes/{quote.pk}/").content.decode()
    assert f"/quotes/{quote.pk}/sending/" in page
    assert "113,000.00" in page
    outside = people.outsider.client()
    places = ("", "lines/", "pdf/", "sending/", "differences/")
    assert {outside.get(f"/quotes/{quote.pk}/{place}").status_code for place in places} == {404}


def test_who_may_not_read_the_total_sees_neither_lines_nor_paper(quote, people):
    role = Role.objects.get(key="sales_manager")
    FieldRule.objects.create(role=role, record_type="quote", field="total", level=FieldLevel.HIDDEN)
    epochs.bump("access")
    client = people.manager.client()
    page = client.get(f"/quotes/{quote.pk}/")
    assert (page.status_code, "quote-card" in page.content.decode()) == (200, False)
    places = ("lines/", "pdf/", "sending/")
    assert {client.get(f"/quotes/{quote.pk}/{place}").status_code for place in places} == {404}


def test_a_masked_name_stays_masked_on_a_colleagues_paper(quote, people):
    role = Role.objects.get(key="sales_manager")
    FieldRule.objects.create(role=role, record_type="customer", field="name", level=FieldLevel.MASKED)
    epochs.bump("access")
    with in_language(quote):
        assert paper_of(quote, reader=people.manager.actor).customer == "***"
        assert paper_of(quote).customer == quote.customer.name


def test_the_pdf_comes_in_both_languages_and_is_set_once_per_content(quote, people):
    Letterhead.objects.create(name_zh="云杉信息", name_en="Yunshan", changed_at=now())
    epochs.bump("letterhead")
    answer = people.rep.client().get(f"/quotes/{quote.pk}/pdf/")
    content = b"".join(answer.streaming_content)
    assert (answer.headers["Content-Type"], content[:5]) == ("application/pdf", b"%PDF-")
    assert quote_pdf(quote) is quote_pdf(quote)
    english = change_record(quote, {"language": "en"}, actor=people.rep.actor)
    with in_language(english):
        data = json.loads(paper_of(_stored(english)).as_json())
    assert (data["words"]["heading"], data["company"]["name"], data["capitals"]) == ("Quotation", "Yunshan", "")
    assert quote_pdf(_stored(english))[:5] == b"%PDF-"


def test_what_people_type_is_never_markup_of_the_paper(quote, people):
    nasty = '#panic("x") *b* $y$ \\u{1} <b> @ref "'
    set_quote_lines(quote, [{**LINE, "description": nasty}], actor=people.rep.actor)
    change_record(_stored(quote), {"name": nasty, "terms": nasty}, actor=people.rep.actor)
    assert quote_pdf(_stored(quote))[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "人民币零元整"),
        ("0.05", "人民币伍分"),
        ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("107000.53", "人民币壹拾万柒仟元零伍角叁分"),
        ("1680.32", "人民币壹仟陆佰捌拾元零叁角贰分"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
        ("100000001", "人民币壹亿零壹元整"),
        ("1000200000000", "人民币壹万零贰亿元整"),
        ("1000000000000", "人民币壹万亿元整"),
    ],
)
def test_amounts_in_capitals(amount, words):
    assert capital_amount(Decimal(amount)) == words


# --- the customer ----------------------------------------------------------------------------------------------------


def _accept(client, address, **values):
    return client.post(address, {"answer": "accept", "name": "王总", "agreed": "on", "edition": "1", **values})


def test_the_customer_reads_the_offer_and_nothing_internal(quote, opened, people):
    change_record(_stored(quote), {"note": "底价四万五"}, actor=people.rep.actor)
    page = Client().get(opened)
    shown = page.content.decode()
    assert page.status_code == 200
    assert [words for words in ("机架服务器", "113,000.00", "签约后三十天交货") if words not in shown] == []
    assert "底价四万五" not in shown
    file = Client().get(f"{opened}pdf/")
    assert b"".join(file.streaming_content)[:5] == b"%PDF-"


def test_the_customer_accepts_once_and_the_double_click_changes_nothing(quote, opened):
    client = Client()
    first, second = _accept(client, opened, note="尽快"), _accept(client, opened)
    assert (first.status_code, second.status_code) == (302, 302)
    events = Event.objects.filter(record_type="quote", record_id=quote.pk, kind="quote.accepted")
    assert [event.door for event in events] == ["link"]
    assert (_stored(quote).state, _stored(quote).answer_note) == ("accepted", "尽快")


def test_without_the_tick_or_a_name_nothing_is_accepted(quote, opened):
    client = Client()
    assert _accept(client, opened, agreed="").status_code == 422
    assert _accept(client, opened, name=" ").status_code == 422
    assert client.post(opened, {"answer": "decline", "name": "王总", "edition": "1"}).status_code == 422
    assert _stored(quote).state == "sent"


def test_a_replaced_version_is_not_accepted_and_says_so(quote, opened, people):
    later = new_version(_stored(quote), actor=people.rep.actor)
    send_quote(later, actor=people.rep.actor)
    assert _accept(Client(), opened).status_code == 409
    assert (_stored(quote).state, _stored(later).state) == ("replaced", "sent")


def test_another_version_than_the_one_seen_is_not_accepted(quote, opened):
    assert _accept(Client(), opened, edition="2").status_code == 409
    assert _stored(quote).state == "sent"


def test_after_its_last_day_the_page_still_shows_the_offer_but_takes_no_answer(quote, opened):
    Quote.objects.ungated("test").filter(pk=quote.pk).update(valid_until=today() - timedelta(days=1))
    page = Client().get(opened)
    assert (page.status_code, page.context["is_open"]) == (200, False)
    assert _accept(Client(), opened).status_code == 409


def test_a_link_of_another_purpose_shows_no_quote(quote, people):
    _link, token = make_private_link("nothing", quote, expires_at=now() + timedelta(days=1), actor=people.rep.actor)
    answer = Client().get(private_address(token))
    assert answer.status_code == 404


def test_what_the_customer_got_is_kept_and_stays_the_same(quote, opened, people):
    client = people.rep.client()
    paper = QuotePaper.objects.get(quote_id=quote.pk)
    link_quote(_stored(quote), actor=people.rep.actor)
    assert list(QuotePaper.objects.values_list("pk", flat=True)) == [paper.pk]
    Letterhead.objects.create(name_zh="后来改的公司名", changed_at=now())
    epochs.bump("letterhead")

    assert quote_pdf(_stored(quote)) != bytes(paper.content)
    address = f"/quotes/{quote.pk}/papers/{paper.pk}/"
    assert b"".join(client.get(address).streaming_content) == bytes(paper.content)
    assert b"".join(Client().get(f"{opened}pdf/").streaming_content) == bytes(paper.content)
    assert f'href="{address}"' in client.get(f"/quotes/{quote.pk}/").content.decode()
    link_quote(_stored(quote), actor=people.rep.actor)
    assert QuotePaper.objects.filter(quote_id=quote.pk).count() == 2


def test_what_was_sent_last_is_what_the_link_gives_though_it_had_been_sent_before(quote, opened, people):
    first = bytes(QuotePaper.objects.get(quote_id=quote.pk).content)
    letterhead = Letterhead.objects.create(name_zh="一时的公司名", changed_at=now())
    epochs.bump("letterhead")
    link_quote(_stored(quote), actor=people.rep.actor)
    assert sent_pdf(_stored(quote)) != first
    letterhead.delete()
    epochs.bump("letterhead")

    link_quote(_stored(quote), actor=people.rep.actor)

    assert sent_pdf(_stored(quote)) == first
    assert QuotePaper.objects.filter(quote_id=quote.pk).count() == 2


def test_the_paper_as_sent_is_for_those_who_read_everything_on_it(quote, opened, people, make_quote):
    paper = QuotePaper.objects.get(quote_id=quote.pk)
    address = f"/quotes/{quote.pk}/papers/{paper.pk}/"
    other = make_quote("另一份报价", opportunity=quote.opportunity)
    assert people.rep.client().get(f"/quotes/{other.pk}/papers/{paper.pk}/").status_code == 404
    assert people.colleague.client().get(address).status_code == 404
    manager = people.manager.client()
    assert manager.get(address).status_code == 200
    role = Role.objects.get(key="sales_manager")
    rule = FieldRule.objects.create(role=role, record_type="customer", field="name", level=FieldLevel.MASKED)
    epochs.bump("access")
    assert manager.get(address).status_code == 404
    assert address not in manager.get(f"/quotes/{quote.pk}/").content.decode()
    rule.delete()
    FieldRule.objects.create(role=role, record_type="quote", field="total", level=FieldLevel.HIDDEN)
    epochs.bump("access")
    assert manager.get(address).status_code == 404


def test_revoked_links_lead_nowhere(quote, opened, people):
    people.rep.client().post(f"/quotes/{quote.pk}/revocation/")
    assert Client().get(opened).status_code == 404


def test_the_link_is_shown_once_with_its_drawing(quote, people):
    answer = people.rep.client().post(f"/quotes/{quote.pk}/sending/", {"way": "link", "note": "王总"})
    assert answer.status_code == 200
    assert Client().get(answer.context["address"].removeprefix("http://testserver")).status_code == 200
    assert _stored(quote).state == "sent"


def test_mail_needs_a_mail_server_and_a_good_address_and_is_sealed_in_its_job(quote, people, monkeypatch):
    client = people.rep.client()
    values = {"way": "mail", "to": "wang@lantu.example", "subject": "报价", "body": "您好"}
    assert client.post(f"/quotes/{quote.pk}/sending/", values).status_code == 422
    assert _stored(quote).state == "draft"
    monkeypatch.setattr("kezhi.sales.quote_sending.mail_is_on", lambda: True)
    assert client.post(f"/quotes/{quote.pk}/sending/", {**values, "to": "nobody"}).status_code == 422
    assert QuotePaper.objects.count() == 0
    assert client.post(f"/quotes/{quote.pk}/sending/", values).status_code == 302
    [job] = Job.objects.filter(name="sales.quote_mail")
    assert "wang@lantu.example" not in json.dumps(job.args)
    assert _stored(quote).state == "sent"
    assert QuotePaper.objects.filter(quote_id=quote.pk).count() == 1


# --- products and settings -------------------------------------------------------------------------------------------


def test_the_price_list_is_kept_on_screen_and_wrong_rows_are_named(server, people):
    client = people.rep.client()
    address = f"/products/{server.pk}/prices/"
    day = today().isoformat()
    rows = {"currency": ["CNY", "CNY"], "level": ["A", ""], "valid_from": [day, day], "price": ["45000", ""]}
    assert client.post(address, rows).status_code == 302
    assert list(PriceRow.objects.filter(product=server).values_list("level", "price")) == [("A", Decimal("45000.00"))]
    assert client.post(address, {**rows, "price": ["-1", ""]}).status_code == 422
    assert people.outsider.client().get(address).status_code == 404


def test_a_bundle_is_put_together_on_screen(make, server, people):
    bundle = make("product", name="组合", kind="bundle", price="0", bundle_discount="10")
    client = people.rep.client()
    values = {"product": [str(server.pk), ""], "quantity": ["2", ""]}
    assert client.post(f"/products/{bundle.pk}/bundle/", values).status_code == 302
    page = client.get(f"/products/{bundle.pk}/").content.decode()
    assert "90,000.00" in page
    assert client.post(f"/products/{bundle.pk}/bundle/", {"product": ["9999"], "quantity": ["1"]}).status_code == 422


def test_letterhead_and_rates_are_for_who_keeps_the_figures(people):
    people.grant("settings", actions=["figures"])
    client = people.administrator.client()
    assert client.post("/settings/letterhead/", {"name_zh": "云杉信息"}).status_code == 302
    assert Letterhead.objects.get().name_zh == "云杉信息"
    assert client.get("/settings/letterhead/").status_code == 200
    day = today().isoformat()
    assert client.post("/settings/rates/", {"currency": "USD", "rate": "7.1", "valid_from": day}).status_code == 302
    assert client.post("/settings/rates/", {"currency": "XXX", "rate": "0", "valid_from": day}).status_code == 422
    assert client.get("/settings/rates/").context["rates"][0][1] == "美元"


def test_a_new_quote_starts_from_its_opportunity(make_opportunity, people):
    opportunity = make_opportunity()
    page = people.rep.client().get(f"/opportunities/{opportunity.pk}/").content.decode()
    assert f"/quotes/new/?opportunity={opportunity.pk}" in page


def test_whoever_opens_a_quote_from_an_opportunity_finds_its_name_contact_and_validity(
    make_customer, make_opportunity, make, people
):
    customer = make_customer()
    contact = make("contact", customer=customer, name="沈知远")
    opportunity = make_opportunity("机房改造", customer=customer, contact=str(contact.pk))
    begun = _begun(people.rep, f"opportunity={opportunity.pk}&currency=CNY")
    expected = {"opportunity": str(opportunity.pk), "name": "机房改造", "contact": str(contact.pk), "currency": "CNY"}
    assert {key: begun[key] for key in expected} == expected
    assert begun["valid_until"] == (today() + timedelta(days=30)).isoformat()
    assert _begun(people.rep, f"opportunity={opportunity.pk}&name=二期")["name"] == "二期"
    assert _begun(people.outsider, f"opportunity={opportunity.pk}")["name"] != "机房改造"
    assert not _begun(people.rep, f"opportunity={'9' * 30}")["name"]


def _begun(person, query):
    form = person.client().get(f"/quotes/new/?{query}").context["form"]
    return {control.key: control.value for control in form.controls}


def test_versions_and_their_differences_are_shown(quote, people):
    send_quote(quote, actor=people.rep.actor)
    later = new_version(_stored(quote), actor=people.rep.actor)
    set_quote_lines(later, [{**LINE, "tax_rate": "0"}], actor=people.rep.actor)
    answer = people.rep.client().get(f"/quotes/{later.pk}/differences/")
    rows = [(row.label, bool(row.before), bool(row.after)) for row in answer.context["rows"]]
    assert ("第 1 行", False, True) in rows
    assert ("去掉的行", True, False) in rows
