"""A list is no way to try the digits a mask hides: what is compared with everybody's phones is looked at first (ORG-4).

Lists of real people hardly hold two phones that show the same mask (138****5678). A list of guesses holds thousands.
"""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.lookups import LookupsUsedUp, spend_lookups
from kezhi.core.figures import integer_figure
from kezhi.exchange.importing.checking import DraftedRow
from kezhi.records.fields import EmailField, Field, PhoneField
from kezhi.records.guessing import is_masked_somewhere, limit_typed
from kezhi.records.registry import record_type, record_types

# So many values of each list count as look-ups: else one list after another, a row in each, would be a way around.
_COUNTED = 20


class LikePhones:
    """Refuses rows of one list once too many of its phones differ only in what a mask hides.

    The first values of a list count as look-ups. Whoever reads everybody's phones is refused nothing.
    """

    def __init__(self, known: str, actor: Actor) -> None:
        self._known = known
        self._most = integer_figure("exchange.phones_of_one_mask")
        self._is_open = not any(is_masked_somewhere(each, actor, everywhere=True) for each in record_types())
        # One phone of a mask stands as itself: nearly all masks have no second one.
        self._seen: dict[str, str | set[str]] = {}
        self._actor = actor
        self._counted: set[str] = set()
        self._used_up = ""

    def refuse(self, rows: Sequence[DraftedRow]) -> None:
        """Put a problem on each sound row that is one too many."""
        if self._is_open:
            return
        for row in rows:
            if row.problems:
                continue
            self._spend(row)
            for key, field, phone in _values(self._known, row, PhoneField):
                if self._count(field.mask(phone), str(phone)) > self._most:
                    words = _(
                        "名单里有 %(most)s 个以上的电话只在隐去的几位上不同，这一行没有比对。请让能看到完整电话的人导入"
                    )
                    row.problems[key] = words % {"most": self._most}

    def _spend(self, row: DraftedRow) -> None:
        for key, _field, value in _values(self._known, row, PhoneField, EmailField):
            if not self._used_up and len(self._counted) < _COUNTED:
                try:
                    spend_lookups({str(value).lower()}, actor=self._actor)
                    self._counted.add(str(value).lower())
                except LookupsUsedUp as used_up:
                    self._used_up = used_up.message
            if self._used_up:
                row.problems[key] = self._used_up

    def _count(self, mask: str, phone: str) -> int:
        held = self._seen.setdefault(mask, phone)
        if held == phone:
            return 1
        if isinstance(held, str):
            held = self._seen[mask] = {held}
        if len(held) <= self._most:
            held.add(phone)
        return len(held) if phone in held else self._most + 1


def limit_corrected(known: str, row: DraftedRow, *, actor: Actor) -> None:
    """Rows corrected one after another count like whatever else is typed and compared."""
    values = list(_values(known, row, PhoneField, EmailField))
    used_up = limit_typed(None, *(value for _key, _field, value in values), actor=actor)
    if used_up is not None:
        row.problems[values[0][0]] = used_up.message


def _values(known: str, row: DraftedRow, *kinds: type[Field]) -> Iterable[tuple[str, Field, object]]:
    """(target key, field, value) of a row's fields of these kinds, its contact's included."""
    related = ((f"{each.record_type}.", each.record_type, draft) for each, draft in row.related)
    for lead, key, draft in [("", known, row.main), *related]:
        for name, field in record_type(key).all_fields().items():
            if isinstance(field, kinds) and (value := draft.after.get(name)):
                yield lead + name, field, value
