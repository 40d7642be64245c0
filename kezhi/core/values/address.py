# zh-data: patterns and tables of Chinese words
"""Addresses as people write them, split into province, city, district and the rest (CUS-1)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from kezhi.core.values import regions
from kezhi.core.values.dirt import half_width

_HEAD = re.compile(r"^(?:地址[:：]?)?(?:\d{6}(?=\D))?(?:中华人民共和国|中国)?")
_GAP = re.compile(r"^[\s,、/·\-—>|]+")
_ZONE = re.compile(
    r"^[\u4e00-\u9fff]{0,8}?(?:高新技术产业开发区|高新技术产业园区|高新技术开发区|经济技术开发区|经济开发区|高新区|经开区|工业园区|"
    r"开发区|保税区|综保区|自贸区|示范区|度假区|产业园区|管理区|新区|新城)"
)
_LONGEST_FORM = 18  # 积石山保安族东乡族撒拉族自治县 has 16
_ENDINGS = frozenset("省市区县州盟旗")
# A short form before one of these is the beginning of something else (南京路, 长安大街).
_GOES_ON = re.compile(
    r"[省市区县州盟旗乡镇村路街道巷里]|大[街道厦楼]|[东西南北中一二三四五六七八九十][路街]|新村|花园|广场|公园|小区"
)
_DISTRICT_ENDINGS = ("区", "县", "市", "旗")


@dataclass(frozen=True, slots=True)
class Address:
    """An address in parts; what is not said and cannot be concluded is empty, and ``detail`` keeps all the rest."""

    province: str = ""
    city: str = ""
    district: str = ""
    detail: str = ""

    def __str__(self) -> str:
        parts = [self.province, self.city, self.district, self.detail]
        if self.city == self.province:
            parts[1] = ""
        return "".join(parts)


def split_address(text: str) -> Address:
    """Split an address. Official names come out whatever form went in (江苏苏州 → 江苏省, 苏州市).

    A missing province or city is filled in where only one is possible (苏州市…, 浦东新区…). Zones that are no
    official district (苏州工业园区, 成都高新区) count as the district. What cannot be placed stays in ``detail``.
    """
    whole = re.sub(r"\s+", " ", half_width(text))
    rest = _HEAD.sub("", whole)
    province, after_province = _take(rest, _province_forms())
    city, after_city = _take(rest, _all_city_forms())
    # 海南藏族自治州 and 吉林市 begin like a province: the longer reading is meant.
    if not province or (city and len(after_city) < len(after_province)):
        province, rest = "", after_city
    else:
        city, rest = _take_city(after_province, province)
    if city and not province:
        province = _only_province(city)
        if not province:
            city, rest = "", _HEAD.sub("", whole)
    district, rest = _take_district(rest, province, city)
    if district and not city:
        province, city = _home_of(district, province)
        if not city:
            # Several cities have such a district, and the text does not say which: leave it where it stands.
            return Address(province, "", "", _rest(whole, province, rest=district + rest))
    if not province:
        return Address(detail=whole)
    rest = _repeated(rest, province, city, district)
    if not district:
        district, rest = _take_district(rest, province, city)
    return Address(province, city, district, rest.strip(" ,"))


def _rest(whole: str, province: str, *, rest: str) -> str:
    return rest.strip(" ,") if province else whole


def _take(text: str, forms: dict[str, str]) -> tuple[str, str]:
    """The official name of the longest form at the beginning of the text, and what follows it."""
    text = _GAP.sub("", text)
    for size in range(min(_LONGEST_FORM, len(text)), 1, -1):
        official = forms.get(text[:size])
        if official and (official == text[:size] or text[size - 1] in _ENDINGS or not _GOES_ON.match(text, size)):
            return official, _GAP.sub("", text[size:])
    return "", text


def _take_city(text: str, province: str) -> tuple[str, str]:
    cities = regions.cities(province)
    city, rest = _take(text, _city_forms(province))
    if not city and len(cities) == 1:
        return cities[0], re.sub(r"^市辖区", "", rest)
    return city, rest


def _take_district(text: str, province: str, city: str) -> tuple[str, str]:
    text = re.sub(r"^市辖区(?=.)", "", text)
    if city:
        district, rest = _take(text, _district_forms(province, city))
    elif province:
        district, rest = _take(text, _all_district_forms(province))
    else:
        district, rest = _take(text, _all_district_forms(""))
    if not district and city and (zone := _ZONE.match(text)):
        return zone[0], _GAP.sub("", text[zone.end() :])
    return district, rest


def _repeated(rest: str, province: str, city: str, district: str) -> str:
    """Without province, city and district said a second time, as when two columns were joined."""
    again, without = _take(rest, {province: province})
    if again:
        rest = without
    again, without = _take(rest, {city: city} if city else {})
    if again:
        rest = without
    if again and district:
        _again, rest = _take(rest, {district: district})
    return rest


def _only_province(city: str) -> str:
    owners = [province for province in regions.provinces() if city in regions.cities(province)]
    return owners[0] if len(owners) == 1 else ""


def _home_of(district: str, province: str) -> tuple[str, str]:
    homes = [
        (owner, city)
        for owner in ([province] if province else regions.provinces())
        for city in regions.cities(owner)
        if district in regions.districts(owner, city)
    ]
    return homes[0] if len(homes) == 1 else (province, "")


@lru_cache(maxsize=1)
def _province_forms() -> dict[str, str]:
    forms: dict[str, str] = {}
    for province in regions.provinces():
        short = regions.short_name(province)
        forms |= {province: province, short: province}
        if not province.endswith(("市", "省")):
            forms |= {short + "省": province, short + "自治区": province, short + "特别行政区": province}
    return forms


@lru_cache(maxsize=64)
def _city_forms(province: str) -> dict[str, str]:
    forms = {city: city for city in regions.cities(province)}
    for city in regions.cities(province):
        short = regions.short_name(city)
        for form in (short, short + ("州" if city.endswith("自治州") else "市")):
            forms.setdefault(form, city)
    return forms


@lru_cache(maxsize=1)
def _all_city_forms() -> dict[str, str]:
    forms: dict[str, str] = {}
    for province in regions.provinces():
        for city in regions.cities(province):
            forms[city] = city
            # A county's short name (东方, 定安) begins too many street and company names.
            if not regions.is_county(province, city) and province != "台湾省":
                short = regions.short_name(city)
                forms.setdefault(short, city)
                if city.endswith("自治州"):
                    forms.setdefault(short + "州", city)
    return forms


@lru_cache(maxsize=512)
def _district_forms(province: str, city: str) -> dict[str, str]:
    forms: dict[str, str] = {}
    names = regions.districts(province, city)
    for district in names:
        forms[district] = district
    for district in names:
        short = regions.short_name(district)
        # 昆山 and 昆山区 for 昆山市. A bare 中山 may be the street, so there the ending is asked for.
        for ending in _DISTRICT_ENDINGS:
            if short + ending != city:  # 新乡市 is not 新乡县 said loosely
                forms.setdefault(short + ending, district)
        if district.endswith(("市", "县", "旗")) or len(short) >= 3 or short not in _STREETS:
            forms.setdefault(short, district)
    return forms


@lru_cache(maxsize=64)
def _all_district_forms(province: str) -> dict[str, str]:
    forms: dict[str, str] = {}
    for owner in [province] if province else regions.provinces():
        for city in regions.cities(owner):
            for district in regions.districts(owner, city):
                if len(district) > 2:
                    forms[district] = district
                if province and district.endswith("市"):  # 江苏昆山
                    forms.setdefault(regions.short_name(district), district)
    return forms


# Streets that every city has and some city's district is called after.
_STREETS = frozenset(
    ["和平", "中山", "新华", "解放", "人民", "长安", "东风", "建华", "桥东", "桥西", "城关", "鼓楼", "河东", "河西",
     "朝阳", "复兴", "裕华", "白云", "黄山", "昆仑", "天山", "北京", "长江", "黄河", "新城", "友好", "红旗", "东方",
     "文化", "胜利"]
)  # fmt: skip
