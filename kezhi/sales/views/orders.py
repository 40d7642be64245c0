"""Orders on their pages, behind the customer's private link, and from the ERP (SAL-7, SAL-9)."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.values.email import mask_email
from kezhi.records.api.bodies import json_object
from kezhi.records.api.problems import ApiProblem, api
from kezhi.records.child_rows import children_json, take_children, write_children
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import Presenter, present
from kezhi.records.registry import record_type
from kezhi.records.views.answers import signed_in
from kezhi.sales.models import Contract, Order, OrderLine, PrivateLink, Product
from kezhi.sales.operations.orders import (
    MOST_LINES,
    lines_json,
    order_from_contract,
    set_order_lines,
    store_external_order,
)
from kezhi.sales.order_progress import PURPOSE, link_end, progress_of
from kezhi.sales.private_links import (
    PrivatePage,
    make_private_link,
    private_address,
    register_private_page,
    revoke_private_links,
)
from kezhi.sales.private_locks import locks_by_default, mail_is_on, must_lock, read_lock
from kezhi.sales.views.contracts import answer_sheet, first_problem
from kezhi.ui.toasts import toast
from kezhi.work.notices_wording import whole_address

_SPARE_ROWS = 3
_KEYS = ("product", "description", "quantity", "unit", "unit_price")
_MOST_PRODUCTS = 500


@require_POST
@signed_in
def from_contract(request: HttpRequest, actor: Actor, contract_id: int) -> HttpResponseBase:
    """POST /contracts/5/order/: the order a signed contract is."""
    contract = Contract.objects.visible_to(actor).get(pk=contract_id)
    try:
        order = order_from_contract(contract, actor=actor)
    except InvalidRecord as error:
        toast(request, first_problem(error), tone="danger")
        return answer_sheet(request, contract)
    toast(request, _("订单已生成"))
    return answer_sheet(request, order)


@require_http_methods(["GET", "POST"])
@signed_in
def lines(request: HttpRequest, actor: Actor, order_id: int) -> HttpResponseBase:
    """GET/POST /orders/5/lines/: what was ordered."""
    order = _order(order_id, actor)
    context: dict[str, Any] = {
        "order": present(order, actor),
        "products": Product.objects.visible_to(actor).filter(is_active=True).order_by("name", "pk")[:_MOST_PRODUCTS]
        if actor.allows("product", "view")
        else (),
        "problems": [],
    }
    if request.method == "GET":
        rows = lines_json(order, actor)
        context["lines"] = [*rows, *({} for _spare in range(_SPARE_ROWS))]
        return render(request, "sales/orders/lines.html", context)
    columns = {key: request.POST.getlist(key)[: MOST_LINES + 10] for key in _KEYS}
    typed = [dict(zip(_KEYS, row, strict=True)) for row in zip(*columns.values(), strict=False)]
    typed = [row for row in typed if row["product"] or row["description"].strip()]
    try:
        set_order_lines(order, typed, actor=actor)
    except InvalidRecord as error:
        context |= {
            "lines": [*typed, *({} for _spare in range(_SPARE_ROWS))],
            "problems": [_line_problem(key, str(text)) for key, text in error.problems.items()],
        }
        return render(request, "sales/orders/lines.html", context, status=422)
    toast(request, _("订单明细已保存"))
    return answer_sheet(request, order)


@require_http_methods(["GET", "POST"])
@signed_in
def link(request: HttpRequest, actor: Actor, order_id: int) -> HttpResponseBase:
    """GET/POST /orders/5/link/: a private link by which the customer follows the order, shown once.

    With ``locked`` it opens only with a code sent to ``lock_to``.
    """
    order = _order(order_id, actor)
    end = link_end()
    context: dict[str, Any] = {"order": present(order, actor), "end": end, "mail_is_on": mail_is_on()}
    context |= {"must_lock": must_lock(), "is_locked": locks_by_default(), "lock_to": _address_of(order, actor)}
    if request.method == "GET":
        return render(request, "sales/orders/link_form.html", context)
    wanted, lock_to = request.POST.get("locked") == "on", request.POST.get("lock_to", "").strip()[:254]
    try:
        lock = read_lock(wanted, lock_to, place="lock_to")
    except InvalidRecord as refused:
        context |= {"is_locked": True, "lock_to": lock_to, "problem": first_problem(refused)}
        return render(request, "sales/orders/link_form.html", context, status=422)
    _made, token = make_private_link(
        PURPOSE, order, expires_at=end, actor=actor, note=mask_email(lock) if lock else "", locked_to=lock
    )
    context |= {"address": whole_address(private_address(token)), "lock": lock}
    answer = render(request, "sales/orders/link.html", context)
    answer.headers["Cache-Control"] = "no-store, private"
    return answer


@require_POST
@signed_in
def link_end_now(request: HttpRequest, actor: Actor, order_id: int) -> HttpResponseBase:
    """POST /orders/5/link/end/: nobody outside follows the order any more."""
    order = _order(order_id, actor)
    revoke_private_links(order, actor=actor, purpose=PURPOSE)
    toast(request, _("对外链接已收回"))
    return answer_sheet(request, order)


def show_progress(request: HttpRequest, link: PrivateLink, order: Order, token: str) -> HttpResponseBase:
    """What anybody who holds the link sees: steps, days, tracking and what was ordered; no prices, no people."""
    context = {
        "order": order,
        "steps": progress_of(order),
        "lines": OrderLine.objects.filter(order_id=order.pk).order_by("position", "pk"),
    }
    return render(request, "sales/orders/progress.html", context)


register_private_page(PrivatePage(PURPOSE, show=show_progress))


@csrf_exempt
@api
def external(request: HttpRequest, actor: Actor, external_number: str) -> HttpResponse:
    """PUT /api/v1/orders/external/ERP-1/: the ERP's order as it is now; sent twice it is one order."""
    if request.method != "PUT":
        raise ApiProblem(405, "method_not_allowed", _("这里只接受 PUT"))
    known = record_type("order")
    values = json_object(request)
    children = take_children(known, values)
    number = external_number.strip()[:80]
    if not number:
        raise ApiProblem(422, "invalid", _("请写明外部单号"))
    order, is_new = store_external_order(
        number, values, actor=actor, children=lambda made: write_children(known, made, children, actor=actor)
    )
    order.refresh_from_db()
    body = {**present(order, actor).as_json(), **children_json(known, order, actor)}
    return HttpResponse(
        json.dumps(body, ensure_ascii=False), status=201 if is_new else 200, content_type="application/json"
    )


def _order(pk: int, actor: Actor) -> Order:
    found: Order = Order.objects.visible_to(actor).select_related("customer").get(pk=pk)
    require(actor, "edit", found)
    return found


def _address_of(order: Order, actor: Actor) -> str:
    """The mail address of the customer, if the actor may read it; "" else."""
    known = record_type("customer")
    if order.customer is None or not known.readable("email", actor, known.policy.owner_id(order.customer)):
        return ""
    return Presenter(known, actor).text(order.customer, "email")


def _line_problem(key: str, text: str) -> str:
    part = key.split(".")
    if len(part) > 1 and part[1].isdigit():
        return _("第 %(number)s 行：%(problem)s") % {"number": int(part[1]) + 1, "problem": text}
    return text
