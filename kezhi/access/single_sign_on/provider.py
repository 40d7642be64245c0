"""Talking to the provider: discovery, the way there, redeeming the code, and believing only what is signed."""

import base64
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from time import monotonic
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from kezhi.access.single_sign_on.problems import ProviderProblem

_TIMEOUT_SECONDS = 5
_KEPT_SECONDS = 3600
# Keys change now and then; an unknown one is looked for again, but not at every sign-in.
_AGAIN_SECONDS = 30
_LONGEST_SUBJECT = 255
_SCOPE = "openid email profile"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who the provider says came. ``email`` only when the provider says it was verified.

    ``had_second_factor``: the provider has asked for more than a password.
    """

    issuer: str
    subject: str
    email: str
    had_second_factor: bool


@dataclass(frozen=True, slots=True)
class _Endpoints:
    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str
    takes_secret_in_header: bool


@dataclass(frozen=True)
class Provider:
    """The provider as configured; ``name`` is what the button says."""

    issuer: str
    client_id: str
    client_secret: str
    name: str

    def way_there(self, *, redirect: str, state: str, nonce: str, verifier: str) -> str:
        """The address at the provider to send the browser to.

        Raises:
            ProviderProblem.
        """
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect,
            "scope": _SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = self._endpoints().authorization
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"

    @property
    def real_issuer(self) -> str:
        """The issuer as the provider writes it.

        Raises:
            ProviderProblem.
        """
        return self._endpoints().issuer

    def redeem(self, code: str, *, redirect: str, verifier: str, nonce: str) -> Visitor:
        """Exchange the code that came back for who came.

        Raises:
            ProviderProblem: the code or what is signed is not right.
        """
        endpoints = self._endpoints()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
        auth: tuple[str, str] | None = None
        if endpoints.takes_secret_in_header:
            auth = (_form_encoded(self.client_id), _form_encoded(self.client_secret))
        else:
            form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        tokens = _asked("POST", endpoints.token, form=form, auth=auth)
        claims = self._believed(str(tokens.get("id_token", "")), nonce)
        subject = str(claims["sub"])
        if len(subject) > _LONGEST_SUBJECT:
            raise ProviderProblem("the subject is longer than the standard allows")
        said = claims
        if "email" not in claims and endpoints.userinfo and isinstance(tokens.get("access_token"), str):
            said = _asked("GET", endpoints.userinfo, bearer=str(tokens["access_token"]))
            if said.get("sub") != subject:
                raise ProviderProblem("userinfo speaks of somebody else than the ID token")
        methods = claims.get("amr")
        return Visitor(
            endpoints.issuer,
            subject,
            str(said.get("email", "")) if said.get("email_verified") in (True, "true") else "",
            isinstance(methods, list) and "mfa" in methods,
        )

    def _believed(self, token: str, nonce: str) -> Mapping[str, object]:
        from kezhi.access.single_sign_on import believing  # takes a tenth of the start; only those who arrive need it

        claims = believing.claims_of(
            token, self._keys, issuer=self._endpoints().issuer, audience=self.client_id, nonce=nonce
        )
        audience, party = claims["aud"], claims.get("azp")
        if (isinstance(audience, list) and len(audience) > 1 and party is None) or party not in (None, self.client_id):
            raise ProviderProblem("the ID token was made for somebody else")
        return claims

    def _endpoints(self) -> _Endpoints:
        address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        return _endpoints(self, _remembered(address))

    def _keys(self, is_again: bool) -> list[dict[str, object]]:
        document = _remembered(self._endpoints().keys, kept=_AGAIN_SECONDS if is_again else _KEPT_SECONDS)
        return [
            key for key in _listed(document.get("keys")) if isinstance(key, dict) and key.get("use", "sig") == "sig"
        ]


def configured_provider() -> Provider | None:
    """The provider of this installation; None when single sign-on is not set up."""
    if not settings.OIDC_ISSUER:
        return None
    return Provider(settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET, settings.OIDC_NAME)


def _endpoints(provider: Provider, document: Mapping[str, object]) -> _Endpoints:
    def address(name: str, *, is_needed: bool = True) -> str:
        value = document.get(name)
        if not isinstance(value, str) or not value:
            if is_needed:
                raise ProviderProblem(f"the configuration of {provider.issuer} names no {name}")
            return ""
        if not _is_guarded(value):
            raise ProviderProblem(f"{name} {value} is not HTTPS")
        return value

    issuer = document.get("issuer")
    if not isinstance(issuer, str) or issuer.rstrip("/") != provider.issuer.rstrip("/"):
        raise ProviderProblem(f"{provider.issuer} calls itself {issuer}")
    ways = _listed(document.get("token_endpoint_auth_methods_supported"))
    return _Endpoints(
        issuer,
        address("authorization_endpoint"),
        address("token_endpoint"),
        address("jwks_uri"),
        address("userinfo_endpoint", is_needed=False),
        not ways or "client_secret_basic" in ways,
    )


def _is_guarded(address: str) -> bool:
    """Whether nobody on the way can read or change it: HTTPS, or this very machine."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    try:
        return parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.scheme == "http" and parts.hostname == "localhost"


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _form_encoded(text: str) -> str:
    """As RFC 6749 §2.3.1 wants name and secret before they go into the header."""
    return urlencode({"": text})[1:]


# Documents that change rarely

_documents: dict[str, tuple[float, Mapping[str, object]]] = {}
_reading = threading.Lock()


def forget_documents() -> None:
    """Read everything anew (between tests)."""
    _documents.clear()


def _remembered(address: str, *, kept: float = _KEPT_SECONDS) -> Mapping[str, object]:
    known = _documents.get(address)
    if known is None or monotonic() - known[0] > kept:
        with _reading:
            known = _documents.get(address)
            if known is None or monotonic() - known[0] > kept:
                known = (monotonic(), _asked("GET", address))
                _documents[address] = known
    return known[1]


def _asked(
    method: str,
    address: str,
    *,
    form: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    bearer: str = "",
) -> Mapping[str, object]:
    if not _is_guarded(address):
        raise ProviderProblem(f"{address} is not HTTPS")
    headers = {"Accept": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    import httpx2  # a twentieth of the start, and needed only where somebody signs in this way

    try:
        with httpx2.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False) as client:
            answer = client.request(method, address, data=form, auth=auth, headers=headers)
        document = answer.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as problem:
        raise ProviderProblem(f"{address} does not answer: {problem!r}") from problem
    if answer.status_code != 200 or not isinstance(document, dict):
        error = document.get("error", "") if isinstance(document, dict) else ""
        raise ProviderProblem(f"{address} answers {answer.status_code} {error}")
    return document
