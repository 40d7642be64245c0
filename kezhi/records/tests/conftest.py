from pathlib import Path

import pytest
from django.db import connection

from kezhi.access import policies
from kezhi.records import registry
from kezhi.records.models import PickItem, PickList
from kezhi.records.operations import create_record
from kezhi.records.tests.fake_types import FIRM, VISIT, Firm, Visit
from tests.scenes import play


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The tables of the fake types, beside those of the installed ones."""
    with django_db_blocker.unblock():
        existing = connection.introspection.table_names()
        with connection.schema_editor() as editor:
            for model in (Firm, Visit):
                if model._meta.db_table not in existing:
                    editor.create_model(model)


@pytest.fixture
def fake_types():
    """The fake types, registered for the length of a test."""
    registry.register(FIRM)
    registry.register(VISIT)
    yield
    for known in (VISIT, FIRM):
        registry.unregister(known.key)
        policies._policies.pop(known.model)


@pytest.fixture
def firms(cast, fake_types):
    """The fake types with a pick-list and everybody's usual rights to them; gives the cast."""
    play(cast.grant, "firm", "visit")
    play(_trades)
    return cast


def _trades():
    trades = PickList.objects.create(key="trade", name_zh="行业", name_en="Trade")
    for place, (key, zh, en) in enumerate((("steel", "钢铁", "Steel"), ("food", "食品", "Food"))):
        PickItem.objects.create(list=trades, key=key, name_zh=zh, name_en=en, order=place)


@pytest.fixture
def make_firm(firms):
    def make(name="苏州澜图科技有限公司", owner=None, **values):
        return create_record(FIRM, {"name": name, **values}, actor=(owner or firms.rep).actor)

    return make


@pytest.fixture
def make_visit(firms):
    def make(firm, subject="谈方案", owner=None, **values):
        return create_record(VISIT, {"firm": firm.pk, "subject": subject, **values}, actor=(owner or firms.rep).actor)

    return make


@pytest.fixture
def file_folder(tmp_path, settings) -> Path:
    """A folder for uploaded files of this test's own."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"
