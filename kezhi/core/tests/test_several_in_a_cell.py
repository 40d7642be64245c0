import pytest

from kezhi.core.values.money import split_range
from kezhi.core.values.names import company_key
from kezhi.core.values.persons import Person, joined_name, looks_like_person, read_people
from kezhi.core.values.several import emails_in, phones_in
from kezhi.core.values.traditional import simplified


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("马云飞（总经理）", [Person("马云飞", "总经理")]),
        ("陈晓 先生", [Person("陈晓")]),
        ("王强/采购经理", [Person("王强", "采购经理")]),
        ("孙丽、周杰经理", [Person("孙丽"), Person("周杰", "经理")]),
        ("Mr. Peter Smith", [Person("Peter Smith")]),
        ("李女士", [Person("李女士")]),
        ("王经理", [Person("王经理")]),
        ("欧阳先生", [Person("欧阳先生")]),
        ("Smith, Peter", [Person("Smith, Peter")]),
        ("王磊（销售部）", [Person("王磊（销售部）")]),
        ("请找前台，转2楼", [Person("请找前台，转2楼")]),
    ],
)
def test_a_cell_is_read_as_the_people_it_names_or_left_as_it_is(cell, people):
    assert read_people(cell) == people


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("13925412345 / 0757-22334455", ["13925412345", "0757-22334455"]),
        ("13800138000 13900139000", ["13800138000", "13900139000"]),
        ("13888112345（和丽） 13888112346（木青）", ["13888112345", "13888112346"]),
        ("手机：13885112345；座机：0851-85112345", ["13885112345", "0851-85112345"]),
        ("0757-22334455、22334466", ["0757-22334455", "0757-22334466"]),
        ("微信同号13885212345", ["13885212345"]),
        ("86511-86512345", ["+86 511-86512345"]),
        ("+86-769-85551234转8012", ["+86-769-85551234转8012"]),
        ("139 6494-3833", ["139 6494-3833"]),
        ("138123/13812345678", ["138123/13812345678"]),
        ("1381111222", ["1381111222"]),
    ],
)
def test_a_cell_of_numbers_is_taken_apart_only_where_each_is_one(cell, numbers):
    assert phones_in(cell) == numbers


def test_a_cell_of_addresses_is_taken_apart_only_where_each_is_one():
    assert emails_in("wang@a.example.com；wang2@a.example.com") == ["wang@a.example.com", "wang2@a.example.com"]
    assert emails_in("邮箱：ma@a.example.com") == ["ma@a.example.com"]
    assert emails_in("ma@a.example.com / 前台") == ["ma@a.example.com / 前台"]


def test_a_name_in_two_columns_is_put_together_as_its_language_does():
    assert joined_name("李", "三") == "李三"
    assert joined_name("Zhang", "Wei") == "Wei Zhang"
    assert joined_name("王", "") == "王"


def test_personal_names_are_told_from_those_of_companies():
    assert [looks_like_person(text) for text in ("张伟", "欧阳娜娜", "陳志明")] == [True, True, True]
    assert [looks_like_person(text) for text in ("元庆科技", "大理古城民宿", "张")] == [False, False, False]


def test_traditional_characters_are_the_same_words():
    assert simplified("聯絡電話") == "联络电话"
    assert company_key("崑山鴻達電子有限公司") == company_key("昆山鸿达电子股份有限公司")


def test_a_range_of_amounts_is_two_amounts_in_the_unit_of_the_second():
    assert split_range("50-80万") == ("50万", "80万")
    assert split_range("5000~1万元") == ("5000", "1万")
    assert split_range("50万") is None
