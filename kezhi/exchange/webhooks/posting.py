"""Sending one signed message to an address: for subscriptions and for rules that call a webhook."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from django.utils.translation import gettext_lazy as _

from kezhi.core.clock import now
from kezhi.core.events import Json
from kezhi.exchange.faults import Fault, add_sentences
from kezhi.exchange.outgoing import Answer, send_request
from kezhi.exchange.webhooks.signing import sign


class Undelivered(Fault):
    """The other side answered, but not with success. ``is_final``: it will not at another time either (410)."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("webhook.gone" if answer.status == 410 else "webhook.status", status=answer.status)
        self.answer = answer

    @property
    def is_final(self) -> bool:
        return self.code == "webhook.gone"


@dataclass(frozen=True, slots=True)
class Posted:
    """What the other side said to a message it took."""

    status: int
    answer: str
    milliseconds: int


def post_to_webhook(url: str, payload: Mapping[str, Json], *, idempotency_key: str, secret: str = "") -> Posted:
    """Post a payload as JSON, signed where there is a secret. No redirects are followed; outside transactions.

    ``idempotency_key`` becomes the webhook-id: the same for every attempt, so that the receiver knows a repeat.

    Raises:
        AddressForbidden: not an address to send to; trying again cannot help.
        Unreachable, Undelivered: no answer, or none of the 200s; another time may help.
    """
    return post_body(url, encode(payload), idempotency_key=idempotency_key, secret=secret)


def post_body(url: str, body: bytes, *, idempotency_key: str, secret: str = "") -> Posted:
    """:func:`post_to_webhook` for a body that is written already."""
    stamp = int(now().timestamp())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": idempotency_key,
        "webhook-timestamp": str(stamp),
    }
    if secret:
        headers["webhook-signature"] = sign(idempotency_key, stamp, body, secret=secret)
    began = monotonic()
    answer = send_request("POST", url, body=body, headers=headers)
    if not answer.is_success:
        raise Undelivered(answer)
    return Posted(answer.status, answer.text(), round((monotonic() - began) * 1000))


def encode(payload: Mapping[str, Json]) -> bytes:
    """A payload as the bytes that are signed and sent."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


add_sentences(
    {
        "webhook.status": _("对方回答了状态 %(status)s，不是成功（2xx）。"),
        "webhook.unwritable": _("这条消息的内容无法生成，详情见系统日志。"),
        "webhook.withheld": _("创建人看不到这条记录，所以没有发送。"),
        "webhook.off": _("这个 Webhook 没有启用。"),
        "webhook.gone": _("对方说这个地址已不再使用（410）。"),
        "webhook.off_failing": _("连续失败太久，已自动停用。"),
        "webhook.off_gone": _("对方说这个地址已不再使用（410），已自动停用。"),
        "webhook.off_owner": _("创建人已离职或停用，已自动停用。"),
    }
)
