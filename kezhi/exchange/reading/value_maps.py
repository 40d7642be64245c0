"""Words of the file → the words of a list: Hot → A, A类 → A, 高 → A. Guessed, shown, correctable."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein

from kezhi.core.values.traditional import simplified

# zh-data: what grades end with
_SUFFIX = re.compile(
    r"(类|级|等|档|客户|类客户|级客户|星|行业|产业|业|领域|grade|class|level|tier|customer|industry|sector)$"
)
# zh-data: what grades begin with
_PREFIX = re.compile(r"^(grade|level|class|tier|等级|级别|评级)[:：]?(?=.)")
_SEPARATORS = re.compile(r"[；;、,，/／|｜\n\t+┋]+")
# Scales that other systems use, best first. The first word stands for the first of three options.
# zh-data: grades
_SCALES: tuple[tuple[str, ...], ...] = (
    ("三星", "二星", "一星"),
    ("3星", "2星", "1星"),
    ("★★★", "★★", "★"),
    ("hot", "warm", "cold"),
    ("high", "medium", "low"),
    ("高", "中", "低"),
    ("重要", "一般", "普通"),
    ("重点", "潜力", "普通"),
    ("高价值", "潜力", "普通"),
    ("gold", "silver", "bronze"),
    ("金", "银", "铜"),
    ("1", "2", "3"),
    ("一", "二", "三"),
    ("ⅰ", "ⅱ", "ⅲ"),
    ("i", "ii", "iii"),
    ("强", "中", "弱"),
    ("大", "中", "小"),
    ("tier1", "tier2", "tier3"),
)
# Shorter ones have neighbours that mean something else.
_LONG_WORD = 6


@dataclass(frozen=True)
class ValueOption:
    """One entry of a list. ``labels`` are its own names and then what others call it (from place ``own`` on); ``rank``
    its place in an ordered list, best 1.
    """

    key: str
    labels: tuple[str, ...]
    rank: int | None = None
    own: int = 2


@dataclass(frozen=True)
class ValueGuess:
    """A word of the file, how often it occurs, and the entry it most likely means (``None``: not on the list)."""

    text: str
    count: int
    option_key: str | None
    is_exact: bool


def guess_value_map(
    values: Iterable[str], options: Sequence[ValueOption], *, splits: bool = False, limit: int = 500
) -> list[ValueGuess]:
    """A guess for every distinct word of a column, most frequent first, at most ``limit`` of them."""
    counts: Counter[str] = Counter()
    for value in values:
        counts.update(split_values(value, options) if splits else [value.strip()])
    counts.pop("", None)
    exact, loose = _lookup(options)
    scale = _scale_of(counts, options, loose)
    near = _near(counts, exact)
    guesses: list[ValueGuess] = []
    for text, count in counts.most_common(limit):
        key = _key(text)
        found = exact.get(key)
        guesses.append(
            ValueGuess(
                text,
                count,
                found or loose.get(_bare(key)) or scale.get(key) or scale.get(_bare(key)) or near.get(key),
                is_exact=found is not None,
            )
        )
    return guesses


def split_values(text: str, options: Sequence[ValueOption] = ()) -> list[str]:
    """The parts of a cell that holds several words, in order and once each.

    A cell that is one entry as a whole (``研发/测试``) is not cut.
    """
    whole = text.strip()
    if not whole:
        return []
    if any(_key(whole) == _key(label) for option in options for label in option.labels):
        return [whole]
    return list(dict.fromkeys(part for piece in _SEPARATORS.split(whole) if (part := piece.strip())))


def _lookup(options: Sequence[ValueOption]) -> tuple[dict[str, str], dict[str, str]]:
    exact: dict[str, str] = {}
    loose: dict[str, str] = {}
    # What an entry is called says more than what others call it.
    for names in (_own_names, _names):
        for option in options:
            for label in names(option):
                exact.setdefault(_key(label), option.key)
    for option in options:
        for label in _names(option):
            loose.setdefault(_bare(_key(label)), option.key)
    return exact, loose


def _scale_of(counts: Counter[str], options: Sequence[ValueOption], known: dict[str, str]) -> dict[str, str]:
    """The scale the column is written in, if it is one; words of the list itself always win over it."""
    ranked = sorted((option for option in options if option.rank is not None), key=lambda option: option.rank or 0)
    lettered = [option for option in ranked if len(option.key) == 1]
    ranked = lettered if len(lettered) >= 3 else ranked  # A, B, C; a VIP beside them is no step of the scale
    if len(ranked) < 3:
        return {}
    words = {_key(text) for text in counts}
    words |= {_bare(word) for word in words}
    for scale in _SCALES:
        steps = {word: option.key for word, option in zip(scale, ranked, strict=False)}
        used = words & set(scale)
        # Words of the list itself always win: a scale that says otherwise, or that stands beside them, is not meant.
        beside = {known[word] for word in words - used if word in known} & set(steps.values())
        if len(used) >= 2 and not beside and all(known.get(word, steps.get(word)) == steps.get(word) for word in used):
            return steps
    return {}


def _near(counts: Counter[str], exact: dict[str, str]) -> dict[str, str]:
    """Long Latin words with one slip of the keyboard, where just one entry is meant: technolgy → Technology."""
    found: dict[str, str] = {}
    names = [name for name in exact if len(name) >= _LONG_WORD and name.isascii()]
    for key in {_key(text) for text in counts} - exact.keys():
        if len(key) < _LONG_WORD or not key.isascii():
            continue
        meant = {exact[name] for name in names if DamerauLevenshtein.distance(key, name, score_cutoff=1) <= 1}
        if len(meant) == 1:
            found[key] = meant.pop()
    return found


def _own_names(option: ValueOption) -> tuple[str, ...]:
    return option.labels[: option.own] if option.key.isdecimal() else (option.key, *option.labels[: option.own])


def _names(option: ValueOption) -> tuple[str, ...]:
    """What an option is called; a key of digits is a row's number, which no list contains."""
    return option.labels if option.key.isdecimal() else (option.key, *option.labels)


def _key(text: str) -> str:
    return simplified(re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold())


def _bare(key: str) -> str:
    shorter = _SUFFIX.sub("", _PREFIX.sub("", key))
    return shorter or key
