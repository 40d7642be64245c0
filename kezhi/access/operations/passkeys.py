"""Passkeys: adding, naming, removing, and signing in with one (ORG-7, WebAuthn level 3)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kezhi.access import kinds
from kezhi.access.callers import Caller
from kezhi.access.factors import EPOCH, factors_of
from kezhi.access.models import Passkey, User
from kezhi.access.operations.events import gate_ref, note
from kezhi.access.operations.problems import Refused, SignInRefused
from kezhi.access.operations.second_factor import after_removal, lock
from kezhi.access.operations.sign_in import (
    Accepted,
    accept,
    half_accepted,
    note_failure,
    refuse_flood,
    refuse_locked,
)
from kezhi.access.places import Place
from kezhi.access.second_factor import make_recovery_codes
from kezhi.access.steps import StepKind, begin_step, take_step
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import ActorRef, Json

if TYPE_CHECKING:
    from kezhi.access.authenticator import Presented

ADDING = StepKind("passkey_adding", minutes=5)
USING = StepKind("passkey_using", minutes=5)
MOST = 20
_LONGEST_ANSWER = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser is asked: ``options`` for its script, ``key`` for its cookie."""

    options: dict[str, Json]
    key: str


# Looking after one's own


def begin_adding(user: User, *, place: Place, company: str) -> Asked:
    """Ask the browser for a new passkey.

    Raises:
        Refused: there are too many already, or browsers offer none under this address.
    """
    _require_place(place)
    own = list(Passkey.objects.filter(user=user))
    if len(own) >= MOST:
        raise Refused({"": _("最多可以有 %(count)s 个通行密钥，请先删除不用的。") % {"count": MOST}})
    from kezhi.access import authenticator  # takes a tenth of the start, and few add a passkey

    handle = own[0].handle if own else authenticator.new_handle()
    question = authenticator.ask_to_register(
        place=place,
        company=company,
        handle=handle,
        names=(user.username, user.name),
        own=[known for known in own if known.host == place.host],
        minutes=ADDING.minutes,
    )
    data: dict[str, Json] = {"challenge": question.challenge, "handle": handle}
    return Asked(question.options, begin_step(ADDING, data, user_id=user.pk))


def add_passkey(user: User, answer: str, name: str, *, key: str, place: Place, ref: ActorRef) -> list[str]:
    """Keep the passkey a browser made; gives the recovery codes, shown once, when it is the first factor.

    Raises:
        Refused: the answer is too late, not to our question, or not right.
    """
    name = _name(name)
    step = take_step(ADDING, key)
    if step is None or step.user_id != user.pk:
        raise Refused({"": _("等得太久了，请再添加一次。")})
    from kezhi.access import authenticator

    made = authenticator.read_registered(answer[:_LONGEST_ANSWER], challenge=str(step.data["challenge"]), place=place)
    if made is None:
        raise Refused({"": _("设备给出的通行密钥不能用，没有添加。请再试一次，或换一台设备。")})
    with transaction.atomic():
        had_factor = factors_of(lock(user)).any
        try:
            with transaction.atomic():
                Passkey.objects.create(
                    user=user,
                    credential_id=made.credential_id,
                    public_key=made.public_key,
                    handle=str(step.data["handle"]),
                    host=place.host,
                    transports=made.transports,
                    sign_count=made.sign_count,
                    is_synced=made.is_synced,
                    name=name,
                    created_at=now(),
                )
        except IntegrityError:
            raise Refused({"": _("这个通行密钥已经添加过了。")}) from None
        epochs.bump(EPOCH)
        note(kinds.PASSKEY_ADDED, "user", user.pk, ref, facts={"passkey": name})
        return [] if had_factor else make_recovery_codes(user.pk)


@transaction.atomic
def rename_passkey(passkey: Passkey, name: str, *, ref: ActorRef) -> None:
    """Call a passkey something else.

    Raises:
        Refused: with a sentence at ``name``.
    """
    name = _name(name)
    if name == passkey.name:
        return
    Passkey.objects.filter(pk=passkey.pk).update(name=name)
    note(kinds.PASSKEY_RENAMED, "user", passkey.user_id, ref, changes={"passkey": (passkey.name, name)})


@transaction.atomic
def remove_passkey(passkey: Passkey, *, ref: ActorRef) -> None:
    """Forget a passkey; what stays on the device opens nothing any more.

    Raises:
        Refused: it is the last factor and the company asks for one.
    """
    lock(passkey.user)
    if Passkey.objects.filter(pk=passkey.pk).delete()[0]:
        note(kinds.PASSKEY_REMOVED, "user", passkey.user_id, ref, facts={"passkey": passkey.name})
        after_removal(passkey.user)


