"""Group robots of WeCom, DingTalk and Feishu (DATA-3): one class per platform, each as the platform's page says.

WeCom: developer.work.weixin.qq.com/document/path/91770 (群机器人配置说明). No signature: the address is the secret.
DingTalk: open.dingtalk.com/document/robots/custom-robot-access and …/customize-robot-security-settings (加签):
``sign = urlencode(base64(HmacSHA256(secret, timestamp + "\\n" + secret)))`` beside ``timestamp`` in the address.
Feishu: open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (签名校验): ``timestamp + "\\n" + secret`` is the key,
the message is empty; ``timestamp`` and ``sign`` stand in the body.

All send plain text: what a customer is called must not become a link, a picture or a shout to everybody.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote_plus

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core.clock import now
from kezhi.core.events import Json
from kezhi.exchange.channels.setups import AddressFault, ServiceDown
from kezhi.exchange.outgoing import (
    AddressForbidden,
    Answer,
    Unreachable,
    check_address,
    host_of,
    is_allowed_host,
    send_request,
)


@dataclass(frozen=True, slots=True)
class Request:
    """A message ready to be posted."""

    url: str
    body: Mapping[str, Json]


class Platform(Protocol):
    """One kind of robot. ``hosts`` are where its robots live; ``handle`` says what a person is mentioned by."""

    key: str
    label: str | Promise
    hosts: tuple[str, ...]
    signs: bool
    handle: str | Promise

    def request(self, robot: str, secret: str, text: str, mention: str) -> Request:
        """The message for a robot; ``mention`` is who it is for, "" for everybody who reads along."""
        ...

    def verdict(self, content: Mapping[str, Json]) -> tuple[int, str, bool]:
        """What the platform answered: its number (0 is success), its words, and whether only too much was sent."""
        ...


class WeCom:
    """企业微信群机器人."""

    key = "wecom"
    label: str | Promise = _("企业微信机器人")
    hosts: tuple[str, ...] = ("qyapi.weixin.qq.com",)
    signs = False
    handle: str | Promise = _("手机号或企业微信账号（userid）")
    _LONGEST = 2048

    def request(self, robot: str, secret: str, text: str, mention: str) -> Request:
        content: dict[str, Json] = {"content": cut(text, self._LONGEST)}
        if mention:
            name = "mentioned_mobile_list" if _is_mobile(mention) else "mentioned_list"
            content[name] = [_bare_mobile(mention)]
        return Request(robot, {"msgtype": "text", "text": content})

    def verdict(self, content: Mapping[str, Json]) -> tuple[int, str, bool]:
        number = _number(content.get("errcode"))
        return number, str(content.get("errmsg", "")), number == 45009


class DingTalk:
    """钉钉自定义机器人."""

    key = "dingtalk"
    label: str | Promise = _("钉钉机器人")
    hosts: tuple[str, ...] = ("oapi.dingtalk.com", "api.dingtalk.com")
    signs = True
    handle: str | Promise = _("手机号")
    _LONGEST = 15_000

    def request(self, robot: str, secret: str, text: str, mention: str) -> Request:
        at: dict[str, Json] = {"isAtAll": False}
        if mention:
            # DingTalk marks the person only where the text itself says so.
            text = f"{text}\n@{_bare_mobile(mention)}"
            at["atMobiles"] = [_bare_mobile(mention)]
        url = robot
        if secret:
            stamp = str(int(now().timestamp() * 1000))
            url += f"{'&' if '?' in url else '?'}timestamp={stamp}&sign={quote_plus(dingtalk_sign(stamp, secret))}"
        return Request(url, {"msgtype": "text", "text": {"content": cut(text, self._LONGEST)}, "at": at})

    def verdict(self, content: Mapping[str, Json]) -> tuple[int, str, bool]:
        number = _number(content.get("errcode"))
        return number, str(content.get("errmsg", "")), number in (130101, 410100, 660026)


class Feishu:
    """飞书自定义机器人."""

    key = "feishu"
    label: str | Promise = _("飞书机器人")
    hosts: tuple[str, ...] = ("open.feishu.cn", "open.larksuite.com")
    signs = True
    handle: str | Promise = _("飞书用户的 open_id（ou_ 开头）")
    _LONGEST = 15_000

    def request(self, robot: str, secret: str, text: str, mention: str) -> Request:
        # "<at user_id=…>" inside a title would shout to the whole group.
        words = cut(text.replace("<", "＜").replace(">", "＞"), self._LONGEST)
        if mention and all(character.isalnum() or character in "_-" for character in mention):
            words = f'<at user_id="{mention}"></at> {words}'
        body: dict[str, Json] = {"msg_type": "text", "content": {"text": words}}
        if secret:
            stamp = str(int(now().timestamp()))
            body = {"timestamp": stamp, "sign": feishu_sign(stamp, secret), **body}
        return Request(robot, body)

    def verdict(self, content: Mapping[str, Json]) -> tuple[int, str, bool]:
        number = _number(content.get("code", content.get("StatusCode")))
        return number, str(content.get("msg", content.get("StatusMessage", ""))), number in (11232, 99991400)


PLATFORMS: dict[str, Platform] = {platform.key: platform for platform in (WeCom(), DingTalk(), Feishu())}


def dingtalk_sign(timestamp: str, secret: str) -> str:
    """DingTalk's signature for a time in milliseconds, not yet made fit for an address."""
    return base64.b64encode(hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), "sha256")).decode()


