"""Settings → Pool: its figures on one page, and who would lose which customers if they were others (CUS-15)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.models import Department
from kezhi.access.policies import require_area
from kezhi.access.tree import department_choices
from kezhi.core.figures import Figure, FigureKind, figure_value
from kezhi.customers.operations.pool_terms import pool_figures, read_terms, set_pool_terms
from kezhi.customers.pool_trial import PoolTrial, try_terms
from kezhi.records.operations import InvalidRecord
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast


@dataclass(frozen=True, slots=True)
class TermLine:
    """One figure with what is stored or was typed."""

    figure: Figure
    value: str
    is_on: bool
    problem: str | Promise

    @property
    def name(self) -> str:
        """The name of its input."""
        return self.figure.key.removeprefix("pool.")

    @property
    def is_yes_no(self) -> bool:
        """Whether it is ticked rather than written."""
        return self.figure.kind is FigureKind.BOOLEAN


@require_http_methods(["GET", "POST"])
@signed_in
def terms(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET/POST /settings/pool/: ``act=try`` shows what would happen, anything else saves."""
    require_area(actor, "settings", "figures")
    given = request.POST if request.method == "POST" else request.GET
    department_id = _department_id(given.get("department", ""))
    if request.method == "GET":
        return _page(request, department_id)
    typed = _typed(request, department_id)
    try:
        if request.POST.get("act") == "try":
            trial = try_terms(read_terms(typed, department_id), department_id, actor=actor)
            return _page(request, department_id, typed=typed, trial=trial)
        set_pool_terms(typed, actor=actor, department_id=department_id)
    except InvalidRecord as error:
        return _page(request, department_id, typed=typed, problems=error.problems)
    toast(request, _("公海的参数已保存"))
    query = f"?department={department_id}" if department_id else ""
    return redirect(f"{reverse('customers:pool_terms')}{query}")


def _typed(request: HttpRequest, department_id: int | None) -> dict[str, object]:
    values: dict[str, object] = {}
    for each in pool_figures(of_department=department_id is not None):
        name = each.key.removeprefix("pool.")
        if each.kind is FigureKind.BOOLEAN:
            values[each.key] = request.POST.get(name) == "on"
        elif name in request.POST:
            values[each.key] = request.POST[name]
    return values


def _page(
    request: HttpRequest,
    department_id: int | None,
    *,
    typed: Mapping[str, object] | None = None,
    trial: PoolTrial | None = None,
    problems: Mapping[str, str | Promise] | None = None,
) -> HttpResponse:
    lines = []
    for each in pool_figures(of_department=department_id is not None):
        value = (typed or {}).get(each.key, figure_value(each.key, department_id))
        lines.append(TermLine(each, str(value), value is True, (problems or {}).get(each.key, "")))
    context = {
        "lines": lines,
        "department_id": str(department_id or ""),
        "departments": department_choices(),
        "trial": trial,
    }
    return render(request, "customers/pool_terms.html", context, status=422 if problems else 200)


def _department_id(raw: str) -> int | None:
    if not raw:
        return None
    if not raw.isdecimal() or len(raw) > 18 or not Department.objects.filter(pk=int(raw)).exists():
        raise Http404
    return int(raw)
