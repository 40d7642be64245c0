"""Resident-ID and bank-card numbers in what people say beside the values of a record (CUS-8)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kezhi.core.models import Event
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields.base import ParseContext
from kezhi.records.models import RecordFile
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.files import add_file
from kezhi.records.registry import record_type
from kezhi.sales.models import Opportunity, OrderLine
from kezhi.sales.operations.orders import set_order_lines
from kezhi.work.models import Task
from kezhi.work.operations.tasks import plan_task

pytestmark = pytest.mark.django_db

RESIDENT = "身份证 11010519491231002X"
CARD = "卡号 6222021234567890128"


def doors(lead, opportunity, customer, task):
    """Pages that ask for words, with what else they need."""
    return {
        f"/leads/{lead.pk}/disqualify/": {"reason": "no_need", "note": RESIDENT},
        f"/leads/{lead.pk}/recycle/": {"on": "2099-01-05", "note": CARD},
        f"/opportunities/{opportunity.pk}/stage/": {"to": "project.needs", "reason": CARD},
        f"/customers/{customer.pk}/release/": {"reason": "no_need", "note": RESIDENT},
        f"/customers/{customer.pk}/fields/phone/reveal/": {"reason": RESIDENT},
        f"/tasks/{task.pk}/done/": {"result": CARD},
        f"/tasks/{task.pk}/drop/": {"result": RESIDENT},
    }


def test_a_reason_or_note_with_such_a_number_is_refused_on_every_page(
    make_lead, make_opportunity, make_customer, people
):
    people.grant("customer", actions=("release",))
    customer, opportunity, lead = make_customer(), make_opportunity(), make_lead()
    task = plan_task("回电", owner_id=people.rep.id, due_at=None, actor=people.rep.actor)
    client, before = people.rep.client(), Event.objects.count()

    answers = {path: client.post(path, given) for path, given in doors(lead, opportunity, customer, task).items()}

    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 422)
    told = [path for path, answer in answers.items() if "含有" not in answer.content.decode()]
    assert (told, Event.objects.count()) == ([], before)
    assert Task.objects.ungated("test").get(pk=task.pk).state == "open"
    assert Opportunity.objects.ungated("test").get(pk=opportunity.pk).stage_id == opportunity.stage_id


def test_an_order_line_holds_no_such_number(make, make_customer, people):
    order = make("order", name="设备", customer=make_customer(), amount="100", ordered_on="2026-01-05")
    lines = [{"description": RESIDENT, "unit": CARD.split()[1], "unit_price": "1"}]

    with pytest.raises(InvalidRecord) as refused:
        set_order_lines(order, lines, actor=people.administrator.actor)

    assert sorted(refused.value.problems) == ["lines.0.description", "lines.0.unit"]
    assert not OrderLine.objects.filter(order_id=order.pk).exists()


def test_a_file_is_not_named_after_such_a_number(make_customer, people):
    upload = SimpleUploadedFile("11010519491231002X.txt", "甲".encode())

    with pytest.raises(ValueProblem, match="身份证号"):
        add_file(make_customer(), upload, actor=people.rep.actor)

    assert not RecordFile.objects.exists()


@pytest.mark.parametrize("sent", [{}, [], ["甲"], {"a": "甲"}])
def test_a_list_or_an_object_is_no_text(people, sent):
    for key, field in (("customer", "name"), ("customer", "note"), ("contact", "phone"), ("lead", "email")):
        with pytest.raises(ValueProblem):
            record_type(key).field(field).parse(sent, ParseContext(people.rep.actor))
