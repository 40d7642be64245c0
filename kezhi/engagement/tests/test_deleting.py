"""What goes to the recycle bin with a customer, what comes back, and what is not stored a second time."""

import pytest

from kezhi.customers.models import Contact, Customer
from kezhi.engagement.models import FollowUp
from kezhi.engagement.operations import record_follow_up
from kezhi.records.operations import InvalidRecord, create_record, delete_records, restore_records, undo_operation
from kezhi.records.registry import record_type
from kezhi.work.models import Task
from kezhi.work.operations import complete_task
from kezhi.work.today import today_page

pytestmark = pytest.mark.django_db


def make_contact(customer, people, name="沈知远"):
    values = {"name": name, "customer": str(customer.pk)}
    return create_record(record_type("contact"), values, actor=people.rep.actor)


def tasks_of(member):
    return set(Task.objects.visible_to(member.actor).values_list("title", flat=True))


def test_open_tasks_go_with_their_customer_and_come_back_with_it(customer, people, words):
    record_follow_up(customer, words(next_action="送一份样册过去"), actor=people.rep.actor)
    complete_task(Task.objects.ungated("test").get(), actor=people.rep.actor)
    record_follow_up(customer, words(), actor=people.rep.actor)
    done, still_open = "送一份样册过去", "给沈主任发书面恢复方案"
    assert tasks_of(people.rep) == {done, still_open}
    assert [row.title for row in today_page(people.rep.actor).upcoming] == [still_open]

    delete_records(record_type("customer"), [customer.pk], actor=people.rep.actor)
    assert tasks_of(people.rep) == {done}
    assert today_page(people.rep.actor).upcoming == []

    restore_records(record_type("customer"), [customer.pk], actor=people.rep.actor)
    assert tasks_of(people.rep) == {done, still_open}
    customer.refresh_from_db()
    assert customer.next_follow_at == Task.objects.visible_to(people.rep.actor).get(state="open").due_at


def test_a_task_that_was_deleted_before_its_customer_stays_in_the_bin(customer, people, words):
    record_follow_up(customer, words(), actor=people.rep.actor)
    delete_records(record_type("task"), [Task.objects.ungated("test").get().pk], actor=people.rep.actor)
    actor = people.rep.actor
    delete_records(record_type("customer"), [customer.pk], actor=actor)
    undo_operation(actor.ref.operation, actor=actor.fresh())

    assert Customer.objects.visible_to(people.rep.actor).exists()
    assert tasks_of(people.rep) == set()


def test_a_contact_does_not_come_back_without_its_customer(customer, people):
    contact = make_contact(customer, people)
    delete_records(record_type("contact"), [contact.pk], actor=people.rep.actor)
    delete_records(record_type("customer"), [customer.pk], actor=people.rep.actor)

    with pytest.raises(InvalidRecord) as refused:
        restore_records(record_type("contact"), [contact.pk], actor=people.rep.actor)
    sentence = "这条联系人所属的客户“苏州澜图科技有限公司”还在回收站里，请先恢复它"
    assert refused.value.problems == {"": sentence}
    client = people.rep.client()
    for address in (f"/contacts/{contact.pk}/restoration/", "/settings/recycle/contact/restoration/"):
        answer = client.post(address, {"id": contact.pk}, follow=True)
        assert sentence in answer.content.decode()
    assert not Contact.objects.visible_to(people.rep.actor).exists()

    restore_records(record_type("customer"), [customer.pk], actor=people.rep.actor)
    restore_records(record_type("contact"), [contact.pk], actor=people.rep.actor)
    assert Contact.objects.visible_to(people.rep.actor).exists()


def test_what_was_sent_and_deleted_since_is_not_stored_again(customer, people, words):
    first = record_follow_up(customer, words(), actor=people.rep.actor, client_key="device-1")
    delete_records(record_type("follow_up"), [first.pk], actor=people.rep.actor)

    with pytest.raises(InvalidRecord):
        record_follow_up(customer, words(), actor=people.rep.actor, client_key="device-1")
    typed = {key: value for key, value in words().items() if key != "happened_at"} | {"client_key": "device-1"}
    typed["next_due_at"] = typed["next_due_at"].replace(" ", "T")
    answer = people.rep.client().post(f"/customers/{customer.pk}/follow-up/", typed)
    assert answer.status_code == 422
    assert "后来被删除了" in answer.content.decode()
    assert FollowUp.objects.ungated("test").count() == 1


def test_what_was_sent_before_the_customer_changed_hands_is_not_stored_again(customer, people, words):
    record_follow_up(customer, words(), actor=people.rep.actor, client_key="device-1")
    Customer.objects.ungated("test").update(owner=people.outsider.user)

    with pytest.raises(InvalidRecord):
        record_follow_up(customer, words(), actor=people.rep.actor, client_key="device-1")


def test_a_merged_customer_is_not_in_the_recycle_bin(customer, people):
    Customer.objects.ungated("test").filter(pk=customer.pk).update(deleted_at=customer.created_at, deleted_in="merge:1")

    assert customer.name not in people.rep.client().get("/settings/recycle/customer/").content.decode()
