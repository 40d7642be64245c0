"""How text sounds, and the words under which it is found (UX-3)."""

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kezhi.core.chinese import LONGEST_TOKEN, QueryToken, _readings, initials, pinyin, query_tokens, search_tokens


def finds(query, text):
    """Whether an index that holds the tokens of ``text`` answers ``query`` with it."""
    tokens = search_tokens(text)
    wanted = query_tokens(query)
    return bool(wanted) and all(
        any(token.startswith(word) if is_prefix else token == word for token in tokens) for word, is_prefix in wanted
    )


@pytest.mark.parametrize(
    ("text", "sounds", "letters"),
    [
        ("北京元庆", "bei jing yuan qing", "bjyq"),
        ("重庆长安汽车", "chong qing chang an qi che", "cqcaqc"),
        ("长沙", "chang sha", "cs"),
        ("厦门大厦", "xia men da sha", "xmds"),
        ("朝阳银行", "chao yang yin hang", "cyyh"),
        ("六安重工", "lu an zhong gong", "lazg"),
        ("绿地", "lv di", "ld"),
        ("TCL科技", "tcl ke ji", "tclkj"),
        ("", "", ""),
    ],
)
def test_text_is_read_as_people_say_it(text, sounds, letters):
    assert (pinyin(text), initials(text)) == (sounds, letters)


@pytest.mark.parametrize(
    "query",
    [
        "北京",
        "元庆",
        "庆科技",
        "北京元庆科技有限公司",
        "元",
        "司",
        "beijing",
        "beijingyuanqing",
        "beij",
        "yuanqing",
        "yuanq",
        "bjyq",
        "BJYQ",
        "yq",
        "yqkj",
        "bei jing yuan",
        "beijingyuanqingkejiyouxiangongsi",
        "元庆 keji",
        "北京　元庆",
    ],
)
def test_a_company_is_found_by_characters_sound_and_initials(query):
    assert finds(query, "北京元庆科技有限公司")


@pytest.mark.parametrize("query", ["京北", "南京", "qy", "bjyk", "jingbei", "youxiangongsi", "5678", "", "？！"])
def test_what_is_not_in_the_name_does_not_find_it(query):
    assert not finds(query, "北京元庆科技有限公司")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("xian", "西安云启食品"),
        ("xi'an", "西安云启食品"),
        ("XI’AN", "西安云启食品"),
        ("chongqing", "重庆瑞丰"),
        ("changsheng", "长盛贸易"),
        ("zhang", "长盛贸易"),
        ("zhongxiao", "重孝"),
        ("tcl", "TCL科技集团"),
        ("tclkj", "TCL科技集团"),
        ("tclkeji", "TCL科技集团"),
        ("３Ｍ", "3M中国"),
        ("cafe", "Café Paris"),
        ("CAFÉ", "cafe"),
        ("par", "Café Paris"),
        ("5678", "13812345678"),
        ("345678", "13812345678"),
        ("138123", "13812345678"),
        ("0001", "C2023100001"),
        ("c2023", "C2023100001"),
        ("2023100001", "C2023100001"),
        ("李", "小李"),
        ("lvdi", "绿地"),
    ],
)
def test_mixed_names_numbers_and_other_readings_are_found(query, text):
    assert finds(query, text)


def test_the_tokens_of_a_name_are_these():
    assert search_tokens("元庆A1有限公司") == [
        "元庆", "庆", "有限", "限公", "公司", "司", "a1",
        "yuanqinga1youxiangongsi", "qinga1youxiangongsi", "a1youxiangongsi",
        "yqa1yxgs", "qa1yxgs", "a1yxgs",
    ]  # fmt: skip


def test_the_words_of_a_query_say_whether_a_beginning_is_enough():
    assert query_tokens("北京元 bj 李") == [
        QueryToken("北京", is_prefix=False),
        QueryToken("京元", is_prefix=False),
        QueryToken("李", is_prefix=True),
        QueryToken("bj", is_prefix=True),
    ]


@given(st.text(max_size=200))
def test_tokens_are_short_ascii_or_chinese_and_never_repeated(text):
    tokens = search_tokens(text)
    assert len(tokens) == len(set(tokens))
    for token in tokens + [word for word, _prefix in query_tokens(text)]:
        assert 1 <= len(token) <= LONGEST_TOKEN
        assert re.fullmatch(r"[a-z0-9]+|[^\x00-\x7f]{1,2}|(?:[^\W_]|[\U00020000-\U000323af])+", token)
        assert not set(token) & set("\"'*:^(){}-+ ")


@given(st.text(alphabet="北京元庆长重ab1 （）", max_size=12))
def test_every_text_with_words_finds_itself(text):
    if query_tokens(text):
        assert finds(text, text)


def test_a_long_text_is_bounded():
    assert len(search_tokens("北京元庆科技" * 5_000)) < 300


def test_the_first_name_does_not_load_a_package_that_cuts_sentences():
    # Whoever writes the first name holds the only write lock of SQLite meanwhile.
    code = "import sys; from kezhi.core.chinese import pinyin; print(pinyin('重庆'), 'pypinyin' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["chong", "qing", "False"]


def test_the_dictionaries_are_those_of_the_package():
    from pypinyin.phrases_dict import phrases_dict
    from pypinyin.pinyin_dict import pinyin_dict

    readings = _readings()
    assert (readings.words, readings.characters) == (phrases_dict, pinyin_dict)
