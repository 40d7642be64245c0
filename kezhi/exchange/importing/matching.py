"""Whether a row is a customer we have already, in the register or further up in the same file (CUS-12).

Certainty, from a shared phone or e-mail and from the names:

* ``sure``: the same phone or e-mail and names that are one (legal form, place or （中国） may differ), or the very
  same name where nothing speaks against it;
* ``likely``: the same phone or e-mail under another name, or the very same name with another phone;
* ``maybe``: names equal but for the legal form, phones different. Often two companies; a hint, never held back.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kezhi.core.crypto import blind_index
from kezhi.core.values.names import clean_name, company_key, name_similarity
from kezhi.exchange.importing.profiles import RelatedImport
from kezhi.records.fields import EmailField, PhoneField, SecretTextField
from kezhi.records.registry import RecordType, find_record_type

SURE, LIKELY, MAYBE = "sure", "likely", "maybe"
_ORDER = {SURE: 0, LIKELY: 1, MAYBE: 2}
_ALIKE = 0.85  # below this two names are two companies (see ``name_similarity``)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Traits:
    """What a record is recognised by: names in the clear, personal values as blind indexes."""

    name: str = ""
    name_key: str = ""
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    number: str = ""
    names_identify: bool = True

    @property
    def name_digest(self) -> str:
        """The name key in a form that can be stored beside a row."""
        return blind_index(self.name_key, purpose="exchange.name") if self.name_key else ""


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a row repeats: a record, or an earlier row; how sure that is and by what."""

    certainty: str
    reasons: tuple[str, ...]
    record_id: int | None = None
    row: int | None = None


class FileIndex:
    """The rows of the file seen so far, found by what they share.

    Kept small, because it holds all of a list of 200,000 rows: keys as whole numbers, a row as its name and theirs.
    """

    def __init__(self) -> None:
        self._rows_by_key: dict[int, int | list[int]] = {}
        self._rows: dict[int, tuple[str, tuple[int, ...]]] = {}

    def add(self, number: int, traits: Traits) -> None:
        """Remember a row that will stand in the register."""
        keys = tuple(sorted(_file_keys(traits)))
        self._rows[number] = (traits.name, keys)
        for key in keys:
            held = self._rows_by_key.get(key)
            if held is None:
                self._rows_by_key[key] = number
            elif isinstance(held, int):
                self._rows_by_key[key] = [held, number]
            elif len(held) < _MOST_ALIKE:  # the next of that name adds nothing
                held.append(number)

    def best(self, traits: Traits) -> Match | None:
        """The earlier row that is most certainly the same."""
        numbers: set[int] = set()
        for key in _file_keys(traits):
            held = self._rows_by_key.get(key, ())
            numbers.update((held,) if isinstance(held, int) else held)
        return best_of(traits, ((None, number, self._traits(number, traits)) for number in sorted(numbers)))

    def _traits(self, number: int, asked: Traits) -> Traits:
        """An earlier row as far as it can be told from its keys, in the words of the row that asks."""
        name, keys = self._rows[number]
        shared = {key: text for kind, texts in _kinds(asked) for text in texts if (key := _whole(kind, text)) in keys}
        phones = frozenset(text for text in shared.values() if text in asked.phones)
        emails = frozenset(text for text in shared.values() if text in asked.emails)
        return Traits(
            name,
            company_key(name) if asked.name_key else "",
            phones or (_OTHER if any(key & 3 == _PHONE for key in keys) else frozenset()),
            emails or (_OTHER if any(key & 3 == _MAIL for key in keys) else frozenset()),
            asked.number if asked.number and _whole(_NUMBER, asked.number) in keys else "",
            asked.names_identify,
        )


_MOST_ALIKE = 20
_NAME, _PHONE, _MAIL, _NUMBER = range(4)
_OTHER = frozenset({"another"})  # a phone or mail is there, and it is not the one asked for


def _kinds(traits: Traits) -> list[tuple[int, Iterable[str]]]:
    return [
        (_NAME, {traits.name_key or traits.name} - {""}),
        (_PHONE, traits.phones),
        (_MAIL, traits.emails),
        (_NUMBER, {traits.number} - {""}),
    ]


def _file_keys(traits: Traits) -> set[int]:
    return {_whole(kind, text) for kind, texts in _kinds(traits) for text in texts}


def _whole(kind: int, text: str) -> int:
    """A text as a whole number whose last two bits tell its kind."""
    return (hash(text) << 2 | kind) & 0x7FFF_FFFF_FFFF_FFFF


