"""What looks personal in a text is masked on the way out, and nothing else is."""

import pytest

from kezhi.exchange.gate import mask_deep, mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13812345678，找李经理", "电话138****5678，找李经理"),
        ("+86 138-1234-5678", "138****5678"),
        ("邮箱 li.wei@example.com", "邮箱 l***@example.com"),
        ("座机 0512-36746357", "座机 0512-****6357"),
        ("订单 20261122001 共 50 件", "订单 20261122001 共 50 件"),
        ("¥13812345.67", "¥13812345.67"),
        ("C2026030007", "C2026030007"),
        ("", ""),
    ],
)
def test_a_text_is_masked(text, masked):
    assert mask_text(text) == masked


def test_a_resident_id_is_masked():
    assert "19621014" not in mask_text("身份证 440305196210141483 已核对")


def test_a_payload_is_masked_all_the_way_down():
    assert mask_deep({"a": [{"phone": "13812345678"}], "n": 13812345678}) == {
        "a": [{"phone": "138****5678"}],
        "n": 13812345678,
    }
