"""Targets: typed into a grid, pasted, or read from a spreadsheet (SAL-8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.access.policies import NotAllowed
from kezhi.access.tree import department_choices
from kezhi.core.values.money import parse_money
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.reading import ReadingProblem
from kezhi.records.views.answers import signed_in
from kezhi.sales.forecast.asked import Asked, countable, read_asked
from kezhi.sales.forecast.counting import read_targets
from kezhi.sales.forecast.target_files import TargetFile, read_target_file, write_targets
from kezhi.sales.forecast.targets import (
    NewTarget,
    TargetsMoved,
    Whose,
    set_targets,
    settable_departments,
    settable_people,
)
from kezhi.sales.views.forecast import frame_of
from kezhi.ui.toasts import toast


@dataclass
class Grid:
    """The targets on screen: whose, which months, what was typed or read so far, what is wrong with it."""

    asked: Asked
    actor: Actor
    people: frozenset[int]
    departments: frozenset[int]
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> list[tuple[Whose, str]]:
        """Departments in the order of the tree, then people by name."""
        wanted = self.asked.people
        departments = [
            (Whose("department", int(key)), name) for key, name in department_choices() if int(key) in self.departments
        ]
        people = sorted(
            ((Whose("user", pk), person_name(pk)) for pk in self.people if wanted is None or pk in wanted),
            key=lambda line: line[1],
        )
        return departments + people

    def rows(self) -> list[dict[str, object]]:
        """The lines with a cell for each month."""
        stored = read_targets(self.asked)
        rows: list[dict[str, object]] = []
        for whose, name in self.lines:
            amounts = stored.people if whose.kind == "user" else stored.departments
            cells = []
            total = Decimal(0)
            for number, month in enumerate(self.asked.edges[:-1]):
                amount = amounts.get((whose.id, number))
                total += amount or 0
                key = cell_name(whose, month)
                was = "" if amount is None else f"{amount.normalize():f}"
                value = self.typed.get(key, was)
                cells.append(
                    {
                        "name": key,
                        "value": value,
                        "was": was,
                        "problem": self.problems.get(key, ""),
                        "is_new": value != was,
                    }
                )
            rows.append({"kind": whose.kind, "label": name, "cells": cells, "total": total})
        return rows


def cell_name(whose: Whose, month: date) -> str:
    """The name of a target's control."""
    return f"{whose.kind}-{whose.id}-{month:%Y-%m}"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def targets(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET, POST /forecast/targets/: who is to win how much in which month."""
    grid = _grid(request, actor)
    if request.method != "POST":
        return _shown(request, grid)
    grid.typed = request.POST
    wanted = _read(request, grid)
    if grid.problems:
        return _shown(request, grid, status=422)
    try:
        count = set_targets(wanted, actor=actor)
    except TargetsMoved as error:
        grid.typed = {}
        notice = _("有 %(count)s 个目标刚被别人改过，这次没有保存。下面是现在的数，请再核对。") % {
            "count": len(error.moved)
        }
        return _shown(request, grid, notice=notice, status=422)
    toast(request, _("已保存 %(count)s 个目标") % {"count": count} if count else _("没有改动"))
    return redirect(f"{request.path}?{grid.asked.query()}")


@require_POST
@signed_in
def from_file(request: HttpRequest, actor: Actor) -> HttpResponse:
    """POST /forecast/targets/file/: fills the grid from a spreadsheet; nothing is stored before somebody saves it."""
    grid = _grid(request, actor)
    sent = request.FILES.get("file")
    if sent is None:
        return _shown(request, grid, notice=_("请选一个文件。"), status=422)
    departments = {int(key): _bare(name) for key, name in department_choices() if int(key) in grid.departments}
    people = {pk: person_name(pk) for pk in grid.people}
    try:
        read = read_target_file(
            sent.read(), sent.name or "", people=people, departments=departments, year=grid.asked.first.year
        )
    except ReadingProblem as problem:
        return _shown(request, grid, notice=str(problem.message), status=422)
    if read.months:
        first, last = read.months[0], read.months[-1]
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        grid.asked = replace(grid.asked, first=first, months=months, department=None, person=None)
    grid.typed = {cell_name(whose, month): f"{amount.normalize():f}" for (whose, month), amount in read.amounts.items()}
    return _shown(request, grid, read=read, status=422 if not read.amounts else 200)


@require_POST
@signed_in
def export(request: HttpRequest, actor: Actor) -> HttpResponse:
    """POST /forecast/targets/export/?…: the grid as a file that can be filled in and read again."""
    grid = _grid(request, actor)
    stored = read_targets(grid.asked)
    months = grid.asked.edges[:-1]
    lines = [
        (
            _bare(name),
            [
                (stored.people if whose.kind == "user" else stored.departments).get((whose.id, number))
                for number in range(len(months))
            ],
        )
        for whose, name in grid.lines
    ]
    content = write_targets(lines, months, actor=actor)
    headers = {
        "Content-Disposition": f'attachment; filename="targets-{months[0]:%Y-%m}.csv"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _grid(request: HttpRequest, actor: Actor) -> Grid:
    asked = read_asked(request.GET)
    countable(asked, actor)
    people, departments = settable_people(actor), settable_departments(actor)
    if not people:
        raise NotAllowed(_("设定销售目标要有分配商机的权限"), subject="opportunity", action="assign")
    return Grid(asked, actor, people, departments)


def _shown(
    request: HttpRequest, grid: Grid, *, notice: str = "", read: TargetFile | None = None, status: int = 200
) -> HttpResponse:
    count = len(read.amounts) if read else 0
    words = ngettext(
        "读到 %(count)s 个目标，还没有保存，请核对后保存。",
        "读到 %(count)s 个目标，还没有保存，请核对后保存。",
        count,
    ) % {"count": count}
    context = frame_of(grid.asked, grid.actor, "targets") | {
        "rows": grid.rows(),
        "problems": grid.problems,
        "notice": notice,
        "read": read,
        "read_words": words if count else _("文件里没有读到目标。"),
        "query": grid.asked.query(),
        "months": [f"{day:%Y-%m}" for day in grid.asked.edges[:-1]],
    }
    return render(request, "sales/forecast/targets.html", context, status=status)


def _read(request: HttpRequest, grid: Grid) -> list[NewTarget]:
    """What was typed, with a sentence for each cell that is no amount."""
    found: list[NewTarget] = []
    for whose in (*(Whose("user", pk) for pk in grid.people), *(Whose("department", pk) for pk in grid.departments)):
        for day in grid.asked.edges[:-1]:
            name = cell_name(whose, day)
            if name not in request.POST:
                continue
            try:
                wanted = _amount(request.POST[name])
                was = _amount(request.POST.get(f"was-{name}", ""))
            except ValueProblem as problem:
                grid.problems[name] = str(problem.message)
                continue
            found.append(NewTarget(whose, day, was, wanted))
    return found


def _amount(text: str) -> Decimal | None:
    if not text.strip():
        return None
    amount = parse_money(text)
    if amount < 0:
        raise ValueProblem("target.negative", _("目标不能是负数"))
    return amount


def _bare(name: str) -> str:
    """A department's name without the marks that show its place."""
    return name.strip("\u3000\u00a0 ·—-")
