"""Whether two headings mean the same thing."""

import re
import unicodedata
from functools import lru_cache

from kezhi.exchange.defaults.heading_words import HEADING_WORDS

_UNIT = re.compile(r"[（(【\[].*?[）)】\]]")  # 预算（万元） is a 预算
_DECORATION = re.compile(r"[\s*＊:：_\-—·.。、/\\|\"'“”‘’]+")


@lru_cache(maxsize=4096)
def heading_key(heading: str) -> str:
    """The heading without case, width, blanks, punctuation, required marks and units in brackets."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    key = _DECORATION.sub("", _UNIT.sub("", text))
    return key or _DECORATION.sub("", text)


def meaning(heading: str) -> int | None:
    """The number of the line in the shipped words that the heading stands in; ``None`` if it stands in none."""
    return _meanings().get(heading_key(heading))


@lru_cache(maxsize=1)
def known_headings() -> frozenset[str]:
    """Every heading key that import knows."""
    return frozenset(_meanings())


@lru_cache(maxsize=1)
def _meanings() -> dict[str, int]:
    meanings: dict[str, int] = {}
    for number, words in enumerate(HEADING_WORDS):
        for word in words:
            meanings.setdefault(heading_key(word), number)
    return meanings
