"""What the tests of import and export share."""

import pytest

from kezhi.records.defaults import install_defaults


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def people(cast):
    """The cast with rights to customers and the shipped lists."""
    install_defaults()
    cast.grant("customer", "contact")
    return cast
