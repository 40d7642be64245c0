"""Which records are worth looking at for what was typed, asking the index as rarely as it can be."""

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol, TypeVar

from kezhi.records.registry import RecordType
from kezhi.records.search.engine import engine
from kezhi.records.search.words import Word, owner_word, type_word

# Few words have more records than one look-up gives, whatever their type.
_WINDOW = 180
# How often the types that have not enough yet are looked up together before each is looked up in the actor's reach.
_WINDOWS = 3
_ROUNDS = 4
_ROUND = 60
# More owners than these make a look-up slower than looking at what is out of reach.
MOST_OWNERS = 80


class Taker(Protocol):
    """Who takes the candidates of one type, and says when there is enough."""

    @property
    def record_type(self) -> RecordType:
        """Whose records are looked for."""
        ...

    @property
    def owners(self) -> Collection[int] | None:
        """Whose records the actor reaches; None: everybody's."""
        ...

    @property
    def is_satisfied(self) -> bool:
        """Whether there are enough."""
        ...


T = TypeVar("T", bound=Taker)


def candidates(
    groups: Sequence[Sequence[Word]], takers: Sequence[T], *, are_all_types: bool
) -> Iterator[tuple[T, Sequence[int], bool]]:
    """(who takes them, ids newest first, whether the index holds more) until everybody has enough or all there is.

    A rare word takes one look-up for all types. Of a common word the newest are looked at; types that are missing among
    them are looked up together, and only those whose records lie mostly beyond the actor's reach one by one.
    """
    waiting = list(takers)
    before = 0
    for window in range(_WINDOWS):
        if not waiting:
            return
        types = (
            [] if window == 0 and are_all_types else [[(type_word(each.record_type.key), False) for each in waiting]]
        )
        rows = engine().find_any([*groups, *types], before=before, most=_WINDOW)
        has_next = len(rows) == _WINDOW
        ids: dict[str, list[int]] = {}
        for _entry, known, record_id in rows:
            ids.setdefault(known, []).append(record_id)
        for taker in waiting:
            if has_next or taker.record_type.key in ids:
                yield taker, ids.get(taker.record_type.key, ()), has_next
        if not has_next:
            return
        before = rows[-1][0]
        waiting = [taker for taker in waiting if not taker.is_satisfied]
    for taker in waiting:
        for found, has_next in _in_reach(groups, taker, before):
            yield taker, found, has_next
            if taker.is_satisfied:
                break


def _in_reach(groups: Sequence[Sequence[Word]], taker: Taker, before: int) -> Iterator[tuple[Sequence[int], bool]]:
    """A type's further candidates among the records of the owners the actor reaches, where these are not too many."""
    narrowed: list[Sequence[Word]] = [*groups, [(type_word(taker.record_type.key), False)]]
    if taker.owners is not None and len(taker.owners) <= MOST_OWNERS:
        narrowed.append([(owner_word(owner), False) for owner in sorted(taker.owners)])
    for _round in range(_ROUNDS):
        rows = engine().find(narrowed, before=before, most=_ROUND)
        yield [record_id for _entry, record_id in rows], len(rows) == _ROUND
        if len(rows) < _ROUND:
            return
        before = rows[-1][0]
