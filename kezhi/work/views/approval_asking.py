"""Asking for an approval: about a record, or for its deletion. The chain is shown before anything is sent."""

import secrets
from dataclasses import dataclass
from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.events import Json
from kezhi.core.values.money import parse_money
from kezhi.core.values.problem import ValueProblem
from kezhi.records.forms import read_form_key
from kezhi.records.presenting import Presented, present_all
from kezhi.records.registry import RecordType, find_record_type
from kezhi.records.views.answers import signed_in
from kezhi.work.approval_acts import ApprovalAct, acts, find_act
from kezhi.work.approval_chain import Chain, chain_digest, chain_for
from kezhi.work.approval_deletion import MOST, first_to_approve
from kezhi.work.approval_flows import live_flows
from kezhi.work.approval_pages import colleagues, planned_chain_html
from kezhi.work.approval_requests import DELETION, GENERAL
from kezhi.work.models.approvals import ApprovalState
from kezhi.work.operations.approvals import ApprovalProblem, request_approval
from kezhi.work.operations.tasks import About
from kezhi.work.views.approval_answers import answer, read_ids, way_back

_LARGEST = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Asking:
    """What somebody is about to ask for: the act, the records, their names as the asker sees them."""

    act: ApprovalAct
    record_type: RecordType
    presented: list[Presented]
    about: About
    amount: Decimal | None

    @property
    def is_deletion(self) -> bool:
        """Whether records are to be deleted."""
        return self.act.key == DELETION

    @property
    def payload(self) -> dict[str, Json]:
        """What the act needs later."""
        if not self.is_deletion:
            return {}
        return {"record_type": self.record_type.key, "ids": [shown.id for shown in self.presented]}

    @property
    def names(self) -> str:
        """The records by name, the first few of them."""
        names = _("、").join(shown.title for shown in self.presented[:3])
        count = len(self.presented)
        if count <= 3:
            return names
        return ngettext("%(names)s 等 %(count)s 条", "%(names)s 等 %(count)s 条", count) % {
            "names": names,
            "count": count,
        }

    @property
    def kinds(self) -> list[ApprovalAct]:
        """What else could be asked for about the record here, itself included; none for a deletion."""
        if self.is_deletion:
            return []
        return [act for act in acts() if act == self.act or (act.is_offered and live_flows(act.key))]

    def chain(self, actor: Actor) -> Chain:
        """Who would be asked."""
        return chain_for(self.act.key, requester_id=actor.user_id or 0, about=self.about, amount=self.amount)


@require_http_methods(["GET", "POST"])
@signed_in
def new(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """/approvals/new/?act=general&type=customer&ids=12: GET shows who will be asked, POST asks, once per form."""
    asking, problem = _read(request, actor)
    if request.method == "GET":
        return _form(request, actor, asking)
    if problem:
        return _form(request, actor, asking, problem=problem, status=422)
    title = request.POST.get("title", "").strip()
    if asking.is_deletion:
        title = _("删除%(type)s：%(names)s") % {"type": asking.record_type.label, "names": asking.names}
    if request.POST.get("chain", "") != chain_digest(asking.chain(actor)):
        problem = _("审批人和刚才显示的不一样了，请看过再提交。")
        return _form(request, actor, asking, problem=problem, status=409)
    try:
        approval = request_approval(
            asking.act.key,
            title=title,
            about=asking.about,
            payload=asking.payload,
            amount=asking.amount,
            text=request.POST.get("text", ""),
            copies=read_ids(request.POST.getlist("copy")),
            form_key=read_form_key(request.POST),
            actor=actor.fresh(),
        )
    except ApprovalProblem as refused:
        return _form(request, actor, asking, problem=refused.message, status=422)
    words = _("已提交审批") if approval.state == ApprovalState.WAITING else _("这件事不用审批，已直接办好")
    return answer(request, approval, words)


@require_GET
@signed_in
def chain(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /approvals/chain/?…: who would be asked, while an amount is typed."""
    asking, _problem = _read(request, actor)
    return render(request, "work/approvals/_planned.html", planned_context(asking.chain(actor)))


def _read(request: HttpRequest, actor: Actor) -> tuple[Asking, str]:
    """What the address or the form names, as far as the actor may; 404 for anything out of reach."""
    given = request.POST if request.method == "POST" else request.GET
    act, known = find_act(given.get("act", GENERAL)), find_record_type(given.get("type", ""))
    if act is None or known is None or not (act.is_offered or act.key == DELETION):
        raise Http404
    ids = list(dict.fromkeys(read_ids(given.get("ids", "").split(","))))[:MOST]
    rows = known.model.objects.visible_to(actor).filter(pk__in=ids).select_related(*known.related_load)
    records = list(rows.order_by("pk"))
    if not records or len(records) != len(ids) or (act.key != DELETION and len(ids) != 1):
        raise Http404
    if act.key == DELETION:
        for record in records:
            require(actor, "delete", record)
    presented = present_all(records, known, actor)
    lead = first_to_approve(known, ids, actor) if act.key == DELETION else None
    first = next((shown for shown in presented if shown.id == lead), presented[0])
    amount, problem = _amount(given.get("amount", "") if act.has_amount else "")
    if act.must_have_amount and amount is None:
        problem = problem or _("%(act)s要写明金额。") % {"act": act.label}
    about = About(known.key, first.id, first.title)
    return Asking(act, known, presented, about, amount), problem


def _amount(text: str) -> tuple[Decimal | None, str]:
    if not text.strip():
        return None, ""
    try:
        amount = parse_money(text)
    except ValueProblem as problem:
        return None, problem.message
    if not 0 <= amount < _LARGEST:
        return None, _("金额要在 0 到一万亿之间。")
    return amount, ""


def planned_context(planned: Chain) -> dict[str, object]:
    """What ``_planned.html`` shows of a chain before anything is sent."""
    return {
        "chain": planned_chain_html(planned),
        "is_free": planned.is_free,
        "digest": chain_digest(planned),
        "copied": [name for user, name in colleagues() if int(user) in planned.copies],
    }


def _form(request: HttpRequest, actor: Actor, asking: Asking, *, problem: str = "", status: int = 200) -> HttpResponse:
    given = request.POST
    context = {
        "asking": asking,
        "ids": ",".join(str(shown.id) for shown in asking.presented),
        "title": given.get("title", ""),
        "text": given.get("text", ""),
        "amount": (given or request.GET).get("amount", ""),
        "people": colleagues(without=[actor.user_id or 0]),
        "chosen": given.getlist("copy"),
        "form_key": read_form_key(given) or secrets.token_urlsafe(16),
        "problem": problem,
        "back": "" if asking.is_deletion else way_back(request),
        **planned_context(asking.chain(actor)),
    }
    return render(request, "work/approvals/new.html", context, status=status)
