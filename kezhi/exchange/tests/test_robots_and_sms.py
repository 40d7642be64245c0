"""Robots and text messages against servers that are really there: forms, signatures, what counts as down."""

import json

import pytest
import time_machine

from kezhi.exchange.channels import robots
from kezhi.exchange.channels.kinds import RobotChannel, SmsChannel
from kezhi.exchange.channels.operations import save_setup, set_address
from kezhi.exchange.channels.setups import AddressFault, ServiceDown, Setup
from kezhi.exchange.channels.sms import aliyun_sign, send_text_message
from kezhi.exchange.models import ChannelSetup
from kezhi.exchange.tests.servers import web_server
from kezhi.exchange.tests.test_channels import SYSTEM, _local_servers_are_allowed, outgoing  # noqa: F401
from kezhi.work.notices_channels import AddressRefused, ChannelDown, outside_channels

pytestmark = pytest.mark.django_db


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
