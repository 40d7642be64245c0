"""A small OpenID Connect provider that really answers, for tests of single sign-on."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from kezhi.core.clock import now

CLIENT_ID = "kezhi"
CLIENT_SECRET = "sui-yue-jing-hao-2026"  # noqa: S105 - of a provider that exists in tests only


@cache
def _usual_key() -> RSAKey:
    """Made once: it takes longer than what is tested with it."""
    return RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})


@dataclass
class SmallProvider:
    """Signs everybody in as ``subject`` at once. What it says can be made wrong through its attributes."""

    subject: str = "subject-1"
    email: str = "rep@example.com"
    email_verified: bool = True
    refuses: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=_usual_key)
    signs_with: RSAKey | None = None
    algorithm: str = "RS256"
    says_email_in_token: bool = True
    issuer: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    redirects: set[str] = field(default_factory=set)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __enter__(self) -> SmallProvider:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self)

            def do_POST(self) -> None:
                provider.answer(self)

            def log_message(self, *_parts: object) -> None:
                """Nothing: a test's output is its own."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """One request."""
        parts = urlsplit(request.path)
        length = int(request.headers.get("Content-Length") or 0)
        form = {key: values[0] for key, values in parse_qs(request.rfile.read(length).decode()).items()}
        match parts.path:
            case "/.well-known/openid-configuration":
                _say(request, 200, self._configuration())
            case "/keys":
                _say(request, 200, {"keys": [self.key.as_dict(private=False)]})
            case "/authorize":
                self._authorize(request, {key: values[0] for key, values in parse_qs(parts.query).items()})
            case "/token":
                self._token(request, form)
            case "/userinfo":
                _say(request, 200, {"sub": self.subject, "email": self.email, "email_verified": self.email_verified})
            case _:
                _say(request, 404, {"error": "not_found"})

    def _configuration(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def _authorize(self, request: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        self.asked.append(asked)
        if asked.get("client_id") != CLIENT_ID or (self.redirects and asked["redirect_uri"] not in self.redirects):
            _say(request, 400, {"error": "invalid_request"})
            return
        answer = {"state": asked["state"], "iss": self.issuer}
        if self.refuses:
            answer["error"] = self.refuses
        else:
            answer["code"] = secrets.token_urlsafe(16)
            self._codes[answer["code"]] = asked
        request.send_response(302)
        request.send_header("Location", f"{asked['redirect_uri']}?{urlencode(answer)}")
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _token(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        given = base64.b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        name, _colon, secret = given.partition(":")
        if (unquote(name), unquote(secret)) != (CLIENT_ID, CLIENT_SECRET):
            _say(request, 401, {"error": "invalid_client"})
        elif (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["code_challenge_method"] != "S256"
            or asked["redirect_uri"] != form.get("redirect_uri")
        ):
            _say(request, 400, {"error": "invalid_grant"})
        else:
            _say(request, 200, {"access_token": "a", "token_type": "Bearer", "id_token": self._id_token(asked)})

    def _id_token(self, asked: dict[str, str]) -> str:
        moment = int(now().timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": self.subject,
            "iat": moment,
            "exp": moment + 300,
            "nonce": asked.get("nonce", ""),
        }
        if self.says_email_in_token:
            claims |= {"email": self.email, "email_verified": self.email_verified}
        claims |= self.claims
        key = self.signs_with or self.key
        return jwt.encode({"alg": self.algorithm, "kid": key.kid}, claims, key, algorithms=[self.algorithm])


def _say(request: BaseHTTPRequestHandler, status: int, document: dict[str, object]) -> None:
    body = json.dumps(document).encode()
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
