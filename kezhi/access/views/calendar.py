"""The working calendar: the days that differ from Monday to Friday, where each comes from, changed by hand (SVC-3)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kezhi.access.policies import require_area
from kezhi.access.views.asking import actor_of
from kezhi.core.clock import today
from kezhi.core.models.calendar import CalendarDay
from kezhi.core.values.dates import parse_date
from kezhi.core.values.problem import ValueProblem
from kezhi.core.workdays import fill_calendar, forget_calendar_day, set_calendar_day
from kezhi.ui.toasts import toast

_YEARS_BACK, _YEARS_AHEAD = 1, 2


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """GET /settings/calendar/?year=2026"""
    require_area(actor_of(request), "settings", "calendar")
    return _page(request, {})


@require_POST
def calendar_day(request: HttpRequest) -> HttpResponse:
    """POST /settings/calendar/days/: say by hand whether a day is worked."""
    actor = actor_of(request)
    require_area(actor, "settings", "calendar")
    try:
        day = parse_date(request.POST.get("day", ""))
        set_calendar_day(
            day,
            is_workday=request.POST.get("kind") == "work",
            name_zh=request.POST.get("name_zh", ""),
            name_en=request.POST.get("name_en", ""),
            actor_ref=actor.ref,
        )
    except ValueProblem as problem:
        key = "name_zh" if problem.code == "calendar.name" else "day"
        return _page(request, {key: problem.message}, status=422)
    toast(request, _("已保存，之后的期限按新的日历计算"))
    return redirect(f"{reverse('access:calendar')}?year={day.year}")


@require_POST
def calendar_day_forget(request: HttpRequest, day: str) -> HttpResponse:
    """POST /settings/calendar/days/2026-10-01/removal/: the day is as its source says again."""
    actor = actor_of(request)
    require_area(actor, "settings", "calendar")
    try:
        found = parse_date(day)
    except ValueProblem as problem:
        return _page(request, {"day": problem.message}, status=422)
    forget_calendar_day(found, actor_ref=actor.ref)
    toast(request, _("已恢复为来源给出的安排"))
    return redirect(f"{reverse('access:calendar')}?year={found.year}")


def _page(request: HttpRequest, problems: dict[str, str], status: int = 200) -> HttpResponse:
    this_year = today().year
    years = range(this_year - _YEARS_BACK, this_year + _YEARS_AHEAD + 1)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdigit() and len(asked) == 4 and int(asked) in years else this_year
    if not CalendarDay.objects.filter(day__year=year).exists():
        fill_calendar([year])
    context = {
        "year": year,
        "years": years,
        "days": CalendarDay.objects.filter(day__year=year),
        "problems": problems,
        "values": request.POST,
    }
    return render(request, "access/calendar.html", context, status=status)
