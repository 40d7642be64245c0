"""Two people act at the same moment, each with a connection of their own: one effect, a sentence for the other."""

from collections import Counter
from datetime import date

import pytest

from kezhi.access.actors import system_actor
from kezhi.access.models import Grant
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import today
from kezhi.core.events import read_facts
from kezhi.core.figures import set_figure
from kezhi.core.models import Event
from kezhi.core.tests.threads import together
from kezhi.records.operations import Conflict, InvalidRecord, change_record, create_record
from kezhi.records.registry import record_type
from kezhi.sales.models import Contract, Opportunity, Payment, Quote
from kezhi.sales.operations.contracts import draft_contract_from_quote, newer_quote, ready_contract, sign_contract
from kezhi.sales.operations.payments import confirm_payment
from kezhi.sales.operations.quote_lines import lines_json, set_quote_lines
from kezhi.sales.operations.quotes import accept_quote, new_version, send_quote
from kezhi.sales.operations.stages import enter_stage

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 3


def at_once(*acts):
    """What each of these gave, started together: what it says, or the name of how it was refused."""
    answers = together(*acts, refused=(Conflict, InvalidRecord))
    return Counter(type(answer).__name__ if isinstance(answer, Exception) else answer for answer in answers)


def did(act, *args, **kwargs):
    """The act as one that only says that it was done."""

    def run():
        act(*args, **kwargs)
        return "done"

    return run


def fresh(model, pk):
    return model.objects.ungated("test").get(pk=pk)


def told(kind, pk):
    return [read_facts(row) for row in Event.objects.filter(kind=kind, record_id=pk).order_by("pk")]


@pytest.fixture
def signed(people, make_contract):
    set_figure("sales.legal_review", False, actor_ref=people.administrator.actor.ref)
    contract = ready_contract(make_contract(), actor=people.rep.actor)
    return sign_contract(contract, actor=people.rep.actor)


def test_of_two_who_move_one_card_one_moves_it_and_the_other_is_told(people, make_opportunity):
    rep, manager = people.rep.actor, people.manager.actor
    for number in range(ROUNDS):
        opportunity = make_opportunity(f"澜图机房改造 {number}")
        seen = fresh(Opportunity, opportunity.pk), fresh(Opportunity, opportunity.pk)

        answers = at_once(
            did(enter_stage, seen[0], "project.needs", actor=rep),
            did(enter_stage, seen[1], "project.lost", actor=manager, values={"lost_reason": "price"}),
        )

        assert answers == Counter(["done", "Conflict"])
        entered = [facts["stage"] for facts in told("opportunity.stage_entered", opportunity.pk)]
        assert entered == ["project.contact", fresh(Opportunity, opportunity.pk).stage_id]


def test_a_receipt_confirmed_by_two_counts_once(people, make, signed):
    actor = people.administrator.actor
    for number in range(1, ROUNDS + 1):
        payment = make("payment", contract=signed, amount=str(10 * number), received_on=today().isoformat())

        answers = at_once(*[did(confirm_payment, payment, actor=actor)] * 2)

        assert answers == Counter(["done", "InvalidRecord"])
        assert len(told("payment.confirmed", payment.pk)) == 1
    assert fresh(Contract, signed.pk).paid_amount == 60


def test_one_line_of_the_bank_entered_by_two_is_one_receipt(people, signed):
    for number in range(ROUNDS):
        values = {"contract": str(signed.pk), "amount": "1000", "received_on": "2026-03-01", "is_checked": "true"}
        values["reference"] = f"BK{number}"

        answers = at_once(
            *(did(create_record, record_type("payment"), values, actor=one.actor) for one in (people.rep, people.rep))
        )

        assert answers == Counter(["done", "InvalidRecord"])
        assert Payment.objects.ungated("test").filter(reference=f"BK{number}").count() == 1


def test_a_contract_signed_while_its_quote_is_changed_keeps_what_was_accepted(people, make_quote):
    set_figure("sales.legal_review", False, actor_ref=people.administrator.actor.ref)
    rep = people.rep.actor
    for number in range(ROUNDS):
        quote = make_quote(f"报价 {number}")
        set_quote_lines(quote, [{"description": "安装", "unit_price": "1000", "tax_rate": "0"}], actor=rep)
        sent = send_quote(quote, actor=rep)
        accepted = accept_quote(sent.pk, 1, name="王总", actor=system_actor("customer", door="link")).quote
        before = lines_json(fresh(Quote, accepted.pk))
        contract = ready_contract(draft_contract_from_quote(accepted, actor=rep), actor=rep)

        def offer_more(quote=accepted):
            made = new_version(quote, actor=rep)
            set_quote_lines(made, [{"description": "安装", "unit_price": "9000", "tax_rate": "0"}], actor=rep)
            send_quote(made, actor=rep)
            return "offered"

        def dearer(quote=accepted):
            set_quote_lines(quote, [{"description": "安装", "unit_price": "9000"}], actor=rep)
            return "changed what was accepted"

        answers = at_once(did(sign_contract, contract, signed_on=date(2026, 1, 5), actor=rep), offer_more, dearer)

        assert answers == Counter(["done", "offered", "InvalidRecord"])
        kept = fresh(Contract, contract.pk)
        assert (kept.state, kept.amount, kept.quote_id) == ("signed", 1000, accepted.pk)
        assert (fresh(Quote, accepted.pk).state, lines_json(fresh(Quote, accepted.pk))) == ("accepted", before)
        assert newer_quote(kept).total == 9000


def test_an_amount_changed_while_the_contract_is_signed_is_either_what_was_signed_or_refused(people, make_contract):
    set_figure("sales.legal_review", False, actor_ref=people.administrator.actor.ref)
    # Who may review contracts may put a signed one right; a rep may not.
    Grant.objects.filter(subject="contract", action="review").delete()
    epochs.bump(EPOCH)
    rep = people.rep.actor
    for number in range(ROUNDS):
        contract = ready_contract(make_contract(f"合同 {number}"), actor=rep)

        answers = at_once(
            did(sign_contract, contract, actor=rep), did(change_record, contract, {"amount": "90000"}, actor=rep)
        )

        assert answers in (Counter({"done": 2}), Counter(["done", "InvalidRecord"]))
        kept = fresh(Contract, contract.pk)
        [signing] = told("contract.signed", contract.pk)
        assert (kept.state, signing["amount"]) == ("signed", str(kept.amount))
        assert kept.amount == (90000 if answers["done"] == 2 else 100000)
