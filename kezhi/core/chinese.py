# zh-data: patterns and tables of Chinese words
"""How Chinese text sounds, and the words under which any text is found (UX-3).

**Readings.** A character has its usual reading; where it has several, the longest known word around it decides (重庆 is
chongqing, 长沙 is changsha). A character that stays open (长 in 长盛) is indexed under both readings.

**Index tokens** (``search_tokens``), all lower-case ASCII or CJK, none longer than 24 characters:

- Chinese: every pair of neighbouring characters, and the last character of each run alone (so that a prefix search for
  one character finds it in any place);
- pinyin: the joined syllables from each character to the end, cut at 24 letters (beijingyuanqing…, jingyuanqing…);
- initials: the same with the first letters (bjyq…, jyq…). Neither starts inside a closing 有限公司: everybody has it;
- words and numbers: each run of letters and digits, its runs of digits, and of 5 digits or more also the last 4 to 8.

**Query tokens** (``query_tokens``): Chinese is cut into pairs that must all be there; letters and digits, and a single
Chinese character, are searched as a prefix. So 元庆, yuanqing, yuanq, yq, bjyq, the last four digits and the beginning
of a number all find 北京元庆科技有限公司 or its number, with nothing but prefix look-ups.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from kezhi.core.values.dirt import drop_invisible

LONGEST_TOKEN = 24
_MOST_UNITS = 40  # how many characters and words of a text get pinyin; names are shorter, notes need no more
_MOST_TEXT = 4_000


class QueryToken(NamedTuple):
    """One word to look up; ``is_prefix`` tells whether index tokens that merely begin with it count."""

    text: str
    is_prefix: bool


def pinyin(text: str) -> str:
    """The text as it is read, toneless, a blank between syllables (``bei jing yuan qing``); also good for sorting."""
    return " ".join(unit.sound for unit in _units(_folded(text), _MOST_TEXT))


def initials(text: str) -> str:
    """The first letters of the syllables, other words in full: ``bjyq``."""
    return "".join(unit.initial for unit in _units(_folded(text), _MOST_TEXT))


def search_tokens(text: str, *, sounds: bool = True) -> list[str]:
    """The tokens under which a text is put into the search index, each once; see the scheme above.

    Without ``sounds`` pinyin and initials are left out: what somebody wrote down is looked for by its words, and a
    sentence has many times the sounds of a name.
    """
    folded = _folded(text[:_MOST_TEXT])
    tokens: dict[str, None] = {}
    for run in _CHINESE_RUN.findall(folded):
        for index in range(len(run) - 1):
            tokens[run[index : index + 2]] = None
        tokens[run[-1]] = None
    for word in _WORD.findall(folded):
        tokens[word[:LONGEST_TOKEN]] = None
        for digits in _DIGITS.findall(word):
            tokens[digits[:LONGEST_TOKEN]] = None
            if len(digits) >= 5:
                for length in range(4, min(8, len(digits) - 1) + 1):
                    tokens[digits[-length:]] = None
    units = _units(folded, _MOST_UNITS) if sounds else []
    if any(unit.is_chinese for unit in units):
        starts = len(units) - _common_tail(folded)
        _add_suffixes(tokens, [unit.sound for unit in units], starts)
        _add_suffixes(tokens, [unit.initial for unit in units], starts)
        if any(unit.other for unit in units):
            _add_suffixes(tokens, [unit.other or unit.sound for unit in units], starts)
            _add_suffixes(tokens, [unit.other[:1] or unit.initial for unit in units], starts)
    return list(tokens)


def query_tokens(text: str) -> list[QueryToken]:
    """What to look up, all of it required, for what a person typed into the search box."""
    tokens: dict[QueryToken, None] = {}
    folded = _folded(text[:200])
    for run in _CHINESE_RUN.findall(folded):
        if len(run) == 1:
            tokens[QueryToken(run, is_prefix=True)] = None
        for index in range(len(run) - 1):
            tokens[QueryToken(run[index : index + 2], is_prefix=False)] = None
    for word in _WORD.findall(folded):
        tokens[QueryToken(word[:LONGEST_TOKEN], is_prefix=True)] = None
    return list(tokens)


def load_readings() -> None:
    """Read the dictionary of readings now, so that the first search does not have to wait for it."""
    _readings()


class _Readings(NamedTuple):
    characters: Mapping[int, str]
    words: Mapping[str, list[list[str]]]
    polyphones: frozenset[str]


@lru_cache(maxsize=1)
def _readings() -> _Readings:
    # Only what reads Chinese pays for it. The package itself takes eight times as long to load, since it prepares to
    # cut sentences; and the first who writes a name pays while nobody else can write.
    phrases_dict: dict[str, list[list[str]]] = _dictionary("phrases_dict.json")
    pinyin_dict = {int(point): readings for point, readings in _dictionary("pinyin_dict.json").items()}
    polyphones = frozenset(
        chr(point)
        for point, readings in pinyin_dict.items()
        if "," in readings and 0x4E00 <= point <= 0x9FFF and len({_toneless(one) for one in readings.split(",")}) > 1
    )
    return _Readings(pinyin_dict, phrases_dict, polyphones)


def _dictionary(name: str) -> dict[str, Any]:
    """A dictionary that comes with pypinyin."""
    spec = find_spec("pypinyin")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pypinyin")
    found: dict[str, Any] = json.loads(Path(spec.origin).with_name(name).read_bytes())
    return found


class _Unit(NamedTuple):
    sound: str
    initial: str
    other: str  # a second reading that the text does not decide against, or ""
    is_chinese: bool


def _add_suffixes(tokens: dict[str, None], parts: list[str], starts: int) -> None:
    joined = "".join(parts)
    position = 0
    for part in parts[: max(starts, 1)]:
        tokens[joined[position : position + LONGEST_TOKEN]] = None
        position += len(part)


def _common_tail(folded: str) -> int:
    found = _COMMON_TAIL.search(folded)
    return len(found[0].rstrip()) if found else 0


def _units(folded: str, most: int) -> list[_Unit]:
    units: list[_Unit] = []
    for run in _RUN.findall(folded):
        if len(units) >= most:
            break
        if run[0] < "⺀":
            units.append(_Unit(run, run, "", is_chinese=False))
        else:
            units.extend(_read(run[: most - len(units)]))
    return units


def _read(run: str) -> list[_Unit]:
    units = [_character(character) for character in run]
    if _readings().polyphones.isdisjoint(run):
        return units
    index = 0
    while index < len(run):
        phrase = _phrase_at(run, index)
        if phrase is None:
            index += 1
            continue
        for offset, sound in enumerate(phrase):
            units[index + offset] = _Unit(sound, sound[0], "", is_chinese=True)
        index += len(phrase)
    return units


def _phrase_at(run: str, start: int) -> tuple[str, ...] | None:
    """The readings of the longest known word that begins here and holds a character of several readings."""
    polyphones = _readings().polyphones
    for length in (4, 3, 2):
        word = run[start : start + length]
        if len(word) == length and not polyphones.isdisjoint(word) and (sounds := _word(word)) is not None:
            return sounds
    return None


@lru_cache(maxsize=50_000)
def _word(word: str) -> tuple[str, ...] | None:
    if (place := _PLACES.get(word)) is not None:
        return tuple(place.split())
    if (readings := _readings().words.get(word)) is None:
        return None
    return tuple(_toneless(reading[0]) for reading in readings)


@lru_cache(maxsize=30_000)
def _character(character: str) -> _Unit:
    readings = _readings().characters.get(ord(character))
    if readings is None:
        return _Unit(character, character, "", is_chinese=False)
    usual, other = _USUAL.get(character, (_toneless(readings.partition(",")[0]), ""))
    return _Unit(usual, usual[0], other, is_chinese=True)


@lru_cache(maxsize=5_000)
def _toneless(syllable: str) -> str:
    plain = unicodedata.normalize("NFD", syllable.replace("ü", "v").replace("ǖ", "v"))
    plain = plain.replace("u\u0308", "v")
    return "".join(letter for letter in plain if "a" <= letter <= "z") or "e"


def _folded(text: str) -> str:
    """Plain width, lower case, accents gone, so that both sides of a search agree."""
    text = drop_invisible(text)
    if text.isascii():
        return text.lower().replace("'", "")
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ü", "v")
    if not _ACCENTED.search(plain):
        return plain.replace("'", "").replace("’", "")
    plain = "".join(letter for letter in unicodedata.normalize("NFD", plain) if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", plain).replace("'", "").replace("’", "")


_ACCENTED = re.compile(r"[\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]")
_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af〇"
_CHINESE_RUN = re.compile(f"[{_CHINESE}]+")
_WORD = re.compile(r"[a-z0-9]+")
_DIGITS = re.compile(r"\d{2,}")
_RUN = re.compile(f"[a-z0-9]+|[{_CHINESE}]+")
_COMMON_TAIL = re.compile(r"(?:集团)?(?:股份)?有限(?:责任)?公司\s*$|公司\s*$")

# Where company and place names are read otherwise than the first reading in the dictionary, and what else is typed.
_READINGS = (
    "长/chang/zhang 重/zhong/chong 乐/le/yue 行/xing/hang 都/du/dou 厦/xia/sha 朝/chao/zhao 曾/zeng/ceng 单/dan/shan "
    "解/jie/xie 查/cha/zha 仇/qiu/chou 区/qu/ou 翟/zhai/di 覃/qin/tan 朴/pu/piao 盛/sheng/cheng 车/che/ju "
    "传/chuan/zhuan 调/diao/tiao 会/hui/kuai 藏/cang/zang 薄/bo/bao 贾/jia/gu 仔/zai/zi 柏/bai/bo 埔/pu/bu 堡/bao/pu "
    "铅/qian/yan 缪/miao/mou 种/zhong/chong 尉/wei/yu 召/zhao/shao 参/can/shen 石/shi/dan 沈/shen/chen 繁/fan/po "
    "盖/gai/ge 宁/ning/ 大/da/dai 什/shen/shi 丽/li/ 蔚/wei/yu 泊/bo/po 角/jiao/jue 省/sheng/xing 率/lv/shuai "
    "校/xiao/jiao 弹/dan/tan 和/he/ 着/zhe/zhuo 降/jiang/xiang 咖/ka/ga 卡/ka/qia 茄/qie/jia 系/xi/ji 圈/quan/juan "
    "畜/chu/xu 壳/ke/qiao"
)
_USUAL = {character: (usual, other) for character, usual, other in (entry.split("/") for entry in _READINGS.split())}
# Place names and trade words that the word list of pypinyin lacks or reads otherwise.
_PLACE_READINGS = (
    "朝阳=chao-yang 单县=shan-xian 洪洞=hong-tong 什邡=shi-fang 曾都=zeng-du 铅山=yan-shan 涡阳=guo-yang 六合=lu-he "
    "六安=lu-an 浚县=xun-xian 蔚县=yu-xian 尉犁=yu-li 乐亭=lao-ting 长子县=zhang-zi-xian 台州=tai-zhou 东阿=dong-e "
    "丽水=li-shui 番禺=pan-yu 大埔=da-bu 黄陂=huang-pi 监利=jian-li 亳州=bo-zhou 枞阳=zong-yang 歙县=she-xian "
    "莘县=shen-xian 重工=zhong-gong 长虹=chang-hong 银行=yin-hang 行业=hang-ye 商行=shang-hang 车行=che-hang "
    "音乐=yin-yue 乐器=yue-qi 会计=kuai-ji 调研=diao-yan 空调=kong-tiao 薄膜=bo-mo 重型=zhong-xing 传媒=chuan-mei "
    "长春=chang-chun 厦门=xia-men 大厦=da-sha 广厦=guang-sha"
)
_PLACES = {word: sounds.replace("-", " ") for word, sounds in (entry.split("=") for entry in _PLACE_READINGS.split())}
