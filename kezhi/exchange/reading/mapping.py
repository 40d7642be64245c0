"""Which column goes into which field: guessed from what was chosen before, from the headings, and from the contents."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from kezhi.core.values.persons import looks_like_person
from kezhi.exchange.reading.date_columns import looks_like_date
from kezhi.exchange.reading.synonyms import heading_key, meaning, probable_meaning

_SURE, _LIKELY, _MAYBE = 0.9, 0.7, 0.5
_SAMPLE = 200
_EMAIL = re.compile(r"^[^@＠\s]+[@＠][^@＠\s]+\.[^@＠\s]+$")
_NOT_DIGITS = re.compile(r"[\s\-—–()（）+＋.]")
_PHONE = re.compile(r"^(?:0?086|86)?(?:1[3-9]\d{9}|0\d{9,11}|400\d{7})$")
# zh-data: units of money
_MONEY = re.compile(r"^[¥￥$]?\s*[\d,，]+(?:\.\d+)?\s*(?:元|万|万元|亿|亿元|k|K)?$")
_URL = re.compile(r"^(https?://|www\.)\S+$", re.IGNORECASE)
# zh-data: what company names end with
_COMPANY = re.compile(
    r"(公司|集团|厂|店|医院|学校|大学|中心|研究院|事务所|商行|车行|经营部|合作社|工作室|超市|酒店|Ltd\.?|Inc\.?|LLC|GmbH|Co\.)\s*$",
    re.IGNORECASE,
)
# zh-data: parts of addresses
_ADDRESS = re.compile(r"(省|市|自治区|区|县).*(路|街|道|号|镇|乡|村|楼|园)")
# zh-data: yes and no
_BOOLEAN = {"是", "否", "yes", "no", "true", "false", "y", "n"}


class TargetKind(StrEnum):
    """What a field holds, as far as guessing is concerned."""

    TEXT = "text"
    NAME = "name"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    DATE = "date"
    MONEY = "money"
    NUMBER = "number"
    CHOICE = "choice"
    CHOICES = "choices"
    BOOLEAN = "boolean"
    USER = "user"
    PERSON = "person"


@dataclass(frozen=True)
class ImportTarget:
    """A field that a column can go into. ``labels`` are its names in every language, ``options`` those of a choice."""

    key: str
    labels: tuple[str, ...]
    kind: TargetKind = TargetKind.TEXT
    options: tuple[str, ...] = ()


class Why(StrEnum):
    """What a guess rests on."""

    REMEMBERED = "remembered"
    LABEL = "label"
    SYNONYM = "synonym"
    SIMILAR = "similar"
    CONTENT = "content"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Guess:
    """The field guessed for a column (counted from 0), ``None`` for "leave out"; ``confidence`` is 0 to 1."""

    column: int
    target_key: str | None
    confidence: float
    why: Why

    @property
    def is_sure(self) -> bool:
        """Whether the person need not look twice."""
        return self.confidence >= _SURE


def header_fingerprint(headers: Sequence[str]) -> str:
    """Equal for lists with the same columns in the same order, whatever their case, width and blanks."""
    keys = "\x1f".join(heading_key(header) for header in headers)
    return hashlib.sha256(keys.encode()).hexdigest()[:32]


def guess_mapping(
    headers: Sequence[str],
    sample_rows: Sequence[Sequence[str]],
    targets: Sequence[ImportTarget],
    remembered: Mapping[int, str | None] | None = None,
    *,
    has_headings: bool = True,
) -> list[Guess]:
    """One guess per column; a field is given to at most one column, the best one.

    ``remembered`` is what a person chose for these very columns before (column → key, ``None`` for left out).
    """
    known_keys = {target.key for target in targets}
    guesses: dict[int, Guess] = {}
    taken: set[str] = set()
    for column, key in sorted((remembered or {}).items()):
        if column < len(headers) and (key is None or (key in known_keys and key not in taken)):
            guesses[column] = Guess(column, key, 1.0, Why.REMEMBERED)
            taken.update({key} if key else ())
    columns = [column for column in range(len(headers)) if column not in guesses]
    samples = {column: _values(sample_rows, column) for column in columns}
    claims = sorted(
        (
            (_with_content(*claim, samples[column], target), column, order, claim[1], target.key)
            for column in columns
            for order, target in enumerate(targets)
            if (claim := _by_heading(headers[column], target)) is not None
        ),
        key=lambda claim: (-claim[0], claim[1], claim[2]),
    )
    for confidence, column, _order, why, key in claims:
        if column not in guesses and key not in taken and confidence >= _MAYBE:
            guesses[column] = Guess(column, key, round(confidence, 2), why)
            taken.add(key)
    for column in columns:
        header = headers[column] if has_headings else ""
        if column not in guesses and (target := _by_content(samples[column], targets, taken, header)):
            guesses[column] = Guess(column, target.key, _MAYBE, Why.CONTENT)
            taken.add(target.key)
    return [guesses.get(column, Guess(column, None, 0.0, Why.NOTHING)) for column in range(len(headers))]


def _by_heading(header: str, target: ImportTarget) -> tuple[float, Why] | None:
    key = heading_key(header)
    labels = [heading_key(label) for label in target.labels]
    if not key:
        return None
    if key in labels:
        return 1.0 - 0.001 * labels.index(key), Why.LABEL
    own = meaning(header)
    if own is not None:
        meanings = [meaning(label) for label in target.labels]
        if own in meanings:
            return 0.95 - 0.001 * meanings.index(own), Why.SYNONYM
        return None  # a heading we know means something else, however similar it looks
    probable = probable_meaning(header)
    if probable is not None:
        meanings = [meaning(label) for label in target.labels]
        return (0.8 - 0.001 * meanings.index(probable), Why.SIMILAR) if probable in meanings else None
    best = 0.0
    for label in labels:
        if len(label) >= 2 and (label in key or (len(key) >= 2 and key in label)):
            best = max(best, 0.6 + 0.25 * min(len(label), len(key)) / max(len(label), len(key)))
        elif label.isascii() and key.isascii() and len(key) >= 5:
            ratio = fuzz.ratio(label, key) / 100
            best = max(best, ratio * 0.85 if ratio >= 0.85 else 0.0)
    return (best, Why.SIMILAR) if best else None


def _with_content(confidence: float, why: Why, values: list[str], target: ImportTarget) -> float:
    """A heading is believed less when what stands under it is plainly of another kind."""
    if not values:
        return confidence
    if (
        target.kind in (TargetKind.NAME, TargetKind.PERSON)
        and max(_share_of(values, kind) for kind in _NO_NAMES) >= 0.8
    ):
        return confidence - 0.6
    if target.kind is TargetKind.NAME and _share_of(values, TargetKind.PERSON) >= 0.8:
        return confidence - 0.3  # a list of persons, unless another column has the companies
    fitting = _share(values, target)
    if why is Why.LABEL:
        # Two fields may be called the same; the one whose list holds the words is meant.
        return confidence + 0.02 if target.options and fitting is not None and fitting >= _SOME else confidence
    if fitting is None:
        return confidence
    if fitting >= _SOME:
        return confidence + 0.02
    other = next((kind for kind in (TargetKind.EMAIL, TargetKind.PHONE) if _share_of(values, kind) >= 0.8), None)
    return confidence - (0.4 if other is not None and other is not target.kind else 0.1 if fitting < 0.1 else 0.0)


def _by_content(
    values: list[str], targets: Sequence[ImportTarget], taken: set[str], header: str
) -> ImportTarget | None:
    free = [target for target in targets if target.key not in taken]
    if len(values) < 2:
        return None
    if (own := meaning(header)) is not None:
        # A heading that is known says what it says. But a column of numbers under 联系人 is no column of names, and
        # a second column of customers that are no companies has the people.
        people = [target for target in targets if target.kind in (TargetKind.NAME, TargetKind.PERSON)]
        if own not in {meaning(label) for target in people for label in target.labels}:
            return None
        if max(_share_of(values, kind) for kind in (*_NO_NAMES, TargetKind.NAME)) <= _FEW:
            return next((target for target in free if target.kind is TargetKind.PERSON), None)
        free = [target for target in free if target.kind in (TargetKind.PHONE, TargetKind.EMAIL)]
    for kind in (
        TargetKind.EMAIL,
        TargetKind.PHONE,
        TargetKind.URL,
        TargetKind.ADDRESS,
        TargetKind.NAME,
        *(() if header else (TargetKind.PERSON,)),  # under an unknown heading they may be anybody
    ):
        if _share_of(values, kind) >= 0.7:
            return next((target for target in free if target.kind is kind), None)
    for target in free:
        if target.options and (share := _share(values, target)) is not None and share >= 0.8:
            return target
    return None


def _share(values: list[str], target: ImportTarget) -> float | None:
    """The part of the values that could stand in the field; ``None`` where anything could."""
    if target.kind in (TargetKind.CHOICE, TargetKind.CHOICES) and target.options:
        options = {heading_key(option) for option in target.options}
        return sum(1 for value in values if heading_key(value) in options) / len(values)
    if target.kind in (TargetKind.TEXT, TargetKind.USER, TargetKind.NAME, TargetKind.ADDRESS, TargetKind.PERSON):
        return None
    return _share_of(values, target.kind)


def _share_of(values: list[str], kind: TargetKind) -> float:
    return sum(1 for value in values if fits(value, kind)) / len(values) if values else 0.0


def fits(value: str, kind: TargetKind) -> bool:
    """Whether a text has the form of what a field of this kind holds."""
    match kind:
        case TargetKind.EMAIL:
            return _EMAIL.match(value) is not None
        case TargetKind.PHONE:
            digits = _NOT_DIGITS.sub("", value.translate(_NARROW))
            return _PHONE.match(digits) is not None
        case TargetKind.URL:
            return _URL.match(value) is not None
        case TargetKind.DATE:
            return looks_like_date(value)
        case TargetKind.MONEY | TargetKind.NUMBER:
            return _MONEY.match(value) is not None
        case TargetKind.NAME:
            return _COMPANY.search(value) is not None
        case TargetKind.PERSON:
            return looks_like_person(value)
        case TargetKind.ADDRESS:
            return _ADDRESS.search(value) is not None
        case TargetKind.BOOLEAN:
            return value.casefold() in _BOOLEAN
    return False


_FEW, _SOME = 0.2, 0.5
_NO_NAMES = (TargetKind.EMAIL, TargetKind.PHONE, TargetKind.DATE)
_NARROW = {0xFF10 + digit: 0x30 + digit for digit in range(10)} | {ord("＋"): ord("+"), ord("－"): ord("-")}


def _values(rows: Sequence[Sequence[str]], column: int) -> list[str]:
    values: list[str] = []
    for row in rows:
        if column < len(row) and (value := row[column].strip()):
            values.append(value)
            if len(values) >= _SAMPLE:
                break
    return values
