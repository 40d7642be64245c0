"""Text messages through a gateway (DATA-3). A gateway is one class here and a line in ``GATEWAYS``.

In mainland China a text message is an approved template with values, so a gateway gets a title to put into it and no
free text. ``AliyunGateway`` speaks to Alibaba Cloud's Short Message Service: action SendSms, version 2017-05-25, signed
as help.aliyun.com/zh/sms says for RPC requests (HMAC-SHA1, SignatureVersion 1.0). ``ConsoleGateway`` writes to
the log and is for trying things out.
"""

import base64
import hmac
import json
import logging
import uuid
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core.clock import now
from kezhi.core.values.phone import mask_phone, parse_phone
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.channels.setups import AddressFault, ServiceDown, Setup
from kezhi.exchange.faults import add_sentences
from kezhi.exchange.outgoing import AddressForbidden, Unreachable, send_request

_log = logging.getLogger("kezhi.exchange.sms")
_LONGEST_TITLE = 35  # what the networks let a template's value have


class Gateway(Protocol):
    """A service that sends text messages. ``needs`` are the options and secrets it cannot do without."""

    key: str
    label: str | Promise
    needs: tuple[str, ...]

    def send(self, mobile: str, title: str, setup: Setup, idempotency_key: str) -> None:
        """Send to a number in stored form (+86…).

        Raises:
            ServiceDown: another time.
            AddressFault: never to this number, or never with this template.
        """
        ...


class ConsoleGateway:
    """Sends nothing: writes to the log what would have been sent."""

    key = "console"
    label: str | Promise = _("只写入日志（试用）")
    needs: tuple[str, ...] = ()

    def send(self, mobile: str, title: str, setup: Setup, idempotency_key: str) -> None:
        _log.info("text message to %s: %s", mask_phone(mobile), title)


class AliyunGateway:
    """阿里云短信服务."""

    key = "aliyun"
    label: str | Promise = _("阿里云短信")
    needs: tuple[str, ...] = ("access_key", "sign_name", "template", "access_secret")

    # isv.* codes of help.aliyun.com/zh/sms/developer-reference/api-error-codes that another number would not meet.
    _ADDRESS = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.BLACK_KEY_CONTROL_LIMIT"})
    _BUSY = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isp.SYSTEM_ERROR"})

    def send(self, mobile: str, title: str, setup: Setup, idempotency_key: str) -> None:
        address = setup.text("endpoint") or "https://dysmsapi.aliyuncs.com/"
        parameters = {
            "AccessKeyId": setup.text("access_key"),
            "Action": "SendSms",
            "Format": "JSON",
            "OutId": idempotency_key[:255],
            "PhoneNumbers": mobile.removeprefix("+86") if mobile.startswith("+86") else mobile.removeprefix("+"),
            "RegionId": "cn-hangzhou",
            "SignName": setup.text("sign_name"),
            "SignatureMethod": "HMAC-SHA1",
            # A nonce is used once: a repeat with the same one is refused as a replay, so it cannot be the key.
            "SignatureNonce": str(uuid.uuid4()),
            "SignatureVersion": "1.0",
            "TemplateCode": setup.text("template"),
            "TemplateParam": json.dumps({setup.text("parameter") or "title": title}, ensure_ascii=False),
            "Timestamp": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Version": "2017-05-25",
        }
        signature = aliyun_sign("POST", parameters, setup.secrets.get("access_secret", ""))
        body = canonical_query({**parameters, "Signature": signature})
        try:
            answer = send_request(
                "POST", address, body=body.encode(), headers={"Content-Type": "application/x-www-form-urlencoded"}
            )
        except (Unreachable, AddressForbidden) as problem:
            raise ServiceDown(problem.code, **problem.values) from problem
        try:
            content = json.loads(answer.body)
            code, words = str(content["Code"]), str(content.get("Message", ""))[:200]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ServiceDown("channel.answer", status=answer.status, detail=answer.text(120)) from None
        if code == "OK":
            return
        if code in self._ADDRESS:
            raise AddressFault("sms.refused", number=code, detail=words)
        raise ServiceDown("channel.busy" if code in self._BUSY else "sms.down", number=code, detail=words)


GATEWAYS: dict[str, Gateway] = {gateway.key: gateway for gateway in (AliyunGateway(), ConsoleGateway())}


def gateway_of(setup: Setup) -> Gateway | None:
    """The gateway chosen, or None."""
    return GATEWAYS.get(setup.text("gateway"))


def is_set_up(setup: Setup) -> bool:
    """Whether text messages are on and the gateway has all it needs."""
    gateway = gateway_of(setup)
    return setup.is_on and gateway is not None and all(setup.text(n) or setup.secrets.get(n) for n in gateway.needs)


def send_text_message(mobile: str, title: str, setup: Setup, *, idempotency_key: str) -> None:
    """Send a title to a mobile number through the gateway set up.

    Raises:
        ServiceDown: no gateway, or it does not work now.
        AddressFault: not a number that can get text messages.
    """
    gateway = gateway_of(setup)
    if gateway is None:
        raise ServiceDown("channel.off")
    try:
        number = parse_phone(mobile)
    except ValueProblem:
        raise AddressFault("sms.number") from None
    words = " ".join(title.split())
    gateway.send(number, words if len(words) <= _LONGEST_TITLE else words[: _LONGEST_TITLE - 1] + "…", setup,
                 idempotency_key)  # fmt: skip


def aliyun_sign(method: str, parameters: Mapping[str, str], secret: str) -> str:
    """The signature of an RPC request to Alibaba Cloud."""
    text = f"{method}&%2F&{quote(canonical_query(parameters), safe='-_.~')}"
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), text.encode(), "sha1")).decode()


def canonical_query(parameters: Mapping[str, str]) -> str:
    """The parameters in order, encoded as the signature wants them (RFC 3986)."""
    return "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(parameters.items())
    )


add_sentences(
    {
        "sms.number": _("这不是能收短信的号码。"),
        "sms.refused": _("短信网关不接收这个号码（%(number)s）：%(detail)s"),
        "sms.down": _("短信网关拒绝发送（%(number)s）：%(detail)s"),
    }
)
