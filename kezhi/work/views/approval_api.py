"""Approvals over the API: lists, one of them, deciding."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import organisation
from kezhi.core.events import Json
from kezhi.records.api.bodies import answer_once, json_object
from kezhi.records.api.problems import ApiProblem, api
from kezhi.work.approval_pages import SIZE, TABS, in_tab, waiting_step
from kezhi.work.approval_policy import within_limits
from kezhi.work.approval_titles import for_reader
from kezhi.work.models.approvals import Approval, ApprovalState
from kezhi.work.operations.approvals import ApprovalChanged, ApprovalProblem, decide


@csrf_exempt
@api
def collection(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET /api/v1/approvals/?tab=waiting&state=&before=: newest first, 50 at a time."""
    _only(request, "GET")
    _within(actor, "view")
    tab, state, before = (request.GET.get(name, "") for name in ("tab", "state", "before"))
    if tab not in ("", *TABS):
        raise ApiProblem(400, "bad_tab", _("没有这个列表"))
    if state not in ("", *ApprovalState.values):
        raise ApiProblem(400, "bad_state", _("没有这个状态"))
    rows = in_tab(tab or "all", actor)
    if state:
        rows = rows.filter(state=state)
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: SIZE + 1])
    for_reader(found, actor)
    body: dict[str, Json] = {
        "items": [_short(approval) for approval in found[:SIZE]],
        "next_before": found[SIZE - 1].pk if len(found) > SIZE else None,
    }
    return JsonResponse(body)


@csrf_exempt
@api
def member(request: HttpRequest, actor: Actor, approval_id: int) -> HttpResponse:
    """GET /api/v1/approvals/7/: with its chain."""
    _only(request, "GET")
    _within(actor, "view")
    return JsonResponse(_long(_visible(approval_id, actor), actor))


@csrf_exempt
@api
def decision(request: HttpRequest, actor: Actor, approval_id: int) -> HttpResponse:
    """POST /api/v1/approvals/7/decision/ {"verdict": "approve", "reason": "", "seen": ""}."""
    _only(request, "POST")
    _within(actor, "edit")
    approval = _visible(approval_id, actor)
    values = json_object(request)
    verdict = values.get("verdict")
    if verdict not in ("approve", "refuse"):
        raise ApiProblem(422, "invalid", _("verdict 要写 approve 或 refuse"), {"verdict": _("必填")})

    def make() -> HttpResponse:
        step = waiting_step(approval, actor)
        if step is None:
            raise ApiProblem(409, "approval_not_waiting", _("这份审批现在不用您处理。"))
        try:
            decide(
                step,
                "approve" if verdict == "approve" else "refuse",
                actor=actor,
                reason=str(values.get("reason") or ""),
                seen=str(values.get("seen") or ""),
            )
        except ApprovalChanged as changed:
            raise ApiProblem(409, "approval_changed", changed.message, {"seen": changed.seen}) from None
        except ApprovalProblem as refused:
            status = 422 if refused.code == "approval.reason" else 409
            raise ApiProblem(status, refused.code.replace(".", "_"), refused.message) from None
        return JsonResponse(_long(_visible(approval_id, actor), actor))

    return answer_once(request, actor, make)


def _within(actor: Actor, action: str) -> None:
    """Everybody takes part by being asked, and no role grants more; only a token's limits narrow that."""
    if not within_limits(actor, action):
        raise NotAllowed(subject="approval", action=action)


def _only(request: HttpRequest, method: str) -> None:
    if request.method != method:
        raise ApiProblem(405, "method_not_allowed", _("这里不能这样请求"))


def _visible(approval_id: int, actor: Actor) -> Approval:
    found: Approval = Approval.objects.visible_to(actor).get(pk=approval_id)
    for_reader([found], actor)
    return found


def _short(approval: Approval) -> dict[str, Json]:
    return {
        "id": approval.pk,
        "act": approval.act,
        "title": approval.title,
        "state": approval.state,
        "amount": None if approval.amount is None else str(approval.amount),
        "requester": _person(approval.requester_id),
        "about": {"type": approval.about_type, "id": approval.about_id} if approval.about_type else None,
        "created_at": approval.created_at.isoformat(),
        "decided_at": _time(approval.decided_at),
    }


def _long(approval: Approval, actor: Actor) -> dict[str, Json]:
    step = waiting_step(approval, actor)
    steps: dict[int, list[Json]] = {}
    for each in approval.steps.order_by("order", "pk"):
        steps.setdefault(each.stage_id, []).append(
            {
                "id": each.pk,
                "user": _person(each.user_id),
                "state": each.state,
                "decided_by": None if each.decided_by_id is None else _person(each.decided_by_id),
                "decided_at": _time(each.decided_at),
                "reason": each.reason,
                "due_at": _time(each.due_at),
            }
        )
    stages: list[Json] = [
        {"mode": stage.mode, "state": stage.state, "steps": steps.get(stage.pk, [])}
        for stage in approval.stages.order_by("position", "pk")
    ]
    return {
        **_short(approval),
        "text": approval.text,
        "problem": approval.problem,
        "stages": stages,
        "waits_for_me": step is not None,
    }


def _person(user_id: int) -> dict[str, Json]:
    return {"id": user_id, "name": organisation().user_names.get(user_id, "")}


def _time(moment: datetime | None) -> Json:
    return moment.isoformat() if moment is not None else None
