"""The pool: looking through it, claiming, handing out, giving a customer back (CUS-15)."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.customers.models import Customer
from kezhi.customers.operations.pool import (
    PoolResult,
    assign_from_pool,
    claim_customers,
    pool_reasons,
    release_customers,
)
from kezhi.customers.policy import CLAIM
from kezhi.customers.pool_list import pool_facts, pool_page, pool_rows, read_filter
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import present
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast

_MOST = 200
_NAMED = 10


@require_GET
@signed_in
def pool(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /pool/?level=A&reason=quiet&industry=it&text=…&order=old&after=…"""
    require_area(actor, "customer", CLAIM)
    return render(request, "customers/pool.html", {"page": pool_page(read_filter(request.GET.dict()), actor)})


@require_GET
@signed_in
def one(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponseBase:
    """GET /pool/12/: what somebody may know before claiming."""
    customer: Customer = Customer.objects.visible_to(actor, CLAIM).get(pk=customer_id)
    [row] = pool_rows([customer], actor)
    return render(request, "customers/pool_one.html", {"row": row, "facts": pool_facts(customer, actor)})


@require_POST
@signed_in
def claim(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """POST /pool/claim/: the ticked ones, or the one whose button was pressed."""
    return _answer(request, actor, claim_customers(_ids(request.POST), actor=actor), is_claim=True)


@require_POST
@signed_in
def assign(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """POST /pool/assign/: give the ticked ones to somebody."""
    owner = request.POST.get("owner", "")
    if not owner.isdecimal() or len(owner) > 18:
        toast(request, _("请选择分配给谁"), tone="danger")
        return redirect(_back(request))
    return _answer(request, actor, assign_from_pool(_ids(request.POST), int(owner), actor=actor), is_claim=False)


@require_http_methods(["GET", "POST"])
@signed_in
def release(request: HttpRequest, actor: Actor, customer_id: int) -> HttpResponseBase:
    """GET/POST /customers/12/release/: why it goes back to the pool."""
    customer: Customer = Customer.objects.visible_to(actor, "release").get(pk=customer_id)
    shown = present(customer, actor)
    note = request.POST.get("note", "")
    context = {"customer": shown, "reasons": pool_reasons(), "note": note, "problem": ""}
    if request.method == "GET":
        return render(request, "customers/release.html", context)
    title = shown.title
    try:
        release_customers([customer.pk], request.POST.get("reason", ""), actor=actor, note=note)
    except InvalidRecord as error:
        context["problem"] = str(next(iter(error.problems.values())))
        return render(request, "customers/release.html", context, status=422)
    toast(request, _("“%(name)s”已放回公海") % {"name": title})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": "/customers/"})
    return redirect("/customers/")


def _answer(request: HttpRequest, actor: Actor, result: PoolResult, *, is_claim: bool) -> HttpResponseBase:
    """Say what moved; refusals stand on the page with their reasons."""
    count = len(result.done)
    if count:
        words = (
            ngettext("已认领 %(count)s 个客户", "已认领 %(count)s 个客户", count)
            if is_claim
            else ngettext("已分配 %(count)s 个客户", "已分配 %(count)s 个客户", count)
        )
        toast(request, words % {"count": count})
    if not result.refused:
        return redirect(f"/customers/{result.done[0]}/" if is_claim and count == 1 else _back(request))
    page = pool_page(read_filter(request.POST.dict()), actor, refusals=_refusals(result, actor))
    return render(request, "customers/pool.html", {"page": page}, status=200 if count else 422)


def _refusals(result: PoolResult, actor: Actor) -> Sequence[str]:
    """Each reason once, with the names of those it is about, as far as the actor may still see them."""
    rows = Customer.objects.visible_to(actor, CLAIM).filter(pk__in=result.refused)
    names = {row.id: row.title for row in pool_rows(list(rows[:_MOST]), actor)}
    by_reason: dict[str, list[str]] = {}
    for pk, reason in result.refused.items():
        by_reason.setdefault(str(reason), []).append(names.get(pk, ""))
    lines = []
    for reason, found in by_reason.items():
        named = [name for name in found if name]
        if not named:
            lines.append(_("%(count)s 个客户：%(reason)s") % {"count": len(found), "reason": reason})
            continue
        shown = _("、").join(named[:_NAMED])
        more = _("等 %(count)s 个") % {"count": len(found)} if len(found) > _NAMED else ""
        lines.append(_("%(names)s：%(reason)s") % {"names": f"{shown}{more}", "reason": reason})
    return lines


def _ids(posted: QueryDict) -> list[int]:
    raw = posted.getlist("only") or posted.getlist("ids")
    if not raw or len(raw) > _MOST or any(not (one.isascii() and one.isdigit() and len(one) < 19) for one in raw):
        raise Http404
    return [int(one) for one in raw]


def _back(request: HttpRequest) -> str:
    return read_filter(request.POST.dict()).address() or reverse("customers:pool")
