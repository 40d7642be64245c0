import json
import multiprocessing
import stat

import pytest

from kezhi.core import crypto
from kezhi.core.crypto import (
    KeyMissing,
    KeyRingProblem,
    ValueUnreadable,
    blind_index,
    decrypt,
    encrypt,
    key_of,
    key_ring,
    rotate_keys,
)

pytestmark = pytest.mark.usefixtures("data_folder")


@pytest.mark.parametrize("text", ["", "13812345678", "北京市海淀区中关村大街1号", "𠮷野家 🏠", "x" * 100_000])
def test_what_was_encrypted_comes_back(text):
    assert decrypt(encrypt(text, purpose="phone"), purpose="phone") == text


def test_equal_texts_have_different_tokens():
    assert encrypt("13812345678", purpose="phone") != encrypt("13812345678", purpose="phone")


def test_a_token_does_not_open_under_another_purpose():
    token = encrypt("13812345678", purpose="contact.phone")

    with pytest.raises(ValueUnreadable):
        decrypt(token, purpose="contact.email")


@pytest.mark.parametrize(
    "change", [lambda t: t[:-5] + "AAAA=", lambda t: t[:20], lambda t: t + "é", lambda t: t.upper()]
)
def test_a_damaged_token_is_refused(change):
    token = encrypt("13812345678", purpose="phone")

    with pytest.raises((ValueUnreadable, KeyMissing)):
        decrypt(change(token), purpose="phone")


def test_a_missing_key_is_named():
    with pytest.raises(KeyMissing) as missing:
        decrypt("kdeadbeef.AAAA", purpose="phone")

    assert missing.value.key_id == "kdeadbeef"
    assert "kdeadbeef" in missing.value.message


def test_the_ring_is_readable_by_its_owner_only(data_folder):
    encrypt("x", purpose="phone")

    assert stat.S_IMODE((data_folder / "keys.json").stat().st_mode) == 0o600


def test_after_a_rotation_new_tokens_have_the_new_key_and_old_ones_still_open():
    old = encrypt("13812345678", purpose="phone")
    index = blind_index("13812345678", purpose="phone")

    added = rotate_keys()

    new = encrypt("13812345678", purpose="phone")
    assert key_of(new) == added != key_of(old)
    assert decrypt(old, purpose="phone") == decrypt(new, purpose="phone") == "13812345678"
    assert blind_index("13812345678", purpose="phone") == index
    assert len(key_ring().keys) == 2


def test_a_rotation_by_another_process_is_noticed(data_folder):
    encrypt("x", purpose="phone")
    other = crypto.KeyRing.from_json((data_folder / "keys.json").read_text()).with_new_key()
    crypto.write_private(data_folder / "keys.json", other.to_json())
    token = other.current + encrypt("x", purpose="phone").removeprefix(key_of(encrypt("x", purpose="phone")))

    with pytest.raises(ValueUnreadable):  # the key is known, only the token was forged for this test
        decrypt(token, purpose="phone")
    assert key_of(encrypt("x", purpose="phone")) == other.current


def test_blind_indexes_are_equal_for_equal_texts_of_one_purpose_only():
    index = blind_index("13812345678", purpose="phone")

    assert index == blind_index("13812345678", purpose="phone")
    assert index != blind_index("13812345678", purpose="tail")
    assert index != blind_index("13812345679", purpose="phone")
    assert len(index) == 32
    assert int(index, 16) >= 0


def test_keys_can_come_from_the_environment_and_are_then_not_rotated_here(settings, data_folder):
    settings.KEY_RING = crypto.KeyRing.fresh().to_json()
    crypto.forget_cached_keys()

    assert decrypt(encrypt("x", purpose="phone"), purpose="phone") == "x"
    assert not (data_folder / "keys.json").exists()
    with pytest.raises(KeyRingProblem) as refused:
        rotate_keys()
    assert refused.value.code == "key_ring_read_only"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"current": "a", "keys": {}, "index": ""}', "\x00"])
def test_a_damaged_ring_is_reported_and_left_alone(data_folder, content):
    (data_folder / "keys.json").write_text(content)

    with pytest.raises(KeyRingProblem) as damaged:
        encrypt("x", purpose="phone")

    assert damaged.value.code == "key_ring_damaged"
    assert (data_folder / "keys.json").read_text() == content


def test_processes_that_start_at_once_agree_on_one_ring(data_folder):
    context = multiprocessing.get_context("fork")
    start = context.Barrier(8)
    answers = context.Queue()

    def make():
        start.wait()
        answers.put(encrypt("x", purpose="phone"))

    processes = [context.Process(target=make) for _ in range(8)]
    for process in processes:
        process.start()
    tokens = [answers.get(timeout=100) for _ in processes]
    for process in processes:
        process.join()

    assert {key_of(token) for token in tokens} == {json.loads((data_folder / "keys.json").read_text())["current"]}
    assert {decrypt(token, purpose="phone") for token in tokens} == {"x"}
    assert sorted(path.name for path in data_folder.iterdir()) == ["keys.json"]
