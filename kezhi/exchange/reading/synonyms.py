"""Whether two headings mean the same thing."""

import re
import unicodedata
from functools import lru_cache

from kezhi.exchange.defaults.heading_words import HEADING_WORDS

_UNIT = re.compile(r"[（(【\[].*?[）)】\]]")  # 预算（万元） is a 预算
_DECORATION = re.compile(r"[\s*＊:：_\-—·.。、/\\|\"'“”‘’]+")
# zh-data: the characters of headings that are written otherwise in Hong Kong and Taiwan
TO_SIMPLIFIED = str.maketrans(
    "稱聯絡電話郵產業備註職號碼機級別來負責區縣預創時間類標簽戶單員規網傳務顧詳細聞積極據庫應項實際簡鎮訪萬",
    "称联络电话邮产业备注职号码机级别来负责区县预创时间类标签户单员规网传务顾详细闻积极据库应项实际简镇访万",
)
# zh-data: units of ten thousand
_IN_WAN = re.compile(r"[（(【\[][^）)】\]]*万|单位[:：]?\s*万|/万元?$")


@lru_cache(maxsize=4096)
def heading_key(heading: str) -> str:
    """The heading without case, width, blanks, punctuation, required marks and units in brackets, in simplified
    characters.
    """
    text = unicodedata.normalize("NFKC", heading).casefold().translate(TO_SIMPLIFIED)
    key = _DECORATION.sub("", _UNIT.sub("", text))
    return key or _DECORATION.sub("", text)


def counts_in_wan(heading: str) -> bool:
    """Whether the amounts below it are in units of ten thousand: 预算（万元）, 金额(万)."""
    return _IN_WAN.search(unicodedata.normalize("NFKC", heading).translate(TO_SIMPLIFIED)) is not None


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
