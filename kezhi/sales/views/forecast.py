"""Forecast, analysis, changes and targets (SAL-8)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.access.rights import organisation
from kezhi.access.tree import department_choices
from kezhi.records.views.answers import signed_in
from kezhi.sales.choices import pipelines, stages
from kezhi.sales.forecast.asked import Asked, plus_months, read_asked
from kezhi.sales.forecast.changes import changes_page
from kezhi.sales.forecast.outcomes import analysis_page
from kezhi.sales.forecast.page import forecast_page
from kezhi.sales.forecast.stays import stays_page
from kezhi.sales.forecast.targets import (
    settable_people,
)


@require_safe
@signed_in
def forecast(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET /forecast/?from=2026-10&months=3&department=4&person=9&pipeline=project"""
    asked = read_asked(request.GET)
    page = forecast_page(asked, actor)
    return render(request, "sales/forecast/forecast.html", frame_of(asked, actor, "forecast") | {"page": page})


@require_safe
@signed_in
def analysis(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET /forecast/analysis/: win rate, time to close, reasons, stages."""
    asked = read_asked(request.GET)
    page = analysis_page(asked, actor)
    return render(request, "sales/forecast/analysis.html", frame_of(asked, actor, "analysis") | {"page": page})


@require_safe
@signed_in
def stage(request: HttpRequest, actor: Actor, stage: str) -> HttpResponse:
    """GET /forecast/stages/project.quote/?passed=left: the stays behind a number of the analysis."""
    asked = read_asked(request.GET)
    if stage not in stages().items:
        raise Http404
    page = stays_page(asked, actor, stage, request.GET.get("passed", ""), request.GET.get("page", ""))
    return render(request, "sales/forecast/stage.html", frame_of(asked, actor, "analysis") | {"page": page})


@require_safe
@signed_in
def changes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET /forecast/changes/?days=7: what changed since."""
    asked = read_asked(request.GET)
    days = request.GET.get("days", "")
    wanted = int(days) if days.isdecimal() and len(days) < 4 and 0 < int(days) <= 92 else None
    page = changes_page(asked, actor, wanted)
    return render(request, "sales/forecast/changes.html", frame_of(asked, actor, "changes") | {"page": page})


def frame_of(asked: Asked, actor: Actor, tab: str) -> dict[str, object]:
    """What stands around every page of the forecast: tabs, span, part of the company, pipeline."""
    subject = "lead" if tab == "sources" else "opportunity"
    seen = actor.owners(subject, "view")
    visible = organisation().active_ids if seen is None else seen & organisation().active_ids
    reach = seen is None or len(visible) > 1
    homes = organisation().user_departments
    return {
        "asked": asked,
        "tab": tab,
        "tabs": [
            (key, label, f"/forecast/{path}?{_query(asked, key, tab)}", key == tab)
            for key, label, path, allowed in (
                ("forecast", _("预测"), "", actor.allows("opportunity", "view")),
                ("changes", _("变化"), "changes/", actor.allows("opportunity", "view")),
                ("analysis", _("分析"), "analysis/", actor.allows("opportunity", "view")),
                ("sources", _("来源对比"), "sources/", actor.allows("lead", "view")),
                ("targets", _("目标"), "targets/", bool(settable_people(actor))),
            )
            if allowed
        ],
        "earlier": asked.moved(-asked.months).query(),
        "later": asked.moved(asked.months).query(),
        "spans": [(number, asked.months == number) for number in sorted({1, 3, 6, 12, asked.months})],
        "span_first": f"{asked.first:%Y-%m}",
        "span_last": f"{plus_months(asked.end, -1):%Y-%m}",
        "pipelines": [(item.key, item.label) for item in pipelines().items.values() if item.is_active],
        "departments": [
            (int(key), name)
            for key, name in department_choices()
            if organisation().members_below(frozenset({int(key)})) & visible
        ]
        if reach
        else [],
        "people": sorted(
            ((person, person_name(person)) for person in visible if person in homes or seen is not None),
            key=lambda row: row[1],
        )
        if reach
        else [],
    }


def _query(asked: Asked, key: str, tab: str) -> str:
    """What a tab's address says: the span goes along, unless nobody chose it and the other tab has another one."""
    usual = read_asked({}, looks_back=tab == "sources")
    if (key == "sources") != (tab == "sources") and (asked.first, asked.months) == (usual.first, usual.months):
        return asked.query(**{"from": None, "months": None})
    return asked.query()
