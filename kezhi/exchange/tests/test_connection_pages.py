"""The pages of channels and webhooks: what they show, what they never show, who may open them."""

import re

import pytest

from kezhi.access.actors import system_actor
from kezhi.access.models import Department, User
from kezhi.access.rights import EPOCH as ACCESS
from kezhi.automation.models import Rule
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.figures import set_figure
from kezhi.core.jobs import run_pending
from kezhi.core.models.events import Event
from kezhi.core.sealing import seal_all
from kezhi.exchange.channels.setups import personal_address, setup_of
from kezhi.exchange.gate import approved_fields
from kezhi.exchange.models import Delivery, Endpoint, OutflowGrant, Source, Subscription
from kezhi.exchange.tests.servers import mail_server, web_server
from kezhi.exchange.webhooks.outflow import decide_outflow
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type

pytestmark = pytest.mark.django_db

PAGES = [
    "/settings/channels/",
    "/settings/channels/mail/",
    "/settings/channels/feishu/",
    "/settings/channels/sms/",
    "/settings/webhooks/",
    "/settings/webhooks/new/",
    "/settings/webhooks/in/new/",
    "/settings/outflow/",
]


@pytest.fixture
def staff(people):
    set_figure("outgoing.allowed_hosts", "127.0.0.1", actor_ref=system_actor("tests").ref)
    return people


@pytest.fixture
def keeper(staff):
    """The browser of somebody who looks after channels."""
    from kezhi.access.models import Grant, Role

    Grant.objects.create(role=Role.objects.get(key="administrator"), subject="settings", action="channels", scope="all")
    User.objects.filter(pk=staff.administrator.id).update(email="admin@example.com", language="zh-hans")
    epochs.bump(ACCESS)
    return staff.administrator.client()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_for_who_looks_after_channels_and_for_nobody_else(page, keeper, staff):
    assert keeper.get(page).status_code == 200
    assert staff.rep.client().get(page).status_code == 403


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_mail_is_set_up_and_tried_on_screen(keeper, staff, language):
    User.objects.filter(pk=staff.administrator.id).update(language=language)
    with mail_server() as server:
        typed = {
            "is_on": "on",
            "host": "127.0.0.1",
            "security": "none",
            "port": server.port,
            "user": "",
            "password": "s3cret",
            "sender": "CRM@Example.com",
            "sender_name": "客至",
        }
        assert keeper.post("/settings/channels/mail/", typed).status_code == 302
        page = keeper.get("/settings/channels/mail/").content.decode()
        answer = keeper.post("/settings/channels/mail/test/", {"to": "li@example.com"})

    assert setup_of("mail").options["sender"] == "crm@example.com"
    assert "s3cret" not in page
    assert 'value="admin@example.com"' in page
    assert answer.status_code == 200
    words = {"zh-hans": "邮件服务器已接收，正在送往 li@example.com", "en": "The mail server took it"}[language]
    assert words in answer.content.decode()
    assert server.mails[0].rcpt_tos == ["li@example.com"]


def test_a_test_that_fails_says_why(keeper):
    with mail_server() as server:
        port = server.port
    typed = {"host": "127.0.0.1", "security": "none", "port": port, "sender": "crm@example.com"}
    keeper.post("/settings/channels/mail/", typed)
    answer = keeper.post("/settings/channels/mail/test/", {"to": "li@example.com"})

    assert answer.status_code == 422
    assert "连不上 127.0.0.1。" in answer.content.decode()
    assert setup_of("mail").is_on is False


def test_a_channel_that_lacks_something_cannot_be_switched_on(keeper):
    answer = keeper.post("/settings/channels/mail/", {"is_on": "on", "security": "ssl"})

    assert answer.status_code == 422
    assert "启用前请填写。" in answer.content.decode()
    assert setup_of("mail").is_on is False


def test_a_robot_of_another_host_is_refused(keeper):
    answer = keeper.post("/settings/channels/dingtalk/", {"is_on": "on", "robot": "https://evil.example/robot/send"})

    assert answer.status_code == 422
    assert "https://oapi.dingtalk.com/" in answer.content.decode()


