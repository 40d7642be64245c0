"""From records to words and from what was typed to words: ASCII only, personal values as keyed hashes."""

import re
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any

from kezhi.core import epochs
from kezhi.core.chinese import query_tokens, search_tokens
from kezhi.core.crypto import blind_index
from kezhi.core.values.phone import parse_phone
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields import EmailField, Field, LongTextField, PhoneField
from kezhi.records.fields.personal import TAIL_LENGTH
from kezhi.records.models import Record
from kezhi.records.registry import EPOCH, RecordType

_SAFE = re.compile(r"[a-z0-9]+")

_SHORT = 40

Word = tuple[str, bool]


def is_searchable(record_type: RecordType) -> bool:
    """Whether the type has anything the search box looks at."""
    return any(field.searchable for field in record_type.all_fields().values())


def type_word(record_type: str) -> str:
    """The word all entries of a type share."""
    return "zt" + record_type.replace("_", "")


def owner_word(owner_id: int | None) -> str:
    """The word all entries of an owner share; narrows a search to a scope, the gate decides all the same."""
    return f"zo{owner_id or 0}"


def words_of(record_type: RecordType, record: Record, only: Collection[str] | None = None) -> str:
    """All words of a record, or those of some of its fields."""
    words: dict[str, None] = {type_word(record_type.key): None}
    words[owner_word(record_type.policy.owner_id(record))] = None
    for field, way in _ways(record_type):
        if only is None or field.key in only:
            words.update(dict.fromkeys(way(record)))
    words.pop("", None)
    return " ".join(words)


Way = Callable[[Any], Iterable[str]]


def _ways(record_type: RecordType) -> list[tuple[Field, Way]]:
    """The fields that have words, each with how it gets them."""

    def load() -> list[tuple[Field, Way]]:
        found = ((field, _way_of(field)) for field in record_type.all_fields().values())
        return [(field, way) for field, way in found if way is not None]

    return epochs.cached(EPOCH, ("words", record_type.key), load)


def _way_of(field: Field) -> Way | None:
    if isinstance(field, PhoneField | EmailField) and field.indexed and field.custom_id is None:
        # A mail is found whole, a phone also by its end.
        kinds = [("p", "index"), ("q", "tail")] if isinstance(field, PhoneField) else [("m", "index")]
        columns = [(kind, f"{field.attribute}_{column}") for kind, column in kinds]
        return lambda record: (
            _hash_word(kind, digest) for kind, column in columns if (digest := getattr(record, column))
        )
    if not field.searchable:
        return None
    sounds = not isinstance(field, LongTextField)

    def words(record: Record) -> Iterable[str]:
        text = field.text(field.get(record))
        return _words_of_short(text, sounds) if len(text) <= _SHORT else _words_in(text, sounds)

    return words


@lru_cache(maxsize=5_000)
def _words_of_short(text: str, sounds: bool) -> tuple[str, ...]:
    # The same person's name and the same remark stand in many rows of a list.
    return tuple(_words_in(text, sounds))


def _words_in(text: str, sounds: bool) -> list[str]:
    # Tokens of letters and digits are words already.
    return [token if token.isascii() else encode(token) for token in search_tokens(text, sounds=sounds)] if text else []


def words_for(text: str) -> list[list[Word]] | None:
    """Groups of words to look up, one of each required; None where the text holds nothing to look for.

    Four digits are also the end of a phone; more digits are also a whole phone; an address is a mail.
    """
    typed = text.strip()
    if not typed:
        return None
    groups: list[list[Word]] = [[(encode(token.text), token.is_prefix)] for token in query_tokens(typed)]
    groups = [group for group in groups if group[0][0]]
    secrets = list(_secret_words(typed))
    if secrets:
        plain = groups[0] if len(groups) == 1 else []
        return [[*plain, *secrets]]
    return groups or None


def phone_digits(text: str) -> str:
    """The digits of something that may be the end of a phone or a whole one; "" when it is neither."""
    plain = re.sub(r"[\s\-()（）+]", "", text)
    return plain if plain.isdigit() and len(plain) >= TAIL_LENGTH else ""


def may_be_secret(text: str) -> bool:
    """Whether what was typed may be part of a phone or a mail."""
    return "@" in text or bool(phone_digits(text))


class _Codes(dict[str, str]):
    """Each character as it stands in a word: letters and digits as they are, Chinese as its code point."""

    def __missing__(self, character: str) -> str:
        if character.isascii():
            code = character if character.isalnum() else ""
        else:
            code = f"u{ord(character):x}"
        self[character] = code
        return code


_codes = _Codes()


@lru_cache(maxsize=50_000)
def encode(token: str) -> str:
    """A token in letters and digits only: each Chinese character as its code point."""
    small = token.lower()
    if small.isascii():
        return small if small.isalnum() else "".join(_SAFE.findall(small))
    return "".join(map(_codes.__getitem__, small))


def _secret_words(typed: str) -> Iterable[Word]:
    digits = phone_digits(typed)
    if digits:
        yield _hash_word("q", blind_index(digits[-TAIL_LENGTH:], purpose="phone.tail")), False
    if "@" in typed:
        yield _hash_word("m", blind_index(typed.lower(), purpose="email")), False
    if len(digits) >= 10:
        try:
            yield _hash_word("p", blind_index(parse_phone(typed), purpose="phone")), False
        except ValueProblem:
            return


def _hash_word(kind: str, digest: str) -> str:
    return f"z{kind}{digest[:16]}"
