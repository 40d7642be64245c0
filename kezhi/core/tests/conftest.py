from pathlib import Path

import pytest
from django.db import connection

from kezhi.core import crypto
from kezhi.core.tests.fake_models import Mark, Secretive


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The tables of the fake models, beside those of the installed ones."""
    with django_db_blocker.unblock():
        existing = connection.introspection.table_names()
        with connection.schema_editor() as editor:
            for model in (Mark, Secretive):
                if model._meta.db_table not in existing:
                    editor.create_model(model)


@pytest.fixture
def data_folder(tmp_path: Path, settings) -> Path:
    """A data folder of this test's own, with a key ring of its own."""
    settings.DATA_DIR = tmp_path
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.BACKUP_SECOND_DIR = None
    settings.BACKUP_PASSPHRASE = ""
    settings.KEY_RING = ""
    settings.MEDIA_ROOT = tmp_path / "files"
    crypto.forget_cached_keys()
    yield tmp_path
    crypto.forget_cached_keys()