def test_people_set_their_own_robot_and_nobody_sees_it_again(keeper, staff):
    address = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=secret-key"
    keeper.post("/settings/channels/wecom/", {"is_on": "on"})
    browser = staff.rep.client()
    browser.post("/me/robots/", {"channel": "wecom", "handle": "", "robot": address, "secret": ""})
    page = browser.get("/me/robots/").content.decode()

    assert personal_address("wecom", staff.rep.id).robot == address
    assert "secret-key" not in page
    browser.post("/me/robots/", {"channel": "wecom", "handle": "", "forget": "1"})
    assert personal_address("wecom", staff.rep.id) is None


def make_webhook(browser, url):
    """A webhook through its form; gives the page that shows the secret."""
    typed = {"name": "ERP", "url": url, "record_types": ["customer"], "kinds": ["record.created"]}
    return browser.post("/settings/webhooks/new/", typed).content.decode()


def test_a_webhook_from_the_form_to_the_log(keeper, staff):
    with web_server(body=b"<b>thanks</b>") as server:
        page = make_webhook(keeper, server.url)
        row = Subscription.objects.get()
        again = keeper.get(f"/settings/webhooks/{row.pk}/").content.decode()
        ping = keeper.post(f"/settings/webhooks/{row.pk}/ping/").content.decode()
        create_record(record_type("customer"), {"name": "华强电子", "phone": "13812345678"}, actor=staff.rep.actor)
        seal_all()
        run_pending()
        log = keeper.get(f"/settings/webhooks/{row.pk}/?state=delivered").content.decode()
        delivery = Delivery.objects.get()
        closed = keeper.get(f"/settings/webhooks/{row.pk}/deliveries/{delivery.pk}/").content.decode()
        opened = keeper.post(f"/settings/webhooks/{row.pk}/deliveries/{delivery.pk}/body/").content.decode()
        keeper.post(f"/settings/webhooks/{row.pk}/deliveries/{delivery.pk}/resending/")
        run_pending()

    assert row.secret in page
    assert row.secret not in again
    assert "对方回答了状态 200" in ping
    assert server.got[0].json["type"] == "webhook.test"
    assert "客户 · 新建" in log
    assert "<b>thanks</b>" not in closed
    assert "华强电子" not in closed
    assert "华强电子" in opened
    assert Event.objects.filter(kind="webhook.opened", record_id=row.pk).count() == 1
    assert [got.json["type"] for got in server.got] == ["webhook.test", "record.created", "record.created"]


@pytest.mark.parametrize("url", ["http://127.0.0.2/", "http://localhost/", "ftp://x/", "https://a:b@example.com/"])
def test_a_webhook_to_a_forbidden_address_is_refused_in_the_form(keeper, url):
    answer = keeper.post("/settings/webhooks/new/", {"name": "ERP", "url": url})

    assert answer.status_code == 422
    assert not Subscription.objects.exists()


def test_a_webhook_is_changed_switched_renewed_and_removed(keeper):
    make_webhook(keeper, "https://erp.example.com/hook")
    row = Subscription.objects.get()
    page = f"/settings/webhooks/{row.pk}/"
    keeper.post(f"{page}edit/", {"name": "ERP 2", "url": "https://erp2.example.com/hook"})
    renewed = keeper.post(f"{page}secret/").content.decode()
    keeper.post(f"{page}switch/", {"on": ""})

    changed = Subscription.objects.get()
    assert (changed.name, changed.host, changed.kinds, changed.is_active) == ("ERP 2", "erp2.example.com", [], False)
    assert changed.secret in renewed
    assert changed.secret != row.secret
    keeper.post(f"{page}removal/")
    assert keeper.get(page).status_code == 404


