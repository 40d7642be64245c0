"""Phone numbers as they are typed (CUS-7)."""

import pytest

from kezhi.core.values.phone import PhoneKind, format_phone, mask_phone, parse_phone, phone_digits, phone_kind
from kezhi.core.values.problem import ValueProblem


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("13812345678", "+8613812345678"),
        ("138 1234 5678", "+8613812345678"),
        ("138-1234-5678", "+8613812345678"),
        ("+86 138-1234-5678", "+8613812345678"),
        ("+86-0138 1234 5678", "+8613812345678"),
        ("(+86)13812345678", "+8613812345678"),
        ("0086 13812345678", "+8613812345678"),
        ("8613812345678", "+8613812345678"),
        ("86-13812345678", "+8613812345678"),
        ("１３８１２３４５６７８", "+8613812345678"),
        ("＋８６　１３８　１２３４　５６７８", "+8613812345678"),
        ("\u202d13812345678\u202c", "+8613812345678"),
        ("手机：13812345678", "+8613812345678"),
        ("Tel: 13812345678", "+8613812345678"),
        ("13812345678.0", "+8613812345678"),
        ("1.3812345678E10", "+8613812345678"),
        ("1.3812345678e+10", "+8613812345678"),
        (13812345678.0, "+8613812345678"),
        (13812345678, "+8613812345678"),
        ("19912345678", "+8619912345678"),
        ("0512-36746357", "+8651236746357"),
        ("(0512) 3674 6357", "+8651236746357"),
        ("（0512）36746357", "+8651236746357"),
        ("+86 512 36746357", "+8651236746357"),
        ("+86 (0)512 3674 6357", "+8651236746357"),
        ("010-63262992", "+861063262992"),
        ("+86 10 6326 2992", "+861063262992"),
        ("0411-92428379", "+8641192428379"),
        ("0755 9764 6928", "+8675597646928"),
        (51236746357.0, "+8651236746357"),
        (2087446286.0, "+862087446286"),
        ("0512-36746357 转 801", "+8651236746357;ext=801"),
        ("0512-36746357转801", "+8651236746357;ext=801"),
        ("0512-36746357-801", "+8651236746357;ext=801"),
        ("0512-36746357 ext. 801", "+8651236746357;ext=801"),
        ("0512-36746357（分机801）", "+8651236746357;ext=801"),
        ("400-812-3456", "+864008123456"),
        ("4008123456", "+864008123456"),
        ("800 810 2345", "+868008102345"),
        ("+1 415 555 2671", "+14155552671"),
        ("001-415-555-2671", "+14155552671"),
        ("+852 2123 4567", "+85221234567"),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)
def test_every_usual_way_of_writing_a_number_gives_one_form(typed, stored):
    assert parse_phone(typed) == stored


def test_a_number_without_plus_belongs_to_the_given_country():
    assert parse_phone("(415) 555-2671", country="US") == "+14155552671"
    assert parse_phone("2123 4567", country="HK") == "+85221234567"
    assert parse_phone("+86 13812345678", country="US") == "+8613812345678"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("12919244908", "phone.prefix"),
        (12525294974.0, "phone.prefix"),
        ("12011267818", "phone.prefix"),
        ("15412345678", "phone.prefix"),
        ("16012345678", "phone.prefix"),
        ("11012345678", "phone.prefix"),
        ("1509239496", "phone.length"),
        (1334312598.0, "phone.length"),
        ("138123456789", "phone.length"),
        ("+86 1381234567", "phone.length"),
        ("110", "phone.length"),
        ("10086", "phone.length"),
        ("95588", "phone.length"),
        ("36746357", "phone.area"),
        ("0512-1234", "phone.length"),
        ("010-6326299", "phone.length"),
        ("0512-367463579", "phone.length"),
        ("0999999", "phone.length"),
        ("0420-36746357", "phone.prefix"),
        ("51236746357", "phone.area"),
        ("13812345678 13912345678", "phone.several"),
        ("13812345678/13912345678", "phone.several"),
        ("13812345678、010-63262992", "phone.several"),
        ("13812345678转801", "phone.syntax"),
        ("微信同号", "phone.syntax"),
        ("1381234567a", "phone.syntax"),
        ("无", "phone.syntax"),
        ("", "phone.syntax"),
        ("+", "phone.syntax"),
        ("++8613812345678", "phone.syntax"),
        ("138١٢٣٤٥٦٧٨", "phone.syntax"),
        ("+999 12345678", "phone.prefix"),
        ("+1 415 555", "phone.length"),
        ("+1 999 999 9999", "phone.prefix"),
        ("1" * 5000, "phone.length"),
        (float(10**17), "phone.length"),
    ],
)
def test_a_wrong_number_is_refused_with_a_stable_code(typed, code):
    with pytest.raises(ValueProblem) as refused:
        parse_phone(typed)
    assert refused.value.code == code


def test_the_message_says_what_is_wrong():
    with pytest.raises(ValueProblem) as refused:
        parse_phone("12919244908")
    assert refused.value.message == "没有以 129 开头的手机号，请核对。"


@pytest.mark.parametrize(
    ("stored", "kind", "shown", "masked"),
    [
        ("+8613812345678", PhoneKind.MOBILE, "138 1234 5678", "138****5678"),
        ("+8651236746357", PhoneKind.LANDLINE, "0512-36746357", "0512-****6357"),
        ("+861063262992", PhoneKind.LANDLINE, "010-63262992", "010-****2992"),
        ("+8651236746357;ext=801", PhoneKind.LANDLINE, "0512-36746357 转 801", "0512-****6357"),
        ("+864008123456", PhoneKind.SERVICE, "400-812-3456", "400-****456"),
        ("+14155552671", PhoneKind.FOREIGN, "+1 415-555-2671", "+1******2671"),
        ("+85221234567", PhoneKind.FOREIGN, "+852 2123 4567", "+852****4567"),
    ],
)
def test_a_stored_number_is_shown_and_masked_by_its_kind(stored, kind, shown, masked):
    assert (phone_kind(stored), format_phone(stored), mask_phone(stored)) == (kind, shown, masked)
    assert parse_phone(shown) == stored


def test_search_digits_leave_country_and_extension_out():
    assert phone_digits("+8613812345678") == "13812345678"
    assert phone_digits("+8651236746357;ext=801") == "51236746357"
    assert phone_digits("+14155552671") == "14155552671"
