"""The interface's own pages: preferences, commands, service worker, offline page, errors."""

import json
import sys
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_GET, require_POST

from kezhi.core.outage import RETRY_AFTER_SECONDS, is_outage
from kezhi.ui.assets import all_asset_urls, asset_url, build_id
from kezhi.ui.context import Frame, address
from kezhi.ui.preferences import chosen_preferences, save_preferences


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """POST language, theme, density (any of them): remember and go back; 204 when a script asked."""
    response: HttpResponse
    if request.headers.get("X-Kezhi-Script"):
        response = HttpResponse(status=204)
    else:
        response = redirect(_way_back(request))
    save_preferences(request, response, chosen_preferences(request))
    return response


def _way_back(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return "/"


@require_GET
def commands(request: HttpRequest) -> HttpResponse:
    """The places and acts the palette offers besides what is found, as a fragment."""
    response = render(request, "ui/parts/commands.html")
    response["Cache-Control"] = "private, max-age=300"
    response["Vary"] = "Cookie"
    return response


@login_not_required
@require_GET
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """What makes the page installable."""
    frame = Frame(request)
    name = frame.company or str(_("客至"))
    icons = [
        {"src": asset_url("logo.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": asset_url("icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": asset_url("icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {"src": asset_url("icon-maskable-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    body = {
        "id": "/",
        "name": name,
        "short_name": str(_("客至")),
        "lang": frame.html_language,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbfaf6",
        "theme_color": "#f4f2eb",
        "icons": icons,
    }
    return JsonResponse(body, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@login_not_required
@require_GET
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at the root so that it may serve every page."""
    facts = {
        "build": build_id(),
        "shell": list(all_asset_urls()),
        "offline": address("ui:offline"),
        "signIn": address(settings.LOGIN_URL),
        "static": asset_url("logo.svg").rsplit("/", 1)[0] + "/",
    }
    response = render(request, "ui/sw.js", {"facts": json.dumps(facts)}, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    return response


@login_not_required
@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown when there is no network: nobody's data, only what waits on this device."""
    return render(request, "ui/offline.html")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an error page says: a line, what it means, and whether going back helps."""

    line: str | Promise
    meaning: str | Promise


_TROUBLES = {
    400: Trouble(_("这个请求没法处理"), _("内容不完整，或者在路上被改动了。请返回上一页再试一次。")),
    403: Trouble(_("这里您还进不去"), _("您的角色没有这项权限。需要的话，请联系您的经理或系统管理员开通。")),
    404: Trouble(_("没有找到这一页"), _("它可能已经删除，或者不在您能看到的范围里。")),
    409: Trouble(_("别人刚刚改过"), _("在您保存之前，内容已经有了新的版本。请返回查看两边的不同，再决定保留哪一个。")),
    413: Trouble(_("内容太大了"), _("文件或文字超过了允许的大小，没有保存。请拆小一些再试。")),
    429: Trouble(_("慢一点"), _("短时间里请求太多，请稍等一会儿再试。")),
    500: Trouble(_("出了点问题"), _("系统没能完成这一步，已经记下原因。刚才的修改没有保存一半，请稍后再试。")),
    503: Trouble(_("这会儿太忙"), _("数据库这会儿忙不过来，这一步没有做，也没有改动任何内容。请过几秒再试一次。")),
}


def error_page(request: HttpRequest, status: int, reason: str | Promise = "", who: str | Promise = "") -> HttpResponse:
    """Answer with an error in people's words; ``reason`` replaces the usual sentence, ``who`` could allow or repair it.

    htmx gets the sentence as a toast and keeps the page it is on.
    """
    trouble = _TROUBLES[status]
    meaning = str(reason or trouble.meaning)
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") != "sheet":
        text = _joined(meaning, str(who))
        response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
        response["HX-Trigger"] = json.dumps({"kezhi:toasts": [{"text": text, "tone": "danger", "undo": ""}]})
        return response
    context = {"status": status, "line": trouble.line, "meaning": meaning, "who": who, "frame": Frame(request)}
    return render(request, f"{status}.html", context, status=status)


def _joined(meaning: str, who: str) -> str:
    return f"{meaning} {who}".strip()


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; 413 where more was sent than is taken."""
    too_much = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return error_page(request, 413 if too_much else 400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403; the exception's own words and its ``who`` are shown when it has some."""
    reason = getattr(exception, "message", None) or (exception.args[0] if exception and exception.args else "")
    return error_page(request, 403, reason, getattr(exception, "who", "") or "")


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, the same for what does not exist and what this reader may not see."""
    return error_page(request, 404)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """500, without anything that could fail again; 503 where the same request may succeed a little later."""
    if is_outage(sys.exc_info()[1]):
        response = error_page(request, 503)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    return error_page(request, 500)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long or came from elsewhere."""
    return error_page(request, 403, _("这个页面放得太久，已经失效。请刷新后再提交；您填写的内容会由草稿恢复。"))
