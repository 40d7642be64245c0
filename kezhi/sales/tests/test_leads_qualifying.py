"""Qualifying a lead: customer, contact and opportunity in one act, and back (LEAD-5, LEAD-6)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kezhi.access.policies import NotAllowed
from kezhi.core.clock import now, today
from kezhi.core.health import examine
from kezhi.core.models import Event
from kezhi.customers.models import Consent, Contact, Customer
from kezhi.records.models import RecordFile, Tag
from kezhi.records.operations import InvalidRecord, change_record, delete_records, restore_records
from kezhi.records.operations.files import add_file
from kezhi.records.registry import record_type
from kezhi.sales.models import Lead, LeadSource, Opportunity
from kezhi.sales.operations.leads import contact_lead, disqualify_lead, recycle_lead
from kezhi.sales.operations.qualifying import Choice, qualify_lead, take_back
from kezhi.sales.source_facts import refresh_sources
from kezhi.sales.tests.test_leads import SAID, reload

pytestmark = pytest.mark.django_db

FULL = {
    "contact_name": "沈知远",
    "position": "设备科主任",
    "phone": "13812345678",
    "email": "shen@lantu.cn",
    "industry": "medical",
    "province": "江苏省",
    "city": "苏州市",
    "interest": "影像服务器",
    "need": "两台影像服务器，年底前到货",
    "budget": "500000",
    "channel": "exhibition",
    "source_detail": "5B12",
}


@pytest.fixture
def source(make, people):
    return make("lead_source", name="春季医疗展", channel="exhibition", cost="20000")


@pytest.fixture
def full_lead(make_lead):
    def create(**values):
        return make_lead(**{**FULL, "expected_purchase_on": f"{today() + timedelta(days=60)}", **values})

    return create


def counts(source):
    row = LeadSource.objects.ungated("test").get(pk=source.pk)
    return (row.lead_count, row.effective_count, row.won_amount)


def test_one_act_makes_customer_contact_and_opportunity_of_everything_that_was_known(full_lead, source, people):
    lead = full_lead(source=source, tags=["urgent"])
    actor = people.rep.actor
    done = qualify_lead(lead, Choice(), actor=actor)

    customer = Customer.objects.ungated("test").get(pk=done.customer.pk)
    assert (customer.name, customer.kind, customer.phone) == (lead.name, "company", "+8613812345678")
    assert (customer.industry, customer.city, customer.source, customer.source_detail) == (
        "medical",
        "苏州市",
        "exhibition",
        "5B12",
    )
    assert customer.tag_ids == [Tag.objects.get(key="urgent").pk]
    contact = Contact.objects.ungated("test").get(customer=customer)
    assert (contact.name, contact.position, contact.email) == ("沈知远", "设备科主任", "shen@lantu.cn")
    opportunity = Opportunity.objects.ungated("test").get(customer=customer)
    assert (opportunity.name, opportunity.amount) == ("苏州澜图科技有限公司 影像服务器", Decimal("500000.00"))
    assert (opportunity.contact_id, opportunity.lead_id, opportunity.interest) == (contact.pk, lead.pk, "影像服务器")
    assert opportunity.expected_close_on == today() + timedelta(days=60)
    lead = reload(lead)
    assert (lead.state, lead.customer_id, lead.contact_id) == ("qualified", customer.pk, contact.pk)
    assert lead.qualified_at is not None
    assert {row.owner_id for row in (customer, opportunity, lead)} == {people.rep.id}
    operations = Event.objects.filter(actor_id=people.rep.id, kind__in=("lead.qualified", "record.created"))
    assert operations.filter(operation=actor.ref.operation).count() == 4


def test_of_two_numbers_the_first_is_the_persons_and_the_other_the_companys(full_lead, people):
    lead = full_lead(phone_other="0512-65551234")
    made = qualify_lead(lead, Choice(), actor=people.rep.actor)
    assert (made.contact.phone, made.customer.phone) == ("+8613812345678", "+8651265551234")


def test_a_lead_is_known_by_its_second_number_too(full_lead, make_customer, people):
    customer = make_customer("别的公司", phone="0512-65551234")
    assert full_lead(phone_other="0512 6555 1234").known_customer_id == customer.pk


def test_after_it_the_lead_is_read_only_but_for_owner_tags_and_note(full_lead, people):
    lead = full_lead()
    qualify_lead(lead, Choice(), actor=people.rep.actor)
    with pytest.raises(InvalidRecord) as refused:
        change_record(reload(lead), {"phone": "13912345678"}, actor=people.rep.actor)
    assert list(refused.value.problems) == ["phone"]
    change_record(reload(lead), {"note": "已转"}, actor=people.rep.actor)
    for act in (
        lambda: contact_lead(lead, SAID, actor=people.rep.actor),
        lambda: disqualify_lead(lead, "no_need", actor=people.rep.actor),
        lambda: recycle_lead(lead, today() + timedelta(days=5), actor=people.rep.actor),
        lambda: qualify_lead(lead, Choice(), actor=people.rep.actor),
    ):
        with pytest.raises(InvalidRecord):
            act()


def test_an_existing_customer_and_its_contact_of_the_same_phone_are_joined(full_lead, make_customer, make, people):
    customer = make_customer(phone="051288886666")
    contact = make("contact", name="沈主任", customer=customer, phone="13812345678")
    done = qualify_lead(full_lead(), Choice(customer_id=customer.pk), actor=people.rep.actor)
    assert (done.customer.pk, done.contact.pk) == (customer.pk, contact.pk)
    assert Customer.objects.ungated("test").count() == 1
    assert Contact.objects.ungated("test").count() == 1


def test_a_customer_out_of_sight_or_a_foreign_contact_is_refused_and_nothing_is_made(
    full_lead, make_customer, make, people
):
    theirs = make_customer("常州宏远机械有限公司", by=people.outsider)
    other = make_customer("无锡长河电子有限公司")
    foreign = make("contact", name="韩梅", customer=other)
    lead = full_lead()
    with pytest.raises(InvalidRecord) as refused:
        qualify_lead(lead, Choice(customer_id=theirs.pk), actor=people.rep.actor)
    assert list(refused.value.problems) == ["customer"]
    with pytest.raises(InvalidRecord) as refused:
        qualify_lead(lead, Choice(contact_id=foreign.pk), actor=people.rep.actor)
    assert list(refused.value.problems) == ["contact"]
    assert (reload(lead).state, Customer.objects.ungated("test").count()) == ("new", 2)


def test_a_wrong_value_refuses_everything(full_lead, people):
    lead = full_lead()
    with pytest.raises(InvalidRecord) as refused:
        qualify_lead(lead, Choice(opportunity={"amount": "很多"}), actor=people.rep.actor)
    assert list(refused.value.problems) == ["opportunity.amount"]
    assert not Customer.objects.ungated("test").exists()
    assert reload(lead).state == "new"


def test_the_need_must_be_clear_and_can_be_written_there(make_lead, people):
    lead = make_lead(phone="13812345678")
    with pytest.raises(InvalidRecord) as refused:
        qualify_lead(lead, Choice(), actor=people.rep.actor)
    assert list(refused.value.problems) == ["need"]
    qualify_lead(lead, Choice(need="一台服务器"), actor=people.rep.actor)
    assert (reload(lead).state, reload(lead).need) == ("qualified", "一台服务器")


def test_a_person_becomes_a_customer_without_a_contact_and_an_opportunity_only_if_wanted(make_lead, people):
    lead = make_lead("沈知远", contact_name="沈知远", phone="13812345678", need="家用")
    done = qualify_lead(lead, Choice(opportunity=None), actor=people.rep.actor)
    assert (done.customer.kind, done.contact, done.opportunity) == ("person", None, None)


def test_consent_and_files_go_along(full_lead, people):
    lead = full_lead()
    Lead.objects.ungated("test").filter(pk=lead.pk).update(consented_at=now(), consent_text="同意联系我")
    add_file(lead, SimpleUploadedFile("需求.txt", "两台".encode()), actor=people.rep.actor)
    done = qualify_lead(lead, Choice(), actor=people.rep.actor)
    consents = Consent.objects.filter(customer=done.customer).order_by("purpose")
    assert [(row.purpose, row.evidence) for row in consents] == [
        ("contact_mail", "同意联系我"),
        ("contact_phone", "同意联系我"),
    ]
    copied = RecordFile.objects.get(record_type="opportunity", record_id=done.opportunity.pk)
    original = RecordFile.objects.get(record_type="lead")
    assert (copied.name, copied.digest) == ("需求.txt", original.digest)
    assert copied.storage_name != original.storage_name


def test_a_qualification_can_be_taken_back_until_somebody_works_on_it(full_lead, source, people):
    lead = full_lead(source=source)
    done = qualify_lead(lead, Choice(), actor=people.rep.actor)
    assert counts(source) == (1, 1, 0)
    with pytest.raises((NotAllowed, Lead.DoesNotExist)):
        take_back(lead, actor=people.manager.actor)
    take_back(lead, actor=people.rep.actor)
    assert (reload(lead).state, reload(lead).customer_id, reload(lead).contact_id) == ("new", None, None)
    for model in (Customer, Contact, Opportunity):
        assert not model.objects.ungated("test").filter(deleted_at__isnull=True).exists()
    assert counts(source) == (1, 0, 0)

    done = qualify_lead(reload(lead), Choice(), actor=people.rep.actor)
    change_record(done.customer, {"website": "lantu.cn"}, actor=people.rep.actor)
    with pytest.raises(InvalidRecord):
        take_back(lead, actor=people.rep.actor)


def test_a_source_counts_its_leads_customers_and_what_they_bought(full_lead, make_lead, source, make, people):
    other = make("lead_source", name="秋季展", channel="exhibition")
    lead, idle = full_lead(source=source), make_lead("常州宏远机械有限公司", source=source)
    done = qualify_lead(lead, Choice(), actor=people.rep.actor)
    Opportunity.objects.ungated("test").filter(pk=done.opportunity.pk).update(state="won", amount=Decimal(300000))
    refresh_sources([source.pk])
    assert counts(source) == (2, 1, Decimal(300000))
    change_record(idle, {"source": str(other.pk)}, actor=people.rep.actor)
    assert (counts(source)[0], counts(other)[0]) == (1, 1)
    delete_records(record_type("lead"), [idle.pk], actor=people.rep.actor)
    assert counts(other)[0] == 0
    restore_records(record_type("lead"), [idle.pk], actor=people.rep.actor)
    assert counts(other)[0] == 1
    assert [sentence for check, sentence in examine() if check == "sales.sources"] == []


def test_a_count_that_is_wrong_is_found(make_lead, source):
    make_lead(source=source)
    LeadSource.objects.ungated("test").filter(pk=source.pk).update(lead_count=7)
    assert len([sentence for check, sentence in examine() if check == "sales.sources"]) == 1
    assert refresh_sources([source.pk]) == 1
    assert counts(source)[0] == 1
