"""Lists of leads as other systems write them."""

import pytest

from kezhi.core.jobs import run_pending
from kezhi.exchange.importing.options import ImportOptions
from kezhi.exchange.operations.imports import begin_import, map_columns, start_import
from kezhi.exchange.tests.hostile_files import make_xlsx
from kezhi.sales.models import Lead

pytestmark = pytest.mark.django_db

HEADINGS = ["First Name", "Last Name", "Company", "Phone", "Lead Source", "State/Province", "City"]


def test_names_in_two_columns_titles_and_regions_are_put_in_order(people):
    actor = people.steward.actor
    rows = [
        ["三", "李", "南京鼓楼医疗器械有限公司", "手机：13812345678", "Trade Show", "江苏", "南京"],
        ["", "王强经理", "无锡太湖机械有限公司", "0510-85551234", "Trade Show", "江苏", ""],
        ["", "赵宁", "常州天宁电器有限公司", "13912345678 / 0519-86665555", "Trade Show", "江苏", ""],
    ]
    run = start_import("lead", make_xlsx([HEADINGS, *rows]), "leads.xlsx", actor=actor)
    columns = {int(column): key for column, key in run.mapping.items()}
    map_columns(run, columns, ImportOptions.of(run.options), actor=actor)
    run_pending()
    run.refresh_from_db()
    begin_import(run, actor=actor)
    run_pending()

    found = Lead.objects.ungated("test").order_by("pk")
    assert [(row.contact_name, row.position, row.phone, row.province, row.city) for row in found] == [
        ("李三", "", "+8613812345678", "江苏省", "南京市"),
        ("王强", "经理", "+8651085551234", "江苏省", ""),
        ("赵宁", "", "+8613912345678", "江苏省", ""),
    ]
    assert [row.phone_other for row in found] == ["", "", "+8651986665555"]
