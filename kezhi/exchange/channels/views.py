"""设置 → 通道: every channel with its state, its setup, and a test message; and one's own robots."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.policies import require_area
from kezhi.access.views.asking import actor_of, user_of
from kezhi.exchange.channels import mail
from kezhi.exchange.channels.forms import SetupForm, form_for
from kezhi.exchange.channels.operations import (
    CHANNELS,
    is_usable,
    save_setup,
    send_test,
    set_address,
    test_target,
)
from kezhi.exchange.channels.robots import PLATFORMS
from kezhi.exchange.channels.setups import personal_address, setup_of
from kezhi.exchange.faults import Fault, say
from kezhi.exchange.models import ChannelSetup
from kezhi.ui.toasts import toast

_LABELS: dict[str, str | Promise] = {
    mail.KEY: gettext_lazy("邮件"),
    **{key: platform.label for key, platform in PLATFORMS.items()},
    "sms": gettext_lazy("短信"),
}
_ICONS = {mail.KEY: "mail", "sms": "phone"}


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel as the list and its page show it. ``state``: ready, off, unset (on, but something is missing), down."""

    key: str
    label: str | Promise
    icon: str
    state: str
    down_since: datetime | None = None
    problem: str = ""
    last_sent_at: datetime | None = None


def channel_line(key: str, row: ChannelSetup | None) -> ChannelLine:
    """The state of a channel in words and marks."""
    setup = setup_of(key)
    state = "off" if not setup.is_on else "ready" if is_usable(setup) else "unset"
    problem = say(row.problem_code, row.problem_values) if row is not None and row.problem_code else ""
    if state == "ready" and row is not None and row.down_since is not None:
        state = "down"
    return ChannelLine(
        key,
        _LABELS[key],
        _ICONS.get(key, "chat"),
        state,
        row.down_since if row else None,
        problem,
        row.last_sent_at if row else None,
    )


@require_GET
def channels(request: HttpRequest) -> HttpResponse:
    """GET /settings/channels/"""
    require_area(actor_of(request), "settings", "channels")
    rows = {row.pk: row for row in ChannelSetup.objects.all()}
    lines = [channel_line(key, rows.get(key)) for key in CHANNELS]
    return render(request, "exchange/channels/list.html", {"lines": lines})


@require_http_methods(["GET", "POST"])
def channel(request: HttpRequest, key: str) -> HttpResponse:
    """GET /settings/channels/mail/ and its form; POST saves it."""
    actor = actor_of(request)
    require_area(actor, "settings", "channels")
    form = _form(key, request)
    if request.method == "POST" and form.is_valid():
        save_setup(key, is_on=form.cleaned_data["is_on"], options=form.options, secrets=form.secrets, actor=actor)
        toast(request, _("已保存，发一条测试消息看看。") if form.cleaned_data["is_on"] else _("已保存，通道没有启用。"))
        return redirect("exchange:channel", key=key)
    return _page(request, key, form, status=422 if form.errors else 200)


@require_POST
def channel_test(request: HttpRequest, key: str) -> HttpResponse:
    """POST /settings/channels/mail/test/: what happened is said on the page."""
    actor = actor_of(request)
    require_area(actor, "settings", "channels")
    form = _form(key, None)
    to = request.POST.get("to", "").strip()[:254]
    try:
        answer = send_test(key, to, actor=actor)
    except Fault as fault:
        return _page(request, key, form, failed=fault.message, to=to, status=422)
    return _page(request, key, form, done=answer, to=to)


@require_http_methods(["GET", "POST"])
def my_robots(request: HttpRequest) -> HttpResponse:
    """GET /me/robots/: where each robot platform that is switched on reaches me; POST changes one."""
    user = user_of(request)
    problem, wrong = "", ""
    if request.method == "POST":
        wrong = request.POST.get("channel", "")
        if wrong not in PLATFORMS:
            raise Http404
        typed = {name: request.POST.get(name, "").strip()[:500] for name in ("handle", "robot", "secret")}
        forget = bool(request.POST.get("forget"))
        try:
            set_address(
                user.pk,
                wrong,
                handle=typed["handle"][:80],
                robot="" if forget else typed["robot"] or None,
                secret="" if forget else typed["secret"] or None,
                actor=actor_of(request),
            )
        except Fault as fault:
            problem = fault.message
        else:
            toast(request, _("已保存。"))
            return redirect("exchange:my_robots")
    rows = [
        {
            "platform": platform,
            "own": personal_address(key, user.pk),
            "group": bool(setup_of(key).secrets.get("robot")),
            "problem": problem if key == wrong else "",
        }
        for key, platform in PLATFORMS.items()
        if setup_of(key).is_on
    ]
    return render(request, "exchange/channels/mine.html", {"rows": rows, "me": user}, status=422 if problem else 200)


def _form(key: str, request: HttpRequest | None) -> SetupForm:
    if key not in CHANNELS:
        raise Http404
    data = request.POST if request is not None and request.method == "POST" else None
    return form_for(setup_of(key), data)


def _page(
    request: HttpRequest,
    key: str,
    form: SetupForm,
    *,
    done: str = "",
    failed: str = "",
    to: str = "",
    status: int = 200,
) -> HttpResponse:
    row = ChannelSetup.objects.filter(pk=key).first()
    context = {
        "line": channel_line(key, row),
        "form": form,
        "row": row,
        "done": done,
        "failed": failed,
        "to": to or test_target(key, user_of(request)),
        "handle": PLATFORMS[key].handle if key in PLATFORMS else "",
    }
    return render(request, "exchange/channels/channel.html", context, status=status)
