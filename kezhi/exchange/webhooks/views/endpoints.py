"""Addresses that take messages: their pages, and the address itself."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.operations.problems import Refused
from kezhi.access.policies import require_area
from kezhi.access.views.asking import actor_of, put_problems
from kezhi.exchange.models import Endpoint
from kezhi.exchange.webhooks.forms import EndpointForm
from kezhi.exchange.webhooks.receiving import (
    NotTaken,
    add_endpoint,
    find_endpoint,
    largest_body,
    receive,
    remove_endpoint,
    renew_token,
    switch_endpoint,
)
from kezhi.ui.toasts import toast

_SHOWN = 50


@csrf_exempt
@login_not_required
@require_POST
def hook(request: HttpRequest, token: str) -> HttpResponse:
    """POST /hooks/<token>/: 202 with the event's id; the same webhook-id again answers the same."""
    try:
        endpoint = find_endpoint(token)
        if _length(request) > largest_body():
            raise NotTaken(413, "too_large")
        headers = {name.lower(): value for name, value in request.headers.items()}
        taken = receive(endpoint, request.body, headers)
    except NotTaken as refused:
        response = JsonResponse({"error": refused.code}, status=refused.status)
        if refused.status == 429:
            response["Retry-After"] = "60"
        return response
    return JsonResponse({"event": taken.event_id, "repeat": taken.is_repeat}, status=202)


@require_http_methods(["GET", "POST"])
def endpoint_new(request: HttpRequest) -> HttpResponse:
    """GET the form of a new address; POST makes it and shows it once."""
    actor = actor_of(request)
    require_area(actor, "settings", "channels")
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row, token, secret = add_endpoint(data["name"], is_signed=data["is_signed"], actor=actor)
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            return _page(request, row, token=token, secret=secret)
    context = {"form": form}
    return render(request, "exchange/webhooks/endpoint_form.html", context, status=422 if form.errors else 200)


@require_GET
def endpoint(request: HttpRequest, pk: int) -> HttpResponse:
    """GET /settings/webhooks/in/3/: how it is used."""
    _actor, row = _found(request, pk)
    return _page(request, row)


@require_POST
def endpoint_token(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/token/: another address, shown once."""
    actor, row = _found(request, pk)
    return _page(request, row, token=renew_token(row, actor=actor))


@require_POST
def endpoint_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/switch/ with ``on``: "1" or ""."""
    actor, row = _found(request, pk)
    is_active = bool(request.POST.get("on"))
    switch_endpoint(row, is_active=is_active, actor=actor)
    toast(request, _("已启用。") if is_active else _("已停用。"))
    return redirect("exchange:endpoint", pk=pk)


@require_POST
def endpoint_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/removal/"""
    actor, row = _found(request, pk)
    remove_endpoint(row, actor=actor)
    toast(request, _("接收地址已删除。"))
    return redirect("exchange:webhooks")


def _found(request: HttpRequest, pk: int) -> tuple[Actor, Endpoint]:
    actor = actor_of(request)
    require_area(actor, "settings", "channels")
    row = Endpoint.objects.filter(pk=pk, removed_at=None).select_related("created_by").first()
    if row is None:
        raise Http404
    return actor, row


def _page(request: HttpRequest, row: Endpoint, *, token: str = "", secret: str = "") -> HttpResponse:
    context = {
        "row": row,
        "address": request.build_absolute_uri(reverse("exchange:hook", args=[token])) if token else "",
        "secret": secret,
        "receipts": row.receipts.order_by("-received_at", "-pk")[:_SHOWN],
    }
    response = render(request, "exchange/webhooks/endpoint.html", context)
    if token or secret:
        response["Cache-Control"] = "no-store"
    return response


def _length(request: HttpRequest) -> int:
    given = request.headers.get("Content-Length", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 18 else 0
