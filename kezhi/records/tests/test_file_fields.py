"""Files as values of a field, as a browser sends them."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kezhi.access.models import FieldRule, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.records.models import RecordFile
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


def test_a_removed_file_of_a_field_somebody_may_not_read_is_not_named(firms, make_firm, file_folder):
    firms.grant("settings", actions=("fields",))
    field = add_field(FIRM, "file", FieldDraft(name_zh="合同扫描"), actor=firms.administrator.actor)
    firm = make_firm()
    for key, name in ((field.key, "底价.pdf"), ("", "名片.pdf")):
        RecordFile.objects.create(
            record_type="firm",
            record_id=firm.pk,
            field_key=key,
            name=name,
            size=1,
            storage_name=name,
            uploaded_at=now(),
            deleted_at=now(),
        )
    FieldRule.objects.create(
        role=Role.objects.get(key="sales_manager"), record_type="firm", field=field.key, level="hidden"
    )
    epochs.bump(EPOCH)
    pages = {
        member.part: member.client().get("/settings/recycle/files/").content.decode()
        for member in (firms.manager, firms.rep)
    }

    assert {part: ("底价" in page, "名片" in page) for part, page in pages.items()} == {
        "manager": (False, True),
        "rep": (True, True),
    }
