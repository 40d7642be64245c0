"""Orders beyond creating and changing them: from a contract, from the ERP, their lines (SAL-7)."""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed, require, require_area
from kezhi.core.clock import today
from kezhi.core.events import record_event
from kezhi.core.values.money import parse_money
from kezhi.core.values.problem import ValueProblem
from kezhi.records.behaviour import Draft
from kezhi.records.child_rows import ChildRows, register_child_rows
from kezhi.records.fields.base import ParseContext
from kezhi.records.fields.plain import clean_text, refuse_sensitive
from kezhi.records.operations import InvalidRecord, change_record, create_record
from kezhi.records.operations.writing import store_changes
from kezhi.records.registry import record_type
from kezhi.sales import kinds_contracts as kinds
from kezhi.sales.contract_events import told
from kezhi.sales.facts_contracts import BINDING
from kezhi.sales.models import Contract, Order, OrderLine, Product, QuoteLine

MOST_LINES = 200
_CENT = Decimal("0.01")
_LARGEST_QUANTITY = Decimal(999999999)


@transaction.atomic
def order_from_contract(contract: Contract, *, actor: Actor) -> Order:
    """The order that a signed contract is, with the lines of its quote; asking twice gives the first one again.

    Raises:
        NotAllowed: the actor does not see the contract or may not create orders.
        InvalidRecord: the contract is not signed, or is an amendment.
    """
    require_area(actor, "order", "create")
    stored = Contract.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=contract.pk)
    if stored.state not in BINDING or stored.amends_id is not None:
        raise InvalidRecord({"": _("合同签署后才能生成订单。")})
    known = Order.objects.ungated("made already").filter(contract_id=stored.pk, deleted_at__isnull=True)
    first = known.exclude(state=Order.State.CANCELLED).order_by("pk").first()
    if first is not None:
        return _order(first)
    values: dict[str, Any] = {
        "name": stored.name[:120],
        "customer": str(stored.customer_id),
        "contract": str(stored.pk),
        "ordered_on": (stored.signed_on or today()).isoformat(),
        "amount": stored.total_amount,
    }
    if stored.owner_id and actor.owners("order", "create") is None:
        values["owner"] = str(stored.owner_id)
    order = _order(create_record(record_type("order"), values, actor=actor))
    if stored.quote_id is not None:
        lines = QuoteLine.objects.filter(quote_id=stored.quote_id).order_by("position", "pk")
        OrderLine.objects.bulk_create(
            OrderLine(
                order=order,
                position=place,
                product_id=line.product_id,
                description=line.description,
                unit=line.unit,
                quantity=line.quantity,
                unit_price=line.unit_price,
                amount=line.amount,
            )
            for place, line in enumerate(lines)
        )
    return order


@transaction.atomic
def store_external_order(
    external_number: str,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    children: Callable[[Order], None] = lambda order: None,
) -> tuple[Order, bool]:
    """The ERP's order of this number as it is now: made, or changed where it is here already; whether it is new.

    ``children`` writes its lines in the same transaction.
    """
    number = external_number.strip()
    rows = Order.objects.ungated("order of the ERP").filter(external_number=number, deleted_at__isnull=True)
    found = rows.select_for_update(of=("self",)).first()
    given = {**values, "external_number": number}
    if found is None:
        made = _order(create_record(record_type("order"), given, actor=actor))
        children(made)
        return made, True
    if not Order.objects.visible_to(actor).filter(pk=found.pk).exists():
        raise NotAllowed(subject="order", action="view")
    changed = _order(change_record(found, given, actor=actor))
    children(changed)
    return changed, False