class Register:
    """What stands in the register already, asked for a batch of rows at a time."""

    def __init__(self, known: RecordType, related: Iterable[RelatedImport] = ()) -> None:
        self.record_type = known
        self.related = tuple(related)
        names = {each.name for each in known.model._meta.get_fields()}
        self._title = known.title_field
        self._has_name_key = "name_key" in names
        self._gone = ["deleted_at", "merged_into_id"] if "merged_into" in names else ["deleted_at"]
        self._phones = _indexes(known, PhoneField)
        self._emails = _indexes(known, EmailField)

    def load(self, batch: Sequence[Traits]) -> "Loaded":
        """The records that share anything with one of these rows."""
        ids: set[int] = set()
        extra: dict[int, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
        phones = {phone for traits in batch for phone in traits.phones}
        emails = {mail for traits in batch for mail in traits.emails}
        ids |= self._ids(self._phones, phones) | self._ids(self._emails, emails)
        ids |= self._ids(["number"], {traits.number for traits in batch if traits.number})
        if self._has_name_key:
            ids |= self._ids(["name_key"], {traits.name_key for traits in batch if traits.name_key})
        for related in self.related:
            self._load_related(related, phones, emails, extra)
        ids |= set(extra)
        return Loaded(self._traits(ids, extra))

    def _ids(self, columns: Sequence[str], values: set[str]) -> set[int]:
        found: set[int] = set()
        wanted = sorted(values - {""})
        for column in columns:
            for start in range(0, len(wanted), _CHUNK):
                rows = self._rows().filter(
                    **{f"{column}__in": wanted[start : start + _CHUNK], f"{column}__filled": True}
                )
                found.update(rows.values_list("pk", flat=True)[: _CHUNK * 20])
        return found

    def _load_related(
        self,
        related: RelatedImport,
        phones: set[str],
        emails: set[str],
        extra: dict[int, tuple[set[str], set[str]]],
    ) -> None:
        known = find_record_type(related.record_type)
        if known is None:
            return
        for position, (kind, values) in enumerate(((PhoneField, phones), (EmailField, emails))):
            for column in _indexes(known, kind):
                wanted = sorted(values - {""})
                for start in range(0, len(wanted), _CHUNK):
                    rows = known.model.objects.ungated("duplicate check").filter(
                        **{f"{column}__in": wanted[start : start + _CHUNK], f"{column}__filled": True}
                    )
                    for owner_id, value, deleted_at in rows.values_list(f"{related.through}_id", column, "deleted_at"):
                        if deleted_at is None:
                            extra[owner_id][position].add(value)

    def _traits(self, ids: set[int], extra: Mapping[int, tuple[set[str], set[str]]]) -> dict[int, Traits]:
        columns = [self._title, "number", *self._phones, *self._emails]
        split = 2 + len(self._phones)
        found: dict[int, Traits] = {}
        wanted = sorted(ids)
        for start in range(0, len(wanted), _CHUNK):
            rows = self._rows().filter(pk__in=wanted[start : start + _CHUNK]).values_list("pk", *self._gone, *columns)
            for pk, *values in rows:
                gone, values = values[: len(self._gone)], values[len(self._gone) :]
                if any(mark is not None for mark in gone):
                    continue
                more = extra.get(pk, (set(), set()))
                name = str(values[0])
                found[pk] = Traits(
                    clean_name(name),
                    company_key(name) if self._has_name_key else "",
                    frozenset(filter(None, values[2:split])) | more[0],
                    frozenset(filter(None, values[split:])) | more[1],
                    str(values[1]),
                )
        return found

    def _rows(self) -> Any:
        # The gate comes when a partner is shown; a duplicate is a duplicate whoever owns it. What is gone is left out
        # afterwards: asked for in the statement, SQLite walks the index of what was never merged, and so everything.
        return self.record_type.model.objects.ungated("duplicate check")


class Loaded:
    """Records of the register near one batch of rows."""

    def __init__(self, records: Mapping[int, Traits]) -> None:
        self._records = records
        self._by_key: dict[str, list[int]] = defaultdict(list)
        for pk, traits in records.items():
            for key in _keys(traits):
                self._by_key[key].append(pk)

    def best(self, traits: Traits) -> Match | None:
        """The record that is most certainly the same."""
        ids = {pk for key in _keys(traits) for pk in self._by_key.get(key, ())}
        return best_of(traits, ((pk, None, self._records[pk]) for pk in sorted(ids)))


def best_of(traits: Traits, others: Iterable[tuple[int | None, int | None, Traits]]) -> Match | None:
    """The most certain match among (record id, row number, traits); the earliest of equals."""
    best: Match | None = None
    for record_id, row, other in others:
        compared = compare(traits, other)
        if compared is None:
            continue
        certainty, reasons = compared
        if best is None or _ORDER[certainty] < _ORDER[best.certainty]:
            best = Match(certainty, reasons, record_id, row)
    return best


def compare(first: Traits, second: Traits) -> tuple[str, tuple[str, ...]] | None:
    """(certainty, reasons) of two being one; ``None`` when nothing says so."""
    if first.number and first.number == second.number:
        return SURE, ("number",)
    phone = bool(first.phones & second.phones)
    mail = bool(first.emails & second.emails)
    same_name = bool(first.name) and first.name == second.name
    same_key = bool(first.name_key) and first.name_key == second.name_key
    reasons = tuple(
        reason
        for reason, holds in (
            ("phone", phone),
            ("email", mail),
            ("name", same_name),
            ("alike", same_key and not same_name),
        )
        if holds
    )
    if phone or mail:
        alike = same_name or same_key or name_similarity(first.name, second.name) >= _ALIKE
        return (SURE if alike else LIKELY), (reasons if same_name or same_key or not alike else (*reasons, "alike"))
    if not first.names_identify or not second.names_identify:
        return (MAYBE, reasons) if same_name else None
    differ = bool(first.phones and second.phones) or bool(first.emails and second.emails)
    if same_name:
        return (LIKELY if differ else SURE), reasons
    if same_key:
        return (MAYBE if differ else LIKELY), reasons
    return None


def _keys(traits: Traits) -> list[str]:
    keys = [f"p{phone}" for phone in traits.phones] + [f"m{mail}" for mail in traits.emails]
    if traits.name_key:
        keys.append(f"k{traits.name_key}")
    elif traits.name:
        keys.append(f"n{traits.name}")
    if traits.number:
        keys.append(f"#{traits.number}")
    return keys


def _indexes(known: RecordType, kind: type[SecretTextField]) -> list[str]:
    return [
        f"{each.attribute}_index"
        for each in known.fields
        if isinstance(each, kind) and each.indexed and each.custom_id is None
    ]
