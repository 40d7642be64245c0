"""E-mail addresses as they are typed (CUS-7)."""

import pytest

from kezhi.core.values.email import mask_email, parse_email
from kezhi.core.values.problem import ValueProblem


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("066907@example.com", "066907@example.com"),
        (" Li.Wei@Example.COM ", "li.wei@example.com"),
        ("ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ", "li@example.com"),
        ("mailto:li@example.com", "li@example.com"),
        ("李伟 <li@example.com>", "li@example.com"),
        ("li+crm@mail.example.com.cn", "li+crm@mail.example.com.cn"),
        ("li@example.com；", "li@example.com"),
        ("li\u200b@example.com", "li@example.com"),
        ("li@例子.中国", "li@例子.中国"),
    ],
)
def test_an_address_is_stored_plain_and_in_lower_case(typed, stored):
    assert parse_email(typed) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("054684#example.com", "email.syntax"),
        ("", "email.syntax"),
        ("无", "email.syntax"),
        ("@example.com", "email.syntax"),
        (".li@example.com", "email.syntax"),
        ("li..wei@example.com", "email.syntax"),
        ("li wei@example.com", "email.syntax"),
        ("李伟@example.com", "email.syntax"),
        ("li@example", "email.domain"),
        ("li@.com", "email.domain"),
        ("li@example..com", "email.domain"),
        ("li@-example.com", "email.domain"),
        ("li@qq,com", "email.domain"),
        ("li@example.c0m", "email.domain"),
        ("li@wei@example.com", "email.domain"),
        ("li@example.com, wang@example.com", "email.several"),
        ("li@example.com；wang@example.com", "email.several"),
        ("l" * 65 + "@example.com", "email.length"),
        ("l" * 400 + "@example.com", "email.length"),
    ],
)
def test_a_wrong_address_is_refused_with_a_stable_code(typed, code):
    with pytest.raises(ValueProblem) as refused:
        parse_email(typed)
    assert refused.value.code == code


def test_a_mask_leaves_the_first_letter_and_the_domain():
    assert mask_email("zhang.wei@example.com") == "z***@example.com"
