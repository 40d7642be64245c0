"""Lines of quotes and parts of bundles through the API."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.core.events import Json
from kezhi.records.child_rows import ChildRows, register_child_rows
from kezhi.sales.models import Product, Quote
from kezhi.sales.operations.bundles import bundle_json, set_bundle_lines
from kezhi.sales.operations.quote_lines import line_json, set_quote_lines
from kezhi.sales.quote_states import lines_of


def _read_lines(quote: Quote, actor: Actor) -> list[dict[str, Json]]:
    return [line_json(line) for line in lines_of(quote)]


def _write_lines(quote: Quote, raw: object, *, actor: Actor) -> None:
    stored = set_quote_lines(quote, raw, actor=actor)
    _take_over(quote, stored)


def _read_bundle(product: Product, actor: Actor) -> list[dict[str, Json]]:
    return bundle_json(product)


def _write_bundle(product: Product, raw: object, *, actor: Actor) -> None:
    _take_over(product, set_bundle_lines(product, raw, actor=actor))


def _take_over(record: Any, stored: Any) -> None:
    """The caller goes on with its own copy of the record."""
    for column in record._meta.concrete_fields:
        setattr(record, column.attname, getattr(stored, column.attname))


_NUMBER: dict[str, Json] = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
_ID: dict[str, Json] = {"type": ["integer", "null"]}

register_child_rows(
    "quote",
    ChildRows(
        key="lines",
        label=_("明细"),
        governed_by="total",
        read=_read_lines,
        write=_write_lines,
        schema={
            "type": "object",
            "properties": {
                "product": _ID,
                "bundle": _ID,
                "description": {"type": "string", "maxLength": 200},
                "unit": {"type": "string", "maxLength": 20},
                "quantity": _NUMBER,
                "unit_price": _NUMBER,
                "discount": _NUMBER,
                "tax_rate": _NUMBER,
                "amount": {**_NUMBER, "readOnly": True},
            },
        },
    ),
)
register_child_rows(
    "product",
    ChildRows(
        key="parts",
        label=_("组合里的产品"),
        governed_by="name",
        read=_read_bundle,
        write=_write_bundle,
        schema={"type": "object", "properties": {"product": {"type": "integer"}, "quantity": _NUMBER}},
    ),
)
