"""The pages behind private links: nobody signs in, nothing is kept by caches or search engines (SAL-4, SAL-9)."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from kezhi.access.callers import caller_of
from kezhi.access.throttling import Throttle
from kezhi.core.figures import integer_figure
from kezhi.sales.private_links import count_opening, find_private_link, private_page

PAGES = Throttle()
MISSES = Throttle()


@login_not_required
@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
def private(request: HttpRequest, token: str, part: str = "") -> HttpResponseBase:
    """/p/<token>/ and /p/<token>/<part>/: what the link's purpose shows; all dead links answer alike."""
    answer = _answer(request, token, part)
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    # Not "no-referrer": browsers would then send "Origin: null" with the page's own form.
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


@sensitive_variables("token")
def _answer(request: HttpRequest, token: str, part: str) -> HttpResponseBase:
    caller = caller_of(request).address
    if not PAGES.take(caller, amount=integer_figure("sales.link_pages_a_minute"), seconds=60):
        return _too_many(request)
    found = find_private_link(token)
    if found is None:
        if not MISSES.take(caller, amount=integer_figure("sales.link_misses_a_minute"), seconds=60):
            return _too_many(request)
        return _nothing(request)
    link, record = found
    page = private_page(link.purpose)
    show = page and (page.parts.get(part) if part else page.show)
    if not show:
        return _nothing(request)
    if request.method == "GET" and not part:
        count_opening(link)
    return show(request, link, record, token)


def _nothing(request: HttpRequest) -> HttpResponse:
    context = {
        "line": _("这个链接现在打不开"),
        "meaning": _("它可能已经过期、被收回，或者抄写时有误。请向给您链接的人再要一个。"),
    }
    return render(request, "sales/private/gone.html", context, status=404)


def _too_many(request: HttpRequest) -> HttpResponse:
    context = {"line": _("打开得太频繁了"), "meaning": _("请过一分钟再试。")}
    answer = render(request, "sales/private/gone.html", context, status=429)
    answer.headers["Retry-After"] = "60"
    return answer
