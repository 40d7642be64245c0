"""What a new version of a quote says otherwise than the one before (SAL-4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.records.presenting import Presenter
from kezhi.records.registry import record_type
from kezhi.sales.models import Quote, QuoteLine
from kezhi.sales.operations.quote_lines import plain_number
from kezhi.sales.quote_states import lines_of

_FIELDS = ("name", "contact", "language", "currency", "is_tax_included", "discount", "valid_until", "terms", "total")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs, in words."""

    label: str
    before: str
    after: str


def differences(old: Quote, new: Quote, actor: Actor) -> Sequence[Difference]:
    """Fields first, then the lines, paired by product and words; what the actor may not read stays masked."""
    presenter = Presenter(record_type("quote"), actor)
    found = []
    for key in _FIELDS:
        before, after = presenter.text(old, key), presenter.text(new, key)
        if before != after:
            found.append(Difference(str(presenter.fields[key].label), before, after))
    return [*found, *_of_lines(lines_of(old), lines_of(new))]


def _of_lines(old: Sequence[QuoteLine], new: Sequence[QuoteLine]) -> list[Difference]:
    left = list(old)
    found = []
    for position, line in enumerate(new, 1):
        match = next((one for one in left if _is_same(one, line)), None)
        if match is not None:
            left.remove(match)
        before, after = _words(match) if match is not None else "", _words(line)
        if before != after:
            found.append(Difference(_("第 %(line)s 行") % {"line": position}, before, after))
    found += [Difference(_("去掉的行"), _words(line), "") for line in left]
    return found


def _is_same(one: QuoteLine, other: QuoteLine) -> bool:
    if one.product_id or other.product_id:
        return one.product_id == other.product_id
    return one.description == other.description


def _words(line: QuoteLine) -> str:
    parts = [line.description, f"{plain_number(line.quantity)} {line.unit} × {line.unit_price:,.2f}".replace("  ", " ")]
    if line.discount:
        parts.append(f"−{plain_number(line.discount)}%")
    parts.append(f"{line.amount:,.2f}")
    return _("，").join(parts)
