"""Answering the search box: candidates from the index, then the gate, then the best first (UX-3)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from kezhi.access.actors import Actor
from kezhi.core.chinese import query_tokens
from kezhi.records.fields import PhoneField
from kezhi.records.presenting import HIDDEN, Presented, Presenter
from kezhi.records.registry import RecordType, record_types
from kezhi.records.search.engine import engine
from kezhi.records.search.words import Word, encode, is_searchable, owner_word, phone_digits, type_word, words_for

_CANDIDATES = 60
_ROUNDS = 4
_MOST_OWNERS = 80


@dataclass(frozen=True, slots=True)
class Hit:
    """A record found, as the actor may see it."""

    record: Presented
    rank: int


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found of one type, best first; ``more`` says that there is more than is shown."""

    record_type: RecordType
    hits: Sequence[Hit]
    more: bool


def find_records(text: str, actor: Actor, *, only: Sequence[str] = (), most: int = 8) -> list[Hits]:
    """What the actor may see that matches the text, by record type; nothing for an empty text."""
    groups = words_for(text)
    if groups is None:
        return []
    found = []
    for record_type in record_types():
        if only and record_type.key not in only:
            continue
        if not actor.allows(record_type.key, "view") or not is_searchable(record_type):
            continue
        hits, more = _find_type(record_type, groups, text, actor, most)
        if hits:
            found.append(Hits(record_type, hits, more))
    return found


def find_ids(record_type: RecordType, text: str, owners: Collection[int] | None, most: int) -> list[int] | None:
    """Ids of up to ``most`` records whose names and numbers hold these words, newest first; the gate is the caller's.

    Personal values are not looked at. None where the text holds no word.
    """
    groups: list[Sequence[Word]] = [[(encode(token.text), token.is_prefix)] for token in query_tokens(text)]
    groups = [group for group in groups if group[0][0]]
    if not groups:
        return None
    groups.append([(type_word(record_type.key), False)])
    if owners is not None and len(owners) <= _MOST_OWNERS:
        groups.append([(owner_word(owner), False) for owner in sorted(owners)] or [(owner_word(None), False)])
    return [record_id for _entry, record_id in engine().find(groups, before=0, most=most)]


def _find_type(
    record_type: RecordType, groups: Sequence[Sequence[Word]], text: str, actor: Actor, most: int
) -> tuple[list[Hit], bool]:
    owners = actor.owners(record_type.key, "view")
    if owners is not None and not owners:
        return [], False
    narrowed: list[Sequence[Word]] = [*groups, [(type_word(record_type.key), False)]]
    if owners is not None and len(owners) <= _MOST_OWNERS:
        narrowed.append([(owner_word(owner), False) for owner in sorted(owners)])
    presenter = Presenter(record_type, actor)
    digits = phone_digits(text)
    hits: list[Hit] = []
    before, more = 0, False
    for _round in range(_ROUNDS):
        rows = engine().find(narrowed, before=before, most=_CANDIDATES)
        if not rows:
            break
        before = rows[-1][0]
        more = len(rows) == _CANDIDATES
        for record in _visible(record_type, [record_id for _entry, record_id in rows], actor):
            rank = _rank(record_type, record, text, digits, presenter)
            if rank is not None:
                hits.append(Hit(Presented(record, presenter), rank))
        if len(hits) >= most or not more:
            break
    hits.sort(key=lambda hit: hit.rank)
    return hits[:most], more or len(hits) > most


def _visible(record_type: RecordType, ids: Sequence[int], actor: Actor) -> list[Any]:
    rows = record_type.model.objects.visible_to(actor).filter(pk__in=ids).select_related(*record_type.related_load)
    by_id = {row.pk: row for row in rows}
    return [by_id[pk] for pk in ids if pk in by_id]


def _rank(record_type: RecordType, record: Any, text: str, digits: str, presenter: Presenter) -> int | None:
    """Smaller is better; None for a record that only a value the actor knows nothing of would have found."""
    typed = text.strip().lower()
    title = presenter.text(record, record_type.title_field).lower()
    if record.number.lower() == typed:
        return 0
    if title == typed:
        return 1
    if title.startswith(typed):
        return 2
    if typed in title or record.number.lower().startswith(typed):
        return 3
    if not digits:
        return 4
    for field in record_type.all_fields().values():
        if isinstance(field, PhoneField) and presenter.state(record, field.key) != HIDDEN:
            value = str(field.get(record) or "")
            if value and "".join(c for c in value if c.isdigit()).endswith(digits.lstrip("0")):
                return 2
    return 3 if digits in record.number or digits in title else None
