"""The comparison of sources (LEAD-6)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from kezhi.access.actors import Actor
from kezhi.core.values.problem import ValueProblem
from kezhi.records.views.answers import signed_in
from kezhi.sales.forecast.asked import read_asked
from kezhi.sales.forecast.source_export import export_sources
from kezhi.sales.forecast.sources import SourcesPage, sources_page
from kezhi.sales.views.forecast import frame_of


@require_safe
@signed_in
def sources(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET /forecast/sources/?from=2026-01&months=12&department=4&person=9&sort=leads"""
    return _shown(request, actor, _page(request, actor))


@require_POST
@signed_in
def export(request: HttpRequest, actor: Actor) -> HttpResponse:
    """POST /forecast/sources/export/?…: the same as a file; ``reason`` says what for."""
    page = _page(request, actor)
    try:
        content = export_sources(page, request.POST.get("reason", ""), actor=actor)
    except ValueProblem as problem:
        return _shown(request, actor, page, str(problem.message))
    headers = {
        "Content-Disposition": f'attachment; filename="sources-{page.asked.first:%Y-%m}.csv"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _page(request: HttpRequest, actor: Actor) -> SourcesPage:
    return sources_page(read_asked(request.GET.dict(), looks_back=True), actor, request.GET.get("sort", "won"))


def _shown(request: HttpRequest, actor: Actor, page: SourcesPage, problem: str = "") -> HttpResponse:
    columns = [
        ("leads", pgettext("plural", "线索"), True),
        ("effective", _("有效客户"), page.has_effective),
        ("rate", _("转化率"), page.has_effective),
        ("won", _("成交金额"), page.has_won),
        ("cost", _("费用"), page.has_cost),
        ("per_lead", _("每条线索花费"), page.has_cost),
        ("return", _("回报"), page.has_cost and page.has_won),
    ]
    context = frame_of(page.asked, actor, "sources") | {
        "page": page,
        "columns": [
            (label, f"?{page.asked.query(sort=key)}", key == page.sort) for key, label, is_shown in columns if is_shown
        ],
        "query": page.asked.query(sort=page.sort),
        "may_export": actor.allows("lead_source", "export"),
        "problem": problem,
    }
    return render(request, "sales/forecast/sources.html", context, status=422 if problem else 200)
