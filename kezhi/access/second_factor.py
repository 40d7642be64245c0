"""Codes of authenticator apps (TOTP, RFC 6238) and the recovery codes that replace them."""

import datetime as dt
import secrets
from io import BytesIO

import pyotp

from kezhi.access.models import RecoveryCode, SecondFactor, User
from kezhi.core.clock import now
from kezhi.core.crypto import blind_index

_STEP_SECONDS = 30
# A phone's clock may be a step early or late.
_DRIFT_STEPS = 1
_RECOVERY_PURPOSE = "access.recovery_code"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_CODES = 10


def new_secret() -> str:
    """A secret for a new authenticator, in base 32."""
    return pyotp.random_base32()


def app_address(user: User, secret: str, issuer: str) -> str:
    """What an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=issuer)


def qr_drawing(text: str) -> str:
    """A QR code as inline SVG whose lines take the colour of the text."""
    buffer = BytesIO()
    import segno  # slow to load and seldom asked for

    segno.make(text, error="m").save(
        buffer, kind="svg", scale=5, border=2, xmldecl=False, svgns=True, light="#fff", dark="#000", omitsize=True
    )
    return buffer.getvalue().decode()


def matching_step(secret: str, code: str, *, after: int = 0, at: dt.datetime | None = None) -> int | None:
    """The time step a code belongs to; None for a wrong one and for one not newer than step ``after``."""
    digits = "".join(char for char in code if char.isdigit())
    if len(digits) != 6:
        return None
    present = int((at or now()).timestamp()) // _STEP_SECONDS
    totp = pyotp.TOTP(secret)
    found = None
    for step in range(present - _DRIFT_STEPS, present + _DRIFT_STEPS + 1):
        # Every step is compared, so that the time taken tells nothing.
        if secrets.compare_digest(totp.generate_otp(step), digits) and step > after:
            found = step
    return found


def use_code(user_id: int, code: str) -> bool:
    """Accept a code of the authenticator once; two requests with the same code: one of them is refused."""
    factor = SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).first()
    if factor is None:
        return False
    step = matching_step(factor.secret, code, after=factor.last_step)
    if step is None:
        return False
    return bool(SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step))


def use_recovery_code(user_id: int, code: str) -> bool:
    """Accept a recovery code once."""
    open_codes = RecoveryCode.objects.filter(user_id=user_id, digest=_digest(code), used_at__isnull=True)
    return bool(open_codes.update(used_at=now()))


def make_recovery_codes(user_id: int) -> list[str]:
    """Replace somebody's recovery codes; they are shown once and never again."""
    codes = [_new_code() for _number in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user_id=user_id).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user_id=user_id, digest=_digest(code)) for code in codes)
    return codes


def recovery_codes_left(user_id: int) -> int:
    """How many recovery codes somebody has not used."""
    return RecoveryCode.objects.filter(user_id=user_id, used_at__isnull=True).count()


def _new_code() -> str:
    half = ["".join(secrets.choice(_ALPHABET) for _char in range(5)) for _half in range(2)]
    return "-".join(half)


def _digest(code: str) -> str:
    clean = "".join(char for char in code.lower() if char.isalnum())
    return blind_index(clean, purpose=_RECOVERY_PURPOSE)
