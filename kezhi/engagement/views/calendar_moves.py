"""Putting an entry of the calendar on another day: dragged, by key, or on a sheet (FUP-9)."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kezhi.access.actors import Actor
from kezhi.core.clock import today
from kezhi.core.values.problem import ValueProblem
from kezhi.engagement.calendar_moves import move_entry, standing
from kezhi.engagement.views.calendar import calendar_page
from kezhi.records.views.answers import signed_in
from kezhi.records.views.form import undo_url
from kezhi.ui.shown import weekday
from kezhi.ui.toasts import toast

_SHEET = "sheet"


@require_http_methods(["GET", "POST"])
@signed_in
def move(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET /calendar/move/?key=task-12&span=month&day=2026-11-23: asks for the day. POST key, to: moves it.

    What was dragged is answered with the calendar as it is now, also when the move was refused: then the entry
    stands where it stood, and a message says why.
    """
    if request.method == "GET":
        return _ask(request, actor, request.GET.get("key", ""), "", "")
    key, typed = request.POST.get("key", ""), request.POST.get("to", "")
    is_sheet = request.POST.get("from") == _SHEET
    try:
        try:
            day = date.fromisoformat(typed)
        except ValueError:
            raise ValueProblem("calendar.day", _("请选一个日子。")) from None
        title, moved = move_entry(key, day, actor=actor)
    except ValueProblem as problem:
        if is_sheet:
            return _ask(request, actor, key, typed, str(problem.message))
        toast(request, str(problem.message), tone="danger")
    else:
        if moved:
            words = _("“%(title)s”改到 %(day)s %(weekday)s") % {
                "title": title,
                "day": f"{day:%m-%d}",
                "weekday": weekday(day),
            }
            toast(request, words, undo_url=undo_url(actor))
    if request.headers.get("HX-Request") and not is_sheet:
        return calendar_page(request, actor)
    address = f"{reverse('engagement:calendar')}?{_query(request)}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _query(request: HttpRequest) -> str:
    values = request.GET.copy()
    values.pop("key", None)
    return values.urlencode()


def _ask(request: HttpRequest, actor: Actor, key: str, typed: str, problem: str) -> HttpResponse:
    try:
        title, day = standing(key, actor=actor)
    except ValueProblem as fixed:
        title, day, problem = "", None, problem or str(fixed.message)
    context = {
        "key": key,
        "title": title,
        "day": f"{day:%m-%d} {weekday(day)}" if day else "",
        "to": typed or (max(day, today()).isoformat() if day else ""),
        "least": today().isoformat(),
        "problem": problem,
        "action": f"{reverse('engagement:calendar_move')}?{_query(request)}",
    }
    return render(request, "engagement/calendar_move.html", context, status=422 if problem else 200)
