import io
import os

import pytest

from kezhi.core.sealed_stream import CHUNK, SealedReader, SealingWriter, StreamProblem, read_heading


def sealed(content: bytes, passphrase: str = "correct horse") -> bytes:
    target = io.BytesIO()
    writer = SealingWriter(target, passphrase, {"made_at": "today"})
    for start in range(0, len(content), 300_000):
        writer.write(content[start : start + 300_000])
    writer.close()
    return target.getvalue()


def opened(data: bytes, passphrase: str = "correct horse") -> bytes:
    reader = SealedReader(io.BytesIO(data), passphrase)
    parts = []
    while part := reader.read(70_000):
        parts.append(part)
    return b"".join(parts)


CONTENT = os.urandom(3 * CHUNK + 17)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, len(CONTENT)])
def test_what_was_sealed_comes_back(size):
    assert opened(sealed(CONTENT[:size])) == CONTENT[:size]


def test_the_heading_can_be_read_without_the_passphrase():
    assert read_heading(io.BytesIO(sealed(b"x")))["made_at"] == "today"


def test_another_passphrase_is_told_apart_from_damage():
    with pytest.raises(StreamProblem) as problem:
        opened(sealed(CONTENT), "wrong horse")

    assert problem.value.code == "passphrase"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: -(CHUNK + 16)],  # cut within
        lambda data: data[: len(data) - 17 - 16],  # the whole last chunk is missing
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: data[:-40] + b"\x00" + data[-39:],
        lambda data: data[: -2 * (CHUNK + 16)] + data[-(CHUNK + 16) :] + data[-2 * (CHUNK + 16) : -(CHUNK + 16)],
    ],
)
def test_damage_is_noticed(damage):
    with pytest.raises(StreamProblem) as problem:
        opened(damage(sealed(CONTENT)))

    assert problem.value.code == "damaged"


def test_a_changed_heading_is_noticed():
    with pytest.raises(StreamProblem):
        opened(sealed(b"x").replace(b"today", b"later"))


def test_a_heading_that_asks_for_all_memory_is_refused():
    with pytest.raises(StreamProblem) as problem:
        opened(sealed(b"x").replace(b'"n": 32768', b'"n": 33554432'))

    assert problem.value.code == "damaged"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"KEZHI-SEALED-1\nnot json\n"])
def test_another_file_is_not_taken_for_a_backup(content):
    with pytest.raises(StreamProblem):
        opened(content)
