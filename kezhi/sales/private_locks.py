"""Links that open only for their recipient: a one-time code goes to the recipient's mailbox (SAL-4, SAL-9).

Whoever holds a locked link says which mailbox it was sent to. Only that mailbox gets the code, and the answer is the
same whatever was typed, so that nobody learns from it whom a link is for.
"""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from kezhi.core.clock import now
from kezhi.core.crypto import blind_index, decrypt, encrypt
from kezhi.core.figures import integer_figure, text_figure
from kezhi.core.jobs import PermanentFailure, enqueue, job
from kezhi.core.values.email import parse_email
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.channels.mail import KEY as MAIL
from kezhi.exchange.channels.mail import is_set_up, send_mail
from kezhi.exchange.channels.setups import AddressFault, setup_of
from kezhi.records.operations import InvalidRecord
from kezhi.sales.models import PrivateLink

COOKIE = "kezhi_link"
_SEALED = "sales.link_code"
_DIGITS = 6


def mail_is_on() -> bool:
    """Whether mails can be sent at all; without them nothing can be locked."""
    return is_set_up(setup_of(MAIL))


def locks_by_default() -> bool:
    """Whether a new link is to be locked unless somebody says otherwise."""
    return text_figure("sales.link_lock") != "off" and mail_is_on()


def must_lock() -> bool:
    """Whether every new link has to be locked."""
    return text_figure("sales.link_lock") == "always"


def read_lock(wanted: bool, address: str, *, place: str) -> str:
    """The address a new link is locked to, "" for an open one.

    Raises:
        InvalidRecord: locked and no good address, or no mail to send a code by (at ``place``).
    """
    if not wanted and not must_lock():
        return ""
    if not mail_is_on():
        raise InvalidRecord({place: _("邮件还没有设置好，发不了验证码，链接锁不住")})
    try:
        return parse_email(address)
    except ValueProblem as problem:
        raise InvalidRecord({place: problem.message}) from None


def is_unlocked(request: HttpRequest, link: PrivateLink) -> bool:
    """Whether this browser may go on: the link has no lock, or the code was typed here not long ago."""
    if not link.locked_to:
        return True
    seconds = integer_figure("sales.link_unlocked_hours") * 3600
    return bool(request.get_signed_cookie(COOKIE, default="", salt=_salt(link), max_age=seconds))


def remember(answer: HttpResponseBase, request: HttpRequest, link: PrivateLink) -> None:
    """Let this browser open this link without a further code for a while."""
    answer.set_signed_cookie(
        COOKIE,
        "open",
        salt=_salt(link),
        max_age=integer_figure("sales.link_unlocked_hours") * 3600,
        path=request.path,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


@transaction.atomic
def send_code(link: PrivateLink, typed: str, *, language: str) -> None:
    """Send a new code if that is the mailbox the link is locked to; say nothing about whether it is."""
    held = PrivateLink.objects.select_for_update().get(pk=link.pk)
    moment = now()
    try:
        is_right = constant_time_compare(parse_email(typed).casefold(), held.locked_to.casefold())
    except ValueProblem:
        is_right = False
    waits = timedelta(minutes=integer_figure("sales.link_code_wait"))
    if not is_right or _is_shut(held) or (held.code_sent_at is not None and moment < held.code_sent_at + waits):
        return
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
    held.code_hash, held.code_sent_at, held.code_tries = _digest(held, code), moment, 0
    held.save(update_fields=["code_hash", "code_sent_at", "code_tries"])
    sealed = encrypt("\x00".join((held.locked_to, code)), purpose=_SEALED)
    enqueue(
        mail_code,
        message=sealed,
        language=language,
        until=(moment + _valid()).isoformat(),
        key=f"kezhi-link-code-{held.pk}-{moment:%Y%m%d%H%M%S%f}",
    )


@transaction.atomic
def take_code(link: PrivateLink, typed: str) -> bool:
    """Whether the code opens the link; a right one opens once; nobody is told why a code does not."""
    held = PrivateLink.objects.select_for_update().get(pk=link.pk)
    is_live = held.code_hash and held.code_sent_at is not None and now() < held.code_sent_at + _valid()
    if not is_live or _is_shut(held) or held.code_tries >= integer_figure("sales.link_code_tries"):
        return False
    digits = "".join(str(int(sign)) for sign in typed[:40] if sign.isdecimal())
    if not constant_time_compare(_digest(held, digits), held.code_hash):
        held.code_tries += 1
        held.code_misses += 1
        held.save(update_fields=["code_tries", "code_misses"])
        return False
    held.code_hash, held.code_tries, held.code_misses = "", 0, 0
    held.save(update_fields=["code_hash", "code_tries", "code_misses"])
    return True


def is_shut(link: PrivateLink) -> bool:
    """Whether so many wrong codes came that no further one is sent."""
    return bool(link.locked_to) and _is_shut(link)


@job("sales.link_code_mail", lane="io", retries=4)
def mail_code(message: str, language: str, until: str, key: str, idempotency_key: str = "") -> None:
    """Send the code; a mail that could not go in time is not sent any more."""
    if now() >= datetime.fromisoformat(until):
        return
    to, code = decrypt(message, purpose=_SEALED).split("\x00")
    with translation.override(language):
        company = text_figure("company.name")
        subject = _("打开链接的验证码：%(code)s") % {"code": code}
        about = _("%(company)s发给您的链接，请用验证码 %(code)s 打开。%(minutes)s 分钟内有效，只能用一次。") % {
            "company": company or _("我们"),
            "code": code,
            "minutes": integer_figure("sales.link_code_minutes"),
        }
        warning = _("如果不是您在打开链接，请不要把验证码告诉别人。")
    try:
        send_mail(to, subject, f"{about}\n\n{warning}", idempotency_key=key, language=language)
    except AddressFault as problem:
        raise PermanentFailure(str(problem)) from problem


def _is_shut(link: PrivateLink) -> bool:
    return link.code_misses >= integer_figure("sales.link_code_misses")


def _valid() -> timedelta:
    return timedelta(minutes=integer_figure("sales.link_code_minutes"))


def _digest(link: PrivateLink, code: str) -> str:
    return blind_index(f"{link.pk}:{code}", purpose="sales.link_code")


def _salt(link: PrivateLink) -> str:
    return f"sales.private_link.{link.token_hash}"
