# zh-data: patterns and tables of Chinese words
"""Numbers that must not be collected without consent: resident IDs and bank cards, wherever they stand (CUS-8).

A resident ID has 18 characters with region, birth date and check character, or (until 1999) 15 digits without one. A
bank card has 13 to 20 digits, passes Luhn's check and begins with a prefix given to Chinese banks: the whole of 62, and
the listed ones of other ranges. Blanks, dashes and full-width digits between or instead do not hide a number.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from kezhi.core.clock import today
from kezhi.core.values import regions

SensitiveKind = Literal["resident_id", "bank_card"]


@dataclass(frozen=True, slots=True)
class Sensitive:
    """One number found: its kind, and where it stands in the text as given (``text[start:end]``)."""

    kind: SensitiveKind
    start: int
    end: int


def find_sensitive(text: str) -> list[Sensitive]:
    """The resident-ID and bank-card numbers in a text, in order and without overlaps."""
    if _MANY_DIGITS.search(text) is None:  # nearly every text
        return []
    plain, places = _with_places(text)
    found: list[Sensitive] = []
    for chain in _CHAIN.finditer(plain):
        after = chain.start()
        for first, last in _candidates(chain):
            if first < after or (kind := _kind(plain, first, last)) is None:
                continue
            found.append(Sensitive(kind, places[first], places[last - 1] + 1))
            after = last
    return found


def _kind(plain: str, first: int, last: int) -> SensitiveKind | None:
    groups = [len(group) for group in _BETWEEN.split(plain[first:last])]
    number = _BETWEEN.sub("", plain[first:last])
    if len(number) == 18 and _is_resident_id(number):
        return "resident_id"
    if not number.isdigit():
        return None
    before = plain[max(first - 20, 0) : first]
    if len(number) == 15 and _is_old_resident_id(number, is_named=_ID_WORDS.search(before) is not None):
        return "resident_id"
    if _LETTER_BEFORE.search(before) and not _CARD_WORD.search(before):
        return None
    if _is_grouped_as_card(groups) and _is_bank_card(number):
        return "bank_card"
    return None


def _candidates(chain: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Every span of whole groups with as many digits as such a number has; at each start the longest first."""
    groups = [(chain.start() + group.start(), chain.start() + group.end()) for group in _GROUP.finditer(chain[0])]
    for index, (first, _end) in enumerate(groups):
        spans = []
        digits = 0
        for start, end in groups[index : index + _MOST_GROUPS]:
            digits += end - start
            if digits > _MOST_DIGITS:
                break
            if digits >= _FEWEST_DIGITS:
                spans.append((first, end))
        yield from reversed(spans)


def _is_resident_id(number: str) -> bool:
    if number[:2] not in regions.province_codes() | {"83"} or not number[:17].isdigit():
        return False
    if not _was_born(number[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17]


def _is_old_resident_id(number: str, *, is_named: bool) -> bool:
    if not _was_born("19" + number[6:12]):
        return False
    # Without a check character only a number said to be an ID, or one from a region that exists, is believed.
    return number[:2] in regions.province_codes() if is_named else number[:4] in regions.area_codes()


def _was_born(digits: str) -> bool:
    try:
        day = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return dt.date(1900, 1, 1) <= day <= today()


def _is_grouped_as_card(groups: list[int]) -> bool:
    if len(groups) == 1:
        return True
    fours = all(length == 4 for length in groups[:-1]) and 1 <= groups[-1] <= 4
    return fours or (groups[0] == 6 and len(groups) == 2) or groups == [4, 6, 5]


def _is_bank_card(number: str) -> bool:
    if number.startswith("62"):
        is_issued = 16 <= len(number) <= 19
    else:
        is_issued = any(number[:size] in _prefixes().get(len(number), frozenset()) for size in range(3, 11))
    return is_issued and _passes_luhn(number)


def _passes_luhn(number: str) -> bool:
    doubled = sum(sum(divmod(int(digit) * 2, 10)) for digit in number[-2::-2])
    return (doubled + sum(int(digit) for digit in number[-1::-2])) % 10 == 0


def _with_places(text: str) -> tuple[str, list[int]]:
    """The text with plain digits and without invisible characters, and where each remaining character came from."""
    kept = [(place, _PLAIN.get(ord(c), c)) for place, c in enumerate(text) if ord(c) not in _HIDDEN]
    return "".join(character for _place, character in kept).upper(), [place for place, _character in kept]


@lru_cache(maxsize=1)
def _prefixes() -> dict[int, frozenset[str]]:
    path = Path(__file__).resolve().parent.parent / "data" / "bank_cards.json"
    stored = json.loads(path.read_text(encoding="utf-8"))["prefixes"]
    return {int(length): frozenset(prefixes.split()) for length, prefixes in stored.items()}


_FEWEST_DIGITS, _MOST_DIGITS, _MOST_GROUPS = 13, 20, 7
_MANY_DIGITS = re.compile(r"(?:\d[^\d\n]{0,3}){13}")
_GROUP = re.compile(r"\d+X?")
_CHAIN = re.compile(r"(?<!\d)\d+X?(?:[ \-.·_/]{1,3}\d+X?)*(?!\d)")
_BETWEEN = re.compile(r"[ \-.·_/]+")
_LETTER_BEFORE = re.compile(r"[A-Z]$")  # part of another kind of number: a waybill, a serial number
_CARD_WORD = re.compile(r"(?:CARD|BANK|NO)$")
_ID_WORDS = re.compile(r"身份|证件|证号|IDCARD|\bID\b|SFZ")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PLAIN = {0xFF10 + digit: str(digit) for digit in range(10)} | {
    0xFF38: "X",
    0xFF58: "X",
    0x3000: " ",
    0x00A0: " ",
    0x0009: " ",
    0xFF0D: "-",
    0x2010: "-",
    0x2011: "-",
    0x2012: "-",
    0x2013: "-",
    0x2014: "-",
    0x2212: "-",
    0xFF0E: ".",
}
_HIDDEN = {0x00AD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)}
