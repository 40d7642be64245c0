"""Signing in and out, lock-out, sessions and passwords (ORG-7)."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import auth
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.backends.base import SessionBase
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kezhi.access import figures, kinds, sessions
from kezhi.access.callers import Caller
from kezhi.access.factors import factors_of
from kezhi.access.models import Session, SignInFailure, User
from kezhi.access.operations.events import gate_ref, note, self_ref
from kezhi.access.operations.problems import Refused, SignInRefused
from kezhi.access.passwords import burn
from kezhi.access.second_factor import use_code, use_recovery_code
from kezhi.access.throttling import ADDRESSES, Busy, password_check
from kezhi.core.clock import now
from kezhi.core.events import ActorRef
from kezhi.core.figures import integer_figure

_TOKEN_SALT = "access.second_factor.pending"  # noqa: S105 - names the use of the signing key
_TOKEN_SECONDS = 300
_LONGEST_PASSWORD = 256


@dataclass(frozen=True, slots=True)
class Accepted:
    """Somebody is who they say, by ``method`` ("password", "password+code" …).

    ``token`` is set when a second factor is asked for before the sign-in is complete.
    """

    user: User
    method: str
    token: str = ""


def check_sign_in(username: str, password: str, *, caller: Caller) -> Accepted:
    """Check a name and a password; nobody is signed in yet.

    Raises:
        SignInRefused: not allowed, with the sentence to show; status 429 when nothing was checked at all.
    """
    key = username.strip().casefold()[:60]
    refuse_flood(caller)
    refuse_locked(key, caller)
    user = User.objects.filter(username__iexact=key).first() if key else None
    try:
        with password_check(integer_figure(figures.CHECKS_PER_SECOND.key)):
            right = _right_password(user, password)
    except Busy:
        raise SignInRefused(_("现在登录的人太多，请过几秒再试。"), status=429) from None
    if user is None or not right or not user.is_active:
        note_failure(key, user, caller=caller)
        raise SignInRefused(_("登录名或密码不对。"))
    return accept(user, "password")


def accept(user: User, method: str, *, is_enough: bool = False) -> Accepted:
    """Go on with somebody who proved who they are: to the second factor they have set up, unless it ``is_enough``."""
    if not is_enough and factors_of(user.pk).any:
        return Accepted(user, method, signing.dumps([user.pk, _fingerprint(user), method], salt=_TOKEN_SALT))
    SignInFailure.objects.filter(username=user.username.casefold()).delete()
    return Accepted(user, method)


def half_accepted(token: str) -> Accepted:
    """Whose second factor is asked for.

    Raises:
        SignInRefused: the first step was too long ago, or the password changed since (status 410).
    """
    too_late = SignInRefused(_("等得太久了，请重新登录。"), status=410)
    try:
        user_id, fingerprint, method = signing.loads(token, salt=_TOKEN_SALT, max_age=_TOKEN_SECONDS)
    except signing.BadSignature:
        raise too_late from None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or fingerprint != _fingerprint(user):
        raise too_late
    return Accepted(user, method, token)


def check_second_factor(token: str, code: str, *, caller: Caller) -> Accepted:
    """Check the code that follows a right password; a recovery code serves once in its place.

    Raises:
        SignInRefused: a wrong or used code, or the first step was too long ago (status 410).
    """
    refuse_flood(caller)
    half = half_accepted(token)
    user = half.user
    key = user.username.casefold()
    refuse_locked(key, caller)
    part = "code"
    if not use_code(user.pk, code):
        if not use_recovery_code(user.pk, code):
            note_failure(key, user, caller=caller)
            raise SignInRefused(_("验证码不对或已经用过，请看验证器里最新的 6 位数字。"))
        part = "recovery"
        with transaction.atomic():
            note(kinds.RECOVERY_CODE_USED, "user", user.pk, self_ref(user, caller.address))
    return accept(user, f"{half.method}+{part}", is_enough=True)


def prove_by_password(user: User, password: str, *, caller: Caller) -> None:
    """Check the password of somebody who is signed in already, with the lock-out of a sign-in.

    Raises:
        SignInRefused: with the sentence to show; status 429 when nothing was checked at all.
    """
    key = user.username.casefold()
    refuse_flood(caller)
    refuse_locked(key, caller)
    try:
        with password_check(integer_figure(figures.CHECKS_PER_SECOND.key)):
            right = _right_password(user, password)
    except Busy:
        raise SignInRefused(_("现在登录的人太多，请过几秒再试。"), status=429) from None
    if not right:
        note_failure(key, user, caller=caller)
        raise SignInRefused(_("密码不对。"))
    SignInFailure.objects.filter(username=key).delete()


def open_session(request: HttpRequest, accepted: Accepted, *, caller: Caller) -> None:
    """Sign somebody in of whom nothing more is asked."""
    user = accepted.user
    auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session[sessions.METHOD_KEY] = accepted.method
    request.session[sessions.STARTED_KEY] = now().timestamp()
    request.session[sessions.ADDRESS_KEY] = caller.address
    request.session[sessions.DEVICE_KEY] = caller.device
    with transaction.atomic():
        facts = {"address": caller.address, "device": caller.device, "signed_in_by": accepted.method}
        note(kinds.SIGNED_IN, "user", user.pk, self_ref(user, caller.address), facts=facts)


def close_session(request: HttpRequest, user: User) -> None:
    """Sign the present browser out."""
    with transaction.atomic():
        note(kinds.SIGNED_OUT, "user", user.pk, self_ref(user))
    auth.logout(request)


def end_sessions(user: User, *, ref: ActorRef, handle: str = "", but: str | None = None) -> int:
    """End one session (by its handle) or all of a user but one (by its key), at once; gives how many.

    Raises:
        Refused: there is no such session.
    """
    rows = Session.objects.filter(user=user, expire_date__gt=now())
    keys = [row.session_key for row in rows if row.session_key != but]
    if handle:
        keys = [key for key in keys if sessions.handle_of(key) == handle]
        if not keys:
            raise Refused({"": _("这次登录已经结束了。")})
    with transaction.atomic():
        ended, _tables = Session.objects.filter(session_key__in=keys).delete()
        if ended:
            note(kinds.SESSIONS_ENDED, "user", user.pk, ref, facts={"count": ended})
    return ended


# Lock-out


def locked_until(*, username: str = "", address: str = "") -> dt.datetime | None:
    """Until when this account or this address is locked; None when it is not."""
    if username:
        rows, tries = SignInFailure.objects.filter(username=username), integer_figure(figures.ACCOUNT_TRIES.key)
    else:
        rows, tries = SignInFailure.objects.filter(address=address), integer_figure(figures.ADDRESS_TRIES.key)
    moments = list(rows.order_by("-at").values_list("at", flat=True)[:tries])
    window = dt.timedelta(minutes=integer_figure(figures.TRIES_MINUTES.key))
    if len(moments) < tries or moments[0] - moments[-1] > window:
        return None
    end = moments[0] + dt.timedelta(minutes=integer_figure(figures.LOCK_MINUTES.key))
    return end if end > now() else None


def refuse_flood(caller: Caller) -> None:
    """Refuse, before anything is read, an address that asks too often."""
    if not ADDRESSES.take(caller.address, amount=integer_figure(figures.ADDRESS_PER_MINUTE.key), seconds=60):
        raise SignInRefused(_("尝试得太频繁了，请稍等一分钟再试。"), status=429)


def refuse_locked(username: str, caller: Caller) -> None:
    """Refuse while the account or the address is locked; the same sentence whether or not the name exists."""
    for end in (locked_until(username=username), locked_until(address=caller.address)):
        if end is not None:
            minutes = max(1, -(-int((end - now()).total_seconds()) // 60))
            sentence = ngettext(
                "输错次数太多，已暂时锁定，请 %(minutes)s 分钟后再试，或请管理员重置密码。",
                "输错次数太多，已暂时锁定，请 %(minutes)s 分钟后再试，或请管理员重置密码。",
                minutes,
            )
            raise SignInRefused(sentence % {"minutes": minutes}, status=429)


@transaction.atomic
def note_failure(username: str, user: User | None, *, caller: Caller) -> None:
    """Remember a failed try; the one that locks a known account is recorded as that."""
    SignInFailure.objects.create(at=now(), username=username, address=caller.address)
    if user is None:
        return
    locked = locked_until(username=username) is not None
    kind = kinds.LOCKED_OUT if locked else kinds.SIGN_IN_FAILED
    facts = {"address": caller.address, "device": caller.device}
    note(kind, "user", user.pk, gate_ref(caller.address), facts=facts)


def forget_old_failures() -> int:
    """Delete failures that count for nothing any more; gives how many."""
    span = integer_figure(figures.TRIES_MINUTES.key) + integer_figure(figures.LOCK_MINUTES.key)
    return SignInFailure.objects.filter(at__lt=now() - dt.timedelta(minutes=span)).delete()[0]


# Passwords


def change_own_password(user: User, old: str, new: str, *, ref: ActorRef, session: SessionBase | None = None) -> None:
    """Change one's own password; every other session of the user ends.

    Raises:
        Refused: with a sentence at ``old`` or ``new``.
    """
    try:
        with password_check(integer_figure(figures.CHECKS_PER_SECOND.key)):
            right = _right_password(user, old)
    except Busy:
        raise Refused({"": _("现在登录的人太多，请过几秒再试。")}) from None
    if not right:
        raise Refused({"old": _("现在的密码不对。")})
    if old == new:
        raise Refused({"new": _("新密码要和现在的不同。")})
    with transaction.atomic():
        set_password(user, new, must_change=False)
        note(kinds.PASSWORD_CHANGED, "user", user.pk, ref)
        others = Session.objects.filter(user=user)
        if session is not None and session.session_key:
            others = others.exclude(session_key=session.session_key)
        others.delete()
    if session is not None:
        session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()


def set_password(user: User, new: str, *, must_change: bool, field: str = "new") -> None:
    """Check a password against the rules and store it; part of an operation that records it.

    Raises:
        Refused: the password is too weak, with the reasons at ``field``.
    """
    if len(new) > _LONGEST_PASSWORD:
        raise Refused({field: _("密码太长了，最多 %(count)s 个字符。") % {"count": _LONGEST_PASSWORD}})
    try:
        validate_password(new, user)
    except ValidationError as problem:
        raise Refused({field: " ".join(problem.messages)}) from None
    user.set_password(new)
    user.must_change_password = must_change
    user.save(update_fields=["password", "must_change_password"])


def _right_password(user: User | None, password: str) -> bool:
    if len(password) > _LONGEST_PASSWORD:
        password = ""
    if user is None or not user.has_usable_password():
        burn(password)
        return False
    return user.check_password(password)


def _fingerprint(user: User) -> str:
    """Changes with the password, so that a half-finished sign-in dies with it."""
    return salted_hmac(_TOKEN_SALT, user.password, algorithm="sha256").hexdigest()[:16]
