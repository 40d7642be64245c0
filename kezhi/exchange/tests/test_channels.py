"""Mail against a server that is really there: what arrives, what is refused, what counts as down."""

import email
import socket
from email.policy import default as modern

import pytest
import time_machine
from aiosmtpd.smtp import AuthResult

from kezhi.access.actors import system_actor
from kezhi.core.figures import set_figure
from kezhi.exchange.channels.kinds import MailChannel
from kezhi.exchange.channels.mail import send_mail
from kezhi.exchange.channels.operations import save_setup
from kezhi.exchange.channels.setups import AddressFault, ServiceDown, setup_of
from kezhi.exchange.models import ChannelSetup
from kezhi.exchange.tests.servers import mail_server, tls_context, trust
from kezhi.work.notices_channels import AddressRefused, ChannelDown, Outgoing, OutgoingLine

pytestmark = pytest.mark.django_db

SYSTEM = system_actor("tests")


@pytest.fixture(autouse=True)
def _local_servers_are_allowed(db):
    set_figure("outgoing.allowed_hosts", "127.0.0.1", actor_ref=SYSTEM.ref)


def set_up_mail(server, **options):
    save_setup(
        "mail",
        is_on=True,
        options={
            "host": "127.0.0.1",
            "port": server.port,
            "security": "none",
            "user": "",
            "sender": "crm@example.com",
            "sender_name": "客至",
            **options,
        },
        secrets={"password": "s3cret"},
        actor=SYSTEM,
    )


def outgoing(user_id=1, address="li@example.com", *, title="拜访华强电子", language="zh-hans", digest=False):
    line = OutgoingLine(
        title, "联系人电话 13812345678", "https://crm.example.com/customers/7/", "完成", "https://crm.example.com/tasks/7/",
        None, "normal", "reminder",
    )  # fmt: skip
    lines = [line, line] if digest else [line]
    subject = "今天的 2 条提醒" if digest else title
    return Outgoing(
        "k7", user_id, address, language, subject, lines, digest, "https://crm.example.com/inbox/"
    )  # fmt: skip


def parts_of(envelope):
    message = email.message_from_bytes(envelope.content, policy=modern)
    plain = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    return message, plain, html


def test_a_mail_arrives_with_both_bodies_and_a_telling_id():
    with mail_server() as server:
        set_up_mail(server)
        send_mail("li@example.com", "报价已好", "李经理：\n\n报价请见 <附件>。", idempotency_key="rule-7-9")
        send_mail("li@example.com", "报价已好", "李经理：\n\n报价请见 <附件>。", idempotency_key="rule-7-9")

    message, plain, html = parts_of(server.mails[0])
    again, _plain, _html = parts_of(server.mails[1])
    assert (message["Subject"], message["To"]) == ("报价已好", "li@example.com")
    assert message["From"] == "客至 <crm@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == again["Message-ID"]
    assert message["Message-ID"].endswith("@example.com>")
    assert "报价请见 <附件>。" in plain
    assert "报价请见 &lt;附件&gt;。" in html


def test_one_address_of_three_refused_reaches_the_other_two():
    with mail_server(refused={"gone@example.com"}) as server:
        set_up_mail(server)
        result = send_mail(["a@example.com", "gone@example.com", "b@example.com"], "通知", "内容", idempotency_key="k")

    assert result.delivered == ("a@example.com", "b@example.com")
    assert {address: fault.code for address, fault in result.refused.items()} == {"gone@example.com": "mail.refused"}
    assert server.mails[0].rcpt_tos == ["a@example.com", "b@example.com"]
    assert ChannelSetup.objects.get(pk="mail").down_since is None


def test_what_is_no_address_is_refused_and_the_others_are_reached():
    with mail_server(later={"grey@example.com"}) as server:
        set_up_mail(server)
        result = send_mail(
            ["a@example.com", "x@example.com\nBcc: all@example.com", "grey@example.com"],
            "通知",
            "内容",
            idempotency_key="k",
        )

    assert result.delivered == ("a@example.com",)
    assert list(result.refused) == ["x@example.com\nBcc: all@example.com"]
    assert list(result.deferred) == ["grey@example.com"]
    assert server.mails[0].rcpt_tos == ["a@example.com"]


def test_a_subject_cannot_begin_another_header():
    with mail_server() as server:
        set_up_mail(server, sender_name="客至\r\nBcc: x@example.com")
        send_mail("li@example.com", "您好\r\nBcc: all@example.com\r\n\r\n<script>", "内容", idempotency_key="k\r\nX: y")

    message, _plain, html = parts_of(server.mails[0])
    assert message["Bcc"] is None
    assert message["Subject"] == "您好 Bcc: all@example.com <script>"
    assert "<script>" not in html
    assert server.mails[0].rcpt_tos == ["li@example.com"]


