"""Answering the search box: candidates from the index, then the gate, then the best first (UX-3)."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kezhi.access.actors import Actor
from kezhi.access.lookups import LookupsUsedUp, spend_lookups
from kezhi.access.models import FieldLevel
from kezhi.core.chinese import query_tokens
from kezhi.records.fields import EmailField, Field, PhoneField, TextField
from kezhi.records.guessing import exact_values, is_masked_somewhere
from kezhi.records.presenting import CLEAR, HIDDEN, MASKED, Presented, Presenter
from kezhi.records.registry import RecordType, record_types
from kezhi.records.search.candidates import MOST_OWNERS, candidates
from kezhi.records.search.engine import engine
from kezhi.records.search.excerpts import excerpt_of
from kezhi.records.search.words import (
    Word,
    encode,
    is_searchable,
    may_be_secret,
    owner_word,
    phone_digits,
    type_word,
    words_for,
    words_of,
)

_CANDIDATES = 60
# So few are loaded at once; of more, first the columns that tell how well they fit.
_FEW = 4
_LAST = 9


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


class Found(list[Hits]):
    """What was found; ``limit`` says why masked phones and mails were not looked for."""

    limit: str = ""


def find_records(text: str, actor: Actor, *, only: Sequence[str] = (), most: int = 8) -> Found:
    """What the actor may see that matches the text, by record type, best first; nothing for an empty text."""
    groups = words_for(text)
    if groups is None:
        return Found()
    types = [each for each in record_types() if (not only or each.key in only) and _may_find(each, actor)]
    masked = frozenset(each.key for each in types if is_masked_somewhere(each, actor)) if may_be_secret(text) else ()
    limit = ""
    exact = exact_values(text) if masked else set()
    if exact:
        try:
            spend_lookups(exact, actor=actor)
        except LookupsUsedUp as used_up:
            limit, exact = used_up.message, set()
    lookups = [
        Lookup(each, text, groups, actor, most, Guard(frozenset(exact)) if each.key in masked else None)
        for each in types
    ]
    for lookup, ids, has_next in candidates(groups, lookups, are_all_types=not only):
        lookup.look(ids, has_next=has_next)
    found = [Hits(lookup.record_type, *lookup.best()) for lookup in lookups if lookup.has_hits]
    # The best hits come first; of equally good ones what most other records hang on: the customer before their tasks.
    result = Found(sorted(found, key=lambda group: (group.hits[0].rank if group.hits else _LAST, -_dependents(group))))
    result.limit = limit
    return result


def _dependents(group: Hits) -> int:
    return sum(group.record_type.key in known.parents for known in record_types())


def _may_find(record_type: RecordType, actor: Actor) -> bool:
    if not actor.allows(record_type.key, "view") or not is_searchable(record_type):
        return False
    owners = record_type.policy.reach(actor, "view")
    return owners is None or bool(owners)


def find_ids(record_type: RecordType, text: str, owners: Collection[int] | None, most: int) -> list[int] | None:
    """Ids of up to ``most`` records whose names and numbers hold these words, newest first; the gate is the caller's.

    Personal values are not looked at. None where the text holds no word.
    """
    groups: list[Sequence[Word]] = [[(encode(token.text), token.is_prefix)] for token in query_tokens(text)]
    groups = [group for group in groups if group[0][0]]
    if not groups:
        return None
    groups.append([(type_word(record_type.key), False)])
    if owners is not None and len(owners) <= MOST_OWNERS:
        groups.append([(owner_word(owner), False) for owner in sorted(owners)] or [(owner_word(None), False)])
    return [record_id for _entry, record_id in engine().find(groups, before=0, most=most)]


@dataclass(frozen=True, slots=True)
class Guard:
    """By what masked phones and mails may be found: by what their mask shows, and by these whole values."""

    exact: frozenset[str]

    def lets_find(self, field: Field, value: Any, digits: str) -> bool:
        """Whether the reader of a mask finds the record by what was typed."""
        if str(value or "").lower() in self.exact:
            return True
        shown = re.search(r"[0-9]*$", field.mask(value))
        return bool(digits) and shown is not None and shown.group().endswith(digits)


class Lookup:
    """The search for one type's records: takes ids as the index gives them, keeps what the actor may see, ranked.

    Names and numbers are ranked from a few columns; whole records are loaded of those that are shown.
    """

    def __init__(
        self,
        record_type: RecordType,
        text: str,
        groups: Sequence[Sequence[Word]],
        actor: Actor,
        most: int,
        guard: Guard | None = None,
    ) -> None:
        self.record_type = record_type
        self.owners = record_type.policy.reach(actor, "view")
        self.more = False
        self._text, self._typed, self._groups, self._actor, self._most = text, text.strip().lower(), groups, actor, most
        self._digits, self._guard = phone_digits(text), guard
        self._found: list[tuple[int, int]] = []  # (rank, id), newest first
        self._loaded: dict[int, Any] = {}

    @cached_property
    def _presenter(self) -> Presenter:
        return Presenter(self.record_type, self._actor)

    @cached_property
    def _is_guarded(self) -> bool:
        shut = (_may_be_shut(field, self._presenter) for field in self._presenter.fields.values())
        return self._guard is not None or any(shut)

    @cached_property
    def _columns(self) -> tuple[str, ...]:
        """Number, name and phones, where these columns alone tell how well a record fits; else nothing."""
        levels, fields = self._presenter.levels, self._presenter.fields
        title = fields.get(self.record_type.title_field)
        is_plain = type(title) is TextField and title.custom_id is None and not self._is_guarded
        if title is None or not is_plain or levels[title.key] not in (FieldLevel.READ, FieldLevel.WRITE):
            return ()
        phones = [field for field in fields.values() if isinstance(field, PhoneField)] if self._digits else []
        if any(field.custom_id is not None for field in phones):
            return ()
        known = (field.attribute for field in phones if levels[field.key] != FieldLevel.HIDDEN)
        return ("number", title.attribute, *known)

    @property
    def is_satisfied(self) -> bool:
        """Whether there is as much as is shown."""
        return len(self._found) >= self._most

    @property
    def has_hits(self) -> bool:
        """Whether anything was found."""
        return bool(self._found)

    def look(self, ids: Sequence[int], *, has_next: bool) -> None:
        """Take these candidates, newest first; ``has_next`` says that the index holds further ones."""
        for start in range(0, len(ids), _CANDIDATES):
            if self.is_satisfied:
                self.more = True
                return
            part = ids[start : start + _CANDIDATES]
            if self._columns and len(part) > self._most + _FEW:
                self._look_at_columns(part)
            else:
                self._look_at_records(part)
        self.more = has_next

    def best(self) -> tuple[list[Hit], bool]:
        """What is shown, best first, and whether there is more."""
        ranked = sorted(self._found, key=lambda pair: pair[0])[: self._most]
        self._load([pk for _rank, pk in ranked])
        hits = []
        for rank, pk in ranked:
            if pk in self._loaded:
                record = Presented(self._loaded[pk], self._presenter)
                hits.append(Hit(record, rank, excerpt_of(record, self._text)))
        return hits, self.more or len(self._found) > self._most

    def _look_at_columns(self, ids: Sequence[int]) -> None:
        rows = self._visible(ids).values_list("pk", *self._columns)
        by_id = {row[0]: _rank_of(self._typed, self._digits, *row[1:]) for row in rows}
        unsure = [pk for pk in ids if pk in by_id and by_id[pk] is None]
        self._load(unsure)
        for pk in unsure:
            by_id[pk] = self._rank(self._loaded[pk]) if pk in self._loaded else None
        self._found += [(rank, pk) for pk in ids if (rank := by_id.get(pk)) is not None]

    def _look_at_records(self, ids: Sequence[int]) -> None:
        self._load(ids)
        for pk in ids:
            record = self._loaded.get(pk)
            rank = self._rank(record) if record is not None else None
            is_open = rank is not None and not (
                self._is_guarded
                and not _is_found_openly(self._groups, record, self._presenter, self._guard, self._digits)
            )
            if rank is not None and is_open:
                self._found.append((rank, pk))

    def _rank(self, record: Any) -> int | None:
        return _rank(self.record_type, record, self._text, self._digits, self._presenter, self._guard)

    def _load(self, ids: Sequence[int]) -> None:
        missing = [pk for pk in ids if pk not in self._loaded]
        if missing:
            rows = self._visible(missing).select_related(*self.record_type.related_load)
            self._loaded.update((row.pk, row) for row in rows)

    def _visible(self, ids: Sequence[int]) -> Any:
        return self.record_type.model.objects.visible_to(self._actor).filter(pk__in=ids)


def _rank_of(typed: str, digits: str, number: str, title: str, *phones: str | None) -> int | None:
    """:func:`_rank` as far as these columns tell; None where the rest of the record has to be looked at."""
    small, name = number.lower(), title.lower()
    if small == typed:
        return 0
    if name == typed:
        return 1
    if name.startswith(typed):
        return 2
    if typed in name or small.startswith(typed):
        return 3
    if not digits:
        return 4
    if any(_ends_with(value, digits) for value in phones):
        return 2
    return 3 if digits in number or digits in name else None


def _may_be_shut(field: Field, presenter: Presenter) -> bool:
    """Whether the index holds words of this field that the actor may not find records by."""
    level = presenter.levels[field.key]
    if isinstance(field, PhoneField | EmailField):
        return level == FieldLevel.HIDDEN
    return field.searchable and level not in (FieldLevel.READ, FieldLevel.WRITE)


def _is_found_openly(
    groups: Sequence[Sequence[Word]], record: Any, presenter: Presenter, guard: Guard | None, digits: str
) -> bool:
    """Whether fields the actor reads hold the words; a mask is of use to whoever knows the whole phone or mail."""
    keys = {"number"}
    for key, field in presenter.fields.items():
        state = presenter.state(record, key)
        if state == CLEAR or (state == MASKED and _is_found_masked(field, record, guard, digits)):
            keys.add(key)
    words = set(words_of(presenter.record_type, record, keys).split())
    return all(
        any(any(held.startswith(word) for held in words) if is_prefix else word in words for word, is_prefix in group)
        for group in groups
    )


def _is_found_masked(field: Field, record: Any, guard: Guard | None, digits: str) -> bool:
    if not isinstance(field, PhoneField | EmailField):
        return False
    return guard is None or guard.lets_find(field, field.get(record), digits)


def _rank(
    record_type: RecordType, record: Any, text: str, digits: str, presenter: Presenter, guard: Guard | None
) -> int | None:
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
        state = presenter.state(record, field.key) if isinstance(field, PhoneField) else HIDDEN
        is_known = state == CLEAR or (state == MASKED and _is_found_masked(field, record, guard, digits))
        if is_known and _ends_with(field.get(record), digits):
            return 2
    if digits in record.number or digits in title:
        return 3
    texts = (presenter.text(record, key) for key, field in presenter.fields.items() if field.searchable)
    return 4 if any(digits in written for written in texts) else None


def _ends_with(phone: Any, digits: str) -> bool:
    held = "".join(character for character in str(phone or "") if character.isdigit())
    return bool(held) and held.endswith(digits.lstrip("0"))
