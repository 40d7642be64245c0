"""Resident IDs and bank cards in any text (CUS-8). All numbers are made up to fit the check rules."""

import json

import pytest
import time_machine

from kezhi.core.values.sensitive import Sensitive, find_sensitive


def found(text):
    return [(hit.kind, text[hit.start : hit.end]) for hit in find_sensitive(text)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("身份证 440305196210141483", "440305196210141483"),
        ("身份证：44030519611226384X", "44030519611226384X"),
        ("44030519611226384x。", "44030519611226384x"),
        ("sfz110105199909275529号", "110105199909275529"),
        ("ID110105199909275529", "110105199909275529"),
        ("身份证 110105 19990927 5529", "110105 19990927 5529"),
        ("身份证 1101 0519 9909 2755 29", "1101 0519 9909 2755 29"),
        ("110105-19990927-5529", "110105-19990927-5529"),
        ("１１０１０５１９９９０９２７５５２９", "１１０１０５１９９９０９２７５５２９"),
        ("110105\u200b199909275529", "110105\u200b199909275529"),
        ("联系 13812345678 身份证440305196210141483", "440305196210141483"),
        ("13812345678 440305196210141483", "440305196210141483"),
        ("老身份证 310115650412153", "310115650412153"),
    ],
)
def test_a_resident_id_is_found_however_it_is_written(text, number):
    assert found(text) == [("resident_id", number)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("打款卡号6222356381358782561", "6222356381358782561"),
        ("打款卡号 6222 3563 8135 8782 561", "6222 3563 8135 8782 561"),
        ("6222-3563-8135-8782-561", "6222-3563-8135-8782-561"),
        ("622235 6381358782561", "622235 6381358782561"),
        ("６２２２３５６３８１３５８７８２５６１", "６２２２３５６３８１３５８７８２５６１"),
        ("6222356381358782561转账", "6222356381358782561"),
        ("卡No6222356381358782561", "6222356381358782561"),
        ("信用卡4003600000000014", "4003600000000014"),
    ],
)
def test_a_bank_card_is_found_however_it_is_written(text, number):
    assert found(text) == [("bank_card", number)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '他说："明天再联系"，\n先发资料',
        "手机 13812345678，座机 0512-36746357，传真 0512-36746358",
        "13812345678 13912345678 13712345678",
        "138 1234 5678 139 1234 5678 137 1234 5678",
        "+86 13812345678 / +86 13912345678",
        "编号 C2023100001、GW20231018001、20231018-001",
        "订单 20261122103000123456",
        "订单 2026112210300012",
        "订单 2026-1122-1030-0012",
        "快递 SF1234567890123",
        "快递 YT6222356381358782561",
        "统一社会信用代码 91110105MA01A2B3C4",
        "IMEI 356938035643809",
        "440305196210141484",  # wrong check character
        "990305196210141483",  # no such region
        "440305196213141483",  # thirteenth month
        "6222356381358782562",  # fails Luhn
        "4111111111111111",  # no prefix of a Chinese bank
        "110105 1999 年 0927 5529",
        "123456789012345678901234567890",
        "金额 1,234,567,890,123.45",
        "2026-11-22 10:30:00 2026-11-23 10:30:00",
        "192.168.100.100 10.0.0.1 255.255.255.255",
    ],
)
def test_other_numbers_are_left_alone(text):
    assert found(text) == []


@time_machine.travel("1999-09-01T00:00:00Z", tick=False)
def test_nobody_is_born_in_the_future():
    assert found("110105199909275529") == []


def test_several_numbers_are_found_in_order_with_their_places():
    text = "法人 440305196210141483，卡 6222356381358782561；另 44030519611226384X"
    assert find_sensitive(text) == [
        Sensitive("resident_id", 3, 21),
        Sensitive("bank_card", 24, 43),
        Sensitive("resident_id", 46, 64),
    ]


def test_a_very_long_text_of_digits_is_read_in_reasonable_time():
    assert found("1 " * 50_000) == []
    assert found("12345678 " * 20_000) == []
    assert found("9" * 200_000) == []


def test_findings_do_not_carry_the_number_itself():
    assert "4403" not in json.dumps([repr(hit) for hit in find_sensitive("440305196210141483")])