def test_a_notification_by_mail_is_in_the_readers_language():
    with mail_server() as server:
        set_up_mail(server)
        MailChannel().send(outgoing(title="Visit Huaqiang", language="en", digest=True))

    _message, plain, html = parts_of(server.mails[0])
    assert "1. Visit Huaqiang" in plain
    assert "https://crm.example.com/customers/7/" in plain
    assert 'lang="en"' in html
    assert "13812345678" in plain
    assert "查看" not in plain


def test_a_server_that_refuses_the_address_refuses_the_address_only():
    with mail_server(refused={"li@example.com"}) as server:
        set_up_mail(server)
        with pytest.raises(AddressRefused) as refused:
            MailChannel().send(outgoing())

    assert str(refused.value) == "邮件服务器不接收 li@example.com（550）：5.1.1 no such user"
    assert ChannelSetup.objects.get(pk="mail").down_since is None


def test_a_mail_server_that_is_away_is_down_since_then_until_it_works():
    with mail_server() as server:
        set_up_mail(server)
    with time_machine.travel("2026-03-02T01:00:00Z", tick=False), pytest.raises(ChannelDown):
        MailChannel().send(outgoing())
    with time_machine.travel("2026-03-02T02:00:00Z", tick=False), pytest.raises(ChannelDown):
        MailChannel().send(outgoing())

    row = ChannelSetup.objects.get(pk="mail")
    assert f"{row.down_since:%H:%M}" == "01:00"
    assert row.problem_code == "reach.refused"
    with mail_server() as server:
        ChannelSetup.objects.filter(pk="mail").update(options={**row.options, "port": server.port})
        save_setup("mail", is_on=True, options={**row.options, "port": server.port}, secrets={}, actor=SYSTEM)
        MailChannel().send(outgoing())

    assert ChannelSetup.objects.get(pk="mail").down_since is None


def test_a_wrong_password_is_said_in_words():
    def refuse(server, session, envelope, mechanism, data):
        return AuthResult(success=False, handled=False, message="535 wrong")

    with mail_server(authenticator=refuse, auth_require_tls=False) as server:
        set_up_mail(server, user="crm@example.com")
        with pytest.raises(ServiceDown) as down:
            send_mail("li@example.com", "x", "y", idempotency_key="k")

    assert down.value.code == "mail.sign_in"


def test_a_server_that_cannot_encrypt_gets_no_mail_where_encryption_is_chosen():
    with mail_server() as server:
        set_up_mail(server, security="starttls")
        with pytest.raises(ServiceDown) as down:
            send_mail("li@example.com", "x", "y", idempotency_key="k")

    assert (down.value.code, server.mails) == ("mail.security", [])


@pytest.mark.parametrize("security", ["ssl", "starttls"])
def test_mail_goes_encrypted_to_a_server_that_can_prove_itself_only(security, tmp_path, monkeypatch):
    speaks = {"ssl": "ssl_context", "starttls": "tls_context"}[security]
    with mail_server(**{speaks: tls_context(tmp_path)}) as server:
        set_up_mail(server, security=security)
        with pytest.raises(ServiceDown) as stranger:
            send_mail("li@example.com", "x", "y", idempotency_key="k")
        trust(monkeypatch, tmp_path)
        send_mail("li@example.com", "x", "y", idempotency_key="k")

    assert stranger.value.code == "reach.certificate"
    assert len(server.mails) == 1


def test_a_mail_refused_for_its_content_is_no_outage():
    with mail_server(data_answer="554 5.7.1 looks like spam") as server:
        set_up_mail(server)
        with pytest.raises(AddressFault) as refused:
            send_mail("li@example.com", "x", "y", idempotency_key="k")

    assert refused.value.code == "mail.content"
    assert ChannelSetup.objects.get(pk="mail").down_since is None


def test_secrets_lie_encrypted_and_stay_when_left_blank():
    with mail_server() as server:
        set_up_mail(server)
        save_setup("mail", is_on=True, options=dict(setup_of("mail").options), secrets={}, actor=SYSTEM)

    assert setup_of("mail").secrets == {"password": "s3cret"}
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM exchange_channelsetup")
        assert "s3cret" not in cursor.fetchone()[0]


def test_a_mail_server_that_never_says_a_word_is_left(monkeypatch):
    monkeypatch.setattr("kezhi.exchange.channels.mail.integer_figure", lambda key: 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        save_setup(
            "mail",
            is_on=True,
            options={
                "host": "127.0.0.1",
                "port": silent.getsockname()[1],
                "security": "none",
                "sender": "a@example.com",
            },
            secrets={},
            actor=SYSTEM,
        )
        with pytest.raises(ServiceDown) as down:
            send_mail("li@example.com", "x", "y", idempotency_key="k")

    assert down.value.code == "reach.slow"
