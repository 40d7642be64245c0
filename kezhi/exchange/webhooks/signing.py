"""Signatures after Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md).

The signed text is ``webhook-id.webhook-timestamp.body``; the key is what follows ``whsec_`` in base64; the header holds
one or more ``v1,<base64 of HMAC-SHA256>`` with blanks between.
"""

import base64
import binascii
import hmac
import secrets

_PREFIX = "whsec_"
_KEY_BYTES = 32


def new_secret() -> str:
    """A fresh secret in the form both sides write it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def sign(key: str, timestamp: int, body: bytes, *, secret: str) -> str:
    """The header ``webhook-signature`` for a message."""
    signed = b".".join((key.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode()


def is_signed(key: str, timestamp: int, body: bytes, *, secret: str, header: str) -> bool:
    """Whether one of the signatures in a header is right."""
    expected = sign(key, timestamp, body, secret=secret).encode()
    given = [part.encode("utf-8", "replace") for part in header.split()[:10]]
    return any(hmac.compare_digest(expected, part) for part in given)


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        # A secret somebody else made up in another form still signs: by its characters.
        return secret.encode()
