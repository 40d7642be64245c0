"""Webhooks out: what is sent, to whom, how often, in whose name, and when it stops."""

import json
from datetime import timedelta

import pytest
import time_machine

from kezhi.access.actors import system_actor
from kezhi.access.models import User
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import EPOCH as ACCESS
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import ActorRef
from kezhi.core.figures import set_figure
from kezhi.core.jobs import Job, JobState, run_pending
from kezhi.core.models.events import Event
from kezhi.core.sealing import seal_all
from kezhi.customers.models import Customer
from kezhi.exchange.models import Delivery, GrantState, Source, Subscription
from kezhi.exchange.outgoing import AddressForbidden
from kezhi.exchange.tests.servers import web_server
from kezhi.exchange.webhooks.operations import (
    add_subscription,
    change_subscription,
    remove_subscription,
    resend,
    switch_subscription,
)
from kezhi.exchange.webhooks.outflow import ask_outflow, decide_outflow, end_outflow
from kezhi.exchange.webhooks.posting import Undelivered, post_to_webhook
from kezhi.exchange.webhooks.signing import is_signed, sign
from kezhi.records.operations import change_record, create_record, delete_records
from kezhi.records.registry import record_type
from kezhi.work.models import Notification

pytestmark = pytest.mark.django_db

PHONE = "13812345678"
STARTED = "2026-03-02T01:00:00Z"


@pytest.fixture
def staff(people):
    """The cast, an administrator who looks after webhooks, and servers on this machine that may be reached."""
    set_figure("outgoing.allowed_hosts", "127.0.0.1", actor_ref=system_actor("tests").ref)
    people.grant("settings", actions=["channels"])
    return people


def subscribe(staff, url, *, owner=None, kinds=("record.created",), types=("customer",)):
    row, secret = add_subscription("ERP", url, list(kinds), list(types), actor=(owner or staff.administrator).actor)
    return row, secret


def add_customer(by, name="华强电子", **values):
    values = {"name": name, "phone": PHONE, **values}
    return create_record(record_type("customer"), values, actor=by.actor)


def work():
    """Seal, then run what is due."""
    seal_all()
    run_pending()


def test_the_signature_is_the_specifications_own_example():
    signature = sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@time_machine.travel(STARTED, tick=False)
def test_a_change_is_told_signed_and_masked(staff):
    with web_server() as server:
        row, secret = subscribe(staff, server.url)
        customer = add_customer(staff.rep)
        work()

    got = server.got[0]
    assert row.is_active
    assert len(server.got) == 1
    assert got.headers["webhook-id"] == Delivery.objects.get().key
    assert is_signed(
        got.headers["webhook-id"],
        int(got.headers["webhook-timestamp"]),
        got.body,
        secret=secret,
        header=got.headers["webhook-signature"],
    )
    told = got.json
    assert (told["type"], told["data"]["record"]["id"]) == ("record.created", customer.pk)
    assert told["data"]["record"]["values"]["name"] == "华强电子"
    assert told["data"]["record"]["values"]["phone"] == "138****5678"
    assert told["data"]["changes"]["phone"]["after"] == "138****5678"
    assert "phone" in told["data"]["masked"]
    assert PHONE not in got.body.decode()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.status) == ("delivered", 1, 200)


def test_only_what_was_subscribed_to_is_told(staff):
    with web_server() as server:
        subscribe(staff, server.url, kinds=["record.deleted"])
        customer = add_customer(staff.rep)
        delete_records(record_type("customer"), [customer.pk], actor=staff.administrator.actor)
        work()

    assert [got.json["type"] for got in server.got] == ["record.deleted"]
    assert server.got[0].json["data"]["record"]["is_deleted"] is True


def test_without_subscription_sealing_asks_nothing_more(staff, django_assert_max_num_queries):
    add_customer(staff.rep)
    seal_all()
    add_customer(staff.rep, name="远大贸易", phone="13912345678")
    seal_all()

    assert not Delivery.objects.exists()
    assert not Job.objects.filter(name="exchange.deliver_webhook").exists()


def test_what_its_owner_may_not_see_is_not_sent(staff):
    with web_server() as server:
        subscribe(staff, server.url, owner=staff.outsider)
        add_customer(staff.rep)
        work()

    assert server.got == []
    assert Delivery.objects.get().state == "withheld"


