"""The pulse: open pages ask every few seconds what is new; where nothing is, one query and an empty answer."""

import hashlib
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kezhi.access.actors import Actor
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.records.views.answers import signed_in
from kezhi.work.inbox import MOST_COUNTED, capped, lines_of
from kezhi.work.inbox_acts import mine, moment_key, moment_of
from kezhi.work.models import Notification
from kezhi.work.notices_figures import PULSE_SECONDS

_MOST_TOASTS = 3
_COMMIT = timedelta(seconds=30)


@require_GET
@signed_in
def pulse(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /work/pulse/?after=…: how many are unread, and what came after the moment the page last knew of."""
    unread = list(
        mine(actor).filter(read_at__isnull=True).order_by("-at", "-id").values_list("at", flat=True)[:MOST_COUNTED]
    )
    # With nothing unread the page still needs a moment from which on things are new; a little back, since a row is
    # seen only once its transaction commits.
    newest = moment_key(unread[0]) if unread else 0
    known = newest or moment_key(now() - _COMMIT)
    seconds = integer_figure(PULSE_SECONDS.key)
    tag = _tag(actor, len(unread), newest, seconds)
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag, "Cache-Control": "private, no-cache"})
    answer = {
        "unread": len(unread),
        "shown": str(capped(len(unread))) if unread else "",
        "words": ngettext("%(count)s 条未读", "%(count)s 条未读", len(unread)) % {"count": len(unread)},
        "newest": known,
        "seconds": seconds,
        "toasts": _news(request, actor, newest),
    }
    return JsonResponse(answer, headers={"ETag": tag, "Cache-Control": "private, no-cache"})


def _tag(actor: Actor, unread: int, newest: int, seconds: int) -> str:
    parts = f"{actor.user_id} {unread} {newest} {seconds} {get_language()}"
    return f'"{hashlib.sha256(parts.encode()).hexdigest()[:24]}"'


def _news(request: HttpRequest, actor: Actor, newest: int) -> list[dict[str, str]]:
    """What came since, as toasts; nothing for a page that knows no moment yet."""
    text = request.GET.get("after", "")
    if not text.isdecimal() or len(text) > 17 or not 0 < int(text) < newest:
        return []
    rows = mine(actor).filter(read_at__isnull=True, at__gt=moment_of(int(text))).order_by("-at", "-id")
    found = list(rows[: _MOST_TOASTS + 1])
    lines = [line for line in lines_of(found, actor) if not line.is_hidden][:_MOST_TOASTS]
    if len(found) > _MOST_TOASTS:
        return [{"text": _("有好几条新消息"), "url": "/inbox/", "open": _("去看看"), "tone": "info"}]
    urgent = Notification.Urgency.HIGH
    return [
        {
            "text": line.title,
            "url": line.open_url,
            "open": _("打开"),
            "tone": "warning" if line.row.urgency == urgent else "info",
        }
        for line in reversed(lines)
    ]
