"""Whatever is typed, a value is read or refused with a reason; nothing else happens."""

import pickle

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kezhi.core.values.address import split_address
from kezhi.core.values.dates import parse_date
from kezhi.core.values.email import mask_email, parse_email
from kezhi.core.values.money import parse_money
from kezhi.core.values.names import clean_name, company_core, company_key, looks_abbreviated, name_similarity
from kezhi.core.values.phone import format_phone, mask_phone, parse_phone, phone_digits
from kezhi.core.values.problem import ValueProblem
from kezhi.core.values.sensitive import find_sensitive

LIKELY = st.text(alphabet="0123456789０１９+-—–() .,，、/转xX#@¥￥元万亿点零一二十百年月日:w年", max_size=24)
ANYTHING = st.one_of(st.text(max_size=60), LIKELY, st.floats(), st.integers())


def allowed(parse, value):
    try:
        return parse(value)
    except ValueProblem as found:
        problem = found
    assert problem.code.partition(".")[0] in {"phone", "email", "money", "date"}
    assert problem.message
    return None


@settings(max_examples=400, deadline=None)
@given(ANYTHING)
@example("+")
@example("00")
@example("+86")
@example("0")
@example("转1")
def test_phones(value):
    if stored := allowed(parse_phone, value):
        assert stored.isascii()
        assert parse_phone(stored.replace(";ext=", " ext ")) == stored
        assert phone_digits(stored).isdigit()
        assert format_phone(stored)
        assert "*" in mask_phone(stored)


@settings(max_examples=400, deadline=None)
@given(ANYTHING)
@example("点")
@example("亿")
@example("零点")
@example(".")
@example("万亿")
@example("-")
@example("()")
def test_money(value):
    amount = allowed(parse_money, value)
    if amount is not None:
        assert amount == round(amount, 2)
        assert any(character.isdigit() or character in "零〇一二三四五六七八九十百千" for character in str(value))


@settings(max_examples=400, deadline=None)
@given(ANYTHING, st.sampled_from([None, "ymd", "dmy", "mdy"]))
@example("年月", None)
@example("十年十月十日", None)
def test_dates(value, order):
    day = allowed(lambda typed: parse_date(typed, order=order), value)
    if day is not None:
        assert parse_date(day.isoformat()) == day


@given(st.text(max_size=60))
def test_emails(value):
    if stored := allowed(parse_email, value):
        assert parse_email(stored) == stored
        assert mask_email(stored).count("@") == 1


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(alphabet="北京市上海省区（）() 有限公司集团科技股份ＡaB", max_size=20)))
def test_names_and_addresses(value):
    assert clean_name(clean_name(value)) == clean_name(value)
    assert company_key(clean_name(value)) == company_key(value)
    assert len(company_core(value)) <= len(company_key(value))
    assert looks_abbreviated(value) in (True, False)
    assert name_similarity(value, value) in (0.0, 1.0)
    split_address(value)


@given(st.one_of(st.text(max_size=200), st.text(alphabet="0123456789 -X６２", max_size=120)))
def test_sensitive_numbers(value):
    end = 0
    for hit in find_sensitive(value):
        assert end <= hit.start < hit.end <= len(value)
        end = hit.end


def test_a_problem_travels_to_another_process_with_its_sentence():
    with pytest.raises(ValueProblem) as refused:
        parse_phone("12919244908")
    copy = pickle.loads(pickle.dumps(refused.value))
    assert (copy.code, copy.message) == ("phone.prefix", "没有以 129 开头的手机号，请核对。")
