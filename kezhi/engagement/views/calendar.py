"""The calendar: a month or week of what is due, and the private link for calendar programs (FUP-9)."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from kezhi.access.actors import Actor, user_actor
from kezhi.access.callers import caller_of
from kezhi.access.places import place_of
from kezhi.access.throttling import Throttle
from kezhi.core.clock import now, today
from kezhi.core.figures import integer_figure
from kezhi.engagement.calendar_moves import is_movable
from kezhi.engagement.ical import calendar_text
from kezhi.engagement.models import CalendarFeed
from kezhi.engagement.operations.feeds import digest_of, end_feed, make_feed
from kezhi.records.views.answers import signed_in
from kezhi.ui.shown import weekday
from kezhi.ui.toasts import toast
from kezhi.work.calendar import CalendarEntry, calendar_entries
from kezhi.work.notices import languages_of

CALLS = Throttle()
_DAY = timedelta(days=1)
_BACK, _AHEAD = timedelta(days=30), timedelta(days=180)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of the page; ``entries`` with whether each can be put on another day."""

    day: date
    is_today: bool
    is_outside: bool
    entries: list[tuple[CalendarEntry, bool]]

    @property
    def words(self) -> str:
        """The day as it is read in the agenda."""
        return f"{self.day:%m-%d} {weekday(self.day)}"


@require_GET
@signed_in
def calendar(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /calendar/?span=week&day=2026-11-23&whose=team"""
    return calendar_page(request, actor)


def calendar_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The page its address asks for, as this reader may see it."""
    span = "week" if request.GET.get("span") == "week" else "month"
    team = request.GET.get("whose") == "team"
    try:
        shown = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        shown = today()
    if not 1970 <= shown.year <= 2200:
        shown = today()
    first, last = _stretch(shown, span)
    found: dict[date, list[tuple[CalendarEntry, bool]]] = {}
    for entry in calendar_entries(actor, first, last, team=team):
        found.setdefault(entry.day, []).append((entry, is_movable(entry.key)))
    days = [
        CalendarDay(day, day == today(), span == "month" and day.month != shown.month, found.get(day, []))
        for day in (first + _DAY * number for number in range((last - first).days + 1))
    ]
    step = timedelta(days=7)
    before = first - _DAY if span == "week" else shown.replace(day=1) - _DAY
    after = first + step if span == "week" else (shown.replace(day=28) + step).replace(day=1)
    context = {
        "days": days,
        "weekdays": [weekday(day.day) for day in days[:7]],
        "title": f"{shown:%Y-%m}" if span == "month" else f"{first:%Y-%m-%d} – {last:%m-%d}",
        "span": span,
        "team": team,
        "shown": shown.isoformat(),
        "before": before.isoformat(),
        "after": after.isoformat(),
        "has_team": bool(actor.rights.above_ids - actor.rights.own_ids),
        "query": query_of(span, shown, team=team),
        "count": sum(len(day.entries) for day in days),
    }
    return render(request, "engagement/calendar.html", context)


def query_of(span: str, shown: date, *, team: bool) -> str:
    """The address's query that shows the same again."""
    return f"span={span}&day={shown:%Y-%m-%d}" + ("&whose=team" if team else "")


@require_http_methods(["GET", "POST"])
@sensitive_variables("token")
@signed_in
def feed_settings(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET/POST /calendar/feed/: ``act=make`` gives a new link, shown once; ``act=end`` ends it."""
    address = ""
    if request.method == "POST":
        if request.POST.get("act") == "end":
            end_feed(actor=actor)
            toast(request, _("日历订阅链接已停用"))
            return redirect("engagement:feed")
        token = make_feed(actor=actor)
        address = f"{place_of(request).origin}/calendar/feed/{token}.ics"
    feed = CalendarFeed.objects.filter(user_id=actor.user_id or 0).first()
    answer = render(request, "engagement/feed.html", {"feed": feed, "address": address})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@login_not_required
@require_GET
@sensitive_variables("token")
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """GET /calendar/feed/<token>.ics: what the link's owner may see today; all dead links answer alike."""
    if not CALLS.take(caller_of(request).address, amount=integer_figure("engagement.feed_calls"), seconds=60):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    row = CalendarFeed.objects.filter(digest=digest_of(token), user__is_active=True).first()
    if row is None:
        return HttpResponse(status=404, content_type="text/plain", headers={"Cache-Control": "no-store"})
    actor = user_actor(row.user_id, door="feed")
    place = place_of(request)
    with translation.override(languages_of({row.user_id}).get(row.user_id, "zh-hans")):
        entries = calendar_entries(actor, today() - _BACK, today() + _AHEAD)
        text = calendar_text(entries, place.origin, place.host)
    CalendarFeed.objects.filter(pk=row.pk).update(used_at=now())
    headers = {"Cache-Control": "no-store, private", "X-Robots-Tag": "noindex, nofollow"}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)


def _stretch(shown: date, span: str) -> tuple[date, date]:
    """The first and last day of the week, or of the weeks that hold the month; weeks begin on Monday."""
    if span == "week":
        first = shown - _DAY * shown.weekday()
        return first, first + _DAY * 6
    start = shown.replace(day=1)
    end = (start.replace(day=28) + _DAY * 4).replace(day=1) - _DAY
    return start - _DAY * start.weekday(), end + _DAY * (6 - end.weekday())
