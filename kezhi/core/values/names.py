# zh-data: patterns and tables of Chinese words
"""Names of companies: cleaned for keeping, and keys under which the same company meets itself (CUS-1, CUS-12)."""

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

from kezhi.core.chinese import pinyin
from kezhi.core.values import regions
from kezhi.core.values.dirt import drop_invisible
from kezhi.core.values.traditional import simplified


def clean_name(name: str) -> str:
    """A name as it is kept: trimmed, one blank at most, none between Chinese characters, letters and digits half-width.

    Brackets are written （） after Chinese and () elsewhere, as Chinese registers do.
    """
    plain = _WIDE.sub(lambda found: _half_width_letter(found[0]), drop_invisible(name))
    plain = _BRACKETED.sub(_bracketed, _BLANKS.sub(" ", plain).strip())
    return _BLANK_IN_CHINESE.sub("", _BRACKETS_BLANK.sub(r"\1", plain))


@lru_cache(maxsize=20_000)
def company_key(name: str) -> str:
    """The key under which two spellings of one company are equal.

    Without regard to width, case, traditional characters, blanks, punctuation, （中国）, and the legal form, also when
    that is cut short (``有限``, ``股份有限``). The place, the trade and 集团 stay: they tell companies apart.
    """
    plain = _plain(name)
    plain = _IN_CHINA.sub("", plain)
    bare = _PUNCTUATION.sub("", plain)
    without = _LEGAL_ANYWHERE.sub("", bare)
    if not _BRANCH.search(bare):
        without = _LEGAL_CUT.sub("", without)
        without = _LEGAL_ENGLISH.sub("", _PUNCTUATION_BUT_BLANK.sub(" ", plain)) if bare.isascii() else without
    key = _PUNCTUATION.sub("", without)
    return key or bare


@lru_cache(maxsize=20_000)
def company_core(name: str) -> str:
    """A weaker key: what is left of ``company_key`` without the place in front or in brackets, 中国 and 集团.

    Different companies may share it (上海中科网络, 厦门中科网络); see ``company_place`` before believing it.
    """
    key = company_key(_PLACE_IN_BRACKETS.sub(_without_place, _plain(name)))
    rest = key[len(_leading_place(key)) :]
    if len(rest) < 3 and len(rest) < len(key):
        rest = key
    shorter = _GROUP.sub("", rest)
    return shorter if len(shorter) >= 2 else rest


@lru_cache(maxsize=20_000)
def company_place(name: str) -> str:
    """The place a company's name begins with or holds in brackets, in short (``苏州``), or an empty text."""
    plain = _plain(name)
    for found in _PLACE_IN_BRACKETS.finditer(plain):
        if place := _leading_place(found[1]):
            return _short(place)
    key = company_key(name)
    place = _leading_place(key)
    return _short(place) if len(key) - len(place) >= 3 else ""


def name_similarity(first: str, second: str) -> float:
    """How alike two company names are, 0 to 1.

    1 for the same ``company_key``; 0.95 when only the place or 集团 is missing on one side; 0.9 and above when the
    names sound the same (星辰, 星晨); below 0.7 when both name a place and the places differ. From 0.85 on a person
    should look.
    """
    key_1, key_2 = company_key(first), company_key(second)
    if not key_1 or not key_2:
        return 0.0
    if key_1 == key_2:
        return 1.0
    core_1, core_2 = company_core(first), company_core(second)
    place_1, place_2 = company_place(first), company_place(second)
    apart = 0.65 if place_1 and place_2 and place_1 != place_2 else 1.0
    if core_1 == core_2:
        return 0.95 * apart
    if _spelled(core_1) == _spelled(core_2):
        return 0.92 * apart
    own_1, own_2 = _own_part(core_1), _own_part(core_2)
    trade = fuzz.ratio(core_1[len(own_1) :], core_2[len(own_2) :]) / 100
    letters = fuzz.ratio(own_1, own_2) / 100
    sounds = fuzz.ratio(_spelled(own_1), _spelled(own_2)) / 100
    # Sounds forgive a wrong character but make strangers look alike (恒信, 宏信), so they count only when nearly equal.
    own = max(letters, 0.95 if sounds == 1.0 else 0.9 * sounds if sounds >= 0.85 else 0.0)
    return round(min(own * (0.75 + 0.25 * trade), 0.94) * apart, 4)


def looks_abbreviated(name: str) -> bool:
    """Whether a company's name lacks its legal form, so that it is probably not the full registered name (CUS-1)."""
    plain = _PUNCTUATION_BUT_BLANK.sub(" ", _plain(name)).strip()
    return bool(plain) and not _FULL_ENDING.search(plain)


def _plain(name: str) -> str:
    return simplified(unicodedata.normalize("NFKC", drop_invisible(name)).casefold().strip())


# What ``_half_width_letter`` may change: the wide blank and the wide forms of ASCII.
_WIDE = re.compile("[\u3000\uff01-\uff5e]")


def _half_width_letter(character: str) -> str:
    if character == "\u3000" or ("！" <= character <= "～" and (half := chr(ord(character) - 0xFEE0)).isalnum()):
        return " " if character == "\u3000" else half
    return {"＆": "&", "－": "-", "．": ".", "＋": "+"}.get(character, character)