# Signing in


def begin_using(*, token: str, place: Place, caller: Caller) -> Asked:
    """Ask the browser for a passkey: anybody's, or after a first step (``token``) that user's.

    Raises:
        SignInRefused.
        Refused: browsers offer none under this address.
    """
    refuse_flood(caller)
    _require_place(place)
    user = half_accepted(token).user if token else None
    return _ask_for(user, place)


def _ask_for(user: User | None, place: Place) -> Asked:
    from kezhi.access import authenticator

    own = list(Passkey.objects.filter(user=user, host=place.host)) if user is not None else []
    question = authenticator.ask_to_sign_in(place=place, own=own, minutes=USING.minutes)
    data: dict[str, Json] = {"challenge": question.challenge}
    return Asked(question.options, begin_step(USING, data, user_id=user.pk if user is not None else None))


def begin_proving(user: User, *, place: Place, caller: Caller) -> Asked:
    """Ask the browser of somebody signed in for one of their passkeys.

    Raises:
        SignInRefused.
        Refused: browsers offer none under this address.
    """
    refuse_flood(caller)
    _require_place(place)
    return _ask_for(user, place)


def prove_by_passkey(user: User, answer: str, *, key: str, place: Place, caller: Caller) -> None:
    """Check what the browser of somebody signed in answered with a passkey of theirs.

    Raises:
        SignInRefused: not right, with the sentence to show.
    """
    refuse_flood(caller)
    refuse_locked("", caller)
    _checked(answer, user, key=key, place=place, caller=caller)


def check_passkey(answer: str, *, token: str, key: str, place: Place, caller: Caller) -> Accepted:
    """Check what a browser answered with a passkey, alone or as the second step after ``token``.

    Raises:
        SignInRefused: not allowed, with the sentence to show; status 410 when the first step was too long ago.
    """
    refuse_flood(caller)
    refuse_locked("", caller)
    half = half_accepted(token) if token else None
    user = _checked(answer, half.user if half is not None else None, key=key, place=place, caller=caller)
    return accept(user, f"{half.method}+passkey" if half is not None else "passkey", is_enough=True)


def _checked(answer: str, wanted: User | None, *, key: str, place: Place, caller: Caller) -> User:
    """Whose passkey answered; ``wanted`` is who was asked, None where anybody was."""
    step = take_step(USING, key)
    if step is None or step.user_id != (wanted.pk if wanted is not None else None):
        raise SignInRefused(_("等得太久了，请再试一次。"))
    from kezhi.access import authenticator

    presented = authenticator.read_presented(answer[:_LONGEST_ANSWER])
    if presented is None:
        raise _unknown("", None, caller)
    known = Passkey.objects.select_related("user").filter(credential_id=presented.credential_id).first()
    if known is None:
        raise _unknown("", None, caller)
    user = known.user
    name = user.username.casefold()
    refuse_locked(name, caller)
    if not user.is_active or (wanted is not None and wanted.pk != user.pk):
        raise _unknown(name, user, caller)
    if not authenticator.is_right(presented, known, challenge=str(step.data["challenge"]), place=place):
        raise _unknown(name, user, caller)
    if not _counted(known, presented):
        note_failure(name, user, caller=caller)
        with transaction.atomic():
            note(kinds.PASSKEY_DOUBTED, "user", user.pk, gate_ref(caller.address), facts={"passkey": known.name})
        raise SignInRefused(_("这个通行密钥可能被人复制过，已拒绝。请用其他方式登录，删除它以后重新添加。"))
    return user


def _counted(known: Passkey, presented: "Presented") -> bool:
    """Move the count on; False when it did not grow. Devices that share a passkey do not count and always say 0."""
    count = presented.sign_count
    row = Passkey.objects.filter(pk=known.pk)
    row = row.filter(sign_count__lt=count) if count else row.filter(sign_count=0)
    return bool(row.update(sign_count=count, used_at=now()))


def _unknown(username: str, user: User | None, caller: Caller) -> SignInRefused:
    note_failure(username, user, caller=caller)
    return SignInRefused(_("这个通行密钥不能登录，可能已经删除。请用其他方式登录。"))


def _name(text: str) -> str:
    name = " ".join(text.replace("\x00", "").split())
    if not name:
        raise Refused({"name": _("请填写名称，方便以后认出是哪台设备。")})
    if len(name) > 60:
        raise Refused({"name": _("名称最多 60 个字。")})
    return name


def _require_place(place: Place) -> None:
    if not place.takes_passkeys:
        raise Refused({"": _("通行密钥要在用 HTTPS 和域名打开的客至里才能用。")})
