"""Mail, robots and SMS against servers that are really there: what arrives, what is refused, what counts as down."""

import email
import json
import socket
from email.policy import default as modern

import pytest
import time_machine
from aiosmtpd.smtp import AuthResult

from kezhi.access.actors import system_actor
from kezhi.core.figures import set_figure
from kezhi.exchange.channels import robots
from kezhi.exchange.channels.kinds import MailChannel, RobotChannel, SmsChannel
from kezhi.exchange.channels.mail import send_mail
from kezhi.exchange.channels.operations import save_setup, set_address
from kezhi.exchange.channels.setups import AddressFault, ServiceDown, Setup, setup_of
from kezhi.exchange.channels.sms import aliyun_sign, send_text_message
from kezhi.exchange.models import ChannelSetup
from kezhi.exchange.tests.servers import mail_server, tls_context, trust, web_server
from kezhi.work.notices_channels import AddressRefused, ChannelDown, Outgoing, OutgoingLine, outside_channels

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


# -- robots


def set_up_robot(key, url, secret=""):
    save_setup(key, is_on=True, options={}, secrets={"robot": url, "secret": secret}, actor=SYSTEM)


@time_machine.travel("2026-03-02T01:00:00Z", tick=False)
def test_wecom_gets_its_own_form_and_mentions_the_person():
    with web_server(body=b'{"errcode":0,"errmsg":"ok"}') as server:
        set_up_robot("wecom", server.url)
        RobotChannel(robots.PLATFORMS["wecom"]).send(outgoing(address="+8613912345678"))

    assert server.got[0].json == {
        "msgtype": "text",
        "text": {
            "content": "拜访华强电子\n联系人电话 138****5678\nhttps://crm.example.com/customers/7/",
            "mentioned_mobile_list": ["13912345678"],
        },
    }


@time_machine.travel("2026-03-02T01:00:00Z", tick=False)
def test_dingtalk_is_signed_in_its_address():
    with web_server(body=b'{"errcode":0,"errmsg":"ok"}') as server:
        set_up_robot("dingtalk", f"{server.url}?access_token=abc", "SECabc")
        RobotChannel(robots.PLATFORMS["dingtalk"]).send(outgoing(address="13912345678"))

    got = server.got[0]
    assert got.path.startswith("/hook?access_token=abc&timestamp=1772413200000&sign=")
    assert "=" not in got.path.rpartition("sign=")[2]
    assert got.json["at"] == {"isAtAll": False, "atMobiles": ["13912345678"]}
    assert got.json["text"]["content"].endswith("\n@13912345678")


@time_machine.travel("2026-03-02T01:00:00Z", tick=False)
def test_feishu_is_signed_in_its_body_and_nobody_shouts_through_a_title():
    with web_server(body=b'{"code":0,"msg":"success"}') as server:
        set_up_robot("feishu", server.url, "k")
        RobotChannel(robots.PLATFORMS["feishu"]).send(outgoing(address="ou_1", title='<at user_id="all"></at>'))

    got = server.got[0].json
    assert got["timestamp"] == "1772413200"
    assert got["sign"] == robots.feishu_sign("1772413200", "k")
    assert got["content"]["text"].startswith('<at user_id="ou_1"></at> ＜at user_id="all"＞＜/at＞')


def test_signatures_are_as_the_platforms_compute_them():
    # Computed with the programs printed on the platforms' own pages.
    import base64
    import hashlib
    import hmac

    assert robots.feishu_sign("1599360473", "demo") == base64.b64encode(
        hmac.new(b"1599360473\ndemo", digestmod=hashlib.sha256).digest()
    ).decode("utf-8")
    assert robots.dingtalk_sign("1577262236757", "this is secret") == base64.b64encode(
        hmac.new(b"this is secret", b"1577262236757\nthis is secret", digestmod=hashlib.sha256).digest()
    ).decode("utf-8")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"errcode":93000,"errmsg":"invalid webhook url"}', 200),
        (b"<html>busy</html>", 502),
        (b'{"errcode":45009}', 200),
    ],
)
def test_a_robot_that_fails_for_everybody_is_down(body, status):
    with web_server(body=body, status=status) as server:
        set_up_robot("wecom", server.url)
        with pytest.raises(ChannelDown):
            RobotChannel(robots.PLATFORMS["wecom"]).send(outgoing())

    assert ChannelSetup.objects.get(pk="wecom").down_since is not None


