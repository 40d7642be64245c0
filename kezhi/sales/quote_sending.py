"""Sending a quote: a private link, by mail or to be copied (SAL-4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.automation.models import MessageTemplate
from kezhi.automation.texts import Filler
from kezhi.core.clock import day_start, today
from kezhi.core.crypto import decrypt, encrypt
from kezhi.core.jobs import PermanentFailure, enqueue, job
from kezhi.core.values.email import mask_email, parse_email
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.channels.mail import Attachment, send_mail
from kezhi.exchange.channels.setups import AddressFault
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import Presenter
from kezhi.records.registry import record_type
from kezhi.sales.letterhead import company_of
from kezhi.sales.models import Quote, QuotePaper
from kezhi.sales.operations.quotes import send_quote
from kezhi.sales.private_links import make_private_link, private_address
from kezhi.sales.private_locks import mail_is_on, read_lock
from kezhi.sales.quote_paper import in_language, paper_of
from kezhi.sales.quote_pdf import file_name, keep_paper
from kezhi.work.notices_wording import whole_address

PURPOSE = "quote"
_SEALED = "sales.quote_mail"
_LONGEST_WORDS = 4000
# After its last day the link still shows what was offered, and says that it is over.
_AFTERWARDS = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail about a quote, to be looked at before it goes."""

    to: str
    subject: str
    body: str


def contact_address(quote: Quote, actor: Actor) -> str:
    """The mail address of the quote's contact, if the actor may read it; "" else."""
    contact = quote.contact
    known = record_type("contact")
    if contact is None or not known.readable("email", actor, known.policy.owner_id(contact)):
        return ""
    return Presenter(known, actor).text(contact, "email")


def letter_templates() -> list[tuple[str, str]]:
    """The message templates about quotes that are on, to choose from: key and name."""
    rows = MessageTemplate.objects.filter(record_type="quote", is_active=True)
    return [(row.key, row.label) for row in rows]


def draft_letter(quote: Quote, *, actor: Actor, template: str = "") -> Letter:
    """The mail as it would go, in the quote's language; the link is put in when it is sent.

    ``template`` is the key of a message template about quotes, filled with what the actor may see; "" the usual words.
    """
    if template and template in dict(letter_templates()):
        with in_language(quote):
            filler = Filler(record_type("quote"), actor, "")
            subject, body = filler.title_and_body({"template": template}, quote, actor.ref.label)
        return Letter(contact_address(quote, actor), subject, body[:_LONGEST_WORDS])
    with in_language(quote):
        paper = paper_of(quote)
        company = company_of(quote.language).name
        subject = _("%(company)s 的报价：%(name)s（%(number)s）") % {
            "company": company,
            "name": quote.name,
            "number": quote.number,
        }
        greeting = _("%(contact)s，您好：") % {"contact": paper.contact} if paper.contact else _("您好：")
        about = _("这是“%(name)s”的报价，总计 %(total)s，有效期至 %(day)s。") % {
            "name": quote.name,
            "total": paper.total,
            "day": quote.valid_until.isoformat() if quote.valid_until else "",
        }
        how = _("请打开下面的链接看明细、下载 PDF，并直接在页面上接受或说明原因。")
        if not company:
            subject = _("报价：%(name)s（%(number)s）") % {"name": quote.name, "number": quote.number}
        sender = "\n".join(part for part in (quote.owner.name if quote.owner else "", company) if part)
        body = "\n\n".join(part for part in (greeting, about, how, sender) if part)
    return Letter(contact_address(quote, actor), subject, body)


@transaction.atomic
def mail_quote(
    quote: Quote, letter: Letter, *, actor: Actor, with_paper: bool = False, is_locked: bool = False
) -> Quote:
    """Send the quote by mail with a private link of its own; the mail leaves once all this is stored.

    ``with_paper`` attaches the PDF as it is kept; a locked link opens for the address the mail goes to only.

    Raises:
        NotAllowed, InvalidRecord: as :func:`send_quote`; no good address, no subject, mail is off.
    """
    try:
        to = parse_email(letter.to)
    except ValueProblem as problem:
        raise InvalidRecord({"to": problem.message}) from None
    if not letter.subject.strip():
        raise InvalidRecord({"subject": _("请填写主题")})
    if not mail_is_on():
        raise InvalidRecord({"to": _("邮件还没有设置好，请复制链接发给客户，或请管理员设置邮件")})
    lock = read_lock(is_locked, to, place="to")
    sent = send_quote(quote, actor=actor, to=mask_email(to))
    paper = keep_paper(sent, actor=actor)
    link, token = make_private_link(
        PURPOSE, sent, expires_at=link_end(sent), actor=actor, note=mask_email(to), locked_to=lock
    )
    body = letter.body[:_LONGEST_WORDS]
    if lock:
        with in_language(sent):
            body = f"{body}\n\n{_('打开链接时请填写这个邮箱，我们会把一次性验证码发到这里。')}"
    message = encrypt(
        "\x00".join((to, letter.subject.strip()[:200], body, whole_address(private_address(token)))), purpose=_SEALED
    )
    enqueue(
        mail_link,
        message=message,
        language=sent.language,
        key=f"kezhi-quote-{link.pk}",
        quote_id=sent.pk,
        paper_id=paper.pk if with_paper else 0,
    )
    return sent


@transaction.atomic
def link_quote(quote: Quote, *, actor: Actor, note: str = "", lock: str = "") -> tuple[Quote, str]:
    """Send the quote by a link somebody passes on; the link's whole address, shown only now.

    With ``lock``, a mail address (see :func:`kezhi.sales.private_locks.read_lock`), it opens for that address only.

    Raises:
        NotAllowed, InvalidRecord: as :func:`send_quote`.
    """
    sent = quote
    if quote.state != Quote.State.ACCEPTED:
        sent = send_quote(quote, actor=actor, to=note)
        keep_paper(sent, actor=actor)
    _link, token = make_private_link(
        PURPOSE, sent, expires_at=link_end(sent), actor=actor, note=note or mask_email(lock), locked_to=lock
    )
    return sent, whole_address(private_address(token))


def link_end(quote: Quote) -> datetime:
    """Until when a link to the quote opens."""
    return day_start((quote.valid_until or today()) + timedelta(days=1)) + _AFTERWARDS


@job("sales.quote_mail", lane="io", retries=8)
def mail_link(
    message: str, language: str, key: str, quote_id: int = 0, paper_id: int = 0, idempotency_key: str = ""
) -> None:
    """Send the mail; address, words and link lie sealed in the job's row, the PDF is the one kept when it was sent."""
    to, subject, body, address = decrypt(message, purpose=_SEALED).split("\x00")
    with translation.override(language):
        label = _("看报价")
    try:
        send_mail(
            to,
            subject,
            body,
            idempotency_key=key,
            language=language,
            action_label=label,
            action_url=address,
            about=("quote", quote_id) if quote_id else None,
            attachments=_attached(quote_id, paper_id),
        )
    except AddressFault as problem:
        raise PermanentFailure(str(problem)) from problem


def _attached(quote_id: int, paper_id: int) -> tuple[Attachment, ...]:
    """The kept paper as a file; nothing where none was asked for."""
    paper = QuotePaper.objects.filter(pk=paper_id, quote_id=quote_id).select_related("quote").first()
    if paper is None:
        return ()
    return (Attachment(file_name(paper.quote), "application/pdf", bytes(paper.content)),)
