import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from kezhi.access.models import Grant
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.events import Event
from kezhi.core.figures import set_figure
from kezhi.core.values.problem import ValueProblem
from kezhi.records.models import RecordFile
from kezhi.records.uploads import check_upload, clean_file_name

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%%EOF"


def upload(name="方案.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def office(folder, *more):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in (f"{folder}document.xml", *more):
            archive.writestr(name, "x")
    return buffer.getvalue()


def test_a_file_is_put_on_a_record_and_read_again(firms, make_firm, file_folder):
    firm = make_firm()
    page = firms.rep.client()

    page.post(f"/firms/{firm.pk}/files/", {"file": upload()})
    row = RecordFile.objects.get()
    answer = page.get(f"/firms/{firm.pk}/files/{row.pk}/")

    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert row.name == "方案.pdf"
    assert "方案" not in row.storage_name
    assert [path.name for path in file_folder.rglob("*") if path.is_file()] == [row.storage_name]
    assert list(Event.objects.filter(kind__startswith="record.file").order_by("pk").values_list("kind", flat=True)) == [
        "record.file_added",
        "record.file_read",
    ]


def test_a_file_of_a_record_out_of_sight_is_not_found(firms, make_firm, file_folder):
    firm = make_firm()
    firms.rep.client().post(f"/firms/{firm.pk}/files/", {"file": upload()})
    row = RecordFile.objects.get()
    stranger = firms.outsider.client()

    assert stranger.get(f"/firms/{firm.pk}/files/{row.pk}/").status_code == 404
    assert stranger.get(f"/files/{row.pk}/").status_code == 404
    assert stranger.post(f"/firms/{firm.pk}/files/", {"file": upload()}).status_code == 404
    assert stranger.post(f"/firms/{firm.pk}/files/{row.pk}/removal/").status_code == 404
    assert RecordFile.objects.count() == 1
    assert not Event.objects.filter(kind="record.file_read").exists()


def test_a_removed_file_comes_back(firms, make_firm, file_folder):
    firm = make_firm()
    page = firms.rep.client()
    page.post(f"/firms/{firm.pk}/files/", {"file": upload()})
    row = RecordFile.objects.get()

    page.post(f"/firms/{firm.pk}/files/{row.pk}/removal/")
    assert page.get(f"/firms/{firm.pk}/files/{row.pk}/").status_code == 404
    page.post(f"/firms/{firm.pk}/files/{row.pk}/restoration/")

    answer = page.get(f"/firms/{firm.pk}/files/{row.pk}/")
    assert b"".join(answer.streaming_content) == PDF


def test_without_the_right_to_edit_no_file_is_stored(firms, make_firm, file_folder):
    firm = make_firm()
    Grant.objects.filter(action="edit").delete()
    epochs.bump(EPOCH)

    answer = firms.rep.client().post(f"/firms/{firm.pk}/files/", {"file": upload()})

    assert answer.status_code == 403
    assert RecordFile.objects.count() == 0
    assert not file_folder.exists()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("空.pdf", b"", "file.empty"),
        ("网页.html", b"<html></html>", "file.type"),
        ("图.svg", b"<svg/>", "file.type"),
        ("合同.pdf.exe", b"MZ", "file.type"),
        ("annexe\u202efdp.exe", b"MZ", "file.type"),
        ("方案.pdf", b"<html><script>alert(1)</script>", "file.content"),
        ("照片.png", b"MZ\x90", "file.content"),
        ("清单.csv", b"<script>alert(1)</script>", "file.content"),
        ("表.xlsx", b"PK\x03\x04 broken", "file.content"),
        ("无扩展名", b"abc", "file.name"),
        ("...", b"abc", "file.name"),
        ("con.txt", b"abc", "file.name"),
    ],
)
def test_a_hostile_file_is_refused(firms, make_firm, file_folder, name, content, code):
    firm = make_firm()
    with pytest.raises(ValueProblem) as refused:
        check_upload(_named(name, content))
    assert refused.value.code == code

    answer = firms.rep.client().post(
        f"/firms/{firm.pk}/files/", {"file": _named(name, content)}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 422
    assert RecordFile.objects.count() == 0
    assert not Event.objects.filter(kind__startswith="record.file").exists()
    assert not file_folder.exists()


def _named(name, content):
    file = SimpleUploadedFile("x", content)
    file._name = name
    return file


def test_a_file_too_large_is_refused_with_the_figure(firms, make_firm, file_folder):
    set_figure("records.file_max_mb", 1, actor_ref=firms.administrator.actor.ref)

    with pytest.raises(ValueProblem) as refused:
        check_upload(upload(content=PDF + b"x" * 1024 * 1024))

    assert refused.value.code == "file.size"
    assert "最多 1 MB" in refused.value.message


def test_office_files_with_macros_are_refused(db):
    assert check_upload(upload("方案.docx", office("word/"))).name == "方案.docx"
    with pytest.raises(ValueProblem) as refused:
        check_upload(upload("方案.docx", office("word/", "word/vbaProject.bin")))
    assert refused.value.code == "file.content"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\用户\\合同.pdf", "合同.pdf"),
        ("合\u200b同\u202e.pdf", "合同.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ('引"号<脚本>.pdf', "引_号_脚本_.pdf"),
    ],
)
def test_a_hostile_name_becomes_a_harmless_one(db, raw, clean):
    assert clean_file_name(raw) == clean


def test_a_long_name_keeps_its_extension(db):
    name = clean_file_name("长" * 500 + ".pdf")

    assert len(name) == 120
    assert name.endswith("长.pdf")


def test_removed_files_lie_in_the_bin_of_those_who_may_change_the_record(firms, make_firm, file_folder):
    firm = make_firm()
    page = firms.rep.client()
    page.post(f"/firms/{firm.pk}/files/", {"file": upload()})
    page.post(f"/firms/{firm.pk}/files/{RecordFile.objects.get().pk}/removal/")

    shown = page.get("/settings/recycle/files/").content.decode()

    assert "方案.pdf" in shown
    assert "任小芮" in shown
    assert "方案.pdf" not in firms.outsider.client().get("/settings/recycle/files/").content.decode()


def test_a_file_that_is_too_large_is_turned_away_while_it_arrives(firms, make_firm, file_folder, settings, monkeypatch):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    written = []
    keep = TemporaryFileUploadHandler.receive_data_chunk

    def counted(handler, raw_data, start):
        written.append(len(raw_data))
        return keep(handler, raw_data, start)

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", counted)
    set_figure("records.file_max_mb", 1, actor_ref=firms.administrator.actor.ref)
    firm = make_firm()
    large = upload(content=PDF + b"0" * (5 << 20))
    answer = (
        firms.rep.client()
        .post(f"/firms/{firm.pk}/files/", {"file": [large, upload("合同.pdf")]}, headers={"HX-Request": "true"})
        .content.decode()
    )

    assert "“方案.pdf”太大，最多 1 MB" in answer
    assert ">合同.pdf</a>" in answer
    assert sum(written) <= (1 << 20) + len(PDF)
    assert RecordFile.objects.get().name == "合同.pdf"


def test_one_large_file_alone_is_named(firms, make_firm, file_folder):
    set_figure("records.file_max_mb", 1, actor_ref=firms.administrator.actor.ref)
    firm = make_firm()
    large = upload("<b>方案.pdf", PDF + b"0" * (2 << 20))
    answer = firms.rep.client().post(f"/firms/{firm.pk}/files/", {"file": large}, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "“_b_方案.pdf”太大，最多 1 MB" in answer.content.decode()