def _bracketed(found: re.Match[str]) -> str:
    inside = found[2].strip()
    if _HAS_CHINESE.search(found[1] + inside):
        return f"{found[1]}（{inside}）"
    return f"{found[1]} ({inside})" if found[1] else f"({inside})"


def _without_place(found: re.Match[str]) -> str:
    return "" if _leading_place(found[1]) == found[1] else found[0]


def _leading_place(text: str) -> str:
    """The longest province and city this text begins with, with or without 省 and 市."""
    length = 0
    places, longest = _places()
    for _level in range(2):  # a province, then a city
        for size in range(min(longest, len(text) - length), 1, -1):
            if text[length : length + size] in places:
                length += size
                break
    return text[:length]


def _short(place: str) -> str:
    return re.sub(r"[省市]$", "", re.sub(r"^.*?[省](?=.)", "", place))


@lru_cache(maxsize=1)
def _places() -> tuple[frozenset[str], int]:
    """The names of provinces and cities, long and short, and the length of the longest."""
    names = _place_names()
    return names, max(map(len, names))


def _place_names() -> frozenset[str]:
    names: set[str] = set()
    for province in regions.provinces():
        names |= {province, regions.short_name(province)}
        for city in regions.cities(province):
            names.add(city)
            if not regions.is_county(province, city):  # 东方 and 五指山 are counties' names and plain words
                names.add(regions.short_name(city))
            names.update(district for district in regions.districts(province, city) if district.endswith(("市", "县")))
    return frozenset(name for name in names if len(name) > 1)


def _own_part(core: str) -> str:
    """What a company calls itself, without the words of its trade at the end: 星辰 of 星辰信息技术."""
    own = core
    while (found := _TRADE.search(own)) and found.start() >= 2:
        own = own[: found.start()]
    return own


@lru_cache(maxsize=50_000)
def _spelled(text: str) -> str:
    """How a text sounds when n/ng, l/n, z/zh and the like are not told apart, as many speakers do."""
    spelled = pinyin(text).replace(" ", "")
    return re.sub(r"([zcs])h", r"\1", re.sub(r"(?<=[aeiou])ng", "n", spelled))


_BLANKS = re.compile(r"\s+")
_C = "\u3400-\u4dbf\u4e00-\u9fff"
_HAS_CHINESE = re.compile(f"[{_C}]")
_BLANK_IN_CHINESE = re.compile(f"(?<=[{_C}（）]) (?=[{_C}（）])")
_BRACKETS_BLANK = re.compile(r"\s*([（）])\s*")
_BRACKETED = re.compile(r"(^|\S)\s?[(（\[【〔]([^()（）\[\]【】〔〕]*)[)）\]】〕]")
_IN_CHINA = re.compile(r"[(\[【〔]\s*(?:中国|中國|china|prc|大陆)\s*[)\]】〕]")
_PLACE_IN_BRACKETS = re.compile(r"[(\[【〔]([^()\[\]]{2,12})[)\]】〕]")
_PUNCTUATION = re.compile(r"[\W_]+")
_PUNCTUATION_BUT_BLANK = re.compile(r"[^\w\s]+|_+")
_BRANCH = re.compile(r"(?:分公司|子公司|办事处|分行|支行|分店|分厂|分院)$")
_LEGAL_ANYWHERE = re.compile(r"(?:股份)?有限(?:责任)?公司|股份公司|有限合伙|普通合伙|特殊普通合伙|個人獨資|个人独资")
_LEGAL_CUT = re.compile(r"(?:(?:股份)?有限(?:责任|责)?公?|股份|(?<=..)公司)$")
_LEGAL_ENGLISH = re.compile(
    r"(?:[\s,]+(?:co|company|ltd|limited|inc|incorporated|llc|llp|corp|corporation|gmbh|ag|plc|sa|bv|pte|pty|kk)\b)+\s*$"
)
_GROUP = re.compile(r"^中国|(?:控股)?集团$|集团(?=分公司$)|\bgroup$|控股$")
_TRADE = re.compile(
    r"(?:科技|技术|信息|网络|软件|电子|电气|通信|智能|数据|贸易|商贸|进出口|实业|工业|制造|机械|设备|机电|自动化|建材|建筑|工程|装饰|"
    r"环保|能源|新能源|材料|化工|医药|生物|医疗|器械|食品|餐饮|饮食|酒店|物流|运输|供应链|教育|咨询|培训|文化|传媒|广告|传播|服务|管理|"
    r"投资|资产|金融|保险|地产|房地产|物业|农业|服饰|服装|家具|汽车|旅游|国际|发展|厂|店|行|中心|经营部)$"
)
_FULL_ENDING = re.compile(
    r"(?:公司|集团|厂|店|铺|行|社|院|所|馆|部|局|会|处|站|场|园|校|学|中心|工作室|合伙企业|有限合伙|普通合伙|个体工商户|基金|"
    r"基地|办公室|政府|联盟"
    r"|\b(?:co|company|ltd|limited|inc|incorporated|llc|llp|corp|corporation|gmbh|ag|plc|sa|bv|kk|group|university|school|"
    r"hospital|bank))\s*$"
)
