"""What is done with a contract from its page: reviewed, signed, ended, planned (SAL-5, SAL-6)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import today
from kezhi.core.values.dates import parse_date
from kezhi.core.values.problem import ValueProblem
from kezhi.records.addresses import record_url
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import present
from kezhi.records.registry import type_of
from kezhi.records.views.answers import signed_in
from kezhi.sales.models import Contract, Quote
from kezhi.sales.operations import contracts as acts
from kezhi.sales.planning import gap_words, plan_gap
from kezhi.ui.toasts import toast


def answer_sheet(request: HttpRequest, record: Any) -> HttpResponse:
    """Back to the record's page, also from the side sheet."""
    address = record_url("record", type_of(record), record.pk)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def first_problem(error: InvalidRecord) -> str:
    """The sentence to show where there is one place for it."""
    return next(str(text) for text in error.problems.values())


@require_POST
@signed_in
def draft(request: HttpRequest, actor: Actor, quote_id: int) -> HttpResponseBase:
    """POST /quotes/5/contract/: a contract from the accepted quote."""
    quote = Quote.objects.visible_to(actor).get(pk=quote_id)
    try:
        contract = acts.draft_contract_from_quote(quote, actor=actor)
    except InvalidRecord as error:
        toast(request, first_problem(error), tone="danger")
        return answer_sheet(request, quote)
    toast(request, _("合同已起草，请补全对方主体和期限"))
    return answer_sheet(request, contract)


@require_POST
@signed_in
def amendment(request: HttpRequest, actor: Actor, contract_id: int) -> HttpResponseBase:
    """POST /contracts/5/amendment/: a supplementary agreement as a draft."""
    contract = _contract(contract_id, actor, "edit")
    try:
        contract = acts.draft_amendment(contract, actor=actor)
    except InvalidRecord as error:
        toast(request, first_problem(error), tone="danger")
    return answer_sheet(request, contract)


def _verb(act: Callable[..., Contract], said: str | Promise) -> Callable[..., HttpResponseBase]:
    @require_POST
    @signed_in
    def view(request: HttpRequest, actor: Actor, contract_id: int) -> HttpResponseBase:
        contract = _contract(contract_id, actor, "edit")
        try:
            act(contract, actor=actor)
        except InvalidRecord as error:
            toast(request, first_problem(error), tone="danger")
        else:
            toast(request, said)
        return answer_sheet(request, contract)

    return view


submission = _verb(acts.submit_contract, gettext_lazy("已送法务审核"))
readiness = _verb(acts.ready_contract, gettext_lazy("合同待签署"))
completion = _verb(acts.finish_contract, gettext_lazy("合同已完成"))


@require_http_methods(["GET", "POST"])
@signed_in
def legal(request: HttpRequest, actor: Actor, contract_id: int) -> HttpResponseBase:
    """GET/POST /contracts/5/legal/: legal passes it, or sends it back with a reason."""
    contract = _contract(contract_id, actor, "review")
    shown = present(contract, actor)
    context = {"contract": shown, "customer": shown.text("customer"), "values": request.POST, "problem": ""}
    if request.method == "GET":
        return render(request, "sales/contracts/legal.html", context)
    try:
        passed = request.POST.get("decision") == "passed"
        acts.review_contract(contract, passed=passed, reason=request.POST.get("reason", ""), actor=actor)
    except InvalidRecord as error:
        context["problem"] = first_problem(error)
        return render(request, "sales/contracts/legal.html", context, status=422)
    toast(request, _("审核结果已保存"))
    return answer_sheet(request, contract)


@require_http_methods(["GET", "POST"])
@signed_in
def signing(request: HttpRequest, actor: Actor, contract_id: int) -> HttpResponseBase:
    """GET/POST /contracts/5/signing/: both sides have signed, on which day."""
    contract = _contract(contract_id, actor, "edit")
    context: dict[str, Any] = {
        "contract": present(contract, actor),
        "day": request.POST.get("signed_on") or today().isoformat(),
        "newest": today().isoformat(),
        "problem": "",
        "newer": bool(acts.newer_quote(contract)),
        "gap": "" if contract.amends_id or not (gap := plan_gap(contract)) else gap_words(gap),
    }
    if request.method == "GET":
        return render(request, "sales/contracts/signing.html", context)
    try:
        acts.sign_contract(contract, signed_on=parse_date(context["day"]), actor=actor)
    except (InvalidRecord, ValueProblem) as error:
        context["problem"] = first_problem(error) if isinstance(error, InvalidRecord) else error.message
        return render(request, "sales/contracts/signing.html", context, status=422)
    toast(request, _("合同已签署"))
    return answer_sheet(request, contract)


@require_http_methods(["GET", "POST"])
@signed_in
def ending(request: HttpRequest, actor: Actor, contract_id: int) -> HttpResponseBase:
    """GET/POST /contracts/5/ending/: it ends early, and why."""
    contract = _contract(contract_id, actor, "edit")
    context = {"contract": present(contract, actor), "values": request.POST, "problem": ""}
    if request.method == "GET":
        return render(request, "sales/contracts/ending.html", context)
    try:
        acts.end_contract(contract, reason=request.POST.get("reason", ""), actor=actor)
    except InvalidRecord as error:
        context["problem"] = first_problem(error)
        return render(request, "sales/contracts/ending.html", context, status=422)
    toast(request, _("合同已终止"))
    return answer_sheet(request, contract)


def _contract(pk: int, actor: Actor, action: str) -> Contract:
    found: Contract = Contract.objects.visible_to(actor).get(pk=pk)
    require(actor, action, found)
    return found
