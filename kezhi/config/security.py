"""Response headers that narrow what a page may load."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

POLICY = (
    "default-src 'self'; "
    "script-src 'self'{nonce}; "
    "style-src 'self'{nonce}; "
    # Components set their own variables (--ring-value) in style attributes.
    "style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; "
    "font-src 'self' data:; "
    "connect-src 'self'; "
    "worker-src 'self'; "
    "manifest-src 'self'; "
    "object-src 'none'; "
    "base-uri 'none'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)
PLAIN_POLICY = POLICY.format(nonce="")
PERMISSIONS = "camera=(), geolocation=(), microphone=(self), payment=(), usb=()"


class ContentSecurityPolicyMiddleware:
    """Add a Content-Security-Policy to every answer that has none of its own.

    A template that cannot do without an inline script writes ``<script nonce="{{ request.csp_nonce }}">``.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        used: list[str] = []

        def nonce() -> str:
            used.append(secrets.token_urlsafe(16))
            return used[0]

        request.csp_nonce = SimpleLazyObject(nonce)  # type: ignore[attr-defined]
        response = self.get_response(request)
        headers = response.headers
        if "Content-Security-Policy" not in headers:
            headers["Content-Security-Policy"] = POLICY.format(nonce=f" 'nonce-{used[0]}'") if used else PLAIN_POLICY
        headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
