"""Answering the search box: candidates from the index, then the gate, then the best first (UX-3)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.chinese import query_tokens
from kezhi.records.fields import EmailField, Field, PhoneField
from kezhi.records.presenting import CLEAR, HIDDEN, Presented, Presenter
from kezhi.records.registry import RecordType, record_types
from kezhi.records.search.engine import engine
from kezhi.records.search.excerpts import excerpt_of
from kezhi.records.search.words import (
    Word,
    encode,
    is_searchable,
    owner_word,
    phone_digits,
    type_word,
    words_for,
    words_of,
)

_CANDIDATES = 60
_ROUNDS = 4
# Few words have more records; for those that have, each type and scope is looked up on its own.
_ANY_CANDIDATES = 180
_MOST_OWNERS = 80


@dataclass(frozen=True, slots=True)
class Hit:
    """A record found, as the actor may see it; ``excerpt`` is where a long text of it says what was typed."""

    record: Presented
    rank: int
    excerpt: str = ""


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
    newest = _newest(groups)
    for record_type in record_types():
        if only and record_type.key not in only:
            continue
        if not actor.allows(record_type.key, "view") or not is_searchable(record_type):
            continue
        hits, more = _find_type(record_type, groups, text, actor, most, newest)
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


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest entries with all the words, by record type: one look-up for all types, and mostly the only one."""

    ids: Mapping[str, Sequence[int]]
    last_entry: int
    are_all: bool


def _newest(groups: Sequence[Sequence[Word]]) -> _Newest:
    rows = engine().find_any(groups, most=_ANY_CANDIDATES)
    ids: dict[str, list[int]] = {}
    for _entry, known, record_id in rows:
        ids.setdefault(known, []).append(record_id)
    return _Newest(ids, rows[-1][0] if rows else 0, len(rows) < _ANY_CANDIDATES)


def _candidates(
    record_type: RecordType, groups: Sequence[Sequence[Word]], owners: Collection[int] | None, newest: _Newest
) -> Iterator[tuple[Sequence[int], bool]]:
    """Ids to be looked at, newest first, a batch at a time, and whether there are more."""
    ids = newest.ids.get(record_type.key, ())
    for start in range(0, len(ids), _CANDIDATES):
        yield ids[start : start + _CANDIDATES], not newest.are_all or start + _CANDIDATES < len(ids)
    if newest.are_all:
        return
    narrowed: list[Sequence[Word]] = [*groups, [(type_word(record_type.key), False)]]
    if owners is not None and len(owners) <= _MOST_OWNERS:
        narrowed.append([(owner_word(owner), False) for owner in sorted(owners)])
    before = newest.last_entry
    for _round in range(_ROUNDS):
        rows = engine().find(narrowed, before=before, most=_CANDIDATES)
        yield [record_id for _entry, record_id in rows], len(rows) == _CANDIDATES
        if len(rows) < _CANDIDATES:
            return
        before = rows[-1][0]


def _find_type(
    record_type: RecordType,
    groups: Sequence[Sequence[Word]],
    text: str,
    actor: Actor,
    most: int,
    newest: _Newest,
) -> tuple[list[Hit], bool]:
    owners = record_type.policy.reach(actor, "view")
    if owners is not None and not owners:
        return [], False
    presenter = Presenter(record_type, actor)
    digits = phone_digits(text)
    is_guarded = any(_may_be_shut(field, presenter) for field in presenter.fields.values())
    hits: list[Hit] = []
    more = False
    for ids, has_next in _candidates(record_type, groups, owners, newest):
        more = has_next
        if not ids:
            continue
        for record in _visible(record_type, ids, actor):
            rank = _rank(record_type, record, text, digits, presenter)
            if rank is not None and not (is_guarded and not _is_found_openly(groups, record, presenter)):
                hits.append(Hit(Presented(record, presenter), rank))
        if len(hits) >= most:
            break
    hits.sort(key=lambda hit: hit.rank)
    shown = [replace(hit, excerpt=excerpt_of(hit.record, text)) for hit in hits[:most]]
    return shown, more or len(hits) > most


def _visible(record_type: RecordType, ids: Sequence[int], actor: Actor) -> list[Any]:
    rows = record_type.model.objects.visible_to(actor).filter(pk__in=ids).select_related(*record_type.related_load)
    by_id = {row.pk: row for row in rows}
    return [by_id[pk] for pk in ids if pk in by_id]


def _may_be_shut(field: Field, presenter: Presenter) -> bool:
    """Whether the index holds words of this field that the actor may not find records by."""
    level = presenter.levels[field.key]
    if isinstance(field, PhoneField | EmailField):
        return level == FieldLevel.HIDDEN
    return field.searchable and level not in (FieldLevel.READ, FieldLevel.WRITE)


def _is_found_openly(groups: Sequence[Sequence[Word]], record: Any, presenter: Presenter) -> bool:
    """Whether fields the actor reads hold the words; a mask is of use to whoever knows the whole phone or mail."""
    keys = {"number"}
    for key, field in presenter.fields.items():
        state = presenter.state(record, key)
        if state == CLEAR or (state != HIDDEN and isinstance(field, PhoneField | EmailField)):
            keys.add(key)
    words = set(words_of(presenter.record_type, record, keys).split())
    return all(
        any(any(held.startswith(word) for held in words) if is_prefix else word in words for word, is_prefix in group)
        for group in groups
    )


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
    if digits in record.number or digits in title:
        return 3
    texts = (presenter.text(record, key) for key, field in presenter.fields.items() if field.searchable)
    return 4 if any(digits in written for written in texts) else None