def test_a_failure_is_tried_again_later_and_later_under_the_same_id(staff):
    with web_server(answers=[500, 503]) as server, time_machine.travel(STARTED, tick=False) as clock:
        subscribe(staff, server.url)
        add_customer(staff.rep)
        work()
        first = Delivery.objects.get()
        assert (first.state, first.attempts, first.status, first.problem_code) == ("waiting", 1, 500, "webhook.status")
        assert timedelta(seconds=4) <= first.next_at - now() <= timedelta(seconds=6)
        run_pending()
        assert len(server.got) == 1
        clock.shift(timedelta(seconds=20))
        run_pending()
        second = Delivery.objects.get()
        assert timedelta(seconds=24) <= second.next_at - now() <= timedelta(seconds=36)
        clock.shift(timedelta(seconds=60))
        run_pending()

    last = Delivery.objects.get()
    assert (last.state, last.attempts) == ("delivered", 3)
    assert len({got.headers["webhook-id"] for got in server.got}) == 1
    assert len({got.body for got in server.got}) == 1
    assert Subscription.objects.get().failing_since is None


def test_a_worker_that_dies_after_sending_sends_nothing_new(staff):
    with web_server() as server:
        subscribe(staff, server.url)
        add_customer(staff.rep)
        work()
        job = Job.objects.get(name="exchange.deliver_webhook")
        Job.objects.filter(pk=job.pk).update(state=JobState.WAITING)
        run_pending()

    assert len(server.got) == 1


def test_days_of_failure_switch_it_off_and_people_hear_of_it(staff):
    with web_server(status=500) as server, time_machine.travel(STARTED, tick=False) as clock:
        row, _secret = subscribe(staff, server.url)
        add_customer(staff.rep)
        seal_all()
        for turn in range(20):
            if turn == 8:
                add_customer(staff.rep, name="远大贸易", phone="13912345678")
                seal_all()
            run_pending()
            clock.shift(timedelta(hours=7))

    row.refresh_from_db()
    assert (row.is_active, row.off_code) == (False, "webhook.off_failing")
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}
    assert Event.objects.filter(kind="webhook.switched_off", record_id=row.pk).count() == 1
    assert Notification.objects.filter(user_id=staff.administrator.id, title="Webhook“ERP”已停用").count() == 1


def test_an_address_that_is_gone_is_switched_off_at_once(staff):
    with web_server(status=410) as server:
        row, _secret = subscribe(staff, server.url)
        add_customer(staff.rep)
        work()

    row.refresh_from_db()
    assert (row.is_active, row.off_code, Delivery.objects.get().state) == (False, "webhook.off_gone", "failed")


def test_a_leavers_webhook_is_switched_off(staff):
    with web_server() as server:
        row, _secret = subscribe(staff, server.url)
        User.objects.filter(pk=staff.administrator.id).update(is_active=False)
        epochs.bump(ACCESS)
        add_customer(staff.rep)
        work()

    row.refresh_from_db()
    assert (server.got, row.off_code) == ([], "webhook.off_owner")


def test_what_was_not_delivered_can_be_sent_again(staff):
    with web_server(answers=[410]) as server:
        row, _secret = subscribe(staff, server.url)
        add_customer(staff.rep)
        work()
        row.refresh_from_db()
        switch_subscription(row, is_active=True, actor=staff.administrator.actor)
        count = resend(list(Delivery.objects.select_related("subscription")), actor=staff.administrator.actor)
        run_pending()

    assert (count, Delivery.objects.get().state) == (1, "delivered")
    assert server.got[0].headers["webhook-id"] == server.got[1].headers["webhook-id"]
    assert server.got[0].body == server.got[1].body


def test_a_dead_address_does_not_hold_up_the_others(staff):
    with web_server(status=500) as dead, web_server() as alive, time_machine.travel(STARTED, tick=False):
        subscribe(staff, dead.url)
        subscribe(staff, alive.url)
        for number in range(3):
            add_customer(staff.rep, name=f"第{number}家公司", phone=f"1391234000{number}")
        work()

    assert (len(dead.got), len(alive.got)) == (1, 3)


def test_a_redirect_is_not_followed_and_an_internal_address_is_refused(staff):
    elsewhere = {"Location": "http://169.254.169.254/"}
    with web_server(status=302, headers=elsewhere) as server, pytest.raises(Undelivered) as refused:
        post_to_webhook(server.url, {"a": 1}, idempotency_key="k", secret="whsec_AAAA")
    with pytest.raises(AddressForbidden):
        post_to_webhook("http://10.0.0.1/", {"a": 1}, idempotency_key="k")

    assert refused.value.values == {"status": 302}


