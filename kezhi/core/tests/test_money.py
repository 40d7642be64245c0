"""Amounts as they are typed (CUS-7)."""

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kezhi.core.values.money import format_money, format_wan, parse_money
from kezhi.core.values.problem import ValueProblem


@pytest.mark.parametrize(
    ("typed", "yuan"),
    [
        ("500000", "500000.00"),
        (500000, "500000.00"),
        (500000.0, "500000.00"),
        (0.1, "0.10"),
        (Decimal("12.345"), "12.35"),
        ("50万", "500000.00"),
        ("50 万", "500000.00"),
        ("50.0万元", "500000.00"),
        ("164.0万元", "1640000.00"),
        ("149万", "1490000.00"),
        ("¥500,000", "500000.00"),
        ("￥500，000.00元", "500000.00"),
        ("¥ 1,234,567.89", "1234567.89"),
        ("RMB 500,000", "500000.00"),
        ("人民币50万元整", "500000.00"),
        ("500000 CNY", "500000.00"),
        ("５０万", "500000.00"),
        ("50w", "500000.00"),
        ("50W", "500000.00"),
        ("30k", "30000.00"),
        ("5千", "5000.00"),
        ("3百万", "3000000.00"),
        ("2千万", "20000000.00"),
        ("1.2亿", "120000000.00"),
        ("1亿2000万", "120000000.00"),
        ("3万5千", "35000.00"),
        ("5E+05", "500000.00"),
        ("约50万", "500000.00"),
        ("50万左右", "500000.00"),
        ("五十万", "500000.00"),
        ("五十万元", "500000.00"),
        ("十万", "100000.00"),
        ("一百零五万", "1050000.00"),
        ("一点五万", "15000.00"),
        ("两千三百", "2300.00"),
        ("一亿二千万", "120000000.00"),
        ("伍拾万元整", "500000.00"),
        ("人民币壹仟贰佰叁拾肆元伍角陆分", "1234.56"),
        ("叁元零伍分", "3.05"),
        ("-500", "-500.00"),
        ("¥-500", "-500.00"),
        ("(500)", "-500.00"),
        ("0", "0.00"),
        ("-0", "0.00"),
        ("0.005", "0.01"),
        ("10,0000", "100000.00"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_every_usual_way_of_writing_an_amount_gives_yuan(typed, yuan):
    assert str(parse_money(typed)) == yuan


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "money.syntax"),
        ("待定", "money.syntax"),
        ("1,23,456", "money.syntax"),
        ("500.000,00", "money.syntax"),
        ("1.2.3", "money.syntax"),
        ("万", "money.syntax"),
        ("--5", "money.syntax"),
        ("=1+1", "money.syntax"),
        ("50-80万", "money.range"),
        ("50万~80万", "money.range"),
        ("50万至80万元", "money.range"),
        ("$500", "money.currency"),
        ("500 USD", "money.currency"),
        ("5万美元", "money.currency"),
        ("123456789012345", "money.size"),
        ("1e15", "money.size"),
        ("1e99", "money.size"),
        ("9" * 4000, "money.size"),
        (float("nan"), "money.syntax"),
        (float("inf"), "money.syntax"),
    ],
)
def test_what_is_not_an_amount_is_refused_with_a_stable_code(typed, code):
    with pytest.raises(ValueProblem) as refused:
        parse_money(typed)
    assert refused.value.code == code


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=2, allow_nan=False))
def test_a_shown_amount_reads_back_as_itself(amount):
    assert parse_money(format_money(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "full", "short", "english"),
    [
        ("1234567", "¥1,234,567.00", "123.46万", "1.23M"),
        ("500000", "¥500,000.00", "50万", "500K"),
        ("9999.5", "¥9,999.50", "9,999.5", "10K"),
        ("10000", "¥10,000.00", "1万", "10K"),
        ("21846000", "¥21,846,000.00", "2,184.6万", "21.85M"),
        ("99999960", "¥99,999,960.00", "1亿", "100M"),
        ("0", "¥0.00", "0", "0"),
        ("-30000", "-¥30,000.00", "-3万", "-30K"),
    ],
)
def test_amounts_are_shown_in_local_habit(amount, full, short, english):
    assert format_money(Decimal(amount)) == full
    assert format_wan(Decimal(amount)) == short
    with translation.override("en"):
        assert format_wan(Decimal(amount)) == english
