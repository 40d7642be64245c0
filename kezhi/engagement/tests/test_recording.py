"""Recording follow-ups (FUP-2, FUP-3, FUP-8)."""

from datetime import timedelta

import pytest

from kezhi.access.models import FieldRule, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import local, now
from kezhi.engagement.models import FollowUp
from kezhi.engagement.operations import record_follow_up
from kezhi.records.operations import InvalidRecord, create_record, delete_records
from kezhi.records.registry import record_type
from kezhi.work.models import Task
from kezhi.work.operations import complete_task

pytestmark = pytest.mark.django_db


def test_the_next_action_is_a_task_and_the_customers_dates_move(customer, people, words):
    follow_up = record_follow_up(customer, words(), actor=people.rep.actor)

    customer.refresh_from_db()
    task = Task.objects.ungated("test").get()
    assert (task.title, task.owner_id, task.about_id) == ("给沈主任发书面恢复方案", people.rep.user.pk, customer.pk)
    assert customer.last_followed_at == follow_up.happened_at
    assert customer.next_follow_at == task.due_at


def test_finishing_the_task_clears_the_next_date(customer, people, words):
    record_follow_up(customer, words(), actor=people.rep.actor)
    complete_task(Task.objects.ungated("test").get(), actor=people.rep.actor)

    customer.refresh_from_db()
    assert customer.next_follow_at is None


def test_deleting_a_follow_up_moves_the_dates_back(customer, people, words):
    follow_up = record_follow_up(customer, words(), actor=people.rep.actor)
    delete_records(record_type("follow_up"), [follow_up.pk], actor=people.rep.actor)

    customer.refresh_from_db()
    assert customer.last_followed_at is None


@pytest.mark.parametrize(
    "vague",
    ["再联系", "保持联系", "有空再说", "ok", "继续跟进尽快", "跟进一下", "后续持续跟进", "沟通一下", "Keep in touch"],
)
def test_a_vague_next_action_is_refused(customer, people, vague, words):
    with pytest.raises(InvalidRecord) as refused:
        record_follow_up(customer, words(next_action=vague), actor=people.rep.actor)

    assert list(refused.value.problems) == ["next_action"]
    assert FollowUp.objects.ungated("test").count() == 0
    assert Task.objects.ungated("test").count() == 0


@pytest.mark.parametrize("missing", ["next_person", "next_due_at"])
def test_a_next_action_needs_who_and_when(customer, people, missing, words):
    with pytest.raises(InvalidRecord) as refused:
        record_follow_up(customer, words(**{missing: ""}), actor=people.rep.actor)

    assert list(refused.value.problems) == [missing]


def test_no_further_action_needs_a_reason(customer, people, words):
    nothing = {"next_action": "", "next_person": "", "next_due_at": ""}
    with pytest.raises(InvalidRecord):
        record_follow_up(customer, words(**nothing), actor=people.rep.actor)
    record_follow_up(customer, words(**nothing, no_next_reason="客户已停业"), actor=people.rep.actor)

    assert Task.objects.ungated("test").count() == 0


def test_missing_customer_data_is_asked_for_and_filled_in_the_same_act(people, words):
    customer = create_record(record_type("customer"), {"name": "苏州澜图科技有限公司"}, actor=people.rep.actor)
    with pytest.raises(InvalidRecord) as refused:
        record_follow_up(customer, words(), actor=people.rep.actor)
    assert list(refused.value.problems) == ["customer"]

    with pytest.raises(InvalidRecord) as refused:
        record_follow_up(customer, words(), actor=people.rep.actor, customer_values={"phone": "123", "industry": "it"})
    assert list(refused.value.problems) == ["customer.phone"]

    filled = {"phone": "13812345678", "industry": "it", "level": "B"}
    record_follow_up(customer, words(), actor=people.rep.actor, customer_values=filled)
    customer.refresh_from_db()
    assert customer.level == "B"
    assert FollowUp.objects.ungated("test").count() == 1


def test_what_is_sent_twice_is_stored_once(customer, people, words):
    first = record_follow_up(customer, words(), actor=people.rep.actor, client_key="device-1")
    again = record_follow_up(customer, words(), actor=people.rep.actor, client_key="device-1")

    assert first.pk == again.pk
    assert FollowUp.objects.ungated("test").count() == 1
    assert Task.objects.ungated("test").count() == 1


def test_one_persons_key_does_not_take_anothers(customer, people, words):
    record_follow_up(customer, words(), actor=people.rep.actor, client_key="device-1")
    record_follow_up(
        customer, words(next_person=str(people.manager.user.pk)), actor=people.manager.actor,
        client_key="device-1",
    )  # fmt: skip

    assert FollowUp.objects.ungated("test").count() == 2


def test_somebody_who_cannot_see_the_customer_cannot_record(customer, people, words):
    with pytest.raises(InvalidRecord):
        record_follow_up(customer, words(), actor=people.outsider.actor)

    assert FollowUp.objects.ungated("test").count() == 0


def test_the_composer_keeps_what_was_typed_and_names_what_is_wrong(customer, people):
    client = people.rep.client()
    answer = client.post(
        f"/customers/{customer.pk}/follow-up/",
        {"method": "phone", "summary": "说到一半的话", "next_action": "再联系"},
        headers={"HX-Request": "true"},
    )

    assert answer.status_code == 422
    assert "说到一半的话" in answer.content.decode()
    assert "下一步太含糊" in answer.content.decode()


def test_the_phone_page_records_for_a_chosen_customer(customer, people):
    client = people.rep.client()
    assert customer.name in client.get("/follow-up/").content.decode()
    due = f"{local(now() + timedelta(days=1)):%Y-%m-%dT%H:%M}"
    answer = client.post(
        "/follow-up/",
        {
            "customer": str(customer.pk),
            "method": "visit",
            "summary": "上门看了机房",
            "next_action": "周三前寄样机",
            "next_person": str(people.rep.user.pk),
            "next_due_at": due,
            "client_key": "k-1",
        },
    )

    assert answer.status_code == 302
    assert FollowUp.objects.ungated("test").get().method == "visit"


def test_the_timeline_says_nothing_of_hidden_parts_of_a_follow_up(customer, people, words):
    values = words(feedback="嫌贵", next_action="", next_person="", next_due_at="", no_next_reason="已选定友商")
    record_follow_up(customer, values, actor=people.rep.actor)
    role = Role.objects.get(key="sales_rep")
    for key in ("feedback", "no_next_reason"):
        FieldRule.objects.create(role=role, record_type="follow_up", field=key, level="hidden")
    epochs.bump(EPOCH)
    shown = people.rep.client().get(f"/customers/{customer.pk}/timeline/").content.decode()

    assert "恢复测试失败" in shown
    assert "嫌贵" not in shown
    assert "友商" not in shown


@pytest.mark.parametrize("chosen", ["9" * 30, "²"])
def test_a_customer_that_cannot_be_is_asked_for_again(people, chosen):
    assert people.rep.client().post("/follow-up/", {"customer": chosen}).status_code == 422