def feishu_sign(timestamp: str, secret: str) -> str:
    """Feishu's signature for a time in seconds."""
    return base64.b64encode(hmac.digest(f"{timestamp}\n{secret}".encode(), b"", "sha256")).decode()


def check_robot(platform: Platform, robot: str) -> str:
    """A robot's address as it can be stored: on the platform's own host, or one the administrator allows.

    Raises:
        AddressFault, AddressForbidden: it is no address of this platform's robots.
    """
    url = check_address(robot)
    if not (host_of(url) in platform.hosts and url.startswith("https://")) and not is_allowed_host(host_of(url)):
        raise AddressFault("channel.host", platform=str(platform.label), expected=f"https://{platform.hosts[0]}/")
    return url


def send_to_robot(platform: Platform, robot: str, secret: str, text: str, *, mention: str = "") -> None:
    """Post a text through a robot.

    Raises:
        ServiceDown: the platform does not answer, or takes no more now.
        AddressFault: the platform refuses this robot or message: wrong address, secret or key word.
    """
    made = platform.request(check_robot(platform, robot), secret, text, mention)
    try:
        answer = send_request(
            "POST",
            made.url,
            body=json.dumps(made.body, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json; charset=utf-8"},
        )
    except Unreachable as problem:
        raise ServiceDown(problem.code, **problem.values) from problem
    except AddressForbidden as problem:
        raise AddressFault(problem.code, **problem.values) from problem
    _judge(platform, answer)


def cut(text: str, longest: int) -> str:
    """At most so many bytes of UTF-8, without half a character."""
    raw = text.encode()
    return text if len(raw) <= longest else raw[: longest - 3].decode("utf-8", "ignore") + "…"


def _judge(platform: Platform, answer: Answer) -> None:
    try:
        content = json.loads(answer.body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ServiceDown("channel.answer", status=answer.status, detail=answer.text(120))
    number, words, is_busy = platform.verdict(content)
    if number == 0 and answer.is_success:
        return
    if is_busy or answer.status == 429:
        raise ServiceDown("channel.busy", number=number, detail=words[:200])
    if answer.status >= 500:
        raise ServiceDown("channel.answer", status=answer.status, detail=words[:120])
    raise AddressFault("channel.refused", number=number, detail=words[:200])


def _number(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _bare_mobile(mention: str) -> str:
    return mention.removeprefix("+86")


def _is_mobile(mention: str) -> bool:
    bare = _bare_mobile(mention)
    return bare.isascii() and bare.isdigit() and len(bare) == 11
