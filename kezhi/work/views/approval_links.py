"""The private way from a mail to one decision: opens the page by GET, decides by POST only."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from kezhi.access.actors import Actor, user_actor
from kezhi.core.figures import boolean_figure
from kezhi.work.approval_links import FoundLink, find_link, use_link
from kezhi.work.approval_titles import for_reader
from kezhi.work.approval_words import act_label, person
from kezhi.work.models.approvals import ApprovalState, StepState
from kezhi.work.operations.approvals import ApprovalChanged, ApprovalProblem, Verdict


@never_cache
@login_not_required
@sensitive_variables("token")
@require_http_methods(["GET", "POST"])
def private(request: HttpRequest, token: str) -> HttpResponseBase:
    """/a/<token>/: with sign-in (the default) the way to the approval's page, else a page that asks to confirm."""
    found = find_link(token)
    if found is None:
        raise Http404
    if boolean_figure("approval.link_sign_in"):
        actor: Actor | None = getattr(request, "actor", None)
        address = reverse("work:approval_decision", args=[found.approval.pk])
        if actor is None:
            return redirect(f"{reverse('access:sign_in')}?next={address}")
        return redirect(address)
    with translation.override(found.link.user.language):
        return _page(request, found, token)


def _verdict(request: HttpRequest) -> Verdict:
    match request.POST.get("verdict"):
        case "approve":
            return "approve"
        case "refuse":
            return "refuse"
        case _:
            raise ApprovalProblem("approval.verdict", gettext_lazy("请点“同意”或“驳回”。"))


@sensitive_variables("token")
def _page(request: HttpRequest, found: FoundLink, token: str) -> HttpResponse:
    problem, said = "", ""
    if request.method == "POST":
        try:
            approval = use_link(found, _verdict(request), reason=request.POST.get("reason", ""))
        except ApprovalChanged:
            problem = _("提交之后内容有变动，请登录后看过变动再决定。")
        except ApprovalProblem as refused:
            problem = refused.message
        else:
            said = _("已驳回。") if approval.state == ApprovalState.REFUSED else _("已同意。")
    for_reader([found.approval], user_actor(found.link.user_id))
    is_open = found.approval.state == ApprovalState.WAITING and found.link.step.state == StepState.WAITING
    context = {
        "approval": found.approval,
        "act": act_label(found.approval.act),
        "requester": person(found.approval.requester_id),
        "reader": found.link.user.name,
        "is_open": is_open and not said,
        "problem": problem,
        "said": said,
        "sign_in_url": reverse("work:approval", args=[found.approval.pk]),
    }
    answer = render(request, "work/approvals/private.html", context, status=409 if problem else 200)
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer
