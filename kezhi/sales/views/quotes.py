"""What is done on a quote's page: its lines, its way to the customer, its versions (SAL-4)."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.records.child_rows import child_rows, may_read_rows
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import record_type
from kezhi.records.search.finding import find_records
from kezhi.records.views.answers import signed_in
from kezhi.sales.models import Product, Quote
from kezhi.sales.operations.quote_lines import QuoteChanged, set_quote_lines
from kezhi.sales.operations.quotes import new_version, submit_quote
from kezhi.sales.quote_differences import differences
from kezhi.sales.quote_editor import Line, empty_line, make_editor, stored_lines, typed_lines, with_product
from kezhi.sales.quote_states import editable_problem
from kezhi.ui.toasts import toast
from kezhi.work.approvals import ApprovalProblem

_FOUND = 20


def find_quote(quote_id: int, actor: Actor) -> Quote:
    """A quote the actor sees, lines and amounts included; 404 for others."""
    known = record_type("quote")
    rows = Quote.objects.visible_to(actor).select_related("customer", "opportunity", "contact", "owner")
    quote: Quote | None = rows.filter(pk=quote_id).first()
    if quote is None or not may_read_rows(known, quote, child_rows(known)["lines"], actor):
        raise Http404
    return quote


@require_http_methods(["GET", "POST"])
@signed_in
def lines(request: HttpRequest, actor: Actor, quote_id: int) -> HttpResponseBase:
    """GET the line editor; POST ``act``: save, or sum, add, text, remove, up, down without saving anything."""
    quote = find_quote(quote_id, actor)
    require(actor, "edit", quote)
    if (why_not := editable_problem(quote.state)) is not None:
        toast(request, why_not, tone="danger")
        return redirect(f"/quotes/{quote.pk}/")
    if request.method == "GET":
        editor = make_editor(quote, stored_lines(quote), actor=actor, version=quote.version)
        return render(request, "sales/quotes/lines.html", {"editor": editor})
    act, _dash, at = request.POST.get("act", "save").partition("-")
    typed = typed_lines(request.POST)
    version = _whole(request.POST.get("version", ""), quote.version)
    if act == "save":
        return _save(request, quote, typed, version, actor)
    if act == "sum":
        editor = make_editor(quote, typed, actor=actor, version=version)
        return render(request, "sales/quotes/_sums.html", {"editor": editor})
    changed, focus, words = _rearranged(request, quote, typed, act, at, actor)
    editor = make_editor(quote, changed, actor=actor, version=version, focus=focus, announcement=words)
    template = "sales/quotes/_editor.html" if request.headers.get("HX-Request") else "sales/quotes/lines.html"
    return render(request, template, {"editor": editor})


def _save(request: HttpRequest, quote: Quote, typed: list[Line], version: int, actor: Actor) -> HttpResponseBase:
    try:
        set_quote_lines(quote, typed, actor=actor, version=version)
    except InvalidRecord as refused:
        editor = make_editor(quote, typed, actor=actor, version=version, problems=refused.problems)
        return render(request, "sales/quotes/lines.html", {"editor": editor}, status=422)
    except QuoteChanged:
        # Saving once more, now that the person knows, lays these lines over what the other one stored.
        fresh = find_quote(quote.pk, actor)
        editor = make_editor(fresh, typed, actor=actor, version=fresh.version, conflict=True)
        return render(request, "sales/quotes/lines.html", {"editor": editor}, status=409)
    toast(request, _("明细已保存"))
    return redirect(f"/quotes/{quote.pk}/")


def _rearranged(
    request: HttpRequest, quote: Quote, typed: list[Line], act: str, at: str, actor: Actor
) -> tuple[list[Line], int | None, str]:
    position = _whole(at, -1)
    if act == "add":
        result = with_product(quote, typed, request.POST.get("add_product", ""), actor=actor)
        return result, (len(typed) if len(result) > len(typed) else None), _("已添加")
    if act == "text":
        return [*typed, empty_line(quote)], len(typed), _("已添加一行")
    if not 0 <= position < len(typed):
        return typed, None, ""
    if act == "remove":
        return typed[:position] + typed[position + 1 :], None, _("已删除第 %(line)s 行") % {"line": position + 1}
    other = position + (-1 if act == "up" else 1)
    if act in ("up", "down") and 0 <= other < len(typed):
        typed[position], typed[other] = typed[other], typed[position]
        return typed, None, _("移到第 %(line)s 行") % {"line": other + 1}
    return typed, None, ""


@require_GET
@signed_in
def products(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET ?q=: products on sale, as JSON for the search field: name, and code and price as the hint."""
    if not actor.allows("product", "view"):
        raise Http404
    text = request.GET.get("q", "").strip()[:80]
    rows = Product.objects.visible_to(actor).filter(is_active=True)
    if text:
        hits = [
            hit.record.id for group in find_records(text, actor, only=("product",), most=_FOUND) for hit in group.hits
        ]
        codes = rows.filter(code__istartswith=text).values_list("pk", flat=True)[:_FOUND]
        rows = rows.filter(pk__in=[*hits, *codes])
    known = record_type("product")
    found = []
    for product in rows.order_by("name", "id")[:_FOUND]:
        price = f"{product.currency} {product.price:,.2f}" if known.readable("price", actor, product.owner_id) else ""
        hint = " · ".join(part for part in (product.code, price) if part)
        found.append({"value": str(product.pk), "text": product.name, "hint": hint})
    return JsonResponse(found, safe=False)


def _act(
    request: HttpRequest, actor: Actor, quote_id: int, do: Callable[[Quote], Quote], done: Callable[[Quote], str]
) -> HttpResponseBase:
    quote = find_quote(quote_id, actor)
    try:
        result = do(quote)
    except InvalidRecord as refused:
        toast(request, next(iter(refused.problems.values())), tone="danger")
        return redirect(f"/quotes/{quote_id}/")
    except ApprovalProblem as problem:
        toast(request, problem.message, tone="danger")
        return redirect(f"/quotes/{quote_id}/")
    toast(request, done(result))
    return redirect(f"/quotes/{result.pk}/")


@require_POST
@signed_in
def submission(request: HttpRequest, actor: Actor, quote_id: int) -> HttpResponseBase:
    """POST: ready to be sent, or off to whoever has to agree to the discount."""

    def words(quote: Quote) -> str:
        return _("已提交审批") if quote.state == Quote.State.WAITING else _("可以发送了")

    return _act(request, actor, quote_id, lambda quote: submit_quote(quote, actor=actor), words)


@require_POST
@signed_in
def version(request: HttpRequest, actor: Actor, quote_id: int) -> HttpResponseBase:
    """POST: a new version as a draft; the page goes there."""

    def words(made: Quote) -> str:
        return _("这是第 %(edition)s 版，改好后发给客户") % {"edition": made.edition}

    return _act(request, actor, quote_id, lambda quote: new_version(quote, actor=actor), words)


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else otherwise


@require_GET
@signed_in
def difference(request: HttpRequest, actor: Actor, quote_id: int) -> HttpResponseBase:
    """GET: what this version says otherwise than the one before."""
    quote = find_quote(quote_id, actor)
    before = find_quote(quote.replaces_id or 0, actor)
    context = {"quote": quote, "before": before, "rows": differences(before, quote, actor)}
    return render(request, "sales/quotes/differences.html", context)
