"""Personal data on its way out: what was asked for, approved, refused, taken back (AUTO-9)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.operations.problems import Refused
from kezhi.access.policies import NotAllowed, require_area
from kezhi.access.rights import organisation
from kezhi.access.views.asking import actor_of, put_problems
from kezhi.exchange.models import GrantState, OutflowGrant, Source, Subscription
from kezhi.exchange.webhooks.forms import OutflowForm
from kezhi.exchange.webhooks.outflow import approvers_for, ask_outflow, decide_outflow, end_outflow, may_decide
from kezhi.exchange.webhooks.payloads import personal_fields
from kezhi.records.registry import record_types
from kezhi.ui.toasts import toast

_MOST = 300
_TONES = {
    GrantState.ASKED: "warning",
    GrantState.APPROVED: "done",
    GrantState.REFUSED: "outline",
    GrantState.REVOKED: "outline",
}


@require_GET
def outflow(request: HttpRequest) -> HttpResponse:
    """GET /settings/outflow/: for who looks after channels everything, for a manager what they decide about."""
    actor = actor_of(request)
    grants = OutflowGrant.objects.select_related("asked_by", "approver", "ended_by")[:_MOST]
    rows = [grant for grant in grants if _may_see(grant, actor)]
    if not rows and not actor.allows("settings", "channels") and not _is_head(actor):
        raise NotAllowed(subject="settings", action="channels")
    return render(request, "exchange/outflow/list.html", {"lines": [_line(grant, actor) for grant in rows]})


@require_GET
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """GET /settings/outflow/3/: one request with what is to be decided."""
    actor = actor_of(request)
    found = _found(pk, actor)
    approvers = [organisation().user_names.get(user_id, "") for user_id in approvers_for(found.asked_by_id)]
    context = {"line": _line(found, actor), "approvers": approvers}
    return render(request, "exchange/outflow/grant.html", context)


@require_http_methods(["GET", "POST"])
def grant_new(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """GET the request of a webhook for personal fields; POST asks."""
    actor = actor_of(request)
    require_area(actor, "settings", "channels")
    row = Subscription.objects.filter(pk=subscription_id, removed_at=None).first()
    if row is None:
        raise Http404
    form = OutflowForm(request.POST or None, subscription=row)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            ask_outflow(Source.WEBHOOK, row.pk, row.name, row.host, data["fields_wanted"], data["purpose"], actor=actor)
        except Refused as refused:
            problems = dict(refused.problems)
            put_problems(form, {"fields_wanted" if key == "fields" else key: text for key, text in problems.items()})
        else:
            toast(request, _("已提交，等部门负责人批准。批准前这些内容仍是掩码。"))
            return redirect("exchange:webhook", pk=row.pk)
    context = {"form": form, "row": row}
    return render(request, "exchange/outflow/form.html", context, status=422 if form.errors else 200)


@require_POST
def grant_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/decision/ with ``verdict``: approve or refuse."""
    actor = actor_of(request)
    found = _found(pk, actor)
    verdict = request.POST.get("verdict")
    if verdict not in ("approve", "refuse"):
        raise Http404
    try:
        decide_outflow(found, is_approved=verdict == "approve", actor=actor)
    except Refused as refused:
        toast(request, str(refused.problems[""]), tone="danger")
    else:
        toast(request, _("已批准，立即生效。") if verdict == "approve" else _("已拒绝。"))
    return redirect("exchange:outflow_grant", pk=pk)


@require_POST
def grant_ending(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/ending/: taken back."""
    actor = actor_of(request)
    found = _found(pk, actor)
    try:
        end_outflow(found, actor=actor)
    except Refused as refused:
        toast(request, str(refused.problems[""]), tone="danger")
    else:
        toast(request, _("已收回，这些内容从现在起又是掩码。"))
    return redirect("exchange:outflow_grant", pk=pk)


def _found(pk: int, actor: Actor) -> OutflowGrant:
    found = OutflowGrant.objects.select_related("asked_by", "approver", "ended_by").filter(pk=pk).first()
    if found is None or not _may_see(found, actor):
        raise Http404
    return found


def _may_see(found: OutflowGrant, actor: Actor) -> bool:
    return actor.allows("settings", "channels") or actor.user_id == found.asked_by_id or may_decide(found, actor)


def _is_head(actor: Actor) -> bool:
    return actor.user_id in organisation().department_heads.values()


def _line(found: OutflowGrant, actor: Actor) -> dict[str, object]:
    names = dict(personal_fields(record_types()))
    is_live = found.state in (GrantState.ASKED, GrantState.APPROVED)
    return {
        "row": found,
        "tone": _TONES[GrantState(found.state)],
        "fields": [names.get(key, key) for key in found.fields],
        "may_decide": found.state == GrantState.ASKED and may_decide(found, actor),
        "may_end": is_live and (may_decide(found, actor) or actor.allows("settings", "channels")),
    }
