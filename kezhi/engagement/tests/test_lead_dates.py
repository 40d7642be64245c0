"""When a customer was first and last spoken to begins with the lead it was (LEAD-5)."""

from datetime import timedelta

import pytest
import time_machine

from kezhi.core.clock import now
from kezhi.core.models import Event
from kezhi.customers.models import Customer
from kezhi.engagement.operations import record_follow_up
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from kezhi.sales.operations.leads import Contacted, contact_lead
from kezhi.sales.operations.qualifying import Choice, qualify_lead, take_back

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(people):
    """A lead the rep called three days ago and wrote to two days ago."""
    people.grant("lead", "opportunity")
    values = {"name": "常州宏远机械有限公司", "contact_name": "方工", "phone": "13912345678", "need": "两台服务器"}
    made = create_record(record_type("lead"), values, actor=people.rep.actor)
    for days, method, summary in ((3, "phone", "先发资料"), (2, "wechat", "资料已看，要报价")):
        with time_machine.travel(now() - timedelta(days=days), tick=False):
            contact_lead(made, Contacted(method, summary), actor=people.rep.actor)
    return made


def dates(customer):
    stored = Customer.objects.ungated("test").get(pk=customer.pk)
    return (stored.first_followed_at, stored.last_followed_at)


def test_a_customer_was_spoken_to_when_its_lead_was(lead, people, words):
    first, last = Event.objects.filter(kind="lead.contacted").order_by("id").values_list("at", flat=True)
    customer = qualify_lead(lead, Choice(), actor=people.rep.actor).customer
    assert dates(customer) == (first, last)

    given = {"industry": "it", "level": "A"}
    follow_up = record_follow_up(customer, words(), actor=people.rep.actor, customer_values=given)
    assert dates(customer) == (first, follow_up.happened_at)


def test_a_customer_who_stays_forgets_a_lead_taken_back(lead, people):
    customer = create_record(record_type("customer"), {"name": "常州宏远机械有限公司"}, actor=people.rep.actor)
    qualify_lead(lead, Choice(customer_id=customer.pk), actor=people.rep.actor)
    assert dates(customer) != (None, None)
    take_back(lead, actor=people.rep.actor)
    assert dates(customer) == (None, None)


def test_a_lead_nobody_spoke_to_gives_no_date(people):
    people.grant("lead", "opportunity")
    values = {"name": "常州宏远机械有限公司", "contact_name": "方工", "phone": "13912345678", "need": "两台服务器"}
    lead = create_record(record_type("lead"), values, actor=people.rep.actor)
    assert dates(qualify_lead(lead, Choice(), actor=people.rep.actor).customer) == (None, None)
