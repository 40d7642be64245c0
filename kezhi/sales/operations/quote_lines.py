"""Writing the lines of a quote: read, checked line by line, summed up, stored with one event (SAL-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import now, today
from kezhi.core.events import EventDraft, Json, record_event
from kezhi.core.values.dirt import half_width
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields.base import ParseContext
from kezhi.records.fields.plain import clean_text, refuse_sensitive
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.writing import parents_of
from kezhi.records.registry import record_type
from kezhi.sales.facts_quotes import refresh_quote_facts
from kezhi.sales.kinds_quotes import LINES_CHANGED
from kezhi.sales.models import Product, Quote, QuoteLine
from kezhi.sales.prices import prices_of
from kezhi.sales.quote_amounts import Totals
from kezhi.sales.quote_states import TOTALS, editable_problem, lines_of, sum_up

Text = str | Promise
Problems = dict[str, Text]

MOST_LINES = 200
_LARGEST_PRICE = Decimal("999999999999.99")
_LARGEST_TOTAL = Decimal("99999999999999.99")


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as it was typed, read and checked; amounts in the quote's currency, discount and tax in percent."""

    product_id: int | None
    bundle_id: int | None
    description: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    list_price: Decimal | None
    discount: Decimal
    tax_rate: Decimal


class QuoteChanged(Exception):
    """Somebody else wrote to the quote first."""


def set_quote_lines(quote: Quote, lines: object, *, actor: Actor, version: int | None = None) -> Quote:
    """Replace the lines of a quote by these, in this order, and sum it up anew.

    Each line is a mapping: ``product`` (id or none), ``bundle`` (the bundle it came from), ``description``, ``unit``,
    ``quantity``, ``unit_price``, ``discount`` and ``tax_rate`` in percent. What is missing comes from the product and
    the price list. An agreed discount has to be agreed again: an approved quote goes back to draft. ``version`` is the
    one the actor was looking at.

    Raises:
        NotAllowed: the actor may not change this quote.
        InvalidRecord: with a sentence per place, ``lines.2.discount`` for the third line's.
        QuoteChanged: somebody else changed the quote first.
    """
    with transaction.atomic():
        held = locked_quote(quote.pk, actor)
        require(actor, "edit", held)
        if version is not None and held.version != version:
            raise QuoteChanged
        if (why_not := editable_problem(held.state)) is not None:
            raise InvalidRecord({"lines": why_not})
        drafts = read_lines(held, lines, actor=actor)
        before: dict[str, Json] = {"lines": lines_json(held), "total": str(held.total), "state": held.state}
        totals = sum_up(held, drafts)
        _refuse_size(totals)
        QuoteLine.objects.filter(quote_id=held.pk).delete()
        QuoteLine.objects.bulk_create(
            _row(held, position, draft, totals.lines[position].amount) for position, draft in enumerate(drafts)
        )
        if held.state == Quote.State.APPROVED:
            held.state = Quote.State.DRAFT
        held.changed_at, held.changed_by_id = now(), actor.user_id
        held.version += 1
        held.save(update_fields=["changed_at", "changed_by", "version", "state", "rate", "rate_on", *TOTALS])
        after: dict[str, Json] = {"lines": lines_json(held), "total": str(held.total), "state": held.state}
        _record(held, before, after, actor)
        refresh_quote_facts({held.opportunity_id})
        return held


def locked_quote(quote_id: int, actor: Actor) -> Quote:
    """The quote the actor sees, held for a change."""
    rows = Quote.objects.visible_to(actor).select_related("customer", "opportunity")
    held: Quote = rows.select_for_update(of=("self",)).get(pk=quote_id)
    return held


def read_lines(quote: Quote, lines: object, *, actor: Actor) -> list[LineDraft]:
    """What was typed, read; raises InvalidRecord with the place of every problem."""
    if not isinstance(lines, Sequence) or isinstance(lines, str | bytes):
        raise InvalidRecord({"lines": _("明细应是一个列表")})
    if len(lines) > MOST_LINES:
        raise InvalidRecord({"lines": _("一份报价最多 200 行")})
    rows = [line if isinstance(line, Mapping) else {} for line in lines]
    wanted = {number for row in rows for key in ("product", "bundle") if (number := _id(row.get(key))) is not None}
    kept: set[int | None] = set(QuoteLine.objects.filter(quote_id=quote.pk).values_list("product_id", flat=True))
    # What stands on the quote already may stay, even where the actor does not see it (any more).
    products = {one.pk: one for one in Product.objects.visible_to(actor).filter(pk__in=wanted)}
    products |= {
        one.pk: one
        for one in Product.objects.ungated("lines of a quote the actor edits").filter(
            pk__in=[number for number in wanted if number in kept and number not in products]
        )
    }
    offered = prices_of(
        products.values(), currency=quote.currency, level=quote.customer.level, day=today(), rate=quote.rate
    )
    problems: Problems = {}
    drafts = [
        _read_line(row, f"lines.{position}", products, offered, kept, quote, actor, problems)
        for position, row in enumerate(rows)
    ]
    if problems:
        raise InvalidRecord(problems)
    return drafts


def lines_json(quote: Quote) -> list[Json]:
    """The stored lines as the API and the log carry them."""
    return [line_json(line) for line in lines_of(quote)]


def line_json(line: QuoteLine) -> dict[str, Json]:
    """One stored line as JSON; numbers as text, so that none loses a digit."""
    return {
        "product": line.product_id,
        "bundle": line.bundle_id,
        "description": line.description,
        "unit": line.unit,
        "quantity": plain_number(line.quantity),
        "unit_price": str(line.unit_price),
        "discount": plain_number(line.discount),
        "tax_rate": plain_number(line.tax_rate),
        "amount": str(line.amount),
    }


