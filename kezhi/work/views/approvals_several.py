"""Deciding several approvals together, chosen in the list of approvals or in the inbox."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from kezhi.access.actors import Actor
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast
from kezhi.work.approval_several import Outcome, asked_in, choices, decide_several, total
from kezhi.work.operations.approvals import ApprovalProblem
from kezhi.work.views.approval_answers import go_back, read_ids, way_back

_MOST_NAMED = 3


@require_http_methods(["GET", "POST"])
@signed_in
def decisions(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """/approvals/decisions/?ids=7&ids=9: GET shows the chosen ones, POST agrees to all of them or refuses them all."""
    if request.method == "GET":
        return _ask(request, read_ids(request.GET.getlist("ids")), actor)
    ids = read_ids(request.POST.getlist("ids"))
    verdict = request.POST.get("verdict")
    if verdict not in ("approve", "refuse"):
        return _ask(request, ids, actor, problem=_("请点“同意”或“驳回”。"))
    try:
        outcome = decide_several(
            read_ids(request.POST.getlist("step")),
            "refuse" if verdict == "refuse" else "approve",
            actor=actor.fresh(),
            reason=request.POST.get("reason", ""),
        )
    except ApprovalProblem as refused:
        return _ask(request, ids, actor, problem=str(refused.message))
    toast(request, _words(outcome, is_refusal=verdict == "refuse"), tone="warning" if outcome.left else "done")
    return go_back(request, "/approvals/")


@require_GET
@signed_in
def of_inbox(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /inbox/approvals/?ids=12&ids=15: the approvals that these lines of the inbox ask for."""
    return _ask(request, asked_in(read_ids(request.GET.getlist("ids")), actor), actor)


def _ask(request: HttpRequest, ids: Sequence[int], actor: Actor, *, problem: str = "") -> HttpResponse:
    shown = choices(ids, actor)
    together = [one for one in shown if not one.is_changed]
    context = {
        "shown": shown,
        "together": together,
        "missing": len(set(ids)) - len(shown),
        "total": total(shown),
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "back": way_back(request),
    }
    return render(request, "work/approvals/decisions.html", context, status=422 if problem else 200)


def _words(outcome: Outcome, *, is_refusal: bool) -> str:
    number = {"count": outcome.decided}
    if is_refusal:
        words = ngettext("已驳回 %(count)s 份审批", "已驳回 %(count)s 份审批", outcome.decided) % number
    else:
        words = ngettext("已同意 %(count)s 份审批", "已同意 %(count)s 份审批", outcome.decided) % number
    if not outcome.left:
        return words
    named = [
        _("“%(title)s”没有办成：%(why)s") % {"title": one.title, "why": one.why} for one in outcome.left[:_MOST_NAMED]
    ]
    more = len(outcome.left) - _MOST_NAMED
    if more > 0:
        named.append(ngettext("还有 %(count)s 份没有办成。", "还有 %(count)s 份没有办成。", more) % {"count": more})
    return " ".join([f"{words}{_('。')}", *named])
