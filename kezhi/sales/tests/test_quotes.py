"""Quotes: lines, totals, states, versions (SAL-4)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from kezhi.access.actors import system_actor
from kezhi.access.policies import NotAllowed
from kezhi.core import epochs
from kezhi.core.clock import now, today
from kezhi.core.events import read_changes
from kezhi.core.models import Event
from kezhi.records.operations import InvalidRecord, change_record
from kezhi.sales.models import CurrencyRate, Opportunity, PriceRow, Quote, QuoteLine
from kezhi.sales.operations.bundles import set_bundle_lines
from kezhi.sales.operations.quote_lines import QuoteChanged, lines_json, set_quote_lines
from kezhi.sales.operations.quotes import (
    NotOpen,
    accept_quote,
    decline_quote,
    expire_quotes,
    new_version,
    send_quote,
    submit_quote,
)
from kezhi.sales.quote_amounts import totals_of
from kezhi.work.approvals import decide
from kezhi.work.models import Approval
from kezhi.work.operations.approval_flows import install_flows

pytestmark = pytest.mark.django_db

CUSTOMER = system_actor("customer", door="link")


@pytest.fixture
def server(make):
    return make("product", name="服务器", code="SRV", price="50000", unit="台", tax_rate="13")


@pytest.fixture
def backup(make):
    return make("product", name="备份服务", code="BAK", price="20000", unit="年", tax_rate="6")


@pytest.fixture
def quote(make_quote):
    return make_quote()


@pytest.fixture
def sent(quote, server, people):
    set_quote_lines(quote, [{"product": server.pk, "quantity": "2"}], actor=people.rep.actor)
    return send_quote(quote, actor=people.rep.actor)


def _line(**values):
    shown = {"quantity": 1, "unit_price": 0, "discount": 0, "tax_rate": 0, **values}
    return QuoteLine(**{key: Decimal(str(value)) for key, value in shown.items()})


def _stored(quote):
    return Quote.objects.ungated("test").get(pk=quote.pk)


def _kinds(quote):
    rows = Event.objects.filter(record_type="quote", record_id=quote.pk).order_by("id")
    return list(rows.values_list("kind", flat=True))


def test_amounts_are_rounded_half_up_on_every_line():
    lines = [_line(quantity=3, unit_price="0.335", tax_rate=13), _line(quantity="0.5", unit_price="0.01", tax_rate=13)]
    found = totals_of(lines, discount=Decimal(0), is_tax_included=False)
    assert [line.amount for line in found.lines] == [Decimal("1.01"), Decimal("0.01")]
    assert (found.subtotal, found.tax_amount, found.total) == (Decimal("1.02"), Decimal("0.13"), Decimal("1.15"))


def test_the_whole_discount_and_the_tax_are_taken_line_by_line_and_add_up():
    lines = [
        _line(quantity=2, unit_price=50000, discount=8, tax_rate=13),
        _line(quantity=1, unit_price=20000, discount=8, tax_rate=6),
    ]
    found = totals_of(lines, discount=Decimal(5), is_tax_included=False)
    assert found.subtotal == Decimal("110400.00")
    assert found.discount_amount == Decimal("5520.00")
    assert found.tax_amount == Decimal("12410.80")
    assert found.total == found.subtotal - found.discount_amount + found.tax_amount == Decimal("117290.80")
    assert found.largest_discount == Decimal("12.60")


def test_with_tax_included_the_total_is_what_the_prices_say():
    found = totals_of([_line(quantity=1, unit_price=113, tax_rate=13)], discount=Decimal(0), is_tax_included=True)
    assert (found.subtotal, found.tax_amount, found.total) == (Decimal("100.00"), Decimal("13.00"), Decimal("113.00"))


def test_a_unit_price_typed_below_the_list_price_counts_as_a_discount():
    found = totals_of([_line(unit_price=80, list_price=100, discount=10)], discount=Decimal(0), is_tax_included=False)
    assert found.largest_discount == Decimal("28.00")


def test_a_line_takes_price_unit_and_tax_from_the_product(quote, server, people):
    held = set_quote_lines(quote, [{"product": server.pk, "quantity": "2"}], actor=people.rep.actor)
    [line] = lines_json(held)
    assert line == {
        "product": server.pk,
        "bundle": None,
        "description": "服务器",
        "unit": "台",
        "quantity": "2",
        "unit_price": "50000.00",
        "discount": "0",
        "tax_rate": "13",
        "amount": "100000.00",
    }
    assert (held.subtotal, held.tax_amount, held.total) == (Decimal(100000), Decimal(13000), Decimal(113000))


def test_the_price_list_wins_by_level_day_and_currency(
    make, make_customer, make_opportunity, make_quote, people, server
):
    customer = make_customer(level="A")
    quote = make_quote(opportunity=make_opportunity(customer=customer))
    yesterday, tomorrow = today() - timedelta(days=1), today() + timedelta(days=1)
    PriceRow.objects.create(product=server, level="", valid_from=yesterday, price=48000)
    PriceRow.objects.create(product=server, level="A", valid_from=yesterday, price=45000)
    PriceRow.objects.create(product=server, level="A", valid_from=tomorrow, price=1)
    PriceRow.objects.create(product=server, level="B", valid_from=yesterday, price=2)
    held = set_quote_lines(quote, [{"product": server.pk}], actor=people.rep.actor)
    assert lines_json(held)[0]["unit_price"] == "45000.00"


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ({"discount": "120"}, "lines.1.discount"),
        ({"discount": "-1"}, "lines.1.discount"),
        ({"unit_price": "-5"}, "lines.1.unit_price"),
        ({"unit_price": "123456789012345"}, "lines.1.unit_price"),
        ({"unit_price": "1.999"}, "lines.1.unit_price"),
        ({"quantity": "0"}, "lines.1.quantity"),
        ({"quantity": "NaN"}, "lines.1.quantity"),
        ({"quantity": "two"}, "lines.1.quantity"),
        ({"tax_rate": "101"}, "lines.1.tax_rate"),
        ({"product": 999999}, "lines.1.product"),
        ({"description": "字" * 201}, "lines.1.description"),
    ],
)
def test_what_cannot_be_is_refused_at_its_line_and_nothing_is_stored(quote, server, people, typed, place):
    wrong = {"description": "安装", "unit_price": "100", **typed}
    with pytest.raises(InvalidRecord) as refused:
        set_quote_lines(quote, [{"product": server.pk}, wrong], actor=people.rep.actor)
    assert list(refused.value.problems) == [place]
    assert lines_json(quote) == []
    assert _kinds(quote) == ["record.created"]


def test_lines_need_the_right_to_change_the_quote(quote, people):
    with pytest.raises(Quote.DoesNotExist):
        set_quote_lines(quote, [{"description": "安装", "unit_price": "1"}], actor=people.outsider.actor)


def test_lines_written_on_an_older_version_are_refused(quote, people):
    change_record(quote, {"note": "客户催得急"}, actor=people.rep.actor)
    with pytest.raises(QuoteChanged):
        set_quote_lines(quote, [], actor=people.rep.actor, version=1)


def test_a_products_inactive_state_keeps_it_off_new_lines_and_on_old_ones(quote, server, backup, people):
    set_quote_lines(quote, [{"product": server.pk}], actor=people.rep.actor)
    for product in (server, backup):
        change_record(product, {"is_active": False}, actor=people.rep.actor)
    set_quote_lines(quote, [{"product": server.pk, "quantity": "3"}], actor=people.rep.actor)
    with pytest.raises(InvalidRecord) as refused:
        set_quote_lines(quote, [{"product": backup.pk}], actor=people.rep.actor)
    assert list(refused.value.problems) == ["lines.0.product"]


def test_another_currency_comes_with_its_rate_and_day_and_a_total_in_yuan(quote, server, people):
    with pytest.raises(InvalidRecord):
        change_record(quote, {"currency": "USD"}, actor=people.rep.actor)
    CurrencyRate.objects.create(currency="USD", rate="7.2", valid_from=today(), created_at=now())
    epochs.bump("currencies")
    held = change_record(quote, {"currency": "USD"}, actor=people.rep.actor)
    held = set_quote_lines(held, [{"product": server.pk}], actor=people.rep.actor)
    assert lines_json(held)[0]["unit_price"] == "6944.44"
    assert (held.total, held.total_cny) == (Decimal("7847.22"), Decimal("56499.98"))
    assert (held.rate, held.rate_on) == (Decimal("7.2"), today())


def test_a_discount_of_the_whole_quote_sums_it_up_anew(quote, server, people):
    set_quote_lines(quote, [{"product": server.pk}], actor=people.rep.actor)
    held = change_record(_stored(quote), {"discount": "10"}, actor=people.rep.actor)
    assert (held.subtotal, held.discount_amount, held.total) == (50000, 5000, Decimal("50850.00"))


def test_bundles_know_their_price_and_take_no_bundles(make, server, backup, people):
    bundle = make("product", name="服务器加备份", kind="bundle", price="0", bundle_discount="8")
    parts = [{"product": server.pk, "quantity": "1"}, {"product": backup.pk, "quantity": "1"}]
    assert set_bundle_lines(bundle, parts, actor=people.rep.actor).price == Decimal("64400.00")
    with pytest.raises(InvalidRecord):
        set_bundle_lines(bundle, [{"product": bundle.pk}], actor=people.rep.actor)


def test_a_small_discount_needs_nobody_and_a_large_one_the_manager(quote, server, people):
    install_flows()
    set_quote_lines(quote, [{"product": server.pk, "discount": "10"}], actor=people.rep.actor)
    assert submit_quote(quote, actor=people.rep.actor).state == "approved"
    set_quote_lines(quote, [{"product": server.pk, "discount": "10.01"}], actor=people.rep.actor)
    assert _stored(quote).state == "draft"
    assert submit_quote(quote, actor=people.rep.actor).state == "waiting"
    with pytest.raises(InvalidRecord):
        send_quote(quote, actor=people.rep.actor)
    with pytest.raises(InvalidRecord):
        set_quote_lines(quote, [], actor=people.rep.actor)
    approval = Approval.objects.ungated("test").get(act="quote.discount")
    step = approval.steps.get()
    decide(step, "approve", actor=people.manager.actor)
    assert _stored(quote).state == "approved"


def test_a_refused_discount_gives_the_draft_back(quote, server, people):
    install_flows()
    set_quote_lines(quote, [{"product": server.pk, "discount": "30"}], actor=people.rep.actor)
    submit_quote(quote, actor=people.rep.actor)
    step = Approval.objects.ungated("test").get(act="quote.discount").steps.get()
    decide(step, "refuse", actor=people.manager.actor, reason="太低了")
    assert _stored(quote).state == "draft"


def test_a_sent_quote_stays_as_it_is(sent, people):
    assert sent.state == "sent"
    with pytest.raises(InvalidRecord):
        set_quote_lines(sent, [], actor=people.rep.actor)
    with pytest.raises(InvalidRecord) as refused:
        change_record(sent, {"terms": "货到付款"}, actor=people.rep.actor)
    assert list(refused.value.problems) == ["terms"]
    assert change_record(sent, {"note": "内部"}, actor=people.rep.actor).note == "内部"


def test_a_new_version_copies_everything_and_replaces_the_old_one_once_sent(sent, people):
    later = new_version(sent, actor=people.rep.actor)
    assert (later.edition, later.replaces_id, later.number) == (2, sent.pk, f"{sent.number}-V2")
    assert (later.state, later.total, lines_json(later)) == ("draft", sent.total, lines_json(sent))
    assert new_version(sent, actor=people.rep.actor).pk == later.pk
    assert _stored(sent).state == "sent"
    send_quote(later, actor=people.rep.actor)
    assert _stored(sent).state == "replaced"
    with pytest.raises(NotOpen):
        accept_quote(sent.pk, 1, name="王总", actor=CUSTOMER)


def test_acceptance_counts_once_and_only_for_the_version_seen(sent):
    first = accept_quote(sent.pk, 1, name="王总", note="尽快发货", actor=CUSTOMER)
    second = accept_quote(sent.pk, 1, name="王总", actor=CUSTOMER)
    assert (first.is_first, second.is_first) == (True, False)
    assert _kinds(sent).count("quote.accepted") == 1
    held = _stored(sent)
    assert (held.state, held.answered_by, held.answer_note) == ("accepted", "王总", "尽快发货")
    with pytest.raises(NotOpen):
        decline_quote(sent.pk, 1, name="王总", reason="后悔了", actor=CUSTOMER)


def test_what_the_customer_wrote_is_kept_encrypted_in_the_log(sent):
    accept_quote(sent.pk, 1, name="王大锤", actor=CUSTOMER)
    event = Event.objects.get(record_type="quote", record_id=sent.pk, kind="quote.accepted")
    assert "王大锤" not in event.changes
    assert read_changes(event)["answered_by"] == (None, "王大锤")


def test_a_quote_expires_after_its_last_day_and_is_no_longer_accepted(sent):
    assert expire_quotes(sent.valid_until) == 0
    assert expire_quotes(sent.valid_until + timedelta(days=1)) == 1
    assert _stored(sent).state == "expired"
    with pytest.raises(NotOpen):
        accept_quote(sent.pk, 1, name="王总", actor=CUSTOMER)


def test_declining_wants_a_reason(sent):
    with pytest.raises(InvalidRecord):
        decline_quote(sent.pk, 1, name="王总", reason=" ", actor=CUSTOMER)
    assert decline_quote(sent.pk, 1, name="王总", reason="预算不够", actor=CUSTOMER).quote.state == "declined"


def test_the_opportunity_counts_its_quotes_and_follows_the_sent_and_the_accepted(sent, people):
    def opportunity():
        return Opportunity.objects.ungated("test").get(pk=sent.opportunity_id)

    assert (opportunity().quote_count, opportunity().amount) == (1, Decimal("113000.00"))
    later = new_version(sent, actor=people.rep.actor)
    assert opportunity().quote_count == 2
    set_quote_lines(
        later, [{"description": "一次性服务", "unit_price": "100", "tax_rate": "0"}], actor=people.rep.actor
    )
    assert opportunity().amount == Decimal("113000.00")
    send_quote(later, actor=people.rep.actor)
    assert (opportunity().quote_count, opportunity().amount) == (1, Decimal("100.00"))


def test_nobody_sends_a_colleagues_quote(quote, people):
    with pytest.raises((NotAllowed, Quote.DoesNotExist)):
        send_quote(quote, actor=people.colleague.actor)
