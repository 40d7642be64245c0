"""Recording a follow-up: from the composer on a customer's page, and from the page made for phones (FUP-2, FUP-8)."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.customers.models import Customer
from kezhi.engagement.composing import (
    composer_for,
    composer_for_phone,
    saved_words,
    typed_values,
    values_to_store,
)
from kezhi.engagement.operations import record_follow_up
from kezhi.records.forms import read_values
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import record_type
from kezhi.records.unkeepable import promises_in
from kezhi.records.views.answers import signed_in
from kezhi.ui.offline import keep_offline
from kezhi.ui.toasts import toast


@keep_offline
@require_http_methods(["GET", "POST"])
@signed_in
def compose(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET/POST /follow-up/: one's own customers to choose from and the composer, kept on the phone for use offline."""
    if not actor.allows("follow_up", "create"):
        raise NotAllowed(subject="follow_up", action="create")
    chosen = request.POST.get("customer", "") or request.GET.get("customer", "")
    if request.method == "POST" and chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
        return _store(request, actor, int(chosen))
    composer = composer_for_phone(actor)
    if request.method == "POST":
        composer.values = typed_values(request.POST)
        composer.problems = {"customer": _("请先选择客户")}
    return render(
        request, "engagement/page.html", {"composer": composer}, status=422 if request.method == "POST" else 200
    )


@keep_offline
@require_http_methods(["GET", "POST"])
@signed_in
def record(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponseBase:
    """GET/POST /customers/12/follow-up/: the composer of one customer."""
    if request.method == "POST":
        return _store(request, actor, customer_id)
    customer = _customer(customer_id, actor)
    return render(request, "engagement/page.html", {"composer": composer_for(customer, actor)})


def _store(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponse:
    customer = _customer(customer_id, actor)
    typed = typed_values(request.POST)
    composer = composer_for(customer, actor, typed=typed, posted=request.POST)
    customer_values = {
        key: value
        for key, value in read_values(record_type("customer"), request.POST).items()
        if key in {control.key for control in composer.missing} and value not in ("", None, [])
    }
    try:
        record_follow_up(
            customer,
            values_to_store(typed),
            actor=actor,
            customer_values=customer_values or None,
            client_key=request.POST.get("client_key", "")[:50],
        )
    except InvalidRecord as error:
        composer = composer_for(
            customer,
            actor,
            typed=typed,
            problems=error.problems,
            posted=request.POST,
            client_key=request.POST.get("client_key", "")[:50],
        )
        template = "engagement/composer.html" if request.headers.get("HX-Request") else "engagement/page.html"
        return render(request, template, {"composer": composer}, status=422)
    if promised := promises_in(typed.get("summary", ""), typed.get("feedback", ""), typed.get("next_action", "")):
        words = _("跟进里有不该承诺的说法：%(words)s。请和客户说清楚。") % {"words": _("、").join(promised)}
        toast(request, words, tone="warning")
    toast(request, saved_words(customer, actor), undo_url=reverse("records:undo", args=[actor.ref.operation]))
    address = f"/customers/{customer.pk}/"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _customer(customer_id: int, actor: Actor) -> Customer:
    found: Customer | None = Customer.objects.visible_to(actor).filter(pk=customer_id).first()
    if found is None:
        raise Http404
    return found
