"""Personal data on its way out: what was asked for, approved, refused, taken back (AUTO-9)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.operations.problems import Refused
from kezhi.access.policies import NotAllowed, require_area
from kezhi.access.rights import organisation
from kezhi.access.views.asking import actor_of, asked, put_problems
from kezhi.automation.definition import read_definition
from kezhi.automation.models import Rule
from kezhi.automation.problems import DefinitionProblem
from kezhi.exchange.models import GrantState, OutflowGrant, Source, Subscription
from kezhi.exchange.webhooks.forms import OutflowForm
from kezhi.exchange.webhooks.outflow import (
    approvers_for,
    ask_outflow,
    decide_outflow,
    end_outflow,
    may_decide,
    require_asker,
)
from kezhi.exchange.webhooks.payloads import personal_fields
from kezhi.records.registry import find_record_type, record_types
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
    senders = _senders(actor)
    if not rows and not senders and not actor.allows("settings", "channels") and not _is_head(actor):
        raise NotAllowed(subject="settings", action="channels")
    context = {"lines": [_line(grant, actor) for grant in rows], "senders": senders}
    return render(request, "exchange/outflow/list.html", context)


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
    form = OutflowForm(request.POST or None, type_keys=row.record_types, destination=row.host)
    if _asked(request, form, Source.WEBHOOK, row.pk, row.name, row.host):
        return redirect("exchange:webhook", pk=row.pk)
    context = {"form": form, "name": row.name, "host": row.host}
    return render(request, "exchange/outflow/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def rule_grant_new(request: HttpRequest, rule_id: int) -> HttpResponse:
    """GET the request of a rule that sends out; POST asks. ``?to=`` fills in where to."""
    require_asker(Source.RULE, actor_of(request))
    rule = Rule.objects.filter(pk=rule_id, deleted_at=None).first()
    if rule is None:
        raise Http404
    initial = {"destination": asked(request, "to", 255)}
    form = OutflowForm(request.POST or None, type_keys=[rule.record_type], initial=initial)
    if _asked(request, form, Source.RULE, rule.pk, rule.label):
        return redirect("exchange:outflow")
    context = {"form": form, "name": rule.label, "host": ""}
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


def _asked(
    request: HttpRequest, form: OutflowForm, source: Source, source_id: int, name: str, destination: str = ""
) -> bool:
    """Whether the form was sent, is right, and the request was made."""
    if request.method != "POST" or not form.is_valid():
        return False
    data = form.cleaned_data
    where = destination or data["destination"]
    try:
        ask_outflow(source, source_id, name, where, data["fields_wanted"], data["purpose"], actor=actor_of(request))
    except Refused as refused:
        problems = {"fields_wanted" if key == "fields" else key: text for key, text in refused.problems.items()}
        put_problems(form, problems)
        return False
    toast(request, _("已提交，等部门负责人批准。批准前这些内容仍是掩码。"))
    return True


def _senders(actor: Actor) -> list[dict[str, object]]:
    """The rules in force that send something out, for who may ask on their behalf."""
    if not actor.allows("automation", "edit"):
        return []
    found: list[dict[str, object]] = []
    for rule in Rule.objects.filter(deleted_at=None, current__isnull=False).select_related("current"):
        known = find_record_type(rule.record_type)
        if known is None or rule.current is None:
            continue
        try:
            sends = read_definition(rule.current.definition, known).effects().sends
        except DefinitionProblem:
            continue
        if sends:
            found.append({"rule": rule, "sends": sorted(sends)})
    return found


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
