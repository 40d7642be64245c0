"""Targets come from a spreadsheet by name and month, are looked over, and go out so that they come back (SAL-8)."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kezhi.access.models import Grant
from kezhi.core import epochs
from kezhi.core.clock import day_start
from kezhi.core.models import Event
from kezhi.sales.forecast.target_files import read_target_file
from kezhi.sales.forecast.targets import Whose
from kezhi.sales.models import Target

pytestmark = pytest.mark.django_db

WANG, LI, EAST = Whose("user", 7), Whose("user", 8), Whose("department", 3)
PEOPLE, DEPARTMENTS = {7: "王磊", 8: "李 敏"}, {3: "华东区"}
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def read(text, people=PEOPLE):
    return read_target_file(text.encode(), "targets.csv", people=people, departments=DEPARTMENTS, year=2026)


@pytest.mark.parametrize(
    "text",
    [
        "谁,月份,目标\n王磊,2026-10,50万\n华东区,2026-11,2000000\n",
        "Name,Month,Target\n王磊,2026/10,500000\n华东区,2026-11-01,200万\n",
        "销售,2026-10,2026-11\n王磊,500000,\n华东区,,200万\n",
        "公司目标\n姓名,10月,11月\n王磊,500000,\n华东区,,200万\n",
        "部门,姓名,2026年10月,2026年11月\n,王磊,500000,\n华东区,,,200万\n",
    ],
)
def test_a_row_for_each_month_or_a_column_for_each_month(text):
    found = read(text)

    assert found.problems == []
    assert found.amounts == {(WANG, OCTOBER): Decimal(500000), (EAST, NOVEMBER): Decimal(2000000)}
    assert found.months == [OCTOBER, NOVEMBER]


def test_what_cannot_be_understood_is_named_by_its_row():
    found = read(
        "谁,月份,目标\n李敏,2026-10,5\n谁谁谁,2026-10,5\n王磊,某月,5\n王磊,2026-10,很多\n王磊,2026-11,-5\n,2026-10,5\n"
    )

    assert found.amounts == {(LI, OCTOBER): Decimal(5)}
    assert [text.partition("：")[0] for text in found.problems] == [f"第 {row} 行" for row in (3, 4, 5, 6, 7)]
    assert "没有“谁谁谁”这个人或部门，或者您不能设定它的目标" in found.problems[0]


def test_a_name_two_people_have_and_a_month_said_twice_are_refused():
    twins = {7: "王磊", 9: "王磊", 8: "李敏"}
    found = read("谁,月份,目标\n王磊,2026-10,5\n李敏,2026-10,6\n李敏,2026-10,7\n", twins)

    assert found.amounts == {(LI, OCTOBER): Decimal(6)}
    assert found.problems == ["第 2 行：“王磊”有 2 个，分不清是谁", "第 4 行：2026-10 的目标写了两次，而且不一样"]


def test_a_list_without_months_or_of_too_many_reads_nothing():
    assert read("谁,目标\n王磊,5\n").amounts == {}
    many = read("谁,月份,目标\n王磊,2020-01,5\n王磊,2026-01,5\n")
    assert (many.amounts, many.problems) == ({}, ["一次最多 24 个月，请分成几个文件。"])


def send(member, text, name="targets.csv"):
    sent = SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())
    return member.client().post("/forecast/targets/file/?from=2026-10&months=3", {"file": sent})


def test_a_file_fills_the_grid_and_stores_nothing_before_it_is_saved(people):
    name = people.rep.user.name
    answer = send(people.manager, f"谁,月份,目标\n{name},2026-12,50万\n别处的人,2026-12,5\n")
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "读到 1 个目标" in page
    assert "没有“别处的人”这个人或部门" in page
    cell = f'name="user-{people.rep.id}-2026-12" value="500000"'
    assert cell in page
    assert not Target.objects.exists()
    key = f"user-{people.rep.id}-2026-12"
    saved = people.manager.client().post("/forecast/targets/?from=2026-12&months=1", {key: "500000", f"was-{key}": ""})
    assert saved.status_code == 302
    assert Target.objects.get().amount == Decimal(500000)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03" * 40, "没有月份\n王磊\n".encode()])
def test_a_file_that_is_no_list_of_targets_is_refused_with_words(people, content):
    answer = send(people.manager, content)

    assert answer.status_code == 422
    assert 'class="notice notice--danger"' in answer.content.decode()


def test_nobody_sets_targets_by_file_for_those_they_may_not(people):
    answer = send(people.manager, f"谁,月份,目标\n{people.outsider.user.name},2026-10,5\n")
    assert answer.status_code == 422
    Grant.objects.filter(subject="opportunity", action="assign").delete()
    epochs.bump("access")
    assert send(people.manager, f"谁,月份,目标\n{people.rep.user.name},2026-10,5\n").status_code == 403
    export = people.manager.client().post("/forecast/targets/export/?from=2026-10&months=3")
    assert export.status_code == 403


def test_what_goes_out_comes_back_the_same(people):
    Target.objects.create(
        month=NOVEMBER, user=people.rep.user, amount=Decimal("123456.78"), changed_at=day_start(OCTOBER)
    )
    out = people.manager.client().post("/forecast/targets/export/?from=2026-10&months=3")
    found = read_target_file(
        out.content, "targets.csv", people={people.rep.id: people.rep.user.name}, departments={}, year=2026
    )

    assert found.amounts == {(Whose("user", people.rep.id), NOVEMBER): Decimal("123456.78")}
    assert Event.objects.filter(kind="target.exported").count() == 1