def plain_number(value: Decimal) -> str:
    """A number without trailing zeros: 2, 2.5."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _read_line(
    row: Mapping[str, Any],
    place: str,
    products: Mapping[int, Product],
    offered: Mapping[int, Decimal],
    kept: set[int | None],
    quote: Quote,
    actor: Actor,
    problems: Problems,
) -> LineDraft:
    product = _product(row.get("product"), products, f"{place}.product", problems)
    bundle = _product(row.get("bundle"), products, f"{place}.bundle", problems)
    if product is not None and not product.is_active and product.pk not in kept:
        problems[f"{place}.product"] = _("这个产品已停售")
    english = quote.language == "en" and product is not None and product.name_en
    name = "" if product is None else (product.name_en if english else product.name)
    description = _text(row.get("description"), 200, f"{place}.description", actor, problems) or name
    if not description and f"{place}.product" not in problems:
        problems[f"{place}.description"] = _("请选产品，或写明这一行是什么")
    list_price = offered.get(product.pk) if product is not None else None
    tax_rate = _number(row, "tax_rate", place, problems, product.tax_rate if product is not None else Decimal(13))
    usual = list_price
    if list_price is not None and quote.is_tax_included:
        usual = (list_price * (1 + tax_rate / 100)).quantize(Decimal("0.01"))
    quantity = _number(row, "quantity", place, problems, Decimal(1))
    price = _number(row, "unit_price", place, problems, usual)
    discount = _number(row, "discount", place, problems, bundle.bundle_discount if bundle is not None else Decimal(0))
    _check(
        f"{place}.quantity", Decimal("0.001") <= quantity <= 1_000_000, _("数量应在 0.001 到 1,000,000 之间"), problems
    )
    _check(f"{place}.quantity", _places(quantity) <= 3, _("数量最多三位小数"), problems)
    _check(f"{place}.unit_price", price >= 0, _("单价不能是负数"), problems)
    _check(f"{place}.unit_price", price <= _LARGEST_PRICE, _("单价太大了，小数点前最多 12 位"), problems)
    _check(f"{place}.unit_price", _places(price) <= 2, _("单价最多两位小数"), problems)
    _check(f"{place}.discount", 0 <= discount <= 100, _("折扣应在 0 到 100 之间"), problems)
    _check(f"{place}.tax_rate", 0 <= tax_rate <= 100, _("税率应在 0 到 100 之间"), problems)
    for key, value in (("discount", discount), ("tax_rate", tax_rate)):
        _check(f"{place}.{key}", _places(value) <= 2, _("最多两位小数"), problems)
    unit = _text(row.get("unit"), 20, f"{place}.unit", actor, problems) or (product.unit if product is not None else "")
    return LineDraft(
        product.pk if product is not None else None,
        bundle.pk if bundle is not None else None,
        description,
        unit,
        quantity,
        price,
        list_price,
        discount,
        tax_rate,
    )


def _check(place: str, is_right: bool, sentence: Text, problems: Problems) -> None:
    if not is_right:
        problems.setdefault(place, sentence)


def _product(raw: object, products: Mapping[int, Product], place: str, problems: Problems) -> Product | None:
    if raw in (None, "", 0):
        return None
    number = _id(raw)
    if number is None or number not in products:
        problems[place] = _("没有这个产品，或者您看不到它")
        return None
    return products[number]


def _id(raw: object) -> int | None:
    if isinstance(raw, bool):
        return None
    text = str(raw) if isinstance(raw, int | str) else ""
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 19 and int(text) else None


def _number(row: Mapping[str, Any], key: str, place: str, problems: Problems, default: Decimal | None) -> Decimal:
    raw = row.get(key)
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        if default is None:
            problems.setdefault(f"{place}.{key}", _("必填"))
        return default if default is not None else Decimal(0)
    text = "" if isinstance(raw, bool) else half_width(str(raw)).replace(",", "").strip().rstrip("%").lstrip("¥￥$€ ")
    try:
        value = Decimal(text) if len(text) <= 40 else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite():
        problems[f"{place}.{key}"] = _("请填写数字")
        return Decimal(0)
    return value


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _text(raw: object, longest: int, place: str, actor: Actor, problems: Problems) -> str:
    text = clean_text("" if raw is None else raw, multiline=False)
    if len(text) > longest:
        problems[place] = _("太长了，请写短一些")
    try:
        refuse_sensitive(text, ParseContext(actor))
    except ValueProblem as problem:
        problems[place] = problem.message
    return text[:longest]


def _refuse_size(totals: Totals) -> None:
    if max(totals.total, totals.total_cny, totals.subtotal) > _LARGEST_TOTAL:
        raise InvalidRecord({"lines": _("合计太大了，请检查单价和数量")})


def _row(quote: Quote, position: int, draft: LineDraft, amount: Decimal) -> QuoteLine:
    return QuoteLine(
        quote=quote,
        position=position,
        product_id=draft.product_id,
        bundle_id=draft.bundle_id,
        description=draft.description,
        unit=draft.unit,
        quantity=draft.quantity,
        unit_price=draft.unit_price,
        list_price=draft.list_price,
        discount=draft.discount,
        tax_rate=draft.tax_rate,
        amount=amount,
    )


def _record(quote: Quote, before: Mapping[str, Json], after: Mapping[str, Json], actor: Actor) -> None:
    known = record_type("quote")
    changes = {key: (before[key], after[key]) for key in after if before[key] != after[key]}
    if not changes:
        return
    draft = EventDraft(
        kind=LINES_CHANGED.key,
        record_type="quote",
        record_id=quote.pk,
        actor=actor.ref,
        changes=changes,
        facts={"version": quote.version},
        also=parents_of(known, quote),
    )
    record_event(draft)
