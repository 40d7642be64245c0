"""The pages of approvals: lists, one approval, deciding, and what else people do with it."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.records.views.answers import signed_in
from kezhi.ui.html import Tab
from kezhi.work.approval_pages import TABS, approval_page, colleagues, list_page, waiting_step
from kezhi.work.approval_records import differences
from kezhi.work.approval_titles import for_reader
from kezhi.work.models.approvals import Approval, ApprovalState, ApprovalStep
from kezhi.work.operations.approval_moves import add_approver, comment, copy_to, hand_on, remind
from kezhi.work.operations.approvals import ApprovalChanged, ApprovalProblem, decide, withdraw
from kezhi.work.views.approval_answers import answer, read_ids, visible_approval, way_back

Text = str | Promise

_OUTCOMES: Mapping[str, Callable[[], str]] = {
    ApprovalState.WAITING: lambda: _("已同意，转到下一位审批人"),
    ApprovalState.APPROVED: lambda: _("已同意，审批通过"),
    ApprovalState.REFUSED: lambda: _("已驳回"),
    ApprovalState.FAILED: lambda: _("已同意，但没能执行：%(problem)s"),
}


@require_GET
@signed_in
def index(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /approvals/?tab=waiting&state=&q=&before=: the lists."""
    tab = request.GET.get("tab", "waiting")
    tab = tab if tab in TABS else "waiting"
    before = request.GET.get("before", "")
    query = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    state = request.GET.get("state", "")
    page = list_page(
        tab,
        actor,
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
        state=state,
        query=query,
    )
    here = reverse("work:approvals")
    tabs = [
        Tab(label, f"{here}?tab={key}", page.counts.get(key) or None, current=key == tab) for key, label in TABS.items()
    ]
    context = {
        "page": page,
        "tabs": tabs,
        "query": query,
        "state": state,
        "states": [(each.value, each.label) for each in ApprovalState],
        "empty": _EMPTY[tab],
    }
    return render(request, "work/approvals/list.html", context)


@require_GET
@signed_in
def show(request: HttpRequest, actor: Actor, approval_id: int) -> HttpResponseBase:
    """GET /approvals/7/: what is asked, the record, the chain, what happened."""
    page = approval_page(visible_approval(approval_id, actor), actor)
    return render(request, "work/approvals/page.html", {"page": page, "approval": page.approval})


@require_http_methods(["GET", "POST"])
@signed_in
def decision(request: HttpRequest, actor: Actor, approval_id: int) -> HttpResponseBase:
    """/approvals/7/decision/: agree or refuse, on a sheet or a page of its own; a double click is one decision."""
    approval = visible_approval(approval_id, actor)
    if request.method == "GET":
        return _ask_decision(request, approval, actor)
    verdict = request.POST.get("verdict")
    if verdict not in ("approve", "refuse"):
        return _ask_decision(request, approval, actor, problem=_("请点“同意”或“驳回”。"), status=422)
    try:
        decided = decide(
            _posted_step(request, approval, actor),
            "refuse" if verdict == "refuse" else "approve",
            actor=actor.fresh(),
            reason=request.POST.get("reason", ""),
            seen=request.POST.get("seen", ""),
        )
    except ApprovalChanged as changed:
        return _ask_decision(request, approval, actor, seen=changed.seen, problem=changed.message, status=409)
    except ApprovalProblem as refused:
        if refused.code == "approval.reason":
            return _ask_decision(request, approval, actor, problem=refused.message, status=422)
        return answer(request, approval, refused.message, tone="warning")
    words = _OUTCOMES[decided.state]() % {"problem": decided.problem}
    return answer(request, approval, words, tone="warning" if decided.state == ApprovalState.FAILED else "done")


@require_http_methods(["GET", "POST"])
@signed_in
def move(request: HttpRequest, actor: Actor, approval_id: int, act: str) -> HttpResponseBase:
    """/approvals/7/handing-on/ and its like: GET asks who and why, POST does it."""
    approval = visible_approval(approval_id, actor)
    if request.method == "GET":
        return _ask_move(request, approval, actor, act)
    try:
        words = _MOVES[act](request, approval, actor.fresh())
    except ApprovalProblem as refused:
        if refused.code in ("approval.over", "approval.not_yours", "approval.not_now", "approval.decided"):
            return answer(request, approval, refused.message, tone="warning")
        return _ask_move(request, approval, actor, act, problem=refused.message, status=422)
    return answer(request, approval, words)


@require_POST
@signed_in
def withdrawal(request: HttpRequest, actor: Actor, approval_id: int) -> HttpResponseBase:
    """POST /approvals/7/withdrawal/: the requester takes it back."""
    approval = visible_approval(approval_id, actor)
    try:
        withdraw(approval, actor=actor.fresh(), reason=request.POST.get("reason", ""))
    except ApprovalProblem as refused:
        return answer(request, approval, refused.message, tone="warning")
    return answer(request, approval, _("已撤回，没有执行任何操作"))


