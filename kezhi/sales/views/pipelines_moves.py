"""Moving an opportunity to a stage, with what the stage still needs beside it."""

import secrets
from datetime import UTC, datetime

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import company_zone
from kezhi.records.forms import edit_form, read_form_key, read_values, read_version
from kezhi.records.operations import Conflict, InvalidRecord
from kezhi.records.presenting import present
from kezhi.records.registry import record_type
from kezhi.records.views.answers import signed_in
from kezhi.records.views.form import undo_url
from kezhi.records.views.record import visible_record
from kezhi.sales.approvals_stages import ChainChanged, ask_to_enter, move_chain
from kezhi.sales.entry_conditions import missing_to_enter, stage_label
from kezhi.sales.models import Opportunity
from kezhi.sales.operations.stages import StageBlocked, enter_stage
from kezhi.sales.stage_agreements import waiting_move
from kezhi.sales.stage_moves import asked_fields, fixes
from kezhi.sales.stages import StageFacts, find_stage
from kezhi.ui.toasts import toast
from kezhi.work.approvals import Chain
from kezhi.work.models import Approval
from kezhi.work.operations.tasks import About, plan_task
from kezhi.work.views.approval_asking import planned_context


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
    keys = asked_fields(stage, missing_to_enter(opportunity, stage, actor), opportunity, actor)
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
        if all(each.is_agreement for each in blocked.missing):
            return _ask(request, actor, opportunity, stage, values)
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


def _ask(
    request: HttpRequest, actor: Actor, opportunity: Opportunity, stage: StageFacts, values: dict[str, object]
) -> HttpResponse:
    """Everything else is there: somebody has to agree, and is asked if the form showed whom."""
    problems: dict[str, object] = {}
    try:
        with transaction.atomic():
            approval = ask_to_enter(
                opportunity,
                stage,
                actor=actor,
                values=values,
                reason=request.POST.get("reason", "").strip(),
                version=read_version(request.POST),
                form_key=read_form_key(request.POST),
                chain=request.POST.get("chain", ""),
            )
    except ChainChanged as changed:
        problems = {"stage": gettext("移到这个阶段要先审批，请看过由谁审批再提交。")}
        return _show(request, actor, opportunity, stage, values, problems, status=409, chain=changed.chain)
    except InvalidRecord as refused:
        problems = dict(refused.problems)
        return _show(request, actor, opportunity, stage, values, problems, status=422)
    except Conflict:
        problems = {"stage": gettext("这条记录刚刚被改过，请看过现在的样子再提交。")}
        fresh: Opportunity = visible_record(record_type("opportunity"), opportunity.pk, actor)
        return _show(request, actor, fresh, stage, values, problems, status=409)
    words = gettext("已提交审批，同意后进入“%(stage)s”") % {"stage": stage_label(stage.key)}
    toast(request, words if approval.state == "waiting" else gettext("这件事已经办好"))
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
    chain: Chain | None = None,
) -> HttpResponse:
    known = record_type("opportunity")
    missing = missing_to_enter(opportunity, stage, actor)
    if chain is None and any(each.is_agreement for each in missing):
        chain = move_chain(opportunity, stage, actor)
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
    waiting = waiting_move(opportunity, stage) if chain is not None else None
    context = {
        "presented": present(opportunity, actor),
        "record_type": known,
        "stage": stage,
        "stage_label": stage_label(stage.key),
        "fixes": fixes(missing, keys, opportunity, actor),
        "form": form,
        "problem": "" if not problems else str(problems.get("stage") or next(iter(problems.values()))),
        "back": _back(request),
        "waiting": waiting,
        "is_mine": waiting is not None and Approval.objects.visible_to(actor).filter(pk=waiting.pk).exists(),
        "asks": chain is not None,
        "form_key": read_form_key(request.POST) or secrets.token_urlsafe(16),
        "version": request.POST.get("version") or opportunity.version,
    }
    if chain is not None:
        context |= planned_context(chain)
    if status == 409:
        context["version"] = opportunity.version
    return render(request, "sales/pipelines/move.html", context, status=status)


def _back(request: HttpRequest) -> str:
    back = request.POST.get("back") or request.GET.get("back", "")
    allowed = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return back if allowed else ""
