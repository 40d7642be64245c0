"""What a bundle is made of, and its price (SAL-4)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, EventKind, Json, record_event, register_event_kind
from kezhi.records.operations import InvalidRecord, change_record
from kezhi.sales.models import BundleLine, Product
from kezhi.sales.operations.quote_lines import plain_number
from kezhi.sales.quote_amounts import cents

Text = str | Promise

BUNDLE_CHANGED = EventKind("product.bundle_changed", _("改了组合里的产品"), icon="rows", family="sales")
register_event_kind(BUNDLE_CHANGED)

MOST_PARTS = 50


def set_bundle_lines(bundle: Product, parts: object, *, actor: Actor) -> Product:
    """Make a bundle of these products: mappings with ``product`` (id) and ``quantity``, in this order.

    The bundle's price becomes the sum of its parts less its discount.

    Raises:
        NotAllowed: the actor may not change the product.
        InvalidRecord: with a sentence per place, ``parts.1.quantity`` for the second part's.
    """
    with transaction.atomic():
        rows = Product.objects.visible_to(actor).select_for_update(of=("self",))
        held: Product = rows.get(pk=bundle.pk)
        require(actor, "edit", held)
        if held.kind != Product.Kind.BUNDLE:
            raise InvalidRecord({"parts": _("只有组合才由别的产品组成")})
        found = _read(held, parts, actor)
        before = bundle_json(held)
        BundleLine.objects.filter(bundle_id=held.pk).delete()
        BundleLine.objects.bulk_create(
            BundleLine(bundle=held, product=product, position=position, quantity=quantity)
            for position, (product, quantity) in enumerate(found)
        )
        after = bundle_json(held)
        if before != after:
            draft = EventDraft(
                kind=BUNDLE_CHANGED.key,
                record_type="product",
                record_id=held.pk,
                actor=actor.ref,
                changes={"parts": (list(before), list(after))},
                facts={"at": now().isoformat()},
            )
            record_event(draft)
        price = bundle_price(found, held.bundle_discount)
        if price != held.price:
            held = change_record(held, {"price": str(price)}, actor=actor)
        return held


def bundle_price(parts: Sequence[tuple[Product, Decimal]], discount: Decimal) -> Decimal:
    """What the parts cost together, less the discount in percent."""
    return sum((cents(part.price * number * (1 - discount / 100)) for part, number in parts), Decimal(0))


def bundle_json(bundle: Product) -> list[dict[str, Json]]:
    """The parts of a bundle as the API and the log carry them."""
    rows = BundleLine.objects.filter(bundle_id=bundle.pk).order_by("position", "id")
    return [{"product": row.product_id, "quantity": plain_number(row.quantity)} for row in rows]


def _read(held: Product, parts: object, actor: Actor) -> list[tuple[Product, Decimal]]:
    if not isinstance(parts, Sequence) or isinstance(parts, str | bytes) or len(parts) > MOST_PARTS:
        raise InvalidRecord({"parts": _("组合里最多 50 个产品")})
    rows = [part if isinstance(part, Mapping) else {} for part in parts]
    ids = [str(row.get("product") or "") for row in rows]
    known = {
        str(one.pk): one
        for one in Product.objects.visible_to(actor).filter(
            pk__in=[text for text in ids if text.isascii() and text.isdecimal() and len(text) < 19]
        )
    }
    problems: dict[str, Text] = {}
    found = []
    for position, (row, text) in enumerate(zip(rows, ids, strict=True)):
        product = known.get(text)
        quantity = _quantity(row.get("quantity"))
        if product is None:
            problems[f"parts.{position}.product"] = _("没有这个产品，或者您看不到它")
        elif product.kind == Product.Kind.BUNDLE:
            problems[f"parts.{position}.product"] = _("组合里不能再放组合")
        elif text in ids[:position]:
            problems[f"parts.{position}.product"] = _("这个产品已在组合里，请改它的数量")
        if quantity is None:
            problems[f"parts.{position}.quantity"] = _("数量应在 0.001 到 1,000,000 之间")
        if product is not None and quantity is not None:
            found.append((product, quantity))
    if problems:
        raise InvalidRecord(problems)
    return found


def _quantity(raw: object) -> Decimal | None:
    try:
        value = Decimal(str(raw if raw not in (None, "") else "1").strip())
    except InvalidOperation:
        return None
    is_right = value.is_finite() and Decimal("0.001") <= value <= 1_000_000 and value == round(value, 3)
    return value if is_right else None
