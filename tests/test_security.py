"""Headers every answer carries."""

from django.http import HttpResponse
from django.test import RequestFactory

from kezhi.config.security import PERMISSIONS, PLAIN_POLICY, ContentSecurityPolicyMiddleware


def answer_to(view) -> HttpResponse:
    return ContentSecurityPolicyMiddleware(view)(RequestFactory().get("/"))


def test_scripts_come_from_this_server_only():
    headers = answer_to(lambda request: HttpResponse("ok")).headers

    assert headers["Content-Security-Policy"] == PLAIN_POLICY
    assert "script-src 'self';" in PLAIN_POLICY
    assert headers["Permissions-Policy"] == PERMISSIONS


def test_an_inline_script_runs_with_this_answers_nonce_only():
    given = []

    def view(request):
        given.append(str(request.csp_nonce))
        given.append(str(request.csp_nonce))
        return HttpResponse("ok")

    first, second = answer_to(view), answer_to(view)

    assert given[0] == given[1]
    assert given[0] != given[2]
    assert f"script-src 'self' 'nonce-{given[0]}'" in first.headers["Content-Security-Policy"]
    assert f"script-src 'self' 'nonce-{given[2]}'" in second.headers["Content-Security-Policy"]


def test_a_page_with_a_policy_of_its_own_keeps_it():
    def view(request):
        return HttpResponse("ok", headers={"Content-Security-Policy": "default-src 'none'"})

    assert answer_to(view).headers["Content-Security-Policy"] == "default-src 'none'"
