"""What tests read of a page is what a person reads."""

import pytest

from tests.reading import holds_digits, visible_text

PAGE = """<!doctype html><html><head><title>1234</title><script>1234</script></head><body data-token="1234">
<form><input type="hidden" name="csrfmiddlewaretoken" value="ab1234"><input name="phone" value="138****5678"></form>
<svg viewBox="0 0 12 34"><use href="/static/icons.1234.svg#x"/><title>1234</title></svg>
<h1>苏州 &amp; 澜图</h1><p>剩 <b>2</b> 天<br>于 <time datetime="2026-11-20T01:02:03.123456+00:00">1234</time></p>
<template><p>1234</p></template><p>末</p></body></html>"""


def test_visible_text_has_no_token_script_icon_or_time():
    assert visible_text(PAGE) == "138****5678 苏州 & 澜图 剩 2 天 于 末"


def test_a_piece_of_a_page_is_read_as_well():
    assert visible_text("<td>138****5678</td><td>完") == "138****5678 完"


@pytest.mark.parametrize(
    ("text", "is_held"),
    [
        ("13812345678", True),
        ("+86 138 1234 5678", True),
        ("138-1234-5678", True),
        ("138****5678", False),
        ("138 1234", False),
        ("1381234x5678", False),
    ],
)
def test_a_number_is_found_however_it_is_grouped(text, is_held):
    assert holds_digits(text, "13812345678") is is_held


def test_a_few_digits_are_not_looked_for_in_a_whole_source():
    with pytest.raises(ValueError, match="by chance"):
        holds_digits("x", "1234")
