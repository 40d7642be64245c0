"""Answers to our own mails that decide something: taken only from whom the company's mail server vouches for (AUTO-1).

The mail answered is known by its Message-ID, which nobody can guess and only its recipient got. On top of that the
sender must be that person, and the receiving server must have found the sender's domain genuine: a From line alone
proves nothing. See docs/decisions/approving-by-answering-a-mail.md.
"""

import re

from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import system_actor
from kezhi.core.figures import text_figure
from kezhi.exchange.mailboxes.reading import Arrived
from kezhi.exchange.models import SentMail
from kezhi.work.models import Notification
from kezhi.work.notices import APP, Notice, notify
from kezhi.work.notices_answers import find_notification, take_answer

NOTICE = "notification"
SERVER = "mailboxes.answers_server"
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_REMARK = re.compile(r"\([^()]*\)")
_PASSED = re.compile(r"(dmarc|dkim)\s*=\s*pass(?![\w.-])", re.IGNORECASE)
_DOMAIN = re.compile(r"\bheader\.(?:from|d|i)\s*=\s*(\S+)", re.IGNORECASE)


def answered_notice(mail: Arrived) -> Notification | None:
    """What waits for somebody and this mail answers; None for any other mail."""
    sent = SentMail.objects.filter(message_id__in=mail.answers, record_type=NOTICE).order_by("-pk").first()
    return find_notification(sent.record_id) if sent is not None else None


def act_on(row: Notification, mail: Arrived) -> str:
    """Act on the answer, or say by code why not; in the caller's transaction."""
    if not mail.sender or mail.sender.casefold() != row.user.email.casefold():
        return "mail.not_asked"
    if not is_open():
        _tell(row, "mail.answers_off")
        return "mail.answers_off"
    if mail.is_cut or not mail.is_from_one or not is_vouched(mail):
        _tell(row, "mail.unproven")
        return "mail.unproven"
    take_answer(row, mail.own_words)
    return ""


def _tell(row: Notification, code: str) -> None:
    """Tell the person, in the app and once, that an answer in their name did nothing."""
    with translation.override(row.user.language):
        title = _("邮件回复没有生效，请打开后办理")
        if code == "mail.unproven":
            title = _("收到以您的名义回复的邮件，没能确认是您本人，没有办理")
        notice = Notice(
            kind="system",
            user_id=row.user_id,
            title=title,
            why=row.title,
            url=f"/inbox/{row.pk}/open/",
            channels=(APP,),
            once_key=f"{code}:{row.pk}",
        )
    notify([notice], actor=system_actor("mailboxes"))


def is_open() -> bool:
    """Whether answers decide at all: an administrator named the server that vouches for senders."""
    return bool(text_figure(SERVER).strip())


def is_vouched(mail: Arrived) -> bool:
    """Whether our own server (RFC 8601) found the sender's domain genuine: DMARC, or a DKIM signature of that domain.

    Only the topmost result counts, and only under the name an administrator gave: others may be anybody's invention.
    What it quotes or remarks is left out, since that may be the sender's own words.
    """
    server = text_figure(SERVER).strip().lower()
    name, *results = _REMARK.sub(" ", _QUOTED.sub(" ", mail.authentication)).split(";")
    if not server or name.lower().split()[:1] != [server]:
        return False
    domain = mail.sender.rpartition("@")[2].lower()
    return any(_proves(result.strip(), domain) for result in results)


def _proves(result: str, domain: str) -> bool:
    passed = _PASSED.match(result)
    if passed is None:
        return False
    named = [found.rpartition("@")[2].lower() for found in _DOMAIN.findall(result)]
    is_same = any(domain == each or domain.endswith(f".{each}") for each in named)
    return is_same or (passed[1].lower() == "dmarc" and not named)
