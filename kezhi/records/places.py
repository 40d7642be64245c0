"""Record types in the order in which people meet them."""

from collections.abc import Iterable

from kezhi.records.registry import RecordType, record_types
from kezhi.ui.navigation import nav_items


def in_rail_order(types: Iterable[RecordType] | None = None) -> list[RecordType]:
    """These types (all by default) as the rail lists them; those without a place of their own come last."""
    places = {item.url_name: number for number, item in enumerate(nav_items())}
    every = list(record_types() if types is None else types)
    return sorted(every, key=lambda known: places.get(f"/{known.slug}/", len(places)))
