"""Forecast, analysis, changes and targets (SAL-8)."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import organisation
from kezhi.access.tree import department_choices
from kezhi.core.values.money import parse_money
from kezhi.core.values.problem import ValueProblem
from kezhi.records.views.answers import signed_in
from kezhi.sales.choices import pipelines
from kezhi.sales.forecast.asked import Asked, countable, plus_months, read_asked
from kezhi.sales.forecast.changes import changes_page
from kezhi.sales.forecast.counting import read_targets
from kezhi.sales.forecast.outcomes import analysis_page
from kezhi.sales.forecast.page import forecast_page
from kezhi.sales.forecast.targets import (
    NewTarget,
    TargetsMoved,
    Whose,
    set_targets,
    settable_departments,
    settable_people,
)
from kezhi.ui.toasts import toast


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
def changes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET /forecast/changes/?days=7: what changed since."""
    asked = read_asked(request.GET)
    days = request.GET.get("days", "")
    wanted = int(days) if days.isdecimal() and len(days) < 4 and 0 < int(days) <= 92 else None
    page = changes_page(asked, actor, wanted)
    return render(request, "sales/forecast/changes.html", frame_of(asked, actor, "changes") | {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def targets(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET, POST /forecast/targets/: who is to win how much in which month."""
    asked = read_asked(request.GET)
    countable(asked, actor)
    people, departments = settable_people(actor), settable_departments(actor)
    if not people:
        raise NotAllowed(_("设定销售目标要有分配商机的权限"), subject="opportunity", action="assign")
    problems: dict[str, str] = {}
    notice = ""
    if request.method == "POST":
        changes_asked = _read(request, asked, people, departments, problems)
        if not problems:
            try:
                count = set_targets(changes_asked, actor=actor)
            except TargetsMoved as error:
                notice = _("有 %(count)s 个目标刚被别人改过，这次没有保存。下面是现在的数，请再核对。") % {
                    "count": len(error.moved)
                }
            else:
                toast(request, _("已保存 %(count)s 个目标") % {"count": count} if count else _("没有改动"))
                return redirect(f"{request.path}?{asked.query()}")
    context = frame_of(asked, actor, "targets") | {
        "rows": _target_rows(asked, people, departments, request, problems, keep=not notice),
        "problems": problems,
        "notice": notice,
        "months": [f"{day:%Y-%m}" for day in asked.edges[:-1]],
    }
    return render(request, "sales/forecast/targets.html", context, status=422 if problems or notice else 200)


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
            (key, label, f"/forecast/{path}?{asked.query()}", key == tab)
            for key, label, path, allowed in (
                ("forecast", _("预测"), "", actor.allows("opportunity", "view")),
                ("changes", _("变化"), "changes/", actor.allows("opportunity", "view")),
                ("analysis", _("分析"), "analysis/", actor.allows("opportunity", "view")),
                ("sources", _("来源"), "sources/", actor.allows("lead", "view")),
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


def _target_rows(
    asked: Asked,
    people: frozenset[int],
    departments: frozenset[int],
    request: HttpRequest,
    problems: dict[str, str],
    *,
    keep: bool,
) -> list[dict[str, object]]:
    stored = read_targets(asked)
    lines: list[tuple[str, int, str]] = [
        ("department", int(key), name) for key, name in department_choices() if int(key) in departments
    ]
    wanted = asked.people
    lines += sorted(
        (("user", person, person_name(person)) for person in people if wanted is None or person in wanted),
        key=lambda line: line[2],
    )
    rows: list[dict[str, object]] = []
    for kind, key, name in lines:
        amounts = stored.people if kind == "user" else stored.departments
        cells = []
        total = Decimal(0)
        for month in range(asked.months):
            amount = amounts.get((key, month))
            total += amount or 0
            field = f"{kind}-{key}-{asked.edges[month]:%Y-%m}"
            was = "" if amount is None else f"{amount.normalize():f}"
            typed = request.POST.get(field, was) if keep and request.method == "POST" else was
            cells.append({"name": field, "value": typed, "was": was, "problem": problems.get(field, "")})
        rows.append({"kind": kind, "label": name, "cells": cells, "total": total})
    return rows


def _read(
    request: HttpRequest,
    asked: Asked,
    people: frozenset[int],
    departments: frozenset[int],
    problems: dict[str, str],
) -> list[NewTarget]:
    """What was typed, with a sentence for each cell that is no amount."""
    found: list[NewTarget] = []
    for kind, keys in (("user", people), ("department", departments)):
        for key in keys:
            for day in asked.edges[:-1]:
                name = f"{kind}-{key}-{day:%Y-%m}"
                if name not in request.POST:
                    continue
                try:
                    wanted = _amount(request.POST[name])
                    was = _amount(request.POST.get(f"was-{name}", ""))
                except ValueProblem as problem:
                    problems[name] = str(problem.message)
                    continue
                found.append(NewTarget(Whose(kind, key), day, was, wanted))
    return found


def _amount(text: str) -> Decimal | None:
    if not text.strip():
        return None
    amount = parse_money(text)
    if amount < 0:
        raise ValueProblem("target.negative", _("目标不能是负数"))
    return amount
