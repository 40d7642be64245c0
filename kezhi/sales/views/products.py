"""A product's price list and a bundle's parts, each as a form of rows; empty rows are left out (SAL-4)."""

from collections.abc import Mapping, Sequence

from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import today
from kezhi.records.lists import list_choices
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import record_type
from kezhi.records.views.answers import signed_in
from kezhi.sales.choices import currencies
from kezhi.sales.models import Product
from kezhi.sales.operations.bundles import bundle_json, set_bundle_lines
from kezhi.sales.operations.prices import prices_json, set_prices
from kezhi.ui.toasts import toast

_PRICE_KEYS = ("currency", "level", "valid_from", "price")
_PART_KEYS = ("product", "quantity")
_BLANK = 3
Row = dict[str, str]


@require_http_methods(["GET", "POST"])
@signed_in
def prices(request: HttpRequest, actor: Actor, product_id: int) -> HttpResponseBase:
    """GET/POST /products/12/prices/: prices by currency, customer level and day."""
    product = _product(product_id, actor)
    if not record_type("product").writable("price", actor, product.owner_id):
        raise Http404
    rows: list[Row] = [{key: str(value) for key, value in row.items()} for row in prices_json(product)]
    problems: Mapping[str, str] = {}
    if request.method == "POST":
        rows = [row for row in _rows(request.POST, _PRICE_KEYS) if row["price"].strip()]
        try:
            set_prices(product, rows, actor=actor)
        except InvalidRecord as refused:
            problems = {key: str(text) for key, text in refused.problems.items()}
        else:
            toast(request, _("价格表已保存"))
            return redirect(f"/products/{product.pk}/")
    blank = {"currency": "CNY", "level": "", "valid_from": today().isoformat(), "price": ""}
    context = {
        "product": product,
        "rows": _numbered(rows, blank, problems, "prices"),
        "problems": problems,
        "currencies": [(one.value, one.label) for one in currencies().options()],
        "levels": [(one.value, one.label) for one in list_choices("level").options()],
    }
    return render(request, "sales/products/prices_form.html", context, status=422 if problems else 200)


@require_http_methods(["GET", "POST"])
@signed_in
def bundle(request: HttpRequest, actor: Actor, product_id: int) -> HttpResponseBase:
    """GET/POST /products/12/bundle/: what a bundle is made of."""
    product = _product(product_id, actor)
    if product.kind != Product.Kind.BUNDLE:
        raise Http404
    rows: list[Row] = [{key: str(value) for key, value in row.items()} for row in bundle_json(product)]
    problems: Mapping[str, str] = {}
    if request.method == "POST":
        rows = [row for row in _rows(request.POST, _PART_KEYS) if row["product"].strip()]
        try:
            set_bundle_lines(product, rows, actor=actor)
        except InvalidRecord as refused:
            problems = {key: str(text) for key, text in refused.problems.items()}
        else:
            toast(request, _("组合已保存"))
            return redirect(f"/products/{product.pk}/")
    context = {
        "product": product,
        "rows": _numbered(rows, {"product": "", "quantity": ""}, problems, "parts"),
        "problems": problems,
        "products": _offered(rows, actor),
    }
    return render(request, "sales/products/bundle_form.html", context, status=422 if problems else 200)


def _product(product_id: int, actor: Actor) -> Product:
    product: Product | None = Product.objects.visible_to(actor).filter(pk=product_id).first()
    if product is None:
        raise Http404
    require(actor, "edit", product)
    return product


def _rows(posted: QueryDict, keys: Sequence[str]) -> list[Row]:
    columns = [posted.getlist(key) for key in keys]
    count = min(max(len(column) for column in columns), 300)
    return [
        {key: column[at][:100] if at < len(column) else "" for key, column in zip(keys, columns, strict=True)}
        for at in range(count)
    ]


def _numbered(rows: list[Row], blank: Row, problems: Mapping[str, str], place: str) -> list[dict[str, object]]:
    """The rows and a few empty ones, each with what is wrong in it."""
    shown: list[dict[str, object]] = []
    for position, row in enumerate([*rows, *(dict(blank) for _turn in range(_BLANK))]):
        own = f"{place}.{position}."
        wrong = " ".join(text for key, text in problems.items() if key.startswith(own))
        shown.append({**row, "number": position + 1, "problem": wrong})
    return shown


def _offered(rows: Sequence[Row], actor: Actor) -> list[tuple[str, str]]:
    chosen = [int(row["product"]) for row in rows if row["product"].isascii() and row["product"].isdecimal()]
    products = Product.objects.visible_to(actor).exclude(kind=Product.Kind.BUNDLE)
    first = products.filter(is_active=True).order_by("name", "id").values_list("pk", "name")[:200]
    found = dict(first) | dict(products.filter(pk__in=chosen[:100]).values_list("pk", "name"))
    return [(str(pk), name) for pk, name in found.items()]
