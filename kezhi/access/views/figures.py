"""Every adjustable number, read like a sentence with the value to change inside."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kezhi.access.figure_areas import Text, figure_areas
from kezhi.access.models import Department
from kezhi.access.policies import require_area
from kezhi.access.tree import Branch, in_tree_order
from kezhi.access.views.asking import actor_of
from kezhi.core.figures import (
    Figure,
    FigureKind,
    Scalar,
    company_and_department_values,
    figure_value,
    forget_figure,
    set_figure,
)
from kezhi.core.figures import figure as declared_figure
from kezhi.core.figures import figures as declared_figures
from kezhi.core.values.problem import ValueProblem
from kezhi.ui.toasts import toast


@dataclass(frozen=True, slots=True)
class Line:
    """A figure as the page shows it."""

    figure: Figure
    value: str
    shown: str
    default: str
    is_changed: bool
    departments: int
    problem: str = ""

    @property
    def kind(self) -> str:
        return self.figure.kind.value

    @property
    def size(self) -> int:
        """How many characters the input should be wide."""
        return min(24, max(3, len(self.value) + 1))


@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """All figures by area; ``changed=1`` shows only those that differ from what was shipped."""
    require_area(actor_of(request), "settings", "figures")
    return render(request, "access/figures.html", _page(request))


@require_http_methods(["GET", "POST"])
def figure(request: HttpRequest, key: str) -> HttpResponse:
    """One figure: changed for the company or a department, or put back; GET shows its departments."""
    actor = actor_of(request)
    require_area(actor, "settings", "figures")
    try:
        known = declared_figure(key)
    except KeyError:
        raise Http404 from None
    if request.method == "GET":
        return render(request, "access/figure.html", _departments_context(known))
    department_id = _department_id(request)
    back = _back(request, key)
    try:
        if request.POST.get("act") == "reset":
            forget_figure(key, actor_ref=actor.ref, department_id=department_id)
            toast(request, _("已恢复。"))
        else:
            raw: object = request.POST.get("value", "")
            if known.kind is FigureKind.BOOLEAN:
                raw = raw in ("on", "true", "1")
            cleaned = set_figure(key, raw, actor_ref=actor.ref, department_id=department_id)
            words = _("“%(label)s”已改为 %(value)s，立即生效。")
            toast(request, words % {"label": known.label, "value": _words(known, cleaned)})
    except ValueProblem as problem:
        wrong = {"problem_at": (key, department_id), "problem": str(problem.message)}
        typed = request.POST.get("value", "")
        if request.POST.get("on") == "figure":
            context = _departments_context(known, wrong=(department_id, str(problem.message), typed))
            return render(request, "access/figure.html", context, status=422)
        context = _page(request, wrong=(key, str(wrong["problem"]), typed))
        return render(request, "access/figures.html", context, status=422)
    return redirect(back)


def _back(request: HttpRequest, key: str) -> str:
    if request.POST.get("on") == "figure":
        return reverse("access:figure", args=[key])
    changed = "?changed=1" if request.POST.get("changed") else ""
    return f"{reverse('access:figures')}{changed}#figure-{key}"


def _department_id(request: HttpRequest) -> int | None:
    raw = request.POST.get("department", "")
    if not raw:
        return None
    if not raw.isdecimal() or not Department.objects.filter(pk=int(raw)).exists():
        raise Http404
    return int(raw)


def _page(request: HttpRequest, wrong: tuple[str, str, str] | None = None) -> dict[str, object]:
    only_changed = bool(request.GET.get("changed") or request.POST.get("changed"))
    values = company_and_department_values()
    by_area: dict[str, list[Line]] = {}
    changed = 0
    for known in declared_figures():
        line = _line(known, values, wrong)
        touched = line.is_changed or line.departments > 0
        changed += touched
        if not only_changed or touched or line.problem:
            by_area.setdefault(known.area, []).append(line)
    areas: list[tuple[str, Text, list[Line]]] = [(area, label, by_area[area]) for area, label in figure_areas(by_area)]
    return {"areas": areas, "only_changed": only_changed, "changed": changed, "all": len(declared_figures())}


def _line(known: Figure, values: dict[tuple[str, int | None], Scalar], wrong: tuple[str, str, str] | None) -> Line:
    present = values.get((known.key, None), known.default)
    problem = wrong[1] if wrong is not None and wrong[0] == known.key else ""
    return Line(
        known,
        wrong[2] if problem and wrong is not None else _input(present),
        _words(known, present),
        _words(known, known.default),
        present != known.default,
        sum(1 for key, department in values if key == known.key and department is not None),
        problem,
    )


def _departments_context(known: Figure, wrong: tuple[int | None, str, str] | None = None) -> dict[str, object]:
    values = company_and_department_values()
    rows = []
    branches: list[Branch | None] = [None]
    if known.per_department:
        branches += in_tree_order(Department.objects.all())
    for branch in branches:
        department_id = branch.department.pk if branch else None
        own = values.get((known.key, department_id))
        problem = wrong[1] if wrong is not None and wrong[0] == department_id else ""
        in_force = figure_value(known.key, department_id)
        rows.append(
            {
                "branch": branch,
                "own": own is not None,
                "value": wrong[2] if problem and wrong is not None else _input(in_force),
                "problem": problem,
            }
        )
    return {"figure": known, "kind": known.kind.value, "rows": rows, "default": _words(known, known.default)}


def _input(value: Scalar) -> str:
    """A value as an input holds it."""
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def _words(known: Figure, value: Scalar) -> str:
    """A value with its unit, as people read it."""
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if known.kind is FigureKind.RATE and isinstance(value, Decimal):
        return f"{(value * 100).normalize():f} %"
    if known.kind is FigureKind.CHOICE:
        return known.choice_label(value)
    return f"{_input(value)} {known.unit}".strip()
