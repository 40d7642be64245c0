"""Keeping price lists and rates (SAL-4)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require, require_area
from kezhi.core import epochs
from kezhi.core.clock import now, today
from kezhi.core.events import EventDraft, EventKind, Json, record_event, register_event_kind
from kezhi.core.values.dates import parse_date
from kezhi.core.values.problem import ValueProblem
from kezhi.records.lists import list_choices
from kezhi.records.operations import InvalidRecord
from kezhi.sales.choices import currencies
from kezhi.sales.currencies import CURRENCIES
from kezhi.sales.models import CurrencyRate, PriceRow, Product

Text = str | Promise

PRICES_CHANGED = EventKind("product.prices_changed", _("改了价格表"), icon="money", family="sales")
RATE_SET = EventKind("sales.rate_set", _("填写了汇率"), icon="money", family="settings")
register_event_kind(PRICES_CHANGED, RATE_SET)

MOST_ROWS = 200
_LARGEST = Decimal("999999999999.99")


def set_prices(product: Product, rows: object, *, actor: Actor) -> Product:
    """Replace a price list: mappings with ``currency``, ``level`` ("" for everybody), ``valid_from``, ``price``.

    Raises:
        NotAllowed: the actor may not change the product.
        InvalidRecord: with a sentence per place, ``prices.1.price`` for the second row's.
    """
    with transaction.atomic():
        held: Product = Product.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=product.pk)
        require(actor, "edit", held)
        found = _read(held, rows)
        before = prices_json(held)
        PriceRow.objects.filter(product_id=held.pk).delete()
        PriceRow.objects.bulk_create(found)
        after = prices_json(held)
        if before != after:
            draft = EventDraft(
                kind=PRICES_CHANGED.key,
                record_type="product",
                record_id=held.pk,
                actor=actor.ref,
                changes={"prices": (list(before), list(after))},
            )
            record_event(draft)
        return held


def prices_json(product: Product) -> list[dict[str, Json]]:
    """The price list as the API and the log carry it."""
    return [
        {
            "currency": row.currency,
            "level": row.level,
            "valid_from": row.valid_from.isoformat(),
            "price": str(row.price),
        }
        for row in PriceRow.objects.filter(product_id=product.pk)
    ]


@transaction.atomic
def set_rate(currency: str, rate: str, day: str, *, actor: Actor) -> CurrencyRate:
    """Keep what one unit of a currency is worth in yuan from a day on.

    Raises:
        NotAllowed: not the actor's to change.
        InvalidRecord: an unknown currency, no rate, no day.
    """
    require_area(actor, "settings", "figures")
    problems: dict[str, Text] = {}
    if currency not in {code for code, _zh, _en in CURRENCIES} - {"CNY"}:
        problems["currency"] = _("请选择币种")
    value = _decimal(rate)
    if value is None or not Decimal("0.000001") <= value <= 1_000_000:
        problems["rate"] = _("汇率应是大于零的数字，例如 7.1234")
    valid_from = _day(day, problems, "valid_from")
    if problems or value is None or valid_from is None:
        raise InvalidRecord(problems)
    row, _is_new = CurrencyRate.objects.update_or_create(
        currency=currency,
        valid_from=valid_from,
        defaults={"rate": round(value, 6), "created_at": now(), "created_by_id": actor.user_id},
    )
    epochs.bump("currencies")
    draft = EventDraft(
        kind=RATE_SET.key,
        record_type="currency_rate",
        record_id=row.pk,
        actor=actor.ref,
        facts={"currency": currency, "rate": str(row.rate), "valid_from": valid_from.isoformat()},
    )
    record_event(draft)
    return row


def _read(product: Product, rows: object) -> list[PriceRow]:
    if not isinstance(rows, Sequence) or isinstance(rows, str | bytes) or len(rows) > MOST_ROWS:
        raise InvalidRecord({"prices": _("价格表最多 200 行")})
    problems: dict[str, Text] = {}
    found: list[PriceRow] = []
    levels = list_choices("level")
    for position, raw in enumerate(rows):
        row: Mapping[str, object] = raw if isinstance(raw, Mapping) else {}
        place = f"prices.{position}"
        currency = str(row.get("currency") or "CNY").upper()
        if currencies().find(currency) is None:
            problems[f"{place}.currency"] = _("还没有这个币种的汇率，请管理员先在设置里填写")
        level = str(row.get("level") or "")
        level_key = levels.find(level) if level else ""
        if level_key is None:
            problems[f"{place}.level"] = _("没有这个客户等级")
        price = _decimal(row.get("price"))
        if price is None or not 0 <= price <= _LARGEST or price != round(price, 2):
            problems[f"{place}.price"] = _("价格应是不小于零、最多两位小数的数字")
        day = _day(row.get("valid_from") or today().isoformat(), problems, f"{place}.valid_from")
        if price is None or day is None or level_key is None:
            continue
        if any((one.currency, one.level, one.valid_from) == (currency, level_key, day) for one in found):
            problems[f"{place}.valid_from"] = _("同一币种、等级和日期只能有一个价格")
        found.append(PriceRow(product=product, currency=currency, level=level_key, valid_from=day, price=price))
    if problems:
        raise InvalidRecord(problems)
    return found


def _decimal(raw: object) -> Decimal | None:
    try:
        value = Decimal(str(raw if raw is not None else "").replace(",", "").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _day(raw: object, problems: dict[str, Text], place: str) -> dt.date | None:
    try:
        return parse_date(str(raw))
    except ValueProblem as problem:
        problems[place] = problem.message
        return None
