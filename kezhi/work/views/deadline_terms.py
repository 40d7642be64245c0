"""Settings → Deadlines: what holds for each kind of promise, read like a sentence, for the company or a department."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kezhi.access.actors import Actor
from kezhi.access.models import Department
from kezhi.access.policies import require_area
from kezhi.access.tree import in_tree_order
from kezhi.core.figures import company_and_department_values, figure, figure_value, text_figure
from kezhi.records.operations import InvalidRecord
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast
from kezhi.work.deadlines_kinds import ESCALATION_MINUTES, WARN_PERCENTS, DeadlineKind, deadline_kind, deadline_kinds
from kezhi.work.operations.deadline_terms import figure_names, reset_terms, set_terms

_UNITS = {"minute": 1, "hour": 60, "day": 1440}


@dataclass(frozen=True, slots=True)
class TermsForm:
    """The terms of one kind as the page shows them: stored, or as typed when something was wrong."""

    kind: DeadlineKind
    is_on: bool
    number: str
    unit: str
    business_time: bool
    percents: str
    steps: str
    is_changed: bool
    problems: Mapping[str, str | Promise]

    @property
    def has_length(self) -> bool:
        """Whether its length is set here."""
        return self.kind.minutes is not None


@require_GET
@signed_in
def terms(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /settings/deadlines/?department=3"""
    require_area(actor, "settings", "figures")
    return _page(request, _department_id(request.GET.get("department", "")))


@require_POST
@signed_in
def change(request: HttpRequest, actor: Actor, key: str) -> HttpResponseBase:
    """POST /settings/deadlines/first_contact/: other terms, or those that were shipped."""
    kind = deadline_kind(key)
    if kind is None:
        raise Http404
    department_id = _department_id(request.POST.get("department", ""))
    if request.POST.get("act") == "reset":
        reset_terms(kind, actor=actor, department_id=department_id)
    else:
        try:
            set_terms(kind, _typed(request, kind), actor=actor, department_id=department_id)
        except InvalidRecord as error:
            return _page(request, department_id, wrong=(kind, error.problems))
    toast(request, _("“%(kind)s”的时限已保存") % {"kind": kind.label})
    query = f"?department={department_id}" if department_id else ""
    return redirect(f"{reverse('work:deadline_terms')}{query}#deadline-{key}")


def _typed(request: HttpRequest, kind: DeadlineKind) -> dict[str, object]:
    values: dict[str, object] = {
        "on": request.POST.get("on") == "on",
        "warn_percents": request.POST.get("percents", ""),
        "escalation_minutes": request.POST.get("steps", ""),
    }
    if kind.minutes is not None:
        values["business_time"] = request.POST.get("business_time") == "on"
        number = request.POST.get("number", "").strip()
        try:
            values["minutes"] = Decimal(number) * _UNITS.get(request.POST.get("unit", ""), 1)
        except InvalidOperation:
            values["minutes"] = number
    return values


def _page(
    request: HttpRequest,
    department_id: int | None,
    wrong: tuple[DeadlineKind, Mapping[str, str | Promise]] | None = None,
) -> HttpResponse:
    forms = []
    for kind in deadline_kinds():
        if wrong is not None and wrong[0] == kind:
            forms.append(_typed_form(request, kind, wrong[1], department_id))
        else:
            forms.append(_stored_form(kind, department_id))
    context = {
        "forms": forms,
        "department_id": department_id,
        "branches": in_tree_order(Department.objects.all()),
        "percents": text_figure(WARN_PERCENTS, department_id),
        "steps": text_figure(ESCALATION_MINUTES, department_id),
        "warn_figure": WARN_PERCENTS,
        "steps_figure": ESCALATION_MINUTES,
    }
    return render(request, "work/deadline_terms.html", context, status=422 if wrong else 200)


def _stored_form(kind: DeadlineKind, department_id: int | None) -> TermsForm:
    def value(name: str) -> object:
        return figure_value(kind.figure(name), department_id)

    number, unit = "", "hour"
    if kind.minutes is not None:
        number, unit = _in_units(int(str(value("minutes"))))
    return TermsForm(
        kind=kind,
        is_on=bool(value("on")),
        number=number,
        unit=unit,
        business_time=kind.minutes is not None and bool(value("business_time")),
        percents=str(value("warn_percents")),
        steps=str(value("escalation_minutes")),
        is_changed=_is_changed(kind, department_id),
        problems={},
    )


def _typed_form(
    request: HttpRequest, kind: DeadlineKind, problems: Mapping[str, str | Promise], department_id: int | None
) -> TermsForm:
    return TermsForm(
        kind=kind,
        is_on=request.POST.get("on") == "on",
        number=request.POST.get("number", ""),
        unit=request.POST.get("unit", ""),
        business_time=request.POST.get("business_time") == "on",
        percents=request.POST.get("percents", ""),
        steps=request.POST.get("steps", ""),
        is_changed=_is_changed(kind, department_id),
        problems=problems,
    )


def _is_changed(kind: DeadlineKind, department_id: int | None) -> bool:
    """Whether something was set here that differs from what was shipped or, for a department, was set at all."""
    stored = company_and_department_values()
    keys = [kind.figure(name) for name in figure_names(kind)]
    if department_id is not None:
        return any((key, department_id) in stored for key in keys)
    return any((key, None) in stored and stored[key, None] != figure(key).default for key in keys)


def _in_units(minutes: int) -> tuple[str, str]:
    """Minutes in the unit people would say: hours if they come out even, else minutes."""
    if minutes % 60 == 0:
        return str(minutes // 60), "hour"
    return str(minutes), "minute"


def _department_id(raw: str) -> int | None:
    if not raw:
        return None
    if not raw.isdecimal() or not Department.objects.filter(pk=int(raw)).exists():
        raise Http404
    return int(raw)