def test_a_receiving_address_is_shown_once_and_works(keeper):
    page = keeper.post("/settings/webhooks/in/new/", {"name": "官网"}).content.decode()
    path = re.search(r"http://testserver(/hooks/[\w-]+/)", page)[1]
    row = Endpoint.objects.get()

    assert keeper.post(path, b'{"a":1}', content_type="application/json").status_code == 202
    again = keeper.get(f"/settings/webhooks/in/{row.pk}/").content.decode()
    assert path not in again
    renewed = keeper.post(f"/settings/webhooks/in/{row.pk}/token/").content.decode()
    assert keeper.post(path, b'{"a":1}', content_type="application/json").status_code == 404
    assert "/hooks/" in renewed


def test_a_manager_without_settings_decides_about_personal_data(keeper, staff):
    Department.objects.filter(key="cast-company").update(head=staff.manager.user)
    epochs.bump(ACCESS)
    make_webhook(keeper, "https://erp.example.com/hook")
    row = Subscription.objects.get()
    asked = {"fields_wanted": ["customer.phone"], "purpose": "发货"}
    assert keeper.get(f"/settings/webhooks/{row.pk}/outflow/").status_code == 200
    assert keeper.post(f"/settings/webhooks/{row.pk}/outflow/", asked).status_code == 302
    grant = OutflowGrant.objects.get()
    page = f"/settings/outflow/{grant.pk}/"
    browser = staff.manager.client()

    assert "发货" in browser.get(page).content.decode()
    assert 'value="approve"' in browser.get(page).content.decode()
    assert 'value="approve"' not in keeper.get(page).content.decode()
    assert staff.rep.client().get(page).status_code == 404
    browser.post(f"{page}decision/", {"verdict": "approve"})
    grant.refresh_from_db()
    assert (grant.state, grant.approver_id) == ("approved", staff.manager.id)
    assert "erp.example.com" in browser.get("/settings/outflow/").content.decode()
    browser.post(f"{page}ending/")
    grant.refresh_from_db()
    assert grant.state == "revoked"


def test_without_a_head_of_the_department_nobody_is_asked(keeper):
    make_webhook(keeper, "https://erp.example.com/hook")
    row = Subscription.objects.get()
    asked = {"fields_wanted": ["customer.phone"], "purpose": "发货"}
    answer = keeper.post(f"/settings/webhooks/{row.pk}/outflow/", asked)

    assert answer.status_code == 422
    assert "没有人能批准" in answer.content.decode()


def test_a_rule_asks_for_its_own_destination(keeper, staff):
    Department.objects.filter(key="cast-company").update(head=staff.manager.user)
    staff.grant("automation", actions=["edit"])
    rule = Rule.objects.create(name_zh="发货通知", record_type="customer", created_at=now())
    page = f"/settings/outflow/rules/{rule.pk}/"
    asked = {"fields_wanted": ["customer.phone"], "purpose": "发货"}

    assert 'value="erp.example.com"' in keeper.get(f"{page}?to=erp.example.com").content.decode()
    assert keeper.post(page, {**asked, "destination": "https://erp.example.com/x"}).status_code == 422
    assert keeper.post(page, {**asked, "destination": "li@ERP.example.com"}).status_code == 302
    grant = OutflowGrant.objects.get()
    assert (grant.source, grant.source_id, grant.destination) == ("rule", rule.pk, "erp.example.com")
    decide_outflow(grant, is_approved=True, actor=staff.manager.actor)
    assert approved_fields(Source.RULE, rule.pk, "erp.example.com") == {"customer.phone"}
    assert approved_fields(Source.RULE, rule.pk, "other.example.com") == frozenset()


def test_what_was_set_up_stands_in_the_audit_without_its_secrets(keeper, staff):
    staff.grant("audit", actions=["view"])
    address = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=secret-key"
    keeper.post("/settings/channels/wecom/", {"is_on": "on", "robot": address})
    make_webhook(keeper, "https://erp.example.com/hook?token=secret-token")
    page = keeper.get("/settings/audit/").content.decode()

    assert "修改了通道" in page
    assert "新建了 Webhook" in page
    events = Event.objects.filter(record_type__in=("channel", "webhook"))
    stored = "".join(event.changes + event.facts for event in events)
    assert "secret-key" not in stored
    assert "secret-token" not in stored
