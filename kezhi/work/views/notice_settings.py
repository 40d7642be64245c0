"""How somebody wants to be told: channels per kind and their order, quiet hours, digests."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.models import User
from kezhi.core.figures import time_figure
from kezhi.records.views.answers import signed_in
from kezhi.ui.context import address
from kezhi.ui.html import Text
from kezhi.ui.toasts import toast
from kezhi.work.models import NoticePreference
from kezhi.work.notices_channels import APP, Channel, outside_channels
from kezhi.work.notices_figures import DIGEST_AT
from kezhi.work.notices_kinds import NoticeKind, notice_kinds
from kezhi.work.notices_outages import open_outages
from kezhi.work.notices_preferences import Wishes, store_wishes, wishes_of


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """A channel as the page offers it; ``address`` is where it reaches the person, "" for nowhere."""

    key: str
    label: Text
    is_on: bool
    address: str
    is_down: bool


@dataclass(frozen=True, slots=True)
class KindChoice:
    """A kind of notice with, for each channel, whether it is chosen."""

    key: str
    label: Text
    is_urgent: bool
    boxes: list[tuple[str, Text, bool]]


@require_http_methods(["GET", "POST"])
@signed_in
def show(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET/POST /inbox/settings/: one's own."""
    user = User.objects.get(pk=actor.user_id or 0)
    if request.method != "POST":
        return _page(request, user, wishes_of([user.pk])[user.pk], {})
    wishes, problems = _read(request)
    if problems:
        return _page(request, user, wishes, problems)
    store_wishes(user.pk, wishes)
    toast(request, _("通知设置已保存"))
    return redirect("work:notice_settings")


def _page(request: HttpRequest, user: User, wishes: Wishes, problems: dict[str, str]) -> HttpResponse:
    order = [channel.key for channel in wishes.usable()]
    places = {key: place for place, key in enumerate(order)}
    ready = sorted(outside_channels(), key=lambda channel: places.get(channel.key, len(order)))
    down = {outage.channel for outage in open_outages()}
    context = {
        "channels": [
            ChannelChoice(row.key, row.label, row.key in order, row.address_of(user), row.key in down) for row in ready
        ],
        "kinds": [_kind(kind, wishes, ready) for kind in notice_kinds()],
        "wishes": wishes,
        "quiet_from": _time_words(wishes.quiet_from),
        "quiet_to": _time_words(wishes.quiet_to),
        "digest_at": _time_words(wishes.digest_at or time_figure(DIGEST_AT.key)),
        "digests": NoticePreference.Digest.choices,
        "problems": problems,
        "robots_url": address("exchange:my_robots") if ready else "",
    }
    return render(request, "work/notice_settings.html", context, status=422 if problems else 200)


def _kind(kind: NoticeKind, wishes: Wishes, ready: list[Channel]) -> KindChoice:
    chosen = wishes.kinds.get(kind.key, kind.channels)
    return KindChoice(kind.key, kind.label, kind.urgent, [(row.key, row.label, row.key in chosen) for row in ready])


def _read(request: HttpRequest) -> tuple[Wishes, dict[str, str]]:
    known = {channel.key for channel in outside_channels()}
    problems: dict[str, str] = {}
    quiet_from, quiet_to = _time(request, "quiet_from", problems), _time(request, "quiet_to", problems)
    if (quiet_from is None) != (quiet_to is None):
        problems.setdefault("quiet_from", _("开始和结束都要填，或者都不填"))
    digest = request.POST.get("digest", "")
    wishes = Wishes(
        # The app first: it tells a person who wants no other channel from one who never chose.
        order=(APP, *dict.fromkeys(key for key in request.POST.getlist("order") if key in known)),
        kinds={
            kind.key: (APP, *(key for key in request.POST.getlist(f"kind-{kind.key}") if key in known))
            for kind in notice_kinds()
        },
        quiet_from=quiet_from,
        quiet_to=quiet_to,
        is_quiet_on_free_days="quiet_free_days" in request.POST,
        urgent_passes="urgent_passes" in request.POST,
        digest=digest if digest in NoticePreference.Digest.values else NoticePreference.Digest.AT_ONCE,
        digest_at=_time(request, "digest_at", problems),
    )
    return wishes, problems


def _time(request: HttpRequest, name: str, problems: dict[str, str]) -> dt.time | None:
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    try:
        return dt.time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        problems[name] = _("请填写时间，例如 21:30")
        return None


def _time_words(time: dt.time | None) -> str:
    return f"{time:%H:%M}" if time else ""
