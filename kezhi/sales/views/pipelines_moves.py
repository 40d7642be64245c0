"""Moving an opportunity to a stage, with what the stage still needs beside it."""

from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import company_zone
from kezhi.records.forms import edit_form, read_values, read_version
from kezhi.records.operations import Conflict, InvalidRecord
from kezhi.records.presenting import present
from kezhi.records.registry import record_type
from kezhi.records.views.answers import signed_in
from kezhi.records.views.form import undo_url
from kezhi.records.views.record import visible_record
from kezhi.sales.entry_conditions import missing_for, stage_label
from kezhi.sales.models import Opportunity
from kezhi.sales.operations.stages import StageBlocked, enter_stage
from kezhi.sales.stage_moves import asked_fields, fixes
from kezhi.sales.stages import StageFacts, find_stage
from kezhi.ui.toasts import toast
from kezhi.work.operations.tasks import About, plan_task


@require_http_methods(["GET", "POST"])
@signed_in
def move(request: HttpRequest, actor: Actor, opportunity_id: int) -> HttpResponse:
    """GET /opportunities/12/stage/?to=project.quote what is missing; POST stores that and moves it."""
    known = record_type("opportunity")
    opportunity: Opportunity = visible_record(known, opportunity_id, actor)
    require(actor, "edit", opportunity)
    given = request.POST if request.method == "POST" else request.GET
    stage = find_stage(given.get("to", ""))
    if stage is None or not stage.is_active or stage.pipeline != opportunity.pipeline_id:
        raise Http404
    if request.method != "POST":
        return _show(request, actor, opportunity, stage)
    keys = asked_fields(stage, missing_for(opportunity, stage), opportunity, actor)
    values = {key: value for key, value in read_values(known, request.POST).items() if key in keys}
    try:
        moved = enter_stage(
            opportunity,
            stage.key,
            actor=actor,
            values=values,
            reason=request.POST.get("reason", "").strip(),
            version=read_version(request.POST),
        )
    except StageBlocked as blocked:
        return _show(request, actor, opportunity, stage, values, dict(blocked.problems), status=422)
    except InvalidRecord as refused:
        return _show(request, actor, opportunity, stage, values, dict(refused.problems), status=422)
    except Conflict as clash:
        said = gettext("%(name)s 刚刚改过这条记录，请看过现在的样子再移动") % {"name": clash.clashes[0].by}
        fresh: Opportunity = visible_record(known, opportunity_id, actor)
        return _show(request, actor, fresh, stage, values, {"stage": said}, status=409)
    if moved.version != opportunity.version:
        said = gettext("已进入“%(stage)s”") % {"stage": stage_label(stage.key)}
        toast(request, said, undo_url=undo_url(actor))
    return redirect(_back(request) or f"/opportunities/{opportunity.pk}/")


@require_http_methods(["GET", "POST"])
@signed_in
def plan_step(request: HttpRequest, actor: Actor, opportunity_id: int) -> HttpResponse:
    """GET, POST /opportunities/12/step/: what is to be done next, as a task for its owner."""
    known = record_type("opportunity")
    opportunity: Opportunity = visible_record(known, opportunity_id, actor)
    require(actor, "edit", opportunity)
    presented = present(opportunity, actor)
    title, due = request.POST.get("title", "").strip(), request.POST.get("due", "").strip()
    problems: dict[str, str] = {}
    if request.method == "POST":
        moment = _moment(due)
        owner_id = opportunity.owner_id or actor.user_id
        if not title:
            problems["title"] = gettext("请写明下一步做什么")
        if moment is None:
            problems["due"] = gettext("请选择时间")
        if not problems and owner_id is not None:
            about = About(known.key, opportunity.pk, presented.title)
            plan_task(title, owner_id=owner_id, due_at=moment, actor=actor, about=about)
            toast(request, gettext("已安排下一步“%(title)s”") % {"title": title[:60]})
            return redirect(f"/opportunities/{opportunity.pk}/")
    context = {"presented": presented, "record_type": known, "title": title, "due": due, "problems": problems}
    return render(request, "sales/pipelines/step.html", context, status=422 if problems else 200)


def _moment(text: str) -> datetime | None:
    """What a date and time control sends, in the company's zone."""
    try:
        return datetime.fromisoformat(text[:16]).replace(tzinfo=company_zone()).astimezone(UTC)
    except ValueError:
        return None


def _show(
    request: HttpRequest,
    actor: Actor,
    opportunity: Opportunity,
    stage: StageFacts,
    values: dict[str, object] | None = None,
    problems: dict[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    known = record_type("opportunity")
    missing = missing_for(opportunity, stage)
    keys = asked_fields(stage, missing, opportunity, actor)
    problems = problems or {}
    form = edit_form(
        known,
        opportunity,
        actor,
        values,
        {key: str(text) for key, text in problems.items() if key in keys},
        keys=keys,
        prefix="move",
    )
    required = {each.field for each in missing}
    for control in form.controls:
        control.required = control.required or control.key in required
    context = {
        "presented": present(opportunity, actor),
        "record_type": known,
        "stage": stage,
        "stage_label": stage_label(stage.key),
        "fixes": fixes(missing, keys, opportunity, actor),
        "form": form,
        "problem": "" if not problems else str(problems.get("stage") or next(iter(problems.values()))),
        "back": _back(request),
        "version": request.POST.get("version") or opportunity.version,
    }
    if status == 409:
        context["version"] = opportunity.version
    return render(request, "sales/pipelines/move.html", context, status=status)


def _back(request: HttpRequest) -> str:
    back = request.POST.get("back") or request.GET.get("back", "")
    allowed = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return back if allowed else ""
