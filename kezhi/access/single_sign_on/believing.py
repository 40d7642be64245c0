"""Believing an ID token: who signed it, for whom, when, and in answer to which question.

The library behind it takes a tenth of the time Kezhi needs to start, so this module is imported where it is used.
"""

from collections.abc import Callable, Mapping
from typing import cast

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from kezhi.access.single_sign_on.problems import ProviderProblem
from kezhi.core.clock import now

_LEEWAY_SECONDS = 60
# Signed with the provider's private key. HS… would be signed with our own secret, "none" with nothing.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")

# Gives the provider's keys; True reads them again, because one is missing.
Keys = Callable[[bool], list[dict[str, object]]]


def claims_of(token: str, keys: Keys, *, issuer: str, audience: str, nonce: str) -> Mapping[str, object]:
    """What a token says, once it is certain that the provider said it, to us, now.

    Raises:
        ProviderProblem: something about it is not right.
    """
    try:
        claims = _signed(token, keys)
        jwt.JWTClaimsRegistry(
            now=int(now().timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as problem:
        raise ProviderProblem(f"the ID token is not right: {problem!r}") from problem
    return claims


def _signed(token: str, keys: Keys) -> dict[str, object]:
    try:
        return jwt.decode(token, _set_of(keys(False)), algorithms=_ALGORITHMS).claims
    except InvalidKeyIdError:
        return jwt.decode(token, _set_of(keys(True)), algorithms=_ALGORITHMS).claims


def _set_of(keys: list[dict[str, object]]) -> KeySet:
    return KeySet.import_key_set({"keys": cast("list[dict[str, str | list[str]]]", keys)})  # it checks what they hold
