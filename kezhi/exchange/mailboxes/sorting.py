"""Which mails concern nobody: robots' answers, returned mail, newsletters, spam, what a list keeps out (LEAD-1)."""

import re

from kezhi.access.models import User
from kezhi.exchange.channels.setups import setup_of
from kezhi.exchange.mailboxes.reading import Arrived
from kezhi.exchange.models import Mailbox, ReceivedMail

_ROBOTS = re.compile(r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+=-].*)?@", re.IGNORECASE)
_SPAM_LEVEL = 5
Outcome = ReceivedMail.Outcome


def machine_outcome(mail: Arrived) -> str:
    """What a mail no person wrote to us is: a bounce, or automatic; "" for a person's."""
    report = mail.headers.get("content-type", "").lower()
    if mail.is_report and "disposition-notification" not in report:
        return Outcome.BOUNCE
    if mail.headers.get("return-path", "").replace(" ", "") == "<>" or mail.sender.startswith("mailer-daemon@"):
        return Outcome.BOUNCE
    submitted = mail.headers.get("auto-submitted", "no").strip().lower()
    precedence = mail.headers.get("precedence", "").strip().lower()
    is_list = any(name in mail.headers for name in ("list-id", "list-unsubscribe"))
    replies = ("x-autoreply", "x-autorespond", "x-auto-response-suppress")
    if mail.is_report or submitted.partition(";")[0].strip() != "no" or is_list:
        return Outcome.AUTOMATIC
    if precedence in ("bulk", "junk", "list", "auto_reply") or any(name in mail.headers for name in replies[:2]):
        return Outcome.AUTOMATIC
    return Outcome.AUTOMATIC if _ROBOTS.match(mail.sender) else ""


def is_spam(mail: Arrived) -> bool:
    """Whether the company's mail server took it for spam."""
    flag = mail.headers.get("x-spam-flag", "").strip().lower()
    status = mail.headers.get("x-spam-status", "").strip().lower()
    level = mail.headers.get("x-ms-exchange-organization-scl", "").strip()
    return flag == "yes" or status.startswith("yes") or (level.isdigit() and int(level) >= _SPAM_LEVEL)


def is_own(mail: Arrived, mailbox: Mailbox) -> bool:
    """Whether it comes from ourselves: our sender, the box itself, a colleague's account."""
    own = {setup_of("mail").text("sender").lower(), mailbox.user.lower()}
    return mail.sender in own or User.objects.filter(email__iexact=mail.sender, is_active=True).exists()


def is_blocked(sender: str, blocked: str) -> bool:
    """Whether a list (addresses, or @domains with everything below them; one a line) keeps the sender out."""
    domain = sender.rpartition("@")[2]
    for entry in split_blocked(blocked):
        if entry.startswith("@"):
            if domain == entry[1:] or domain.endswith(f".{entry[1:]}"):
                return True
        elif entry == sender:
            return True
    return False


def split_blocked(text: str) -> list[str]:
    """The entries of such a list."""
    return [entry.lower() for entry in re.split(r"[\s,;，；、]+", text) if entry]
