"""The steward's word on a record, and what the customer agreed to (CUS-9, OPS-2)."""

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.core.clock import today
from kezhi.core.values.dates import parse_date
from kezhi.core.values.problem import ValueProblem
from kezhi.customers.models import Consent, Customer
from kezhi.customers.operations import record_consent, review_customer, withdraw_consent
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import present
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast


@require_http_methods(["GET", "POST"])
@signed_in
def review(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponseBase:
    """GET/POST /customers/12/review/: passed, or doubtful and why."""
    customer = _customer(customer_id, actor, "review")
    if request.method == "GET":
        return render(request, "customers/review.html", {"customer": present(customer, actor)})
    decision = request.POST.get("decision", "")
    try:
        review_customer(customer, decision, note=request.POST.get("note", ""), actor=actor)
    except InvalidRecord as error:
        context = {
            "customer": present(customer, actor),
            "decision": decision,
            "note": request.POST.get("note", ""),
            "problem": next(str(text) for text in error.problems.values()),
        }
        return render(request, "customers/review.html", context, status=422)
    toast(request, _("审核结果已保存"))
    return _go(request, customer)


@require_http_methods(["GET", "POST"])
@signed_in
def consent(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponseBase:
    """GET/POST /customers/12/consents/: a new consent."""
    customer = _customer(customer_id, actor, "edit")
    context = {
        "customer": present(customer, actor),
        "purposes": Consent.Purpose.choices,
        "values": request.POST or {"given_on": today().isoformat()},
        "problems": {},
    }
    if request.method == "GET":
        return render(request, "customers/consent.html", context)
    try:
        given_on = parse_date(request.POST.get("given_on", ""))
        record_consent(
            customer,
            request.POST.get("purpose", ""),
            given_on=given_on,
            how=request.POST.get("how", ""),
            evidence=request.POST.get("evidence", ""),
            actor=actor,
        )
    except ValueProblem as problem:
        context["problems"] = {"given_on": problem.message}
        return render(request, "customers/consent.html", context, status=422)
    except InvalidRecord as error:
        context["problems"] = {key: str(text) for key, text in error.problems.items()}
        return render(request, "customers/consent.html", context, status=422)
    toast(request, _("已记录客户的同意"))
    return _go(request, customer)


@require_POST
@signed_in
def withdrawal(request: HttpRequest, actor: Actor, customer_id: int, consent_id: int) -> HttpResponse:
    """POST /customers/12/consents/3/withdrawal/: the customer no longer agrees."""
    customer = _customer(customer_id, actor, "edit")
    held = Consent.objects.filter(customer_id=customer.pk, pk=consent_id).first()
    if held is None:
        raise Http404
    withdraw_consent(held, actor=actor)
    toast(request, _("已撤回，今后不再用于这个用途"))
    return _go(request, customer)


def _customer(pk: int, actor: Actor, action: str) -> Customer:
    try:
        found: Customer = Customer.objects.visible_to(actor, action).get(pk=pk)
    except ObjectDoesNotExist:
        raise Http404 from None
    return found


def _go(request: HttpRequest, customer: Customer) -> HttpResponse:
    address = f"/customers/{customer.pk}/"
    if request.headers.get("HX-Request"):
        # Done in a sheet: the page below it stays, be it the record or the list of what waits.
        here = request.headers.get("HX-Current-URL", "")
        is_ours = url_has_allowed_host_and_scheme(here, {request.get_host()}, require_https=request.is_secure())
        return HttpResponse(status=204, headers={"HX-Redirect": here if is_ours and here else address})
    return redirect(address)
