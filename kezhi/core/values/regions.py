# zh-data: patterns and tables of Chinese words
"""The provinces, cities and districts of China, for choice lists and for reading addresses (CUS-1).

The four municipalities and the two special regions are a province with one city of the same name; a county-level place
directly under its province is a city without districts.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).resolve().parent.parent / "data" / "regions.json"
_LONG_ENDINGS = (
    "特别行政区",
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "自治区",
    "自治州",
    "地区",
    "林区",
    "新区",
    "省",
    "市",
    "盟",
    "县",
    "区",
    "旗",
)
_PEOPLES = re.compile(
    r"(?<=..)(?:蒙古族?|回族|藏族|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族?|傣族|黎族|傈僳族|佤族|"
    r"畲族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|锡伯|塔吉克|怒族|"
    r"裕固族|独龙族|门巴族|珞巴族|鄂伦春|鄂温克族|保安族|各族)+$"
)


@dataclass(frozen=True)
class _Province:
    code: str
    cities: dict[str, tuple[str, ...]]
    codes: dict[str, str]


def provinces() -> list[str]:
    """All provinces, autonomous regions, municipalities and special regions, in the official order."""
    return list(_provinces())


def cities(province: str) -> list[str]:
    """The cities of a province in the official order; empty for an unknown one."""
    known = _provinces().get(province)
    return list(known.cities) if known else []


def districts(province: str, city: str) -> list[str]:
    """The districts and counties of a city in the official order; empty if it has none or is unknown."""
    known = _provinces().get(province)
    return list(known.cities.get(city, ())) if known else []


def is_county(province: str, city: str) -> bool:
    """Whether this "city" is a county-level place directly under its province (济源市, 仙桃市)."""
    known = _provinces().get(province)
    return known is not None and known.codes.get(city, "").endswith("90")


def area_codes() -> frozenset[str]:
    """The first four digits of every official area code, with which resident-ID numbers begin."""
    return frozenset(code for province in _provinces().values() for code in province.codes.values())


def province_codes() -> frozenset[str]:
    """The first two digits of every official area code."""
    return frozenset(province.code for province in _provinces().values())


@lru_cache(maxsize=8_000)
def short_name(name: str) -> str:
    """A place as people say it, two characters at least: 江苏省 → 江苏, 延边朝鲜族自治州 → 延边."""
    short = name
    for ending in _LONG_ENDINGS:
        if short.endswith(ending) and len(short) - len(ending) >= 2:
            short = short.removesuffix(ending).removesuffix("自治")
            break
    if name.endswith(("自治州", "自治县", "自治旗")):
        short = _PEOPLES.sub("", short)
    return short


@lru_cache(maxsize=1)
def _provinces() -> dict[str, _Province]:
    rows = json.loads(_FILE.read_text(encoding="utf-8"))["provinces"]
    return {
        name: _Province(
            code=code,
            cities={city: tuple(parts) for city, _code, parts in below},
            codes={city: city_code for city, city_code, _parts in below},
        )
        for name, code, below in rows
    }
