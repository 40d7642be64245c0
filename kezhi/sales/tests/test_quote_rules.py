"""What the shipped rules do around quotes, and what survives a worker that dies (AUTO-2, SAL-4)."""

from datetime import timedelta

import pytest

from kezhi.access.actors import system_actor
from kezhi.automation.defaults import install_rules
from kezhi.core.clock import today
from kezhi.core.health import examine
from kezhi.core.jobs import run_pending
from kezhi.core.models import Outbox
from kezhi.core.sealing import seal_all
from kezhi.records.operations import delete_records, restore_records
from kezhi.records.registry import record_type
from kezhi.sales.jobs_quotes import expire
from kezhi.sales.models import Opportunity, Quote
from kezhi.sales.operations.quote_lines import set_quote_lines
from kezhi.sales.operations.quotes import accept_quote, decline_quote, send_quote
from kezhi.work.models import Notification, Task
from tests.scenes import play

pytestmark = pytest.mark.django_db

CUSTOMER = system_actor("customer", door="link")


@pytest.fixture
def sent(people, make_quote):
    play(install_rules)
    quote = make_quote()
    set_quote_lines(quote, [{"description": "安装", "unit_price": "1000", "tax_rate": "0"}], actor=people.rep.actor)
    return send_quote(quote, actor=people.rep.actor)


def _go_on():
    """What a worker does: events reach the rules, rules' jobs run."""
    seal_all()
    run_pending()


def _told(member):
    rows = Notification.objects.filter(user=member.user, about_type="quote").order_by("pk")
    return [row.title for row in rows]


def test_the_owner_is_told_of_an_acceptance_and_gets_the_contract_to_prepare(sent, people):
    accept_quote(sent.pk, 1, name="王总", actor=CUSTOMER)
    _go_on()
    assert len(_told(people.rep)) == 1
    tasks = Task.objects.ungated("test").filter(about_type="quote", about_id=sent.pk)
    assert [task.owner_id for task in tasks] == [people.rep.id]


def test_an_acceptance_waits_for_its_rules_in_the_same_transaction(sent, people):
    """Whoever dies after it leaves the event in the outbox: the next worker goes on from there."""
    _go_on()
    accept_quote(sent.pk, 1, name="王总", actor=CUSTOMER)
    waiting = Outbox.objects.filter(event__kind="quote.accepted", event__record_id=sent.pk)
    assert waiting.count() == 1
    _go_on()
    _go_on()
    assert waiting.count() == 0
    assert len(_told(people.rep)) == 1


def test_the_owner_is_told_of_a_refusal_and_of_an_expiry(sent, people, make_quote):
    decline_quote(sent.pk, 1, name="王总", reason="预算不够", actor=CUSTOMER)
    _go_on()
    assert len(_told(people.rep)) == 1
    other = make_quote("另一份报价", opportunity=sent.opportunity)
    set_quote_lines(other, [{"description": "安装", "unit_price": "1000"}], actor=people.rep.actor)
    send_quote(other, actor=people.rep.actor)
    Quote.objects.ungated("test").filter(pk=other.pk).update(valid_until=today() - timedelta(days=1))
    expire()
    expire()
    _go_on()
    assert len(_told(people.rep)) == 2


def test_a_deleted_quote_no_longer_counts_and_the_check_names_a_wrong_count(sent, people):
    known = record_type("quote")

    def count():
        return Opportunity.objects.ungated("test").get(pk=sent.opportunity_id).quote_count

    delete_records(known, [sent.pk], actor=people.rep.actor)
    assert count() == 0
    restore_records(known, [sent.pk], actor=people.rep.actor)
    assert count() == 1
    assert [words for key, words in examine() if key == "quotes"] == []
    Opportunity.objects.ungated("test").filter(pk=sent.opportunity_id).update(quote_count=5)
    [words] = [words for key, words in examine() if key == "quotes"]
    assert words.endswith(": quote_count is 5, there are 1")
