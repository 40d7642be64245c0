"""What rules send out of the house, against servers that are really there."""

import email
import json
from email.policy import default as modern

import pytest

from kezhi.access.actors import system_actor
from kezhi.automation.models import RuleRun, RuleVersion
from kezhi.automation.operations import make_rule, publish_rule, switch_on
from kezhi.automation.problems import DefinitionProblem
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.figures import set_figure
from kezhi.core.jobs import Job, JobState, run_pending
from kezhi.core.sealing import seal_all
from kezhi.exchange.channels.operations import save_setup
from kezhi.exchange.models import GrantState, OutflowGrant, Source
from kezhi.exchange.tests.servers import mail_server, web_server
from kezhi.exchange.webhooks.receiving import add_endpoint, receive
from kezhi.exchange.webhooks.signing import is_signed
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type

pytestmark = pytest.mark.django_db

PHONE = "13812345678"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def staff(people):
    set_figure("outgoing.allowed_hosts", "127.0.0.1", actor_ref=system_actor("tests").ref)
    people.grant("automation", actions=["view", "edit"])
    return people


def write_rule(staff, step):
    actor = staff.administrator.actor
    rule = make_rule(
        record_type("customer"),
        name_zh="发出去",
        draft={"when": {"on": "created"}, "if": {}, "do": [step]},
        actor=actor,
    )
    publish_rule(rule, actor=actor)
    return switch_on(rule, actor=actor)


def new_customer(staff, **values):
    return create_record(
        record_type("customer"), {"name": "华强电子有限公司", "phone": PHONE, **values}, actor=staff.rep.actor
    )


def let_it_run(*, raise_errors=True):
    while True:
        sealed, ran = seal_all(), run_pending(raise_errors=raise_errors)
        if not sealed and not ran:
            return


def test_a_rule_posts_the_record_signed_and_with_masks(staff):
    with web_server() as server:
        write_rule(staff, {"do": "call_webhook", "with": {"url": server.url, "secret": SECRET}})
        new_customer(staff)
        let_it_run()
        [got] = server.got
    values = got.json["data"]["record"]["values"]
    assert values["name"] == "华强电子有限公司"
    assert PHONE not in got.body.decode()
    assert "phone" in got.json["data"]["masked"]
    run = RuleRun.objects.get()
    assert got.headers["webhook-id"] == f"kezhi-rule-{run.pk}-0"
    key, stamp = got.headers["webhook-id"], int(got.headers["webhook-timestamp"])
    assert is_signed(key, stamp, got.body, secret=SECRET, header=got.headers["webhook-signature"])


def test_personal_values_go_where_a_manager_approved_them(staff):
    with web_server() as server:
        rule = write_rule(staff, {"do": "call_webhook", "with": {"url": server.url}})
        OutflowGrant.objects.create(
            source=Source.RULE,
            source_id=rule.pk,
            source_name="发出去",
            destination="127.0.0.1",
            fields=["customer.phone"],
            purpose="ERP",
            asked_by=staff.administrator.user,
            asked_at=now(),
            state=GrantState.APPROVED,
        )
        epochs.bump("outflow")
        new_customer(staff)
        let_it_run()
        [got] = server.got
    assert got.json["data"]["record"]["values"]["phone"] == f"+86{PHONE}"
    assert "phone" not in got.json["data"]["masked"]


def test_an_address_inside_the_house_is_refused_for_good(staff):
    set_figure("outgoing.allowed_hosts", "", actor_ref=system_actor("tests").ref)
    with web_server() as server:
        write_rule(staff, {"do": "call_webhook", "with": {"url": server.url}})
        new_customer(staff)
        let_it_run(raise_errors=False)
        assert server.got == []
    assert Job.objects.get(name="exchange.rule_webhook").state == JobState.DEAD


def test_an_address_that_is_none_is_refused_when_the_rule_is_written(staff):
    with pytest.raises(DefinitionProblem, match="http"):
        write_rule(staff, {"do": "call_webhook", "with": {"url": "javascript:alert(1)"}})


def test_a_mail_goes_to_the_address_in_the_record(staff):
    with mail_server() as server:
        options = {
            "host": "127.0.0.1",
            "port": server.port,
            "security": "none",
            "user": "",
            "sender": "crm@example.com",
        }
        save_setup(
            "mail",
            is_on=True,
            options={**options, "sender_name": "客至"},
            secrets={"password": ""},
            actor=system_actor("tests"),
        )
        text = {"zh": "{name}，您好\n您的电话是{phone}。"}
        write_rule(staff, {"do": "send_mail", "with": {"field": "email", "text": text}})
        new_customer(staff, email="li@example.com")
        new_customer(staff, name="没有邮箱的公司", phone="")
        let_it_run()
        [envelope] = server.mails
    message = email.message_from_bytes(envelope.content, policy=modern)
    assert envelope.rcpt_tos == ["li@example.com"]
    assert message["Subject"] == "华强电子有限公司，您好"
    assert PHONE not in message.get_body(("plain",)).get_content()
    told = sorted(str(run.did[0]["facts"]["to"]) for run in RuleRun.objects.all())
    assert told == ["", "l***@example.com"]


def test_what_waits_to_leave_and_the_secret_lie_under_lock(staff):
    write_rule(staff, {"do": "call_webhook", "with": {"url": "https://example.com/hook", "secret": SECRET}})
    new_customer(staff)
    seal_all()
    run_pending(1)  # the rule, not yet the call
    assert SECRET not in str(list(RuleVersion.objects.values_list("definition", flat=True)))
    kept = str(list(Job.objects.filter(name="exchange.rule_webhook").values_list("args", flat=True)))
    assert "https://example.com/hook" in kept
    assert SECRET not in kept
    assert "华强电子" not in kept


def test_a_webhook_that_names_a_record_starts_the_rules_about_it(staff):
    actor = staff.administrator.actor
    staff.grant("settings", actions=["channels"])
    customer = new_customer(staff)
    let_it_run()
    draft = {
        "when": {"on": "webhook", "endpoint": ""},
        "if": {},
        "do": [{"do": "set_field", "with": {"field": "note", "value": "ERP"}}],
    }
    rule = make_rule(record_type("customer"), name_zh="ERP 来了", draft=draft, actor=actor)
    publish_rule(rule, actor=actor)
    switch_on(rule, actor=actor)
    endpoint, _token, _secret = add_endpoint("ERP", is_signed=False, actor=staff.administrator.actor)
    receive(endpoint, json.dumps({"number": customer.number}).encode(), {})
    receive(endpoint, json.dumps({"number": "C0"}).encode(), {})
    let_it_run()
    assert [run.record_id for run in RuleRun.objects.all()] == [customer.pk]
    customer.refresh_from_db()
    assert customer.note == "ERP"
