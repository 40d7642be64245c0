"""What the tests of import and export share."""

import pytest

from kezhi.exchange import storage
from kezhi.records.defaults import install_defaults
from tests.scenes import play


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    # Only the files' place moves: the key ring beside them is the whole process's.
    monkeypatch.setattr(storage, "folder", lambda: tmp_path / "exchange")


@pytest.fixture
def people(cast):
    """The cast with rights to customers and the shipped lists."""
    play(install_defaults)
    play(cast.grant, "customer", "contact")
    return cast
