"""The pages behind private links: nobody signs in, nothing is kept by caches or search engines (SAL-4, SAL-9)."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from kezhi.access.callers import caller_of
from kezhi.access.throttling import Throttle
from kezhi.core.figures import integer_figure
from kezhi.sales.models import PrivateLink
from kezhi.sales.private_links import count_opening, find_private_link, private_page
from kezhi.sales.private_locks import is_unlocked, remember, send_code, take_code
from kezhi.sales.private_visits import note_visit

PAGES = Throttle()
MISSES = Throttle()
CODES = Throttle()


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
    if not is_unlocked(request, link):
        return _locked(request, link, token, part)
    if request.method == "GET" and not part:
        count_opening(link)
        note_visit(request, link, is_recipient=bool(link.locked_to))
    return show(request, link, record, token)


@sensitive_variables("token")
def _locked(request: HttpRequest, link: PrivateLink, token: str, part: str) -> HttpResponseBase:
    """Before a lock: POST ``lock=ask`` with ``email`` sends a code to the right one, ``lock=open`` with ``code`` opens.

    Nothing here says what lies behind the link or whom it was sent to.
    """
    step = request.POST.get("lock", "") if request.method == "POST" and not part else ""
    email = request.POST.get("email", "").strip()[:254]
    if step in ("ask", "open"):
        caller = caller_of(request).address
        if not CODES.take(caller, amount=integer_figure("sales.link_misses_a_minute"), seconds=60):
            return _too_many(request)
    if step == "open" and take_code(link, request.POST.get("code", "")):
        answer = redirect(reverse("sales:private", args=[token]))
        remember(answer, request, link)
        note_visit(request, link, is_recipient=True)
        return answer
    if step == "ask":
        send_code(link, email, language=translation.get_language() or "zh-hans")
    elif request.method == "GET" and not part:
        note_visit(request, link)
    context = {
        "address": reverse("sales:private", args=[token]),
        "was_asked": step in ("ask", "open"),
        "was_wrong": step == "open",
        "email": email,
        "minutes": integer_figure("sales.link_code_minutes"),
    }
    is_page = step == "ask" or (request.method != "POST" and not part)
    return render(request, "sales/private/lock.html", context, status=200 if is_page else 403)


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
