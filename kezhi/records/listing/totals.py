"""Counts and sums over all matching rows, however many: capped, guarded by a time limit, never in the way of a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Sum
from django.utils.translation import gettext

from kezhi.access.models import FieldLevel
from kezhi.core.figures import integer_figure
from kezhi.records.fields import Field, MoneyField, NumberField, RateField
from kezhi.records.listing.guard import TooSlow, time_guard
from kezhi.records.listing.query import ListRequest
from kezhi.records.models import CustomValue
from kezhi.ui import html


@dataclass(frozen=True, slots=True)
class Count:
    """How many records match; ``is_capped`` when there are more than were counted, ``number`` None: no time."""

    number: int | None
    is_capped: bool = False

    @property
    def text(self) -> str:
        """As a tab shows it: "126", "10,000+", "…"."""
        if self.number is None:
            return "…"
        return f"{self.number:,}+" if self.is_capped else f"{self.number:,}"


@dataclass(frozen=True, slots=True)
class Total:
    """A sum, or for rates the average, of one column over all matching rows."""

    field: Field
    value: Decimal | None
    is_average: bool

    @property
    def text(self) -> str:
        """In words; "" where nothing is filled in."""
        if self.value is None:
            return ""
        if isinstance(self.field, MoneyField):
            return html.money(self.value)
        if self.is_average:
            return self.field.text(round(Decimal(self.value), 1))
        return self.field.text(self.value)

    @property
    def label(self) -> str:
        """What kind of figure it is."""
        return gettext("平均") if self.is_average else gettext("合计")


def count_capped(request: ListRequest, limit: int | None = None) -> Count:
    """How many records match, counted up to ``limit`` (the figure)."""
    most = limit or integer_figure("lists.count_most")
    try:
        with time_guard(integer_figure("lists.sum_seconds")):
            number = request.matching().order_by().values("pk")[: most + 1].count()
    except TooSlow:
        return Count(None)
    return Count(min(number, most), number > most)


def summable(request: ListRequest, keys: Sequence[str]) -> list[Field]:
    """Which of these columns may be summed by the actor: numbers they read in the clear, all of them."""
    found: list[Field] = []
    for key in keys:
        field = request.record_type.field(key)
        is_readable = request.record_type.level(key, request.actor) in (FieldLevel.READ, FieldLevel.WRITE)
        if isinstance(field, NumberField) and is_readable:
            found.append(field)
    return found


def aggregates(request: ListRequest, keys: Sequence[str]) -> dict[str, Total]:
    """Sums and averages by field over all matching rows.

    Raises:
        TooSlow: they could not be worked out in the time that the figure allows.
    """
    fields = summable(request, keys)
    if not fields:
        return {}
    wanted: dict[str, Any] = {
        f"total_{number}": (Avg if isinstance(field, RateField) else Sum)(field.attribute)
        for number, field in enumerate(fields)
        if field.custom_id is None
    }
    made = {number: field.custom_id for number, field in enumerate(fields) if field.custom_id is not None}
    with time_guard(integer_figure("lists.sum_seconds")):
        rows = request.matching().order_by()
        found = rows.aggregate(**wanted) if wanted else {}
        for number, custom_id in made.items():
            values = CustomValue.objects.filter(field_id=custom_id, record_id__in=rows.values("pk"))
            found[f"total_{number}"] = values.aggregate(total=Sum("number"))["total"]
    return {
        field.key: Total(
            field,
            None if (value := found[f"total_{number}"]) is None else Decimal(str(value)),
            isinstance(field, RateField),
        )
        for number, field in enumerate(fields)
    }
