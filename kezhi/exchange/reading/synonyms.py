"""Whether two headings mean the same thing."""

import re
import unicodedata
from functools import lru_cache

from kezhi.core.values.traditional import simplified
from kezhi.exchange.defaults.heading_words import GENERAL_WORDS, HEADING_WORDS

_UNIT = re.compile(r"[（(【\[].*?[）)】\]]")  # 预算（万元） is a 预算
_DECORATION = re.compile(r"[\s*＊:：_\-—·.。、/\\|\"'“”‘’#&]+")
# zh-data: signs and words between the parts of a heading
_PARTS = re.compile(r"\s*[/／\\|｜、,，;；&+（(）)【】\[\]\n]+\s*|[及和与或]")
_SCRIPTS = re.compile(r"\s+|(?<=[a-z.])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[a-z])")
# zh-data: what headings are decorated with
_AROUND = re.compile(
    r"^(?:请填写?|请输入|您的|贵司|贵公司|客户的|\d+[.、)）]?)|(?:必填|选填|可选|required|optional|\d+)$"
)
# zh-data: questions of yes and no
_QUESTION = re.compile(r"^(?:是否|有无|是不是|is|has|did)(?![a-z])")
# zh-data: units of ten thousand
_IN_WAN = re.compile(r"[（(【\[][^）)】\]]*(?:万|10k|ten thousand)|单位[:：]?\s*万|[/\s]?万元?$", re.IGNORECASE)
# zh-data: units that close a heading
_UNIT_AT_END = re.compile(r"(?:万元|人民币|元|rmb|cny)$")


@lru_cache(maxsize=4096)
def heading_key(heading: str) -> str:
    """The heading without case, width, blanks, punctuation, required marks and units in brackets, in simplified
    characters.
    """
    text = _plain(heading)
    key = _DECORATION.sub("", _UNIT.sub("", text))
    return key or _DECORATION.sub("", text)


def counts_in_wan(heading: str) -> bool:
    """Whether the amounts below it are in units of ten thousand: 预算（万元）, 金额(万), 预算万元."""
    return _IN_WAN.search(simplified(unicodedata.normalize("NFKC", heading)).strip()) is not None


def meaning(heading: str) -> int | None:
    """The number of the line in the shipped words that the heading stands in; ``None`` if it stands in none."""
    return _meanings().get(heading_key(heading))


@lru_cache(maxsize=4096)
def probable_meaning(heading: str) -> int | None:
    """What a heading that stands in no line most probably means; ``None`` if nothing says so.

    A part of it that is known (联系人及职务, Mobile/手机), or else the known words it ends with: what Chinese and
    English headings are about stands last (参展企业 is a 企业, 公司所在地 no 公司).
    """
    text = _plain(heading)
    if _QUESTION.match(text.strip()):
        return None
    known = _meanings()
    for part in (_UNIT.sub("", text), *_parts(text)):
        key = _DECORATION.sub("", part)
        for shorter in (key, _AROUND.sub("", _AROUND.sub("", key)), _UNIT_AT_END.sub("", key)):
            if shorter in known:
                return known[shorter]
    words = _UNIT.sub("", text).replace("_", " ").split()
    for start in range(1, len(words)):
        tail = _DECORATION.sub("", "".join(words[start:]))
        if tail in known and tail not in _general():
            return known[tail]
    key = _UNIT_AT_END.sub("", _AROUND.sub("", heading_key(heading)))
    for start in range(1, len(key) - 1):
        if key[start:] in known and not key[start:].isascii() and key[start:] not in _general():
            return known[key[start:]]
    return None


@lru_cache(maxsize=1)
def known_headings() -> frozenset[str]:
    """Every heading key that import knows."""
    return frozenset(_meanings())


@lru_cache(maxsize=1)
def _general() -> frozenset[str]:
    return frozenset(heading_key(word) for word in GENERAL_WORDS)


@lru_cache(maxsize=1)
def _meanings() -> dict[str, int]:
    meanings: dict[str, int] = {}
    for number, words in enumerate(HEADING_WORDS):
        for word in words:
            meanings.setdefault(heading_key(word), number)
    meanings.pop("", None)  # of signs alone
    return meanings


def _parts(text: str) -> list[str]:
    """联系人及职务 → 联系人, 职务; E-Mail邮箱 → e-mail, 邮箱. English words stay together: they are one heading."""
    parts = _PARTS.split(text)
    return [*parts, *(each for part in parts if not part.isascii() for each in _SCRIPTS.split(part))]


def _plain(heading: str) -> str:
    return simplified(unicodedata.normalize("NFKC", heading).casefold())
