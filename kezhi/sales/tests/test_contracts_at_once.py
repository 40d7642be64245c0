"""A quote answered and a contract drawn up and signed by two at the same moment: one effect, told clearly."""

from collections import Counter
from functools import partial

import pytest

from kezhi.access.actors import system_actor
from kezhi.core.figures import set_figure
from kezhi.core.models import Event
from kezhi.core.tests.threads import together
from kezhi.records.operations.problems import InvalidRecord
from kezhi.sales.models import Contract, Quote
from kezhi.sales.operations.contracts import draft_contract_from_quote, ready_contract, sign_contract
from kezhi.sales.operations.quote_lines import set_quote_lines
from kezhi.sales.operations.quotes import NotOpen, accept_quote, new_version, send_quote

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMER = system_actor("customer", door="link")


def at_once(*acts):
    """How many of these, started together, were done, and how many were refused with which answer."""
    return Counter(said(answer) for answer in together(*acts, refused=(NotOpen, InvalidRecord)))


def said(answer):
    if isinstance(answer, NotOpen):
        return "not open"
    if isinstance(answer, InvalidRecord):
        return " ".join(str(text) for text in answer.problems.values())
    return "done"


def happened(kind, record):
    return Event.objects.filter(kind=kind, record_id=record.pk).count()


def stored(record):
    return type(record).objects.ungated("test").get(pk=record.pk)


@pytest.fixture
def sent(people, make_quote):
    set_figure("sales.legal_review", False, actor_ref=people.administrator.actor.ref)
    quote = make_quote()
    set_quote_lines(quote, [{"description": "安装", "unit_price": "1000", "tax_rate": "0"}], actor=people.rep.actor)
    return send_quote(quote, actor=people.rep.actor)


@pytest.fixture
def newer(people):
    def change(quote, price):
        """A further version of the quote with another price, and out it goes."""
        version = new_version(quote, actor=people.rep.actor)
        set_quote_lines(
            version, [{"description": "安装", "unit_price": price, "tax_rate": "0"}], actor=people.rep.actor
        )
        return send_quote(version, actor=people.rep.actor)

    return change


def test_a_contract_is_signed_once_by_two(people, sent):
    accept_quote(sent.pk, sent.edition, name="王总", actor=CUSTOMER)
    contract = ready_contract(draft_contract_from_quote(sent, actor=people.rep.actor), actor=people.rep.actor)

    answers = at_once(*(partial(sign_contract, contract, actor=who.actor) for who in (people.rep, people.manager)))

    assert answers == Counter({"done": 1, "合同还不能签署：要先审核通过，成为“待签署”。": 1})
    assert (stored(contract).state, happened("contract.signed", contract)) == ("signed", 1)


def test_an_accepted_quote_drafted_by_two_is_one_contract(people, sent):
    accept_quote(sent.pk, sent.edition, name="王总", actor=CUSTOMER)
    quote = stored(sent)

    answers = at_once(
        *(partial(draft_contract_from_quote, quote, actor=who.actor) for who in (people.rep, people.manager))
    )

    assert (answers, Contract.objects.ungated("test").count()) == (Counter({"done": 2}), 1)


def test_a_quote_is_accepted_or_replaced_by_the_newer_but_not_both(people, sent, newer):
    accepting = partial(accept_quote, sent.pk, sent.edition, name="王总", actor=CUSTOMER)

    answers = at_once(accepting, partial(newer, stored(sent), "700"))

    assert (answers, stored(sent).state) in (
        (Counter({"done": 2}), "accepted"),
        (Counter({"done": 1, "not open": 1}), "replaced"),
    )
    assert Quote.objects.ungated("test").get(replaces=sent).state == "sent"
