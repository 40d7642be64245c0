"""Addresses as they are typed (CUS-1)."""

import pytest

from kezhi.core.values import regions
from kezhi.core.values.address import Address, split_address


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("广东省深圳市南山区中山路23号", ("广东省", "深圳市", "南山区", "中山路23号")),
        ("上海市浦东新区中山路335号", ("上海市", "上海市", "浦东新区", "中山路335号")),
        ("四川省成都市高新区解放路605号", ("四川省", "成都市", "高新区", "解放路605号")),
        ("江苏省苏州市工业园区人民路505号", ("江苏省", "苏州市", "工业园区", "人民路505号")),
        ("江苏苏州昆山前进路1号", ("江苏省", "苏州市", "昆山市", "前进路1号")),
        ("昆山市玉山镇", ("江苏省", "苏州市", "昆山市", "玉山镇")),
        ("苏州 相城 元和", ("江苏省", "苏州市", "相城区", "元和")),
        ("北京朝阳区建国路88号", ("北京市", "北京市", "朝阳区", "建国路88号")),
        ("北京市北京市朝阳区建国路", ("北京市", "北京市", "朝阳区", "建国路")),
        ("北京市市辖区海淀区中关村", ("北京市", "北京市", "海淀区", "中关村")),
        ("内蒙古呼和浩特新城区", ("内蒙古自治区", "呼和浩特市", "新城区", "")),
        ("广西南宁市青秀区", ("广西壮族自治区", "南宁市", "青秀区", "")),
        ("延边州延吉市", ("吉林省", "延边朝鲜族自治州", "延吉市", "")),
        ("海南藏族自治州共和县", ("青海省", "海南藏族自治州", "共和县", "")),
        ("吉林市船营区", ("吉林省", "吉林市", "船营区", "")),
        ("湖北省仙桃市某路1号", ("湖北省", "仙桃市", "", "某路1号")),
        ("东莞市长安镇振安路", ("广东省", "东莞市", "", "长安镇振安路")),
        ("香港中环皇后大道", ("香港特别行政区", "香港特别行政区", "", "中环皇后大道")),
        ("中国 江苏省 / 南京市 / 玄武区 中山路1号", ("江苏省", "南京市", "玄武区", "中山路1号")),
        ("215000江苏省苏州市姑苏区", ("江苏省", "苏州市", "姑苏区", "")),
        ("陕西省西安市陕西省西安市雁塔区人民路", ("陕西省", "西安市", "雁塔区", "人民路")),
        ("石家庄长安大街1号", ("河北省", "石家庄市", "", "长安大街1号")),
        ("浙江省西湖区文三路", ("浙江省", "杭州市", "西湖区", "文三路")),
        ("浦东新区张江高科", ("上海市", "上海市", "浦东新区", "张江高科")),
        ("　广东省　深圳市　福田区１号", ("广东省", "深圳市", "福田区", "1号")),
        ("南京", ("江苏省", "南京市", "", "")),
        ("鼓楼区中山路", ("", "", "", "鼓楼区中山路")),
        ("南京路100号", ("", "", "", "南京路100号")),
        ("10 Downing Street, London", ("", "", "", "10 Downing Street, London")),
        ("", ("", "", "", "")),
    ],
)
def test_an_address_is_split_into_official_names_and_the_rest(typed, parts):
    assert split_address(typed) == Address(*parts)


def test_an_address_is_written_without_saying_a_municipality_twice():
    assert str(Address("上海市", "上海市", "浦东新区", "中山路1号")) == "上海市浦东新区中山路1号"
    assert str(Address("江苏省", "苏州市", "", "人民路1号")) == "江苏省苏州市人民路1号"


def test_every_official_address_is_split_back_into_itself():
    wrong = []
    for province in regions.provinces():
        for city in regions.cities(province):
            for district in regions.districts(province, city) or [""]:
                address = Address(province, city, district, "幸福路9号" if district else "")
                if split_address(str(address)) != address:
                    wrong.append((str(address), split_address(str(address))))
    assert wrong == []


def test_choice_lists_go_down_from_province_to_district():
    assert len(regions.provinces()) == 34
    assert regions.cities("上海市") == ["上海市"]
    assert regions.cities("江苏省")[:5] == ["南京市", "无锡市", "徐州市", "常州市", "苏州市"]
    assert "浦东新区" in regions.districts("上海市", "上海市")
    assert regions.districts("广东省", "东莞市") == []
    assert regions.is_county("河南省", "济源市")
    assert not regions.is_county("江苏省", "苏州市")
    assert (regions.cities("没有"), regions.districts("江苏省", "没有")) == ([], [])


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("江苏省", "江苏"),
        ("内蒙古自治区", "内蒙古"),
        ("新疆维吾尔自治区", "新疆"),
        ("香港特别行政区", "香港"),
        ("延边朝鲜族自治州", "延边"),
        ("黔西南布依族苗族自治州", "黔西南"),
        ("海西蒙古族藏族自治州", "海西"),
        ("阿里地区", "阿里"),
        ("沧县", "沧县"),
        ("东区", "东区"),
    ],
)
def test_a_place_has_a_short_name_of_two_characters_at_least(name, short):
    assert regions.short_name(name) == short