@require_POST
@signed_in
def reminder(request: HttpRequest, actor: Actor, approval_id: int) -> HttpResponseBase:
    """POST /approvals/7/reminder/: ask those who are waited for once more."""
    approval = visible_approval(approval_id, actor)
    try:
        count = remind(approval, actor=actor.fresh())
    except ApprovalProblem as refused:
        return answer(request, approval, refused.message, tone="warning")
    words = ngettext("已催办 %(count)s 位审批人", "已催办 %(count)s 位审批人", count) % {"count": count}
    return answer(request, approval, words)


@require_POST
@signed_in
def comments(request: HttpRequest, actor: Actor, approval_id: int) -> HttpResponseBase:
    """POST /approvals/7/comments/: say something without deciding."""
    approval = visible_approval(approval_id, actor)
    try:
        comment(approval, request.POST.get("text", ""), actor=actor.fresh())
    except ApprovalProblem as refused:
        return answer(request, approval, refused.message, tone="warning")
    return answer(request, approval, _("已发表评论"))


def _posted_step(request: HttpRequest, approval: Approval, actor: Actor) -> ApprovalStep:
    """The step the form was about; without one whatever waits for the actor."""
    posted = request.POST.get("step", "")
    step = approval.steps.filter(pk=int(posted)).first() if posted.isdecimal() and len(posted) < 19 else None
    found = step or waiting_step(approval, actor) or approval.steps.filter(user_id=actor.user_id or 0).last()
    if found is None:
        raise ApprovalProblem("approval.not_yours", gettext_lazy("这份审批不是由您审批。"))
    return found


def _ask_decision(
    request: HttpRequest, approval: Approval, actor: Actor, *, seen: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    page = approval_page(approval, actor)
    context = {
        "page": page,
        "approval": approval,
        "step": request.POST.get("step") or (page.my_step.pk if page.my_step else ""),
        "seen": seen,
        "changes": differences(approval.snapshot, approval.about_type, approval.about_id, actor) if seen else [],
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "back": way_back(request),
    }
    return render(request, "work/approvals/decision.html", context, status=status)


def _ask_move(
    request: HttpRequest, approval: Approval, actor: Actor, act: str, *, problem: str = "", status: int = 200
) -> HttpResponse:
    for_reader([approval], actor)
    context = {
        "approval": approval,
        "act": act,
        "title": _TITLES[act],
        "action": reverse(f"work:approval_{act}", args=[approval.pk]),
        "people": colleagues(without=[approval.requester_id]),
        "chosen": request.POST.getlist("person"),
        "when": request.POST.get("when", "before"),
        "reason": request.POST.get("reason", ""),
        "problem": problem,
        "back": way_back(request),
    }
    return render(request, "work/approvals/move.html", context, status=status)


def _hand_on(request: HttpRequest, approval: Approval, actor: Actor) -> str:
    hand_on(_posted_step(request, approval, actor), _person(request), actor=actor, reason=_reason(request))
    return _("已转办")


def _add(request: HttpRequest, approval: Approval, actor: Actor) -> str:
    step = _posted_step(request, approval, actor)
    when = request.POST.get("when")
    add_approver(
        step, _person(request), when="after" if when == "after" else "before", actor=actor, reason=_reason(request)
    )
    return _("已加签")


def _copy(request: HttpRequest, approval: Approval, actor: Actor) -> str:
    fresh = copy_to(approval, read_ids(request.POST.getlist("person")), actor=actor)
    return ngettext("已抄送 %(count)s 人", "已抄送 %(count)s 人", len(fresh)) % {"count": len(fresh)}


def _person(request: HttpRequest) -> int:
    return next(iter(read_ids(request.POST.getlist("person"))), 0)


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "")


_MOVES: Mapping[str, Callable[[HttpRequest, Approval, Actor], str]] = {
    "handing_on": _hand_on,
    "approver": _add,
    "copies": _copy,
}
_TITLES: Mapping[str, Text] = {
    "handing_on": gettext_lazy("转办"),
    "approver": gettext_lazy("加签"),
    "copies": gettext_lazy("抄送"),
}
_EMPTY: Mapping[str, tuple[Text, Text]] = {
    "waiting": (
        gettext_lazy("没有等您审批的"),
        gettext_lazy("别人提交的审批轮到您时会出现在这里，也会发到您的消息里。"),
    ),
    "asked": (
        gettext_lazy("您还没有提交过审批"),
        gettext_lazy("在任何一条记录的“更多”菜单里点“申请审批”，写明事情，就会按流程送到审批人那里。"),
    ),
    "done": (gettext_lazy("您还没有审批过"), gettext_lazy("您同意或驳回过的审批会留在这里。")),
    "copied": (gettext_lazy("没有抄送给您的"), gettext_lazy("别人抄送给您的审批会留在这里，供您了解。")),
    "all": (
        gettext_lazy("还没有审批"),
        gettext_lazy("您提交的、要您审批的、抄送您的，以及您下属提交的审批都在这里。"),
    ),
}
