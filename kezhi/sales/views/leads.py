"""What is done with a lead on its page: contacted, qualified, sorted out, put away, given on (LEAD-3 … LEAD-5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import company_zone
from kezhi.core.values.dates import parse_date
from kezhi.core.values.problem import ValueProblem
from kezhi.records.lists import list_choices
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import present
from kezhi.records.views.answers import signed_in
from kezhi.sales.lead_pages import LeadComposer, QualifySheet, assignable
from kezhi.sales.models import Lead
from kezhi.sales.operations.leads import (
    Contacted,
    assign_lead,
    contact_lead,
    disqualify_lead,
    recycle_lead,
    wake_lead,
)
from kezhi.sales.operations.qualifying import qualify_lead, take_back
from kezhi.ui.toasts import toast


@require_http_methods(["GET", "POST"])
@signed_in
def contact(request: HttpRequest, actor: Actor, lead_id: int) -> HttpResponseBase:
    """GET/POST /leads/12/contact/: how, what was said, what next."""
    lead = _lead(lead_id, actor)
    if request.method == "GET":
        return render(request, "sales/leads/contact.html", {"composer": LeadComposer(actor, lead)})
    posted = request.POST
    has_next = bool(posted.get("next_action", "").strip()) and not posted.get("no_next")
    person = posted.get("next_person", "")
    said = Contacted(
        posted.get("method", ""),
        posted.get("summary", ""),
        posted.get("next_action", "") if has_next else "",
        int(person) if person.isascii() and person.isdecimal() and len(person) < 19 else None,
        _moment(posted.get("next_due_at", "")),
    )
    try:
        contact_lead(lead, said, actor=actor, client_key=posted.get("client_key", "")[:50])
    except InvalidRecord as refused:
        composer = LeadComposer(actor, lead, values=posted.dict(), problems=_sentences(refused))
        template = "sales/leads/composer.html" if request.headers.get("HX-Request") else "sales/leads/contact.html"
        return render(request, template, {"composer": composer}, status=422)
    return _done(request, lead, _("已记录对“%(name)s”的联系"), actor)


@require_http_methods(["GET", "POST"])
@signed_in
def qualify(request: HttpRequest, actor: Actor, lead_id: int) -> HttpResponseBase:
    """GET/POST /leads/12/qualify/: join a customer or make one, with contact and opportunity."""
    lead = _lead(lead_id, actor)
    if request.method == "GET":
        return render(request, "sales/leads/qualify.html", {"sheet": QualifySheet(actor, lead)})
    sheet = QualifySheet(actor, lead, posted=request.POST)
    try:
        done = qualify_lead(lead, sheet.choice(), actor=actor)
    except InvalidRecord as refused:
        sheet.problems = _sentences(refused)
        return render(request, "sales/leads/qualify.html", {"sheet": sheet}, status=422)
    words = _("“%(name)s”已转化为客户") % {"name": present(done.lead, actor).title}
    toast(request, words, undo_url=reverse("sales:lead_take_back", args=[lead.pk]))
    known = "opportunities" if done.opportunity is not None else "customers"
    return _go(request, f"/{known}/{(done.opportunity or done.customer).pk}/")


@require_POST
@signed_in
def untake(request: HttpRequest, actor: Actor, lead_id: int) -> HttpResponseBase:
    """POST /leads/12/qualify/undo/: the qualification goes back."""
    lead = _lead(lead_id, actor)
    try:
        take_back(lead, actor=actor)
    except InvalidRecord as refused:
        toast(request, next(iter(_sentences(refused).values())), tone="danger")
    else:
        toast(request, _("已撤销转化"))
    return _go(request, f"/leads/{lead.pk}/")


@require_http_methods(["GET", "POST"])
@signed_in
def disqualify(request: HttpRequest, actor: Actor, lead_id: int) -> HttpResponseBase:
    """GET/POST /leads/12/disqualify/: why it comes to nothing."""
    lead = _lead(lead_id, actor)
    if request.method == "GET":
        return _ask(request, lead, actor, "disqualify")
    try:
        disqualify_lead(lead, request.POST.get("reason", ""), note=request.POST.get("note", ""), actor=actor)
    except InvalidRecord as refused:
        return _ask(request, lead, actor, "disqualify", refused)
    return _done(request, lead, _("“%(name)s”已判定无效"), actor)


@require_http_methods(["GET", "POST"])
@signed_in
def recycle(request: HttpRequest, actor: Actor, lead_id: int) -> HttpResponseBase:
    """GET/POST /leads/12/recycle/: until which day it is put away."""
    lead = _lead(lead_id, actor)
    if request.method == "GET":
        return _ask(request, lead, actor, "recycle")
    try:
        try:
            day = parse_date(request.POST.get("on", ""))
        except ValueProblem:
            day = None
        recycle_lead(lead, day, reason=request.POST.get("note", ""), actor=actor)
    except InvalidRecord as refused:
        return _ask(request, lead, actor, "recycle", refused)
    return _done(request, lead, _("“%(name)s”已放回待唤醒"), actor)


@require_http_methods(["GET", "POST"])
@signed_in
def assign(request: HttpRequest, actor: Actor, lead_id: int) -> HttpResponseBase:
    """GET/POST /leads/12/assign/: to whom, and why."""
    lead = _lead(lead_id, actor, action="assign")
    if request.method == "GET":
        return _ask(request, lead, actor, "assign")
    owner = request.POST.get("owner", "")
    try:
        if not (owner.isascii() and owner.isdecimal() and len(owner) < 19):
            raise InvalidRecord({"owner": _("请选择新的负责人")})
        assign_lead(lead, int(owner), reason=request.POST.get("note", ""), actor=actor)
    except InvalidRecord as refused:
        return _ask(request, lead, actor, "assign", refused)
    return _done(request, lead, _("“%(name)s”已交给新的负责人"), actor, back="/leads/")


@require_POST
@signed_in
def wake(request: HttpRequest, actor: Actor, lead_id: int) -> HttpResponseBase:
    """POST /leads/12/wake/: back before its day."""
    lead = _lead(lead_id, actor)
    wake_lead(lead, actor=actor)
    return _done(request, lead, _("“%(name)s”回到待联系"), actor)


def _lead(lead_id: int, actor: Actor, *, action: str = "edit") -> Lead:
    rows = Lead.objects.visible_to(actor).filter(deleted_at__isnull=True)
    found: Lead = rows.select_related("source", "owner").get(pk=lead_id)
    require(actor, action, found)
    return found


def _ask(
    request: HttpRequest, lead: Lead, actor: Actor, act: str, refused: InvalidRecord | None = None
) -> HttpResponse:
    context = {
        "lead": present(lead, actor),
        "act": act,
        "action": reverse(f"sales:lead_{act}", args=[lead.pk]),
        "values": request.POST,
        "problems": _sentences(refused) if refused else {},
        "reasons": [(row.value, row.label) for row in list_choices("disqualify_reason").options() if row.is_active],
        "people": assignable(actor) if act == "assign" else (),
    }
    return render(request, "sales/leads/act.html", context, status=422 if refused else 200)


def _done(request: HttpRequest, lead: Lead, words: str, actor: Actor, *, back: str = "") -> HttpResponse:
    undo = reverse("records:undo", args=[actor.ref.operation])
    toast(request, words % {"name": present(lead, actor).title}, undo_url=undo)
    is_seen = Lead.objects.visible_to(actor).filter(pk=lead.pk).exists()
    return _go(request, f"/leads/{lead.pk}/" if is_seen or not back else back)


def _go(request: HttpRequest, address: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or company_zone()) if moment else None


def _sentences(refused: InvalidRecord) -> Mapping[str, Any]:
    return {key: str(sentence) for key, sentence in refused.problems.items()}
