"""What the person chose for an import besides the columns."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from kezhi.exchange.models import Decision
from kezhi.exchange.reading import DateOrder

# In the place of an entry's key: the word becomes an entry of the list when the rows go in.
ADD = "+"


@dataclass
class ImportOptions:
    """``date_orders`` is per column number, ``value_maps`` per target: word of the file → key ("": leave out,
    ``ADD``: to be added to the list); ``added_items`` are the rows of entries that were.

    ``all_or_nothing`` refuses to begin while a row is bad, and takes everything back should one fail on the way.
    ``owner_id`` becomes the owner of new records whose row names none. ``placeholders`` lets missing names of related
    records be filled (未知联系人).
    """

    all_or_nothing: bool = False
    duplicates: str = Decision.SKIP
    date_orders: dict[str, str] = field(default_factory=dict)
    value_maps: dict[str, dict[str, str]] = field(default_factory=dict)
    owner_id: int | None = None
    placeholders: bool = True
    added_items: list[int] = field(default_factory=list)
    guesses: dict[str, list[Any]] = field(default_factory=dict)  # per column: confidence and reason, for the page

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "ImportOptions":
        """The options as stored with the run."""
        known = {key: value for key, value in stored.items() if key in cls.__dataclass_fields__}
        return cls(**known)

    def stored(self) -> dict[str, Any]:
        """The form in which the run keeps them."""
        return asdict(self)

    def order(self, column: int) -> DateOrder | None:
        """How dates in a column are written, where that had to be said."""
        chosen = self.date_orders.get(str(column))
        return DateOrder(chosen) if chosen else None
