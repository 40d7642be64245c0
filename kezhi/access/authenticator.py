"""What browsers and devices say about passkeys (WebAuthn level 3), put into our own words.

The library behind it takes a tenth of the time Kezhi needs to start, so this module is imported where it is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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

from kezhi.access.models import Passkey
from kezhi.access.places import Place
from kezhi.core.events import Json

# What a malformed answer may raise besides the library's own exceptions.
_UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True, slots=True)
class Question:
    """What the browser is asked: ``options`` for its script, ``challenge`` to be signed."""

    options: dict[str, Json]
    challenge: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A passkey a device made."""

    credential_id: str
    public_key: bytes
    transports: list[str]
    sign_count: int
    is_synced: bool


@dataclass(frozen=True, slots=True)
class Presented:
    """A passkey somebody presents; nothing of it is proven before :func:`is_right`."""

    credential_id: str
    handle: str
    sign_count: int
    credential: AuthenticationCredential


def new_handle() -> str:
    """A random name under which devices know a user."""
    return bytes_to_base64url(generate_user_handle())


def ask_to_register(
    *, place: Place, company: str, handle: str, names: tuple[str, str], own: Sequence[Passkey], minutes: int
) -> Question:
    """Ask for a new passkey; ``names`` are the user's sign-in name and full name, ``own`` what is there already."""
    options = generate_registration_options(
        rp_id=place.host,
        rp_name=company,
        user_id=base64url_to_bytes(handle),
        user_name=names[0],
        user_display_name=names[1],
        exclude_credentials=[_descriptor(known) for known in own],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        timeout=minutes * 60_000,
    )
    return Question(options_to_json_dict(options), bytes_to_base64url(options.challenge))


def read_registered(answer: str, *, challenge: str, place: Place) -> Registered | None:
    """The passkey in a browser's answer; None where the answer is not right."""
    try:
        credential = parse_registration_credential_json(answer)
        made = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except _UNREADABLE:
        return None
    return Registered(
        bytes_to_base64url(made.credential_id),
        made.credential_public_key,
        [transport.value for transport in credential.response.transports or []],
        made.sign_count,
        made.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
    )


def ask_to_sign_in(*, place: Place, own: Sequence[Passkey], minutes: int) -> Question:
    """Ask for a passkey: one of ``own``, or anybody's where there are none."""
    options = generate_authentication_options(
        rp_id=place.host,
        allow_credentials=[_descriptor(known) for known in own],
        user_verification=UserVerificationRequirement.REQUIRED,
        timeout=minutes * 60_000,
    )
    return Question(options_to_json_dict(options), bytes_to_base64url(options.challenge))


def read_presented(answer: str) -> Presented | None:
    """The passkey presented in a browser's answer; None where it cannot be read."""
    try:
        credential = parse_authentication_credential_json(answer)
        handle = credential.response.user_handle
        count = int.from_bytes(credential.response.authenticator_data[33:37], "big")
        return Presented(credential.id, bytes_to_base64url(handle) if handle else "", count, credential)
    except _UNREADABLE:
        return None


def is_right(presented: Presented, known: Passkey, *, challenge: str, place: Place) -> bool:
    """Whether the presented passkey is this one and has signed the challenge."""
    if presented.handle and presented.handle != known.handle:
        return False
    try:
        verify_authentication_response(
            credential=presented.credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=bytes(known.public_key),
            credential_current_sign_count=0,  # whoever asks compares the counts, so that of two at once one is refused
            require_user_verification=True,
        )
    except _UNREADABLE:
        return False
    return True


def _descriptor(known: Passkey) -> PublicKeyCredentialDescriptor:
    offered = {transport.value: transport for transport in AuthenticatorTransport}
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(known.credential_id),
        transports=[offered[name] for name in known.transports if name in offered] or None,
    )
