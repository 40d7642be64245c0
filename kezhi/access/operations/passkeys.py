"""Passkeys: adding, naming, removing, and signing in with one (ORG-7, WebAuthn level 3)."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    generate_user_handle,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

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

ADDING = StepKind("passkey_adding", minutes=5)
USING = StepKind("passkey_using", minutes=5)
MOST = 20
_LONGEST_ANSWER = 20_000
# What a malformed answer may raise besides the library's own exceptions.
_UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)


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
    handle = own[0].handle if own else bytes_to_base64url(generate_user_handle())
    options = generate_registration_options(
        rp_id=place.host,
        rp_name=company,
        user_id=base64url_to_bytes(handle),
        user_name=user.username,
        user_display_name=user.name,
        exclude_credentials=[_descriptor(known) for known in own if known.host == place.host],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        timeout=ADDING.minutes * 60_000,
    )
    data: dict[str, Json] = {"challenge": bytes_to_base64url(options.challenge), "handle": handle}
    return Asked(options_to_json_dict(options), begin_step(ADDING, data, user_id=user.pk))


def add_passkey(user: User, answer: str, name: str, *, key: str, place: Place, ref: ActorRef) -> list[str]:
    """Keep the passkey a browser made; gives the recovery codes, shown once, when it is the first factor.

    Raises:
        Refused: the answer is too late, not to our question, or not right.
    """
    name = _name(name)
    step = take_step(ADDING, key)
    if step is None or step.user_id != user.pk:
        raise Refused({"": _("等得太久了，请再添加一次。")})
    try:
        credential = parse_registration_credential_json(answer[:_LONGEST_ANSWER])
        made = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(str(step.data["challenge"])),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except _UNREADABLE:
        raise Refused({"": _("设备给出的通行密钥不能用，没有添加。请再试一次，或换一台设备。")}) from None
    with transaction.atomic():
        had_factor = factors_of(lock(user)).any
        try:
            with transaction.atomic():
                Passkey.objects.create(
                    user=user,
                    credential_id=bytes_to_base64url(made.credential_id),
                    public_key=made.credential_public_key,
                    handle=str(step.data["handle"]),
                    host=place.host,
                    transports=[transport.value for transport in credential.response.transports or []],
                    sign_count=made.sign_count,
                    is_synced=made.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
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
    own = Passkey.objects.filter(user=user, host=place.host) if user is not None else ()
    options = generate_authentication_options(
        rp_id=place.host,
        allow_credentials=[_descriptor(known) for known in own],
        user_verification=UserVerificationRequirement.REQUIRED,
        timeout=USING.minutes * 60_000,
    )
    data: dict[str, Json] = {"challenge": bytes_to_base64url(options.challenge)}
    key = begin_step(USING, data, user_id=user.pk if user is not None else None)
    return Asked(options_to_json_dict(options), key)


def check_passkey(answer: str, *, token: str, key: str, place: Place, caller: Caller) -> Accepted:
    """Check what a browser answered with a passkey, alone or as the second step after ``token``.

    Raises:
        SignInRefused: not allowed, with the sentence to show; status 410 when the first step was too long ago.
    """
    refuse_flood(caller)
    refuse_locked("", caller)
    half = half_accepted(token) if token else None
    step = take_step(USING, key)
    if step is None or step.user_id != (half.user.pk if half is not None else None):
        raise SignInRefused(_("等得太久了，请再试一次。"))
    try:
        credential = parse_authentication_credential_json(answer[:_LONGEST_ANSWER])
    except _UNREADABLE:
        raise _unknown("", None, caller) from None
    known = Passkey.objects.select_related("user").filter(credential_id=credential.id).first()
    if known is None:
        raise _unknown("", None, caller)
    user = known.user
    name = user.username.casefold()
    refuse_locked(name, caller)
    if not user.is_active or (half is not None and half.user.pk != user.pk):
        raise _unknown(name, user, caller)
    challenge = base64url_to_bytes(str(step.data["challenge"]))
    if not _is_right(known, credential, challenge, place):
        raise _unknown(name, user, caller)
    if not _counted(known, credential):
        note_failure(name, user, caller=caller)
        with transaction.atomic():
            note(kinds.PASSKEY_DOUBTED, "user", user.pk, gate_ref(caller.address), facts={"passkey": known.name})
        raise SignInRefused(_("这个通行密钥可能被人复制过，已拒绝。请用其他方式登录，删除它以后重新添加。"))
    return accept(user, f"{half.method}+passkey" if half is not None else "passkey", is_enough=True)


def _is_right(known: Passkey, credential: AuthenticationCredential, challenge: bytes, place: Place) -> bool:
    handle = credential.response.user_handle
    if handle and bytes_to_base64url(handle) != known.handle:
        return False
    try:
        verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=bytes(known.public_key),
            credential_current_sign_count=0,  # `_counted` compares, so that of two at once one is refused
            require_user_verification=True,
        )
    except _UNREADABLE:
        return False
    return True


def _counted(known: Passkey, credential: AuthenticationCredential) -> bool:
    """Move the count on; False when it did not grow. Devices that share a passkey do not count and always say 0."""
    count = int.from_bytes(credential.response.authenticator_data[33:37], "big")
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


def _descriptor(known: Passkey) -> PublicKeyCredentialDescriptor:
    offered = {transport.value: transport for transport in AuthenticatorTransport}
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(known.credential_id),
        transports=[offered[name] for name in known.transports if name in offered] or None,
    )
