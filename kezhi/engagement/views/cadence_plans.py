"""Settings → Cadence: the plans in their order, each to edit (FUP-1)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.core.conditions import ConditionProblem, parse, plain_text, sentence
from kezhi.engagement.models import CadencePlan
from kezhi.engagement.operations.cadence import move_plan, save_plan
from kezhi.engagement.pages_cadence import every_words
from kezhi.records.listing.schema import list_schema
from kezhi.records.lists import list_choices
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import TypeCatalogue, record_type
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast

_KEYS = ("name_zh", "name_en", "stage", "condition", "every", "unit", "method", "focus_zh", "focus_en")


@require_GET
@signed_in
def listing(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /settings/cadence/"""
    require_area(actor, "settings", "figures")
    catalogue = TypeCatalogue(record_type("customer"), actor)
    rows = []
    for plan in CadencePlan.objects.all():
        try:
            words, broken = plain_text(sentence(parse(plan.condition, catalogue), catalogue)), ""
        except ConditionProblem as problem:
            words, broken = "", str(problem.message)
        method = list_choices("follow_up_method").label(plan.method) if plan.method else ""
        rows.append({"plan": plan, "words": words, "broken": broken, "every": every_words(plan), "method": method})
    return render(request, "engagement/cadence_plans.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@signed_in
def new(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET/POST /settings/cadence/new/"""
    return _form(request, actor, None)


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: HttpRequest, actor: Actor, plan_id: int) -> HttpResponseBase:
    """GET/POST /settings/cadence/3/"""
    return _form(request, actor, CadencePlan.objects.get(pk=plan_id))


@require_POST
@signed_in
def move(request: HttpRequest, actor: Actor, plan_id: int) -> HttpResponseBase:
    """POST /settings/cadence/3/move/: ``to=up`` or ``to=down``."""
    move_plan(CadencePlan.objects.get(pk=plan_id), request.POST.get("to") == "up", actor=actor)
    return redirect("engagement:cadence_plans")


def _form(request: HttpRequest, actor: Actor, plan: CadencePlan | None) -> HttpResponse:
    require_area(actor, "settings", "figures")
    shown: dict[str, Any] = {key: getattr(plan or CadencePlan(), key) for key in (*_KEYS, "is_on")}
    problems: dict[str, str] = {}
    if request.method == "POST":
        shown = {key: request.POST.get(key, "") for key in _KEYS} | {"is_on": request.POST.get("is_on") == "on"}
        try:
            save_plan(plan, shown, actor=actor)
        except InvalidRecord as error:
            problems = {key: str(text) for key, text in error.problems.items()}
            shown["condition"] = plan.condition if plan is not None else {}
        else:
            toast(request, _("联系计划已保存，客户的下次联系日会在几分钟内更新"))
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": "/settings/cadence/"})
            return redirect("engagement:cadence_plans")
    methods = [(each.value, each.label) for each in list_choices("follow_up_method").options() if each.is_active]
    context = {
        "plan": plan,
        "values": shown,
        "problems": problems,
        "stages": CadencePlan.Stage.choices,
        "units": CadencePlan.Unit.choices,
        "methods": methods,
        "schema": list_schema(record_type("customer"), actor),
        "action": request.path,
    }
    return render(request, "engagement/cadence_plan.html", context, status=422 if problems else 200)