def test_ones_own_robot_is_used_and_being_wrong_is_no_outage(cast):
    with web_server(body=b'{"errcode":0}') as group, web_server(body=b'{"errcode":93000,"errmsg":"bad"}') as mine:
        set_up_robot("wecom", group.url)
        set_address(cast.rep.id, "wecom", handle="", robot=mine.url, secret=None, actor=cast.rep.actor)
        channel = RobotChannel(robots.PLATFORMS["wecom"])
        address = channel.address_of(cast.rep.user)
        with pytest.raises(AddressRefused):
            channel.send(outgoing(cast.rep.id, address))

    assert (address, len(mine.got), len(group.got)) == ("自己的机器人", 1, 0)
    assert ChannelSetup.objects.get(pk="wecom").down_since is None


def test_a_robot_lives_on_its_platforms_host():
    with pytest.raises(AddressFault) as refused:
        robots.check_robot(robots.PLATFORMS["feishu"], "https://evil.example/open-apis/bot/v2/hook/x")

    assert refused.value.message == "这不是飞书机器人的地址，应以 https://open.feishu.cn/ 开头。"


# -- text messages


ALIYUN = {"gateway": "aliyun", "access_key": "testId", "sign_name": "客至", "template": "SMS_1", "parameter": "title"}


def test_the_signature_is_the_one_of_the_gateways_own_example():
    # help.aliyun.com/zh/sms, 请求签名: the worked example for SendSms.
    parameters = {
        "AccessKeyId": "testId",
        "Action": "SendSms",
        "Format": "XML",
        "OutId": "123",
        "PhoneNumbers": "15300000001",
        "RegionId": "cn-hangzhou",
        "SignName": "阿里云短信测试专用",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466",
        "SignatureVersion": "1.0",
        "TemplateCode": "SMS_71390007",
        "TemplateParam": '{"customer":"test"}',
        "Timestamp": "2017-07-12T02:42:19Z",
        "Version": "2017-05-25",
    }

    assert aliyun_sign("GET", parameters, "testSecret") == "zJDF+Lrzhj/ThnlvIToysFRq6t4="


def test_a_text_message_carries_the_title_masked():
    from urllib.parse import parse_qs

    with web_server(body=b'{"Code":"OK","Message":"OK"}') as server:
        options = {**ALIYUN, "endpoint": server.url}
        save_setup("sms", is_on=True, options=options, secrets={"access_secret": "k"}, actor=SYSTEM)
        SmsChannel().send(outgoing(address="+8613912345678", title="给 13812345678 回电话"))

    got = {name: values[0] for name, values in parse_qs(server.got[0].body.decode()).items()}
    assert got["PhoneNumbers"] == "13912345678"
    assert json.loads(got["TemplateParam"]) == {"title": "给 138****5678 回电话"}
    assert got["OutId"] == "k7"
    without = {name: value for name, value in got.items() if name != "Signature"}
    assert got["Signature"] == aliyun_sign("POST", without, "k")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", AddressFault),
        ("isv.BUSINESS_LIMIT_CONTROL", ServiceDown),
        ("isv.AMOUNT_NOT_ENOUGH", ServiceDown),
    ],
)
def test_a_gateways_refusals_are_told_apart(code, kind):
    with web_server(body=json.dumps({"Code": code, "Message": "x"}).encode()) as server:
        setup = Setup("sms", True, {**ALIYUN, "endpoint": server.url}, {"access_secret": "k"})
        with pytest.raises(kind):
            send_text_message("13912345678", "x", setup, idempotency_key="k")


def test_the_console_gateway_writes_to_the_log_without_the_number(caplog):
    caplog.set_level("INFO", logger="kezhi.exchange.sms")

    send_text_message("13912345678", "提醒", Setup("sms", True, {"gateway": "console"}), idempotency_key="k")

    assert [record.getMessage() for record in caplog.records] == ["text message to 139****5678: 提醒"]


def test_only_what_is_set_up_is_a_channel():
    assert outside_channels() == []

    save_setup("sms", is_on=True, options={"gateway": "aliyun"}, secrets={}, actor=SYSTEM)
    assert outside_channels() == []

    save_setup("sms", is_on=True, options={"gateway": "console"}, secrets={}, actor=SYSTEM)
    assert [channel.key for channel in outside_channels()] == ["sms"]


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
