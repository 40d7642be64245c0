"""What rules may send out of the house: a webhook, a mail to the customer's side (AUTO-1, AUTO-9).

Values are masked as the gate says: personal fields leave in the clear only where a department manager approved them
for this rule and destination. The request itself is a job of its own, with the run's key, so that a repeat is
recognised; it is retried with growing delay and ends among the failed jobs, from where a person can run it again.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.automation.actions.base import Action, ActionFailed, Effects, Param, Step, Target, register_action
from kezhi.automation.parameters import SECRET, param_words
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.texts import Filler, Outside
from kezhi.core.conditions import Phrase
from kezhi.core.crypto import decrypt, encrypt
from kezhi.core.events import Json
from kezhi.core.jobs import JobOrder, PermanentFailure, enqueue_many, job
from kezhi.core.values.email import mask_email
from kezhi.exchange.channels.mail import send_mail
from kezhi.exchange.channels.setups import AddressFault
from kezhi.exchange.gate import approved_fields, mask_text
from kezhi.exchange.models import Source
from kezhi.exchange.outgoing import AddressForbidden
from kezhi.exchange.webhooks.payloads import written_values
from kezhi.exchange.webhooks.posting import post_to_webhook
from kezhi.records.fields import EmailField, Field
from kezhi.records.leaving import is_kept_in, mask_names, names_in, outside_mask
from kezhi.records.registry import RecordType, find_record_type, record_types

# Jobs hold what leaves only under lock, like the columns it came from (OPS-1).
_PURPOSE = "exchange.rule_outbox"


class CallWebhook(Action):
    """Post the record to an address, signed after Standard Webhooks where a secret is given."""

    key = "call_webhook"
    label = _("调用 Webhook")
    icon = "external"
    order = 40
    params = (
        Param("url", _("地址"), "line", help=_("https:// 开头；内网地址不允许，除非参数里列出。")),
        Param("secret", _("签名密钥"), "secret", required=False, help=_("whsec_ 开头；对方用它验证签名。")),
    )

    def check(self, params: Mapping[str, Any], record_type: RecordType) -> None:
        if not str(params["url"]).startswith(("http://", "https://")) or not _host(params):
            raise DefinitionProblem(_("请填写以 http:// 或 https:// 开头的地址"), "with.url")

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [Phrase("op", gettext("调用 Webhook")), Phrase("value", _host(params))]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        approved = approved_fields(Source.RULE, step.rule_id, _host(step.params))
        secret = str(step.params.get("secret") or "")
        orders = []
        for target in targets:
            message = json.dumps([secret, rule_payload(step, target, approved)], ensure_ascii=False)
            args: dict[str, Json] = {
                "url": str(step.params["url"]),
                "message": encrypt(message, purpose=_PURPOSE),
                "key": f"kezhi-rule-{target.run_id}-{step.number}",
            }
            orders.append(JobOrder(args, unique_key=f"rule-webhook:{target.run_id}:{step.number}"))
            target.did = {"host": _host(step.params)}
        enqueue_many(post_for_rule, orders)

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            target.did = {"host": _host(step.params)}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        return gettext("把记录发给%(host)s") % {"host": facts.get("host", "")}

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(sends=frozenset({_host(params)}))


class SendMail(Action):
    """Send a mail to an address that stands in the record itself. Without one nothing is sent, and the run says so."""

    key = "send_mail"
    label = _("给对方发邮件")
    icon = "mail"
    order = 41
    params = (
        Param("field", _("发到哪个邮箱字段"), "choice", options=lambda: _address_options()),
        Param("text", _("内容"), "words", help=_("第一行是主题，后面是正文。")),
    )

    def applies_to(self, record_type: RecordType) -> bool:
        return any(isinstance(known, EmailField) for known in record_type.all_fields().values())

    def check(self, params: Mapping[str, Any], record_type: RecordType) -> None:
        if not isinstance(record_type.field(str(params["field"])), EmailField):
            raise DefinitionProblem(_("请选择一个邮箱字段"), "with.field")

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        known = record_type.field(str(params.get("field", "")))
        return [
            Phrase("op", gettext("发邮件到")),
            Phrase("value", str(known.label) if known else gettext("已删除的字段")),
            Phrase("op", gettext("：")),
            Phrase("value", param_words(self.params[1], params, record_type).partition("\n")[0]),
        ]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        known = step.record_type.field(str(step.params["field"]))
        if known is None:
            raise ActionFailed(_("邮箱字段已被删除"))
        fillers: dict[str, Filler] = {}
        orders = []
        for target in targets:
            address = str(known.get(target.record) or "")
            target.did = {"to": mask_email(address) if address else ""}
            if not address:
                continue
            domain = address.rpartition("@")[2]
            if domain not in fillers:
                approved = approved_fields(Source.RULE, step.rule_id, domain)
                outside = mask_unless(approved)
                fillers[domain] = Filler(step.record_type, target.actor, step.rule_label, outside=outside)
            letter = list(fillers[domain].title_and_body(step.params["text"], target.record))
            args: dict[str, Json] = {
                "record_type": step.record_type.key,
                "record_id": target.record.pk,
                "field": known.key,
                "letter": encrypt(json.dumps(letter, ensure_ascii=False), purpose=_PURPOSE),
                "key": f"kezhi-rule-{target.run_id}-{step.number}",
            }
            orders.append(JobOrder(args, unique_key=f"rule-mail:{target.run_id}:{step.number}"))
        enqueue_many(mail_for_rule, orders)

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        known = step.record_type.field(str(step.params["field"]))
        for target in targets:
            address = str(known.get(target.record) or "") if known else ""
            target.did = {"to": mask_email(address) if address else ""}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        if not facts.get("to"):
            return gettext("没有邮箱，没有发邮件")
        return gettext("发邮件到%(to)s") % {"to": facts["to"]}

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(sends=frozenset({gettext("客户的邮箱")}))


@job("exchange.rule_webhook", lane="io", retries=8)
def post_for_rule(url: str, message: str, key: str, idempotency_key: str = "") -> None:
    """Post what a rule sends; ``key`` names the run and step, the same for every attempt."""
    secret, payload = json.loads(decrypt(message, purpose=_PURPOSE))
    secret = decrypt(secret, purpose=SECRET) if secret else ""
    try:
        post_to_webhook(url, payload, idempotency_key=key, secret=secret)
    except AddressForbidden as problem:
        raise PermanentFailure(str(problem)) from problem


@job("exchange.rule_mail", lane="io", retries=8)
def mail_for_rule(
    record_type: str, record_id: int, field: str, letter: str, key: str, idempotency_key: str = ""
) -> None:
    """Send what a rule writes, to the address the record has now: job rows hold no address."""
    known = find_record_type(record_type)
    column = known.field(field) if known else None
    record = known.model.objects.ungated("rules").filter(pk=record_id).first() if known else None
    address = str(column.get(record) or "") if column and record is not None else ""
    if not address:
        return
    subject, body = json.loads(decrypt(letter, purpose=_PURPOSE))
    try:
        send_mail(address, subject, body, idempotency_key=key, about=(record_type, record_id))
    except AddressFault as problem:
        raise PermanentFailure(str(problem)) from problem


def mask_unless(approved: frozenset[str]) -> Outside:
    """For letters of rules: what is kept in as a mask unless approved; numbers and addresses in other texts masked."""

    def leaving(field: Field, record_type: str, record: Any, words: str) -> str:
        if f"{record_type}.{field.key}" in approved:
            return words
        if is_kept_in(field, record):
            return outside_mask(field, field.get(record))
        known = find_record_type(record_type)
        return mask_text(mask_names(words, names_in(known, record, approved)) if known else words)

    return leaving


def _host(params: Mapping[str, Any]) -> str:
    try:
        return urlsplit(str(params.get("url", ""))).hostname or ""
    except ValueError:
        return ""


def rule_payload(step: Step, target: Target, approved: frozenset[str]) -> dict[str, Json]:
    """What a rule posts about a record; personal values masked unless their fields are ``approved``."""
    values, masked = written_values(step.record_type, target.record, target.actor, approved)
    return {
        "type": "rule.fired",
        "data": {
            "rule": step.rule_label,
            "rule_ref": step.rule_ref,
            "event_id": target.event.pk if target.event else None,
            "record": {
                "type": step.record_type.key,
                "id": target.record.pk,
                "number": target.record.number,
                "values": values,
            },
            "masked": masked,
        },
    }


def _address_options() -> list[tuple[str, Any]]:
    found: dict[str, Any] = {}
    for known in record_types():
        for field in known.all_fields().values():
            if isinstance(field, EmailField):
                found.setdefault(field.key, field.label)
    return list(found.items())


register_action(CallWebhook())
register_action(SendMail())
