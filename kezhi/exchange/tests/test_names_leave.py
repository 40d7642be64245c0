"""Names of persons: in the clear on screens, masked in what leaves the house by itself (AUTO-9)."""

import json

import pytest

from kezhi.access.actors import system_actor
from kezhi.automation.actions.base import Step, Target
from kezhi.automation.definition import rule_reader
from kezhi.automation.texts import Filler
from kezhi.exchange.channels.kinds import text_of
from kezhi.exchange.rule_actions import mask_unless, rule_payload
from kezhi.exchange.webhooks.payloads import personal_fields
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type, record_types
from kezhi.work.notices_channels import Outgoing, OutgoingLine
from kezhi.work.operations import plan_task
from kezhi.work.operations.tasks import About

pytestmark = pytest.mark.django_db

SYSTEM = system_actor("tests")


@pytest.fixture
def firm(people):
    return create_record(record_type("customer"), {"name": "华强电子有限公司"}, actor=people.rep.actor)


@pytest.fixture
def person(people):
    return create_record(record_type("customer"), {"name": "欧阳小明", "kind": "person"}, actor=people.rep.actor)


@pytest.fixture
def contact(people, firm):
    values = {"name": "欧阳修文", "customer": str(firm.pk), "note": "欧阳修文说周五回电"}
    return create_record(record_type("contact"), values, actor=people.rep.actor)


def posted(record, approved=frozenset()):
    known = record_type(type(record).__name__.lower())
    step = Step(0, "names", 1, 0, known, {"url": "https://example.com/"})
    return rule_payload(step, Target(record, rule_reader(), None), approved)["data"]


def mailed(record, text, approved=frozenset()):
    known = record_type(type(record).__name__.lower())
    return Filler(known, rule_reader(), "names", outside=mask_unless(approved)).fill(text, record)


def test_a_company_leaves_by_its_name_and_a_person_does_not(firm, person):
    assert posted(firm)["record"]["values"]["name"] == "华强电子有限公司"
    assert posted(person)["record"]["values"]["name"] == "欧**"
    assert posted(person)["masked"] == ["name"]


def test_a_contact_leaves_by_their_name_where_it_was_approved(contact):
    masked, clear = posted(contact), posted(contact, frozenset({"contact.name"}))

    assert masked["record"]["values"]["name"] == "欧**"
    assert masked["record"]["values"]["note"] == "欧**说周五回电"
    assert "欧阳修文" not in json.dumps(masked, ensure_ascii=False)
    assert clear["record"]["values"]["name"] == "欧阳修文"
    assert clear["record"]["values"]["note"] == "欧阳修文说周五回电"


def test_a_customer_says_its_primary_contact_only_with_approval(people, firm):
    values = {"name": "欧阳修文", "customer": str(firm.pk), "is_primary": True}
    create_record(record_type("contact"), values, actor=people.rep.actor)
    firm.refresh_from_db()

    assert firm.primary_contact_name == "欧阳修文"
    assert posted(firm)["record"]["values"]["primary_contact_name"] == "欧**"


def test_a_letter_names_nobody_through_a_link_either(people, person, contact):
    followed = create_record(
        record_type("contact"), {"name": "李四光", "customer": str(person.pk)}, actor=people.rep.actor
    )

    assert mailed(followed, "{customer}，{customer.name}，{name}") == "欧**，欧**，李**"
    assert mailed(followed, "{customer}", frozenset({"customer.name"})) == "欧阳小明"


def test_what_can_be_approved_lists_names(firm):
    keys = {key for key, _label in personal_fields(record_types())}

    assert {"contact.name", "customer.name", "customer.primary_contact_name", "quote.answered_by"} <= keys
    assert "customer.number" not in keys


def test_a_robot_does_not_say_whom_it_is_about(contact):
    line = OutgoingLine(
        "给欧阳修文回电", "欧阳修文等了两天", "", "", "", None, "normal", "reminder", about=("contact", contact.pk)
    )
    said = text_of(Outgoing("k", 1, "robot", "zh-hans", line.title, [line], False, ""))

    assert said == "给欧**回电\n欧**等了两天"


def test_a_robot_does_not_name_the_person_a_task_is_about(people, contact):
    about = About("contact", contact.pk, "欧阳修文")
    task = plan_task("给欧阳修文回电", owner_id=people.rep.id, due_at=None, actor=people.manager.actor, about=about)
    line = OutgoingLine(
        "请做：给欧阳修文回电", "欧阳修文", "", "", "", None, "normal", "assigned", about=("task", task.pk)
    )
    said = text_of(Outgoing("k", 1, "robot", "zh-hans", line.title, [line], False, ""))

    assert said == "请做：给欧**回电\n欧**"
