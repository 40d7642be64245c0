import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kezhi.core.jobs import run_pending
from kezhi.exchange.models import ExportRun, ImportRun, RowState
from kezhi.exchange.tests.helpers import bring_in, check, customers, rows_of_workbook, sheet_of

ROWS = [
    ["深圳甲科技有限公司", "张三", "13812345678", "a@example.com", "A类", ""],
    ["北京乙贸易有限公司", "李四", "12912345678", "b@example.com", "B类", ""],
    ["深圳甲科技有限公司", "王五", "13812345678", "a@example.com", "A类", "重复的一行"],
]


@pytest.fixture
def client(people):
    return people.steward.client()


def upload(client, content, name="名单.xlsx"):
    return client.post("/imports/new/", {"type": "customer", "file": SimpleUploadedFile(name, content)})


def test_a_list_is_brought_in_page_by_page(client):
    answer = upload(client, sheet_of(*ROWS))
    run = ImportRun.objects.get()
    assert answer.status_code == 302
    page = client.get(answer.url).content.decode()
    assert "列名相同" in page
    posted = {f"column-{column}": key for column, key in run.mapping.items()} | {
        "placeholders": "1",
        "duplicates": "skip",
    }
    client.post(f"/imports/{run.pk}/columns/", posted)
    assert "正在检查" in client.get(f"/imports/{run.pk}/").content.decode()
    run_pending()

    bad = client.get(f"/imports/{run.pk}/").content.decode()
    assert "12912345678" in bad
    assert '?state=bad&amp;field=phone">电话 <span class="count">1</span>' in bad
    assert "12912345678" not in client.get(f"/imports/{run.pk}/?state=bad&field=level").content.decode()
    row = client.post(
        f"/imports/{run.pk}/rows/3/", {"value-phone": "13912345678", "shown": "bad"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "可导入" in row
    assert 'id="import-tabs" hx-swap-oob="true"' in row
    assert f'?state=bad" aria-current="page">{RowState.BAD.label} <span class="count">0</span>' in row
    assert 'id="import-wrong" hx-swap-oob="true"></div>' in row
    twice = client.get(f"/imports/{run.pk}/?state=duplicate").content.decode()
    assert "与本文件第 2 行" in twice
    client.post(f"/imports/{run.pk}/application/")
    run_pending()

    assert set(customers()) == {"深圳甲科技有限公司", "北京乙贸易有限公司"}
    assert "新建 2 条，更新 0 条，跳过 1 行" in client.get(f"/imports/{run.pk}/").content.decode()
    client.post(f"/imports/{run.pk}/undoing/")
    run_pending()
    assert customers() == {}
    assert "2 条恢复到导入前" in client.get(f"/imports/{run.pk}/").content.decode()


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(client):
    answer = upload(client, b"%PDF-1.7", "名单.pdf")

    assert answer.status_code == 422
    assert "这是一个 PDF 文件" in answer.content.decode()
    assert ImportRun.objects.count() == 0


def test_a_required_column_that_is_missing_is_asked_for(client):
    upload(client, sheet_of(*ROWS))
    run = ImportRun.objects.get()

    answer = client.post(f"/imports/{run.pk}/columns/", {"column-2": "phone"})

    assert answer.status_code == 422
    assert "还没有选哪一列是“客户名称”" in answer.content.decode()


def test_somebody_elses_import_is_not_there(people):
    run = check(people.steward.actor, sheet_of(*ROWS))

    for path in ("", "progress/", "bad-rows/", "rows/3/"):
        assert people.administrator.client().get(f"/imports/{run.pk}/{path}").status_code == 404


def test_who_may_not_import_is_told_so(people):
    from kezhi.access.models import Grant
    from kezhi.access.rights import EPOCH
    from kezhi.core import epochs

    Grant.objects.filter(action="import").delete()
    epochs.bump(EPOCH)

    assert people.rep.client().get("/imports/").status_code == 403
    assert people.rep.client().get("/imports/new/").status_code == 403


def test_bad_rows_come_as_a_workbook_that_can_be_imported_again(client, people):
    run = check(people.steward.actor, sheet_of(*ROWS))

    content = b"".join(client.get(f"/imports/{run.pk}/bad-rows/").streaming_content)

    rows = rows_of_workbook(content)
    assert rows[2][:3] == ["北京乙贸易有限公司", "李四", "12912345678"]
    assert "电话" in rows[2][6]
    again = check(people.steward.actor, content, "有问题的行.xlsx")
    assert (again.heading_row, again.counts) == (2, {"bad": 1})


def test_words_of_the_file_can_be_given_their_meaning(client):
    upload(client, sheet_of(["深圳甲科技有限公司", "", "13812345678", "", "特级", ""]))
    run = ImportRun.objects.get()
    assert "特级" in client.get(f"/imports/{run.pk}/").content.decode()

    posted = {f"column-{column}": key for column, key in run.mapping.items()}
    client.post(f"/imports/{run.pk}/columns/", posted | {"text-level-0": "特级", "word-level-0": "VIP"})
    run_pending()
    client.post(f"/imports/{run.pk}/application/")
    run_pending()

    assert customers()["深圳甲科技有限公司"].level == "VIP"


def test_a_list_is_taken_out_with_a_reason(client, people):
    bring_in(people.steward.actor, sheet_of(ROWS[0]))
    assert client.get("/customers/bulk/export/").status_code == 200

    refused = client.post("/customers/bulk/export/", {"reason": "", "column": ["name"], "format": "xlsx"})
    assert refused.status_code == 422
    client.post("/customers/bulk/export/", {"reason": "核对地址", "column": ["name", "phone"], "format": "xlsx"})
    run_pending()
    run = ExportRun.objects.get()

    assert "文件好了，共 1 条" in client.get(f"/exports/{run.pk}/").content.decode()
    answer = client.get(f"/exports/{run.pk}/file/")
    rows = rows_of_workbook(b"".join(answer.streaming_content))
    assert "舒管数" in rows[0][0]
    assert "核对地址" in rows[0][0]
    assert rows[1] == ["客户名称", "电话"]
    assert rows[2][0] == "深圳甲科技有限公司"
    assert people.administrator.client().get(f"/exports/{run.pk}/file/").status_code == 404
    assert client.get("/exports/").status_code == 200


def test_a_list_first_taken_for_something_else_becomes_what_it_is(client, people):
    people.grant("lead")
    client.post("/imports/new/", {"type": "lead", "file": SimpleUploadedFile("名单.xlsx", sheet_of(*ROWS))})
    run = ImportRun.objects.get()
    assert run.record_type == "lead"

    client.post(f"/imports/{run.pk}/sheet/", {"sheet": "0", "heading_row": "1", "type": "customer"})

    run.refresh_from_db()
    assert (run.record_type, run.mapping["0"], run.mapping["4"]) == ("customer", "name", "level")


def test_a_list_without_a_type_is_one_of_customers_or_what_came_in_last(client, people):
    people.grant("lead")
    assert 'value="customer" checked' in client.get("/imports/new/").content.decode()
    assert 'value="lead" checked' in client.get("/imports/new/?type=leads").content.decode()

    client.post("/imports/new/", {"type": "lead", "file": SimpleUploadedFile("名单.xlsx", sheet_of(*ROWS))})

    assert 'value="lead" checked' in client.get("/imports/new/").content.decode()
