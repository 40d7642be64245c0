"""Signing in with the provider's account, and linking the two (ORG-7)."""

import logging
import secrets
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from kezhi.access import kinds
from kezhi.access.actors import Actor
from kezhi.access.callers import Caller
from kezhi.access.models import Identity, User
from kezhi.access.operations.events import note, self_ref
from kezhi.access.operations.problems import SignInRefused
from kezhi.access.operations.sign_in import Accepted, accept, note_failure, refuse_flood, refuse_locked
from kezhi.access.operations.users import require_keys_for
from kezhi.access.places import Place
from kezhi.access.policies import require_area
from kezhi.access.single_sign_on import Provider, ProviderProblem, Visitor
from kezhi.access.steps import StepKind, begin_step, take_step
from kezhi.core.clock import now
from kezhi.core.events import ActorRef

AWAY = StepKind("sso", minutes=10, is_sent_back=True)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send the browser, and its half of what is kept meanwhile."""

    address: str
    key: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider's redirect carried."""

    state: str
    code: str
    error: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came back: ``accepted`` to sign in and go on to ``wanted``, or a link made for who is signed in."""

    wanted: str
    accepted: Accepted | None = None
    linked: Identity | None = None


def leave(provider: Provider, *, place: Place, wanted: str, caller: Caller, link_to: User | None = None) -> Departure:
    """Send a browser to the provider, to sign in or to link the account of somebody signed in.

    Raises:
        SignInRefused: asked too often, or the provider does not answer (status 502).
    """
    refuse_flood(caller)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _part in range(3))
    redirect = place.origin + reverse("access:sso_back")
    try:
        address = provider.way_there(redirect=redirect, state=state, nonce=nonce, verifier=verifier)
    except ProviderProblem as problem:
        raise _unreachable(problem) from None
    kept = {"state": state, "nonce": nonce, "verifier": verifier, "redirect": redirect, "wanted": wanted}
    return Departure(address, begin_step(AWAY, kept, user_id=link_to.pk if link_to is not None else None))


def arrive(provider: Provider, answer: Answer, *, key: str, caller: Caller, signed_in: User | None) -> Arrival:
    """Take somebody back from the provider.

    Raises:
        SignInRefused: not ours, too late, refused there, or nobody here matches.
    """
    refuse_flood(caller)
    refuse_locked("", caller)
    step = take_step(AWAY, key)
    if step is None or not secrets.compare_digest(answer.state.encode(), str(step.data["state"]).encode()):
        raise SignInRefused(_("这次单点登录已经过期，或不是从这里开始的，请再试一次。"))
    if answer.error or not answer.code:
        logger.info("single sign-on was refused by the provider: %s", answer.error[:80])
        raise SignInRefused(_("单点登录没有完成：对方没有同意，或您取消了。"))
    if step.user_id is not None and (signed_in is None or signed_in.pk != step.user_id):
        raise SignInRefused(_("要关联的账号已经退出，请登录后再关联一次。"))
    try:
        if answer.issuer and answer.issuer != provider.real_issuer:
            raise ProviderProblem("the answer comes from another provider")
        visitor = provider.redeem(
            answer.code,
            redirect=str(step.data["redirect"]),
            verifier=str(step.data["verifier"]),
            nonce=str(step.data["nonce"]),
        )
    except ProviderProblem as problem:
        raise _unreachable(problem) from None
    wanted = str(step.data["wanted"])
    if step.user_id is not None and signed_in is not None:
        return Arrival(wanted, linked=_link(signed_in, visitor, caller))
    user = _user_of(visitor, caller)
    name = user.username.casefold()
    refuse_locked(name, caller)
    if not user.is_active:
        note_failure(name, user, caller=caller)
        raise SignInRefused(_("您的账号已停用，请联系系统管理员。"))
    Identity.objects.filter(issuer=visitor.issuer, subject=visitor.subject).update(used_at=now())
    return Arrival(wanted, accepted=accept(user, "sso", is_enough=visitor.had_second_factor))


@transaction.atomic
def unlink(user: User, *, ref: ActorRef) -> None:
    """Forget somebody's account at the provider."""
    if Identity.objects.filter(user=user).delete()[0]:
        note(kinds.IDENTITY_UNLINKED, "user", user.pk, ref)


def unlink_for(user: User, *, actor: Actor) -> None:
    """Forget the account of somebody else.

    Raises:
        NotAllowed.
    """
    require_area(actor, "settings", "organisation")
    require_keys_for(user, actor)
    unlink(user, ref=actor.ref)


def _user_of(visitor: Visitor, caller: Caller) -> User:
    known = Identity.objects.select_related("user").filter(issuer=visitor.issuer, subject=visitor.subject).first()
    if known is not None:
        return known.user
    if not visitor.email:
        raise SignInRefused(_("单点登录没有给出验证过的邮箱，认不出您是谁。请先用密码登录，再到“我的账号”里关联。"))
    alike = User.objects.filter(email__iexact=visitor.email, is_active=True)[:20]
    # A database takes more letters for each other than mail does ("ı" for "i").
    found = [user for user in alike if user.email.casefold() == visitor.email.casefold()]
    if not found:
        raise SignInRefused(
            _("没有邮箱是 %(email)s 的用户。请系统管理员先添加您，或核对您的邮箱。") % {"email": visitor.email}
        )
    if len(found) > 1:
        raise SignInRefused(
            _("有不止一位用户的邮箱是 %(email)s，认不出您是哪一位。请系统管理员核对。") % {"email": visitor.email}
        )
    _link(found[0], visitor, caller)
    return found[0]


def _link(user: User, visitor: Visitor, caller: Caller) -> Identity:
    """Remember that this account there is this user here."""
    own = Identity.objects.filter(issuer=visitor.issuer, user=user).first()
    if own is not None and own.subject == visitor.subject:
        return own
    try:
        with transaction.atomic():
            made = Identity.objects.create(
                user=user,
                issuer=visitor.issuer,
                subject=visitor.subject,
                email=visitor.email[:254],
                created_at=now(),
            )
            note(kinds.IDENTITY_LINKED, "user", user.pk, self_ref(user, caller.address))
    except IntegrityError:
        raise SignInRefused(_("已经关联了另一个账号。请先解除原来的关联，再试一次。")) from None
    return made


def _unreachable(problem: ProviderProblem) -> SignInRefused:
    logger.warning("single sign-on: %s", problem)
    return SignInRefused(_("单点登录现在不能用，请用密码登录，或稍后再试。"), status=502)
