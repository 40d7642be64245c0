"""Company names: kept clean, and found again under other spellings (CUS-1, CUS-12)."""

import pytest

from kezhi.core.values.names import (
    clean_name,
    company_core,
    company_key,
    company_place,
    looks_abbreviated,
    name_similarity,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u3000新元立新科技集团有限公司  ", "新元立新科技集团有限公司"),
        ("安泰　科技 有限公司", "安泰科技有限公司"),
        ("\u200b安泰科技\ufeff", "安泰科技"),
        ("ＡＣＭＥ  中国\n有限公司", "ACME 中国有限公司"),
        ("腾讯科技 (深圳) 有限公司", "腾讯科技（深圳）有限公司"),
        ("腾讯科技（深圳）有限公司", "腾讯科技（深圳）有限公司"),
        ("Acme (China)  Co., Ltd.", "Acme (China) Co., Ltd."),
        ("３Ｍ中国有限公司", "3M中国有限公司"),
        ("\u202e安泰", "安泰"),
        ("   ", ""),
    ],
)
def test_a_name_is_kept_without_the_dirt_around_it(typed, kept):
    assert clean_name(typed) == kept
    assert clean_name(kept) == kept


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("联创制造有限公司", "联创制造有限责任公司"),
        ("联创制造股份有限公司", "联创制造有限公司"),
        ("云启长青信息技术集团", "云启长青信息技术集团有限公司"),
        ("北京长青海川科技集团（中国）有限公司", "北京长青海川科技集团有限公司"),
        ("瑞丰电子(中国)有限公司", "瑞丰电子有限公司"),
        ("安泰信息技术股份有限", "安泰信息技术股份有限公司"),
        ("金桥瑞丰餐饮管理有限责任", "金桥瑞丰餐饮管理有限责任公司"),
        ("武汉启航物流有限", "武汉启航物流有限公司"),
        ("嘉禾教育咨询", "嘉禾教育咨询股份有限公司"),
        ("腾讯科技(深圳)有限公司", "腾讯科技深圳有限公司"),
        ("ＡＢＣ科技有限公司", "abc 科技有限公司"),
        ("Acme Co., Ltd.", "ACME"),
        ("Acme Limited", "Acme Inc."),
        ("安泰·科技 有限公司", "安泰科技有限公司"),
        ("安泰科技有限责任公司上海分公司", "安泰科技有限公司上海分公司"),
    ],
)
def test_spellings_of_one_company_share_a_key(first, second):
    assert company_key(first) == company_key(second)
    assert name_similarity(first, second) == 1.0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("上海中科网络有限公司", "厦门中科网络有限责任公司"),
        ("鸿运电子集团有限公司", "鸿运电子有限公司"),
        ("安泰科技有限公司", "安泰科技有限公司上海分公司"),
        ("安泰科技有限公司", "安泰贸易有限公司"),
        ("腾讯科技（深圳）有限公司", "腾讯科技（北京）有限公司"),
    ],
)
def test_different_companies_have_different_keys(first, second):
    assert company_key(first) != company_key(second)


def test_a_key_is_never_empty_for_a_name_with_letters():
    assert company_key("有限公司") == "有限公司"
    assert company_key("Limited") == "limited"
    assert company_key("") == ""


@pytest.mark.parametrize(
    ("name", "core", "place"),
    [
        ("厦门鸿运餐饮管理集团有限公司", "鸿运餐饮管理", "厦门"),
        ("深圳智源教育咨询有限责任公司", "智源教育咨询", "深圳"),
        ("广东省深圳市智源科技有限公司", "智源科技", "深圳"),
        ("腾讯科技（深圳）有限公司", "腾讯科技", "深圳"),
        ("启航网络集团有限公司", "启航网络", ""),
        ("东方教育咨询有限公司", "东方教育咨询", ""),
        ("昆山市安泰电子有限公司", "安泰电子", "昆山"),
        ("北京银行", "北京银行", ""),
    ],
)
def test_the_core_leaves_place_and_group_out(name, core, place):
    assert (company_core(name), company_place(name)) == (core, place)


@pytest.mark.parametrize(
    ("first", "second", "least", "most"),
    [
        ("鸿运餐饮管理", "厦门鸿运餐饮管理集团有限公司", 0.95, 0.95),
        ("星辰科技有限公司", "星晨科技有限公司", 0.9, 0.93),
        ("永盛机械设备有限公司", "永胜机械设备有限公司", 0.9, 0.93),
        ("百川食品", "百川食品厂", 0.85, 0.95),
        ("上海中科网络有限公司", "厦门中科网络有限责任公司", 0.5, 0.7),
        ("星辰科技有限公司", "星辰贸易有限公司", 0.5, 0.84),
        ("恒信食品有限公司", "宏信食品有限公司", 0.3, 0.84),
        ("立新制造有限公司", "同辉制造有限公司", 0.0, 0.3),
        ("立新信息技术有限公司", "同辉信息技术有限公司", 0.0, 0.3),
        ("", "", 0.0, 0.0),
    ],
)
def test_likeness_follows_the_own_part_of_the_name(first, second, least, most):
    assert least <= name_similarity(first, second) <= most
    assert name_similarity(first, second) == name_similarity(second, first)


@pytest.mark.parametrize(
    ("name", "abbreviated"),
    [
        ("鸿运餐饮", True),
        ("安泰信息技术股份有限", True),
        ("Acme", True),
        ("鸿运餐饮有限公司", False),
        ("云启长青信息技术集团", False),
        ("腾讯科技（深圳）有限公司", False),
        ("某某合伙企业（有限合伙）", False),
        ("苏州大学", False),
        ("第一人民医院", False),
        ("Acme Co., Ltd.", False),
        ("", False),
    ],
)
def test_a_name_without_its_legal_form_is_noticed(name, abbreviated):
    assert looks_abbreviated(name) is abbreviated
