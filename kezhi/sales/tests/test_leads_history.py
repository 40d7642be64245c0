"""What was said to a lead and is to be done about it goes on with the customer it became (LEAD-5)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.access.models import Grant
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.sealing import seal_all, verify_chain
from kezhi.records.registry import record_type
from kezhi.records.timeline import load_timeline
from kezhi.sales.models import Opportunity
from kezhi.sales.operations.leads import Contacted, contact_lead
from kezhi.sales.operations.qualifying import Choice, qualify_lead, take_back
from kezhi.sales.tests.test_leads import reload
from kezhi.work.models import Task

pytestmark = pytest.mark.django_db

KNOWN = {"phone": "13812345678", "need": "两台影像服务器"}


@pytest.fixture
def told(make_lead, people):
    """A lead somebody spoke with, with a next step agreed."""
    lead = make_lead(**KNOWN)
    said = Contacted("phone", "先要一份影像方案", "发影像方案", people.rep.id, now() + timedelta(days=2))
    contact_lead(lead, said, actor=people.rep.actor)
    return reload(lead)


def timeline(key, record, member, **more):
    return str(load_timeline(record_type(key), record, actor=member.actor, **more).rows)


def test_what_was_said_to_the_lead_stands_on_customer_and_opportunity(told, people):
    done = qualify_lead(told, Choice(), actor=people.rep.actor)

    for key, record in (("customer", done.customer), ("opportunity", done.opportunity), ("lead", done.lead)):
        assert timeline(key, record, people.rep).count("先要一份影像方案") == 1
    shown = load_timeline(record_type("customer"), done.customer, actor=people.rep.actor)
    assert len({entry.id for entry in shown.entries}) == len(shown.entries)
    assert "先要一份影像方案" in timeline("customer", done.customer, people.rep, chip="type:lead")
    assert ("type:lead", "线索") in [(chip.key, chip.label) for chip in shown.chips]


def test_it_is_read_page_by_page_and_each_entry_once(told, people):
    done = qualify_lead(told, Choice(), actor=people.rep.actor)
    known = record_type("customer")
    whole = [entry.id for entry in load_timeline(known, done.customer, actor=people.rep.actor, limit=100).entries]
    found, before = [], None
    while True:
        page = load_timeline(known, done.customer, actor=people.rep.actor, before=before, limit=2)
        found += [entry.id for entry in page.entries]
        before = page.next_before
        if before is None:
            break
    assert found == whole


def test_whoever_may_not_see_the_lead_reads_nothing_of_it(told, people):
    done = qualify_lead(told, Choice(), actor=people.rep.actor)
    Grant.objects.filter(subject="lead", action="view").delete()
    epochs.bump("access")

    assert "先要一份影像方案" not in timeline("customer", done.customer, people.rep)


def test_the_log_stays_sealed(told, people):
    seal_all()
    qualify_lead(told, Choice(), actor=people.rep.actor)
    seal_all()
    assert verify_chain() == []


def test_the_next_step_goes_on_with_the_opportunity(told, people):
    done = qualify_lead(told, Choice(), actor=people.rep.actor)
    task = Task.objects.ungated("test").get(title="发影像方案")

    assert (task.about_type, task.about_id, task.about_title) == (
        "opportunity",
        done.opportunity.pk,
        done.opportunity.name,
    )
    assert Opportunity.objects.ungated("test").get(pk=done.opportunity.pk).next_activity_at == task.due_at


def test_without_an_opportunity_it_goes_on_with_the_customer(told, people):
    done = qualify_lead(told, Choice(opportunity=None), actor=people.rep.actor)
    task = Task.objects.ungated("test").get(title="发影像方案")

    assert (task.about_type, task.about_id) == ("customer", done.customer.pk)


def test_taken_back_the_next_step_is_the_leads_again(told, people):
    done = qualify_lead(told, Choice(), actor=people.rep.actor)
    take_back(done.lead, actor=people.rep.actor)
    task = Task.objects.ungated("test").get(title="发影像方案")

    assert (task.about_type, task.about_id, task.about_title) == ("lead", told.pk, told.name)
    assert (task.state, task.deleted_at) == ("open", None)
    assert "先要一份影像方案" in timeline("lead", reload(told), people.rep)


def test_more_leads_of_one_customer_need_no_more_statements(told, make_lead, people):
    done = qualify_lead(told, Choice(), actor=people.rep.actor)
    known = record_type("customer")
    counts = []
    for _round in range(2):
        load_timeline(known, done.customer, actor=people.rep.actor)
        with CaptureQueriesContext(connection) as asked:
            load_timeline(known, done.customer, actor=people.rep.actor)
        counts.append(sum("core_epoch" not in query["sql"] for query in asked.captured_queries))
        for number in range(3):
            lead = make_lead(f"又一条线索{number}", phone=f"1391234567{number}", need="再来一台")
            qualify_lead(lead, Choice(customer_id=done.customer.pk), actor=people.rep.actor)
    assert counts[0] == counts[1]