def test_a_webhook_of_a_rule_carries_its_key_and_signature(staff):
    with web_server(body=b"thanks") as server:
        posted = post_to_webhook(server.url, {"客户": "华强"}, idempotency_key="rule-3-17", secret="whsec_AAAA")

    got = server.got[0]
    assert (posted.status, posted.answer) == (200, "thanks")
    assert got.headers["webhook-id"] == "rule-3-17"
    assert got.json == {"客户": "华强"}
    stamp = int(got.headers["webhook-timestamp"])
    assert got.headers["webhook-signature"] == sign("rule-3-17", stamp, got.body, secret="whsec_AAAA")


# -- what may leave in the clear


def ask(staff, row, fields=("customer.phone",)):
    return ask_outflow(Source.WEBHOOK, row.pk, row.name, row.host, fields, "ERP 要发货", actor=staff.rep.actor)


def make_head(member):
    """The head of the topmost department."""
    from kezhi.access.models import Department

    Department.objects.filter(key="cast-company").update(head=member.user)
    epochs.bump(ACCESS)


def test_personal_data_leaves_once_a_manager_approved_it_and_no_longer_when_revoked(staff):
    make_head(staff.manager)
    with web_server() as server:
        row, _secret = subscribe(staff, server.url, owner=staff.rep)
        grant = ask(staff, row)
        add_customer(staff.rep)
        work()
        asked = Notification.objects.get(user_id=staff.manager.id, source_type="outflow")
        decide_outflow(grant, is_approved=True, actor=staff.manager.actor)
        add_customer(staff.rep, name="远大贸易", phone="13912345678")
        work()
        end_outflow(grant, actor=staff.manager.actor)
        add_customer(staff.rep, name="三和五金", phone="13712345678")
        work()

    phones = [got.json["data"]["record"]["values"]["phone"] for got in server.got]
    assert phones == ["138****5678", "+8613912345678", "137****5678"]
    asked.refresh_from_db()
    assert (asked.needs_action, asked.state) == (True, Notification.State.DONE)
    assert list(Event.objects.filter(record_type="outflow").order_by("pk").values_list("kind", flat=True)) == [
        "outflow.asked",
        "outflow.decided",
        "outflow.ended",
    ]


def test_an_approval_is_for_one_destination(staff):
    make_head(staff.manager)
    with web_server() as server:
        row, _secret = subscribe(staff, server.url, owner=staff.rep)
        grant = ask_outflow(
            Source.WEBHOOK, row.pk, row.name, "erp.example.com", ["customer.phone"], "发货", actor=staff.rep.actor
        )
        decide_outflow(grant, is_approved=True, actor=staff.manager.actor)
        add_customer(staff.rep)
        work()

    assert server.got[0].json["data"]["record"]["values"]["phone"] == "138****5678"


def test_nobody_approves_their_own_request(staff):
    make_head(staff.manager)
    with web_server() as server:
        row, _secret = subscribe(staff, server.url)
    grant = ask(staff, row)

    for member in (staff.administrator, staff.rep, staff.colleague, staff.outsider):
        with pytest.raises(NotAllowed):
            decide_outflow(grant, is_approved=True, actor=member.actor)
    grant.refresh_from_db()
    assert grant.state == GrantState.ASKED


def test_approvals_end_with_the_webhook(staff):
    make_head(staff.manager)
    with web_server() as server:
        row, _secret = subscribe(staff, server.url)
    grant = ask(staff, row)
    decide_outflow(grant, is_approved=True, actor=staff.manager.actor)
    remove_subscription(row, actor=staff.administrator.actor)

    grant.refresh_from_db()
    assert grant.state == GrantState.REVOKED


def test_whoever_changes_the_address_becomes_the_owner(staff):
    with web_server() as server:
        row, _secret = subscribe(staff, server.url)
        staff.grant("settings", actions=["channels"])
        change_subscription(row, "ERP", f"{server.url}?2", [], ["customer"], actor=staff.steward.actor)

    row.refresh_from_db()
    assert row.owner_id == staff.steward.id


def test_who_may_not_look_after_webhooks_cannot(people):
    with pytest.raises(NotAllowed):
        add_subscription("ERP", "https://erp.example.com/", [], [], actor=people.rep.actor)


def test_changes_are_told_with_the_values_before_and_after(staff):
    with web_server() as server:
        customer = add_customer(staff.rep)
        seal_all()
        subscribe(staff, server.url, kinds=["record.changed"])
        fresh = Customer.objects.ungated("test").get(pk=customer.pk)
        change_record(fresh, {"name": "华强科技"}, actor=staff.rep.actor)
        work()

    assert server.got[0].json["data"]["changes"]["name"] == {"before": "华强电子", "after": "华强科技"}
    assert isinstance(staff.rep.actor.ref, ActorRef)
    assert json.loads(server.got[0].body)["data"]["actor"] == {"kind": "user", "name": "任小芮"}
