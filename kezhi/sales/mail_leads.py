# zh-data: words by which a signature gives a company and a telephone
"""Leads that come by mail: a stranger's letter becomes one through the same capture as entry pages (LEAD-1)."""

import re

from kezhi.access.actors import Actor
from kezhi.core.crypto import blind_index
from kezhi.core.figures import text_figure
from kezhi.core.values.phone import PhoneKind, parse_phone, phone_kind
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.gate import mask_text
from kezhi.exchange.mailboxes.correspondents import Home, register_correspondents, register_taker
from kezhi.exchange.mailboxes.reading import Arrived
from kezhi.exchange.models import Mailbox
from kezhi.records.lists import list_choices
from kezhi.records.operations import InvalidRecord
from kezhi.sales.models import Lead
from kezhi.sales.operations.entry_forms import capture_lead
from kezhi.sales.operations.leads import OPEN_STATES

_LONGEST_NEED = 2000
_SIGNATURE_LINES = 12
_PHONE = re.compile(
    r"(?<![\w.@-])(?:\+|00)?\d[\d\- ()（）]{5,20}\d(?:\s*(?:转|ext\.?)\s*\d{1,6})?(?![\w@])", re.IGNORECASE
)
_LABEL = re.compile(r"^\s*(?:公司|单位|企业|Company)(?:名称|名)?\s*[:：]\s*(?P<name>\S.{1,60}?)\s*$", re.IGNORECASE)
_COMPANY = re.compile(
    r"^\s*(?P<name>[\u4e00-\u9fffA-Za-z0-9()（）·&. ]{2,50}?"
    r"(?:有限公司|有限责任公司|股份公司|集团|事务所|研究院|大学|医院))\s*$"
    r"|^\s*(?P<foreign>[A-Z][\w&., -]{1,60}?(?:Co\., ?Ltd\.?|Ltd\.?|Inc\.?|GmbH|LLC|Corp\.?|S\.A\.))\s*$"
)


def find_by_mail(address: str) -> Home | None:
    """The open lead a mail address belongs to, the latest of several."""
    rows = Lead.objects.ungated("filing mail").filter(
        email_index=blind_index(address, purpose="email"), deleted_at__isnull=True, state__in=OPEN_STATES
    )
    lead = rows.order_by("-entered_at", "-pk").first()
    return Home("lead", lead.pk) if lead is not None else None


def take_lead(mail: Arrived, text: str, mailbox: Mailbox, actor: Actor) -> Home | None:
    """A lead of a stranger's mail; None where not even the address will do."""
    person = mail.sender_name if mail.sender_name and "@" not in mail.sender_name else ""
    company = find_company(text)
    values = {
        "name": company or person or mail.sender,
        "contact_name": person or text_figure("sales.unknown_contact"),
        "email": mail.sender,
        "phone": find_phone(text),
        # The need is read by more people than telephone and address are; the whole words stay in the mail.
        "need": mask_text("\n".join(part for part in (mail.subject, text) if part))[:_LONGEST_NEED],
    }
    if mailbox.owner_id is not None:
        values["owner"] = str(mailbox.owner_id)
    if list_choices("language").find("zh") is not None:
        values["language"] = "zh" if re.search(r"[\u4e00-\u9fff]", mail.subject + text) else "en"
    given = {
        "channel": mailbox.channel,
        "source_detail": (mailbox.source_detail or mailbox.name)[:200],
        "client_key": f"mail:{mailbox.pk}:{mail.key}"[:64],
    }
    wanted = {key: value for key, value in values.items() if value}
    for _attempt in range(2):
        try:
            lead = capture_lead(wanted, given=given, told=None, actor=actor)
        except InvalidRecord as refused:
            # Whatever a field will not take stays in the mail; the lead is not lost for it.
            kept = {key: value for key, value in wanted.items() if key not in refused.problems or key == "name"}
            if kept == wanted or "email" not in kept:
                return None
            wanted = kept
        else:
            return Home("lead", lead.pk)
    return None


def find_phone(text: str) -> str:
    """The telephone in a letter's signature that is one: a mobile before others; "" when there is none."""
    found: list[str] = []
    for line in reversed(text.splitlines()[-_SIGNATURE_LINES:]):
        for piece in _PHONE.findall(line):
            try:
                number = parse_phone(piece)
            except ValueProblem:
                continue
            if phone_kind(number) == PhoneKind.MOBILE:
                return number
            found.append(number)
    return found[0] if found else ""


def find_company(text: str) -> str:
    """The company that stands alone on a line of the signature, or behind its label; "" when there is none."""
    for line in reversed(text.splitlines()[-_SIGNATURE_LINES:]):
        if labelled := _LABEL.match(line):
            return labelled["name"].strip()
        if alone := _COMPANY.match(line):
            return str(alone["name"] or alone["foreign"]).strip()
    return ""


register_correspondents("lead", find_by_mail, order=20)
register_taker(take_lead)
