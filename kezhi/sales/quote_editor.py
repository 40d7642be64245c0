"""The line editor of a quote: what it shows, from what is stored or what was typed (SAL-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.core.clock import today
from kezhi.records.operations import InvalidRecord
from kezhi.sales.currencies import currency_sign
from kezhi.sales.models import BundleLine, Product, Quote
from kezhi.sales.operations.quote_lines import MOST_LINES, line_json, plain_number, read_lines
from kezhi.sales.operations.quotes import discount_limit
from kezhi.sales.prices import prices_of
from kezhi.sales.quote_amounts import Totals, totals_of
from kezhi.sales.quote_states import lines_of

KEYS = ("product", "bundle", "description", "unit", "quantity", "unit_price", "discount", "tax_rate")
Line = dict[str, str]
Problems = Mapping[str, str | Promise]


@dataclass(frozen=True, slots=True)
class EditorRow:
    """One line as typed, with what it comes to and what is wrong with it."""

    position: int
    values: Line
    amount: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    is_first: bool = False
    is_last: bool = False

    @property
    def number(self) -> int:
        """The line's number, from 1."""
        return self.position + 1


@dataclass(frozen=True, slots=True)
class Editor:
    """The whole editor."""

    quote: Quote
    rows: Sequence[EditorRow]
    totals: Totals | None
    products: Sequence[tuple[int, str]]
    version: int
    problem: str = ""
    conflict: bool = False
    focus: int | None = None
    announcement: str = ""

    @property
    def sign(self) -> str:
        """What stands before amounts."""
        return currency_sign(self.quote.currency)

    @property
    def over_limit(self) -> bool:
        """Whether the discount would need approval."""
        return self.totals is not None and self.totals.largest_discount > discount_limit(self.quote)

    @property
    def is_foreign(self) -> bool:
        """Whether the total is shown in yuan as well."""
        return self.quote.currency != "CNY"


def stored_lines(quote: Quote) -> list[Line]:
    """The stored lines as the form carries them."""
    rows = []
    for line in lines_of(quote):
        known = line_json(line)
        rows.append({key: "" if known[key] is None else str(known[key]) for key in KEYS})
    return rows


def typed_lines(posted: QueryDict) -> list[Line]:
    """The lines of a posted form, in the order in which they stand there."""
    columns = [posted.getlist(f"line-{key}") for key in KEYS]
    count = min(max((len(column) for column in columns), default=0), MOST_LINES + 1)
    return [
        {key: column[at][:400] if at < len(column) else "" for key, column in zip(KEYS, columns, strict=True)}
        for at in range(count)
    ]


def make_editor(
    quote: Quote,
    lines: Sequence[Line],
    *,
    actor: Actor,
    version: int,
    problems: Problems | None = None,
    conflict: bool = False,
    focus: int | None = None,
    announcement: str = "",
) -> Editor:
    """The editor with these lines; ``problems`` as an operation gave them, else those found by reading the lines."""
    totals: Totals | None = None
    found: Problems = problems or {}
    try:
        drafts = read_lines(quote, lines, actor=actor)
    except InvalidRecord as refused:
        found = found or refused.problems
    else:
        totals = totals_of(
            drafts, discount=quote.discount or Decimal(0), is_tax_included=quote.is_tax_included, rate=quote.rate
        )
    rows = []
    for position, line in enumerate(lines):
        own = f"lines.{position}."
        is_fresh = position == focus  # just added: nothing was typed there yet
        wrong = (
            {} if is_fresh else {key.removeprefix(own): str(text) for key, text in found.items() if key.startswith(own)}
        )
        amount = f"{totals.lines[position].amount:,.2f}" if totals is not None else ""
        rows.append(EditorRow(position, line, amount, wrong, position == 0, position == len(lines) - 1))
    whole = next((str(text) for key, text in found.items() if not key.startswith("lines.")), "")
    if not whole and found and problems:
        count = len({key.split(".")[1] for key in found})
        whole = _("有 %(count)s 行需要改，其余都已保留") % {"count": count}
    return Editor(quote, rows, totals, _offered(actor), version, whole, conflict, focus, announcement)


def with_product(quote: Quote, lines: Sequence[Line], product_id: str, *, actor: Actor) -> list[Line]:
    """The lines with a product added; a bundle adds each of its parts with the bundle's discount."""
    result = list(lines)
    number = int(product_id) if product_id.isascii() and product_id.isdecimal() and len(product_id) < 19 else 0
    product = Product.objects.visible_to(actor).filter(pk=number, is_active=True).first()
    if product is None:
        return result
    parts: list[tuple[Product, Decimal]] = [(product, Decimal(1))]
    bundle: Product | None = None
    if product.kind == Product.Kind.BUNDLE:
        bundle = product
        rows = BundleLine.objects.filter(bundle_id=product.pk).select_related("product").order_by("position", "id")
        parts = [(row.product, row.quantity) for row in rows if row.product.deleted_at is None]
    offered = prices_of(
        [part for part, _quantity in parts],
        currency=quote.currency,
        level=quote.customer.level,
        day=today(),
        rate=quote.rate,
    )
    for part, quantity in parts:
        result.append(_line(quote, part, quantity, bundle, offered.get(part.pk)))
    return result


def _line(quote: Quote, part: Product, quantity: Decimal, bundle: Product | None, price: Decimal | None) -> Line:
    if price is not None and quote.is_tax_included:
        price = (price * (1 + part.tax_rate / 100)).quantize(Decimal("0.01"))
    name = part.name_en if quote.language == "en" and part.name_en else part.name
    return {
        "product": str(part.pk),
        "bundle": str(bundle.pk) if bundle is not None else "",
        "description": name,
        "unit": part.unit,
        "quantity": plain_number(quantity),
        "unit_price": "" if price is None else str(price),
        "discount": plain_number(bundle.bundle_discount) if bundle is not None else "0",
        "tax_rate": plain_number(part.tax_rate),
    }


def empty_line(quote: Quote) -> Line:
    """A line for free words."""
    return {**dict.fromkeys(KEYS, ""), "quantity": "1", "discount": "0", "tax_rate": "13"}


def _offered(actor: Actor) -> list[tuple[int, str]]:
    """The first products for those without scripts; the search finds the rest."""
    if not actor.allows("product", "view"):
        return []
    rows = Product.objects.visible_to(actor).filter(is_active=True).order_by("name", "id")
    return list(rows.values_list("pk", "name")[:100])
