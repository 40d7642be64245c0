"""Files as values of a field, as a browser sends them."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kezhi.records.operations.custom_fields import FieldDraft, add_field
from kezhi.records.tests.fake_types import FIRM, Firm

pytestmark = pytest.mark.django_db


def stored():
    return Firm.objects.ungated("test").get()


def test_a_file_stays_until_it_is_taken_away(firms, file_folder):
    firms.grant("settings", actions=("fields",))
    file = add_field(FIRM, "file", FieldDraft(name_zh="合同扫描"), actor=firms.administrator.actor)
    rep = firms.rep.client()
    upload = SimpleUploadedFile("合同.pdf", b"%PDF-1.7")
    rep.post("/firms/new/", {"name": "澜图", "kind": "company", file.key: upload})
    firm = stored()
    kept = str(firm.custom[file.key]["id"])
    initial = json.dumps({"name": "澜图", file.key: kept})

    # The file there is, then the chooser in which nothing was chosen: browsers send it without a name.
    rep.post(f"/firms/{firm.pk}/edit/", {"name": "澜图科技", "initial": initial, file.key: [kept, ""]})
    assert (stored().name, stored().custom[file.key]["name"]) == ("澜图科技", "合同.pdf")

    rep.post(f"/firms/{firm.pk}/edit/", {"name": "澜图科技", "initial": initial, file.key: [kept, "-", ""]})
    assert stored().custom.get(file.key) is None