@transaction.atomic
def set_order_lines(order: Order, raw: object, *, actor: Actor) -> Order:
    """Replace the lines of an order; its amount becomes their sum.

    Each line is a mapping: ``product`` (id or none), ``description``, ``unit``, ``quantity``, ``unit_price``.

    Raises:
        NotAllowed: the actor may not change this order.
        InvalidRecord: with a sentence per place, ``lines.2.quantity`` for the third line's.
    """
    stored = Order.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=order.pk)
    require(actor, "edit", stored)
    if not isinstance(raw, Sequence) or isinstance(raw, str | bytes):
        raise InvalidRecord({"lines": _("明细应是一个列表")})
    if len(raw) > MOST_LINES:
        raise InvalidRecord({"lines": _("一张订单最多 %(most)s 行") % {"most": MOST_LINES}})
    rows = [line if isinstance(line, Mapping) else {} for line in raw]
    wanted = {number for row in rows if (number := _number(row.get("product"))) is not None}
    products = {one.pk: one for one in Product.objects.visible_to(actor).filter(pk__in=wanted)}
    problems: dict[str, str | Promise] = {}
    lines = [_read(stored, place, row, products, problems, actor) for place, row in enumerate(rows)]
    if problems:
        raise InvalidRecord(problems)
    OrderLine.objects.filter(order_id=stored.pk).delete()
    OrderLine.objects.bulk_create(lines)
    total = sum((line.amount for line in lines), Decimal(0))
    if lines and total != stored.amount:
        before, stored.amount = {"amount": stored.amount}, total
        draft = Draft(stored, before, {"amount": total}, actor, is_new=False)
        store_changes(record_type("order"), [draft], actor=actor)
    record_event(told(stored, kinds.LINES_SET, actor, {"count": len(lines)}))
    return _order(stored)


def lines_json(order: Order, actor: Actor) -> list[dict[str, Any]]:
    """The lines of an order for programs."""
    return [
        {
            "product": line.product_id,
            "description": line.description,
            "unit": line.unit,
            "quantity": f"{line.quantity.normalize():f}",
            "unit_price": str(line.unit_price),
            "amount": str(line.amount),
        }
        for line in OrderLine.objects.filter(order_id=order.pk).order_by("position", "pk")
    ]


def _read(
    order: Order,
    place: int,
    row: Mapping[str, Any],
    products: Mapping[int, Product],
    problems: dict[str, str | Promise],
    actor: Actor,
) -> OrderLine:
    line = OrderLine(order=order, position=place)
    if row.get("product"):
        product = products.get(_number(row["product"]) or 0)
        if product is None:
            problems[f"lines.{place}.product"] = _("没有这个产品")
        line.product = product
    fallback = line.product
    line.description = clean_text(row.get("description") or (fallback.name if fallback else ""), multiline=False)[:200]
    line.unit = clean_text(row.get("unit") or (fallback.unit if fallback else ""), multiline=False)[:20]
    for key, text in (("description", line.description), ("unit", line.unit)):
        try:
            refuse_sensitive(text, ParseContext(actor))
        except ValueProblem as problem:
            problems[f"lines.{place}.{key}"] = problem.message
    if not line.description:
        problems[f"lines.{place}.description"] = _("请写明是什么")
    try:
        line.quantity = Decimal(str(row.get("quantity") or 1))
        if not line.quantity.is_finite() or not 0 < line.quantity <= _LARGEST_QUANTITY:
            raise ArithmeticError
    except ArithmeticError:
        line.quantity = Decimal(1)
        problems[f"lines.{place}.quantity"] = _("数量要大于零")
    try:
        price = row.get("unit_price")
        line.unit_price = parse_money(str(price)) if price not in (None, "") else (fallback.price if fallback else 0)
        if line.unit_price < 0:
            problems[f"lines.{place}.unit_price"] = _("价格不能是负数")
    except ValueProblem as problem:
        line.unit_price = Decimal(0)
        problems[f"lines.{place}.unit_price"] = problem.message
    line.amount = (line.quantity * line.unit_price).quantize(_CENT, ROUND_HALF_UP)
    if line.amount >= Decimal(10) ** 14:
        problems[f"lines.{place}.quantity"] = _("金额太大")
    return line


def _number(raw: object) -> int | None:
    text = str(raw or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _write_lines(record: Any, raw: object, *, actor: Actor) -> None:
    set_order_lines(record, raw, actor=actor)


def _order(record: Any) -> Order:
    if not isinstance(record, Order):
        raise TypeError("no order")
    return record


register_child_rows(
    "order",
    ChildRows(
        key="lines",
        label=_("明细"),
        governed_by="amount",
        read=lines_json,
        write=_write_lines,
        schema={
            "type": "object",
            "properties": {
                "product": {"type": ["integer", "null"]},
                "description": {"type": "string"},
                "unit": {"type": "string"},
                "quantity": {"type": ["string", "number"]},
                "unit_price": {"type": ["string", "number"]},
                "amount": {"type": "string", "readOnly": True},
            },
        },
    ),
)
