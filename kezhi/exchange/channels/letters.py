"""A mail as it is written: plain text and simple HTML from one letter, in the recipient's language, safe headers."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.template.loader import render_to_string
from django.utils import translation

from kezhi.core.clock import now
from kezhi.core.figures import text_figure
from kezhi.exchange.channels.setups import Setup

_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One of several things a letter tells: what, why, where, and what can be done at once."""

    title: str
    why: str = ""
    url: str = ""
    act_label: str = ""
    act_url: str = ""
    due: str = ""
    more_label: str = ""
    more_url: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. ``inbox_url`` is where the recipient chooses what is mailed; "" for people outside.

    ``hint`` is a remark below: what an answer to the mail does.
    """

    subject: str
    paragraphs: Sequence[str] = ()
    language: str = "zh-hans"
    action_label: str = ""
    action_url: str = ""
    lines: Sequence[LetterLine] = ()
    inbox_url: str = ""
    hint: str = ""


def build_message(letter: Letter, to: Sequence[str], setup: Setup, idempotency_key: str) -> EmailMessage:
    """The mail with its headers. Whatever the texts hold, they stay inside their header and the HTML is escaped."""
    sender = setup.text("sender")
    with translation.override(letter.language):
        context = {
            "letter": letter,
            "company": text_figure("company.name") or setup.text("sender_name"),
            "language": "en" if letter.language == "en" else "zh-CN",
            "paragraphs": [part.strip().splitlines() for part in letter.paragraphs],
        }
        plain = render_to_string("exchange/mail/letter.txt", context)
        html = render_to_string("exchange/mail/letter.html", context)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(letter.subject, _LONGEST_SUBJECT)
    message["From"] = Address(one_line(setup.text("sender_name"), 80), addr_spec=wire_address(sender))
    message["To"] = [Address("", addr_spec=wire_address(address)) for address in to]
    message["Date"] = format_datetime(now())
    message["Message-ID"] = message_id(idempotency_key, sender)
    # Holiday notices and mailing lists do not answer what a machine wrote (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(plain, cte="base64")
    message.add_alternative(html, subtype="html", cte="base64")
    return message


def message_id(idempotency_key: str, sender: str) -> str:
    """The same id for every attempt at the same mail."""
    digest = hashlib.sha256(idempotency_key.encode()).hexdigest()[:40]
    return f"<{digest}@{wire_address(sender).rpartition('@')[2] or 'kezhi.invalid'}>"


def wire_address(address: str) -> str:
    """A mail address as it travels: a Chinese domain in its ASCII form."""
    local, at, domain = address.partition("@")
    return f"{local}{at}{domain.encode('idna').decode('ascii')}" if at and not domain.isascii() else address


def one_line(text: str, longest: int) -> str:
    """A text that can stand in a header: one line, no control characters."""
    words = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(words.split())[:longest]
