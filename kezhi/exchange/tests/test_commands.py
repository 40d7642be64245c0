import csv

import pytest

from kezhi.config.cli import load_command
from kezhi.config.cli import main as kezhi
from kezhi.core.jobs import Job
from kezhi.exchange.models import ImportRun
from kezhi.exchange.tests.helpers import customers, rows_of_workbook, sheet_of

ROWS = [["深圳甲科技有限公司", "张三", "13812345678", "", "A类", ""], ["", "李四", "13912345678", "", "", ""]]


@pytest.fixture
def list_file(tmp_path):
    path = tmp_path / "名单.xlsx"
    path.write_bytes(sheet_of(*ROWS))
    return str(path)


def test_a_list_is_brought_in_and_bad_rows_are_written_out(people, list_file, tmp_path, capsys):
    bad = tmp_path / "bad.xlsx"

    code = kezhi(["import", list_file, "--as", "cast-steward", "--bad-rows", str(bad)])

    assert (code, list(customers())) == (1, ["深圳甲科技有限公司"])
    assert "已新建 1" in capsys.readouterr().out
    assert rows_of_workbook(bad.read_bytes())[2][1] == "李四"
    assert (ImportRun.objects.get().door, Job.objects.count()) == ("cli", 0)


def test_checking_only_changes_nothing(people, list_file, capsys):
    assert kezhi(["import", list_file, "--as", "cast-steward", "--check-only"]) == 0

    assert "可导入 1" in capsys.readouterr().out
    assert (customers(), ImportRun.objects.count()) == ({}, 0)


@pytest.mark.parametrize(
    "arguments",
    [["--as", "nobody"], ["--as", "cast-steward", "--type", "nothing"], ["--as", "cast-steward", "gone.csv"]],
)
def test_a_wrong_call_is_explained(people, list_file, arguments, capsys):
    file = arguments.pop() if arguments[-1] == "gone.csv" else list_file

    assert kezhi(["import", file, *arguments]) == 2
    assert capsys.readouterr().err


def test_a_list_is_taken_out(people, list_file, tmp_path, capsys):
    kezhi(["import", list_file, "--as", "cast-steward"])
    out = tmp_path / "out.csv"

    code = kezhi(["export", str(out), "--as", "cast-steward", "--reason", "核对", "--columns", "name,level"])

    assert code == 0
    assert list(csv.reader(out.read_text(encoding="utf-8-sig").splitlines()))[1:] == [
        ["客户名称", "等级"],
        ["深圳甲科技有限公司", "A"],
    ]
    assert load_command("export").HELP
