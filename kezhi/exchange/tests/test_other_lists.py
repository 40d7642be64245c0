"""Lists of the kinds companies keep, with other words and other dirt than the samples."""

import datetime as dt
import io

import openpyxl
import pytest

from kezhi.customers.models import Contact
from kezhi.exchange.importing.rows import problems_of
from kezhi.exchange.reading import ImportTarget, TargetKind, guess_mapping, open_list, whole_date
from kezhi.exchange.reading.date_columns import DateOrder, infer_date_order
from kezhi.exchange.reading.synonyms import counts_in_wan, meaning, probable_meaning
from kezhi.exchange.reading.value_maps import ValueOption, guess_value_map
from kezhi.exchange.tests.helpers import bring_in, check, customers, sheet_of, states

LEVELS = [ValueOption(key, (key, f"{key}类"), rank) for rank, key in enumerate(("VIP", "A", "B", "C"), 1)]


def people_of(customer):
    rows = Contact.objects.ungated("test").filter(customer=customer).order_by("pk")
    return [(row.name, row.position, row.phone, row.email) for row in rows]


def words(*values, options=LEVELS):
    return {guess.text: guess.option_key for guess in guess_value_map(values, options)}


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("参展企业", "客户名称"),
        ("公司所在地", "省市"),
        ("联系人及职务", "联系人"),
        ("手机号1", "手机"),
        ("移动电话（必填）", "手机"),
        ("預算金額(萬元)", "预算"),
        ("Mobile/手机", "手机"),
        ("Billing Contact Email", "Email"),
        ("*单位全称", "公司"),
    ],
)
def test_a_heading_is_understood_by_its_parts_and_its_end(heading, known):
    assert (meaning(heading) or probable_meaning(heading)) == meaning(known)


@pytest.mark.parametrize("heading", ["产品名称说", "合同编号", "是否成交客户", "签约日期", "Lead Type", "公司简介"])
def test_a_heading_about_something_else_is_left_alone(heading):
    assert probable_meaning(heading) is None


def test_a_column_of_numbers_under_a_persons_heading_is_no_name():
    targets = [
        ImportTarget("name", ("客户名称",), TargetKind.NAME),
        ImportTarget("person", ("联系人",), TargetKind.PERSON),
        ImportTarget("phone", ("电话",), TargetKind.PHONE),
    ]
    rows = [["元庆科技有限公司", "13812345678"], ["鸿运贸易有限公司", "13912345678"]]
    assert [guess.target_key for guess in guess_mapping(["单位", "联系人(手机)"], rows, targets)] == ["name", "phone"]


def test_people_beside_companies_are_contacts_and_columns_nobody_named_are_told_by_what_stands_in_them():
    targets = [
        ImportTarget("name", ("客户名称", "公司"), TargetKind.NAME),
        ImportTarget("person", ("联系人",), TargetKind.PERSON),
        ImportTarget("phone", ("电话",), TargetKind.PHONE),
    ]
    rows = [["张伟", "元庆科技有限公司", "13812345678"], ["王芳", "鸿运五金店", "13912345678"]]

    def keys(headings, **given):
        return [guess.target_key for guess in guess_mapping(headings, rows, targets, **given)]

    assert keys(["客户名称", "公司", "电话"]) == ["person", "name", "phone"]
    assert keys(["第 A 列", "第 B 列", "第 C 列"], has_headings=False) == ["person", "name", "phone"]
    assert keys(["审批的人", "公司", "电话"]) == [None, "name", "phone"]


def test_amounts_in_ten_thousands_are_told_by_the_heading():
    assert [counts_in_wan(text) for text in ("预算万元", "Budget (RMB 10k)", "金额(萬)", "预算(元)")] == [
        True,
        True,
        True,
        False,
    ]


def test_words_of_a_list_are_found_in_other_characters_and_scales():
    assert words("A類", "B級客户", "Grade C") == {"A類": "A", "B級客户": "B", "Grade C": "C"}
    assert words("三星", "二星", "一星") == {"三星": "A", "二星": "B", "一星": "C"}
    assert words("重点", "A类", "??") == {"重点": None, "A类": "A", "??": None}


def test_words_that_are_the_number_of_an_entry_are_no_entry():
    assert words("1", "2", options=[ValueOption("1", ("产品咨询",)), ValueOption("2", ("急购",))]) == {
        "1": None,
        "2": None,
    }


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("23/5/6", None, "2023-05-06"),
        ("5/6/23", DateOrder.MONTH_FIRST, "2023-05-06"),
        ("二〇二三年五月", None, "2023-05-01"),
        ("2023.05", None, "2023-05-01"),
        ("2001年", None, "2001-01-01"),
        ("98年7月", None, "1998-07-01"),
        ("2023-05-06 14:30", None, "2023-05-06 14:30"),
    ],
)
def test_short_dates_are_written_out(text, order, day):
    assert whole_date(text, order) == day


def test_a_column_of_short_years_tells_where_the_year_stands():
    assert infer_date_order(["23/5/6", "23/5/17", "23/12/1"]).order is DateOrder.YEAR_FIRST
    assert infer_date_order(["4/25/23", "4/3/23", "12/1/23"]).order is DateOrder.MONTH_FIRST
    assert infer_date_order(["25.4.23", "3.4.23"]).order is DateOrder.DAY_FIRST


def test_a_hidden_sheet_is_not_the_list():
    book = openpyxl.Workbook()
    book.active.title = "客户"
    book.active.append(["客户名称", "电话"])
    book.active.append(["元庆科技有限公司", "13812345678"])
    hidden = book.create_sheet("旧名单", 0)
    hidden.append(["客户名称", "联系人", "电话", "邮箱", "客户等级"])
    hidden.append(["旧的有限公司", "张三", "13812345679", "a@example.com", "A"])
    hidden.sheet_state = "hidden"
    content = io.BytesIO()
    book.save(content)

    assert open_list(content.getvalue(), "名单.xlsx").first.name == "客户"


def test_several_people_and_numbers_of_a_cell_become_contacts_and_none_is_lost(people):
    bring_in(
        people.steward.actor,
        sheet_of(
            [
                "甲科技有限公司",
                "孙丽、周杰（总经理）",
                "13812345678、13912345678",
                "a@example.com；b@example.com",
                "A",
                "",
            ],
            ["乙科技有限公司", "王强/采购经理", "13712345678 / 0512-36746357", "", "", ""],
        ),
    )

    first, second = customers()["甲科技有限公司"], customers()["乙科技有限公司"]
    assert (first.phone, first.email, second.phone) == ("+8613812345678", "a@example.com", "+8613712345678")
    assert people_of(first) == [
        ("孙丽", "", "+8613812345678", "a@example.com"),
        ("周杰", "总经理", "+8613912345678", "b@example.com"),
    ]
    assert people_of(second) == [("王强", "采购经理", "+8651236746357", "")]


def test_a_name_in_two_columns_and_a_phone_of_the_contact_alone_are_taken(people):
    headings = ["Company / Account", "First Name", "Last Name", "Mobile Phone", "Phone", "Created Date"]
    bring_in(
        people.steward.actor,
        sheet_of(
            ["无锡太湖机械有限公司", "三", "李", "13812345678", "", "4/25/2025"],
            ["苏州金桥材料有限公司", "Wei", "Zhang", "", "0512-62881234", "4/3/2025"],
            headings=headings,
        ),
    )

    first, second = customers()["无锡太湖机械有限公司"], customers()["苏州金桥材料有限公司"]
    assert (first.phone, people_of(first)) == ("+8613812345678", [("李三", "", "+8613812345678", "")])
    assert people_of(second)[0][0] == "Wei Zhang"
    assert second.created_at == dt.datetime(2025, 4, 2, 16, tzinfo=dt.UTC)


def test_a_list_of_persons_brings_persons(people):
    run = bring_in(
        people.steward.actor,
        sheet_of(
            ["张伟", "13812345678", "VIP"],
            ["王芳", "13912345678", "-"],
            ["张伟", "13712345678", "A类"],
            headings=["姓名", "手机号", "会员等级"],
        ),
    )

    assert states(run) == ["created", "created", "created"]
    assert {row.kind for row in customers().values()} == {"person"}
    assert not Contact.objects.ungated("test").exists()


def test_what_a_list_does_not_say_can_be_set_for_all_its_rows(people):
    bring_in(
        people.steward.actor,
        sheet_of(["元庆科技有限公司", "展会"], ["鸿运贸易有限公司", ""], headings=["客户名称", "来源渠道"]),
        value_maps={"source": {"": "search"}},
    )

    assert {name: row.source for name, row in customers().items()} == {
        "元庆科技有限公司": "exhibition",
        "鸿运贸易有限公司": "search",
    }


def test_colleagues_are_found_by_sign_in_name_and_otherwise_chosen(people):
    rep = people.rep.user
    headings = ["客户名称", "归属销售"]
    rows = (["甲科技有限公司", rep.username.upper()], ["乙科技有限公司", "走了的人"], ["丙科技有限公司", str(rep.pk)])
    run = check(people.steward.actor, sheet_of(*rows, headings=headings))

    assert states(run) == ["ready", "bad", "bad"]
    run = check(
        people.steward.actor,
        sheet_of(*rows[:2], headings=headings),
        value_maps={"owner": {"走了的人": ""}},
    )
    assert states(run) == ["ready", "ready"]


def test_cells_that_say_nothing_are_empty(people):
    run = check(
        people.steward.actor,
        sheet_of(
            ["甲科技有限公司", "无", "-", "N/A", "无", "无"],
            ["乙科技有限公司", "", "#N/A", "", "??", ""],
            ["#REF!", "", "13812345678", "", "", ""],
        ),
    )

    assert states(run) == ["ready", "bad", "bad"]
    assert [sorted(problems_of(row)) for row in run.rows.order_by("number")] == [[], ["level"], ["name"]]


def test_a_budget_that_is_only_a_limit_fills_its_side(people):
    bring_in(
        people.steward.actor,
        sheet_of(
            ["甲科技有限公司", "50以上"],
            ["乙科技有限公司", "10万以下"],
            ["丙科技有限公司", "8-10"],
            headings=["客户名称", "预算（万元）"],
        ),
    )

    assert {name: (row.budget_low, row.budget_high) for name, row in customers().items()} == {
        "甲科技有限公司": (500_000, None),
        "乙科技有限公司": (None, 100_000),
        "丙科技有限公司": (80_000, 100_000),
    }


def test_a_region_is_kept_under_its_official_name(people):
    bring_in(
        people.steward.actor,
        sheet_of(
            ["甲科技有限公司", "贵州", "贵阳", "南明", "5-8万"],
            headings=["客户名称", "省", "市", "区/县", "预算"],
        ),
    )

    row = customers()["甲科技有限公司"]
    assert (row.province, row.city, row.district) == ("贵州省", "贵阳市", "南明区")
    assert (row.budget_low, row.budget_high) == (50_000, 80_000)


def test_a_day_that_does_not_exist_and_an_amount_beyond_all_measure_are_bad_values(people):
    run = check(
        people.steward.actor,
        sheet_of(
            ["甲科技有限公司", "2026-02-30", ""],
            ["乙科技有限公司", "2月30日", ""],
            ["丙科技有限公司", "", "123456789012345"],
            ["丁科技有限公司", "", 999_999_999_999.0],
            ["\u202e戊科\u200b技有限公司\u202c", "2026-02-28", "1,234.50"],
            headings=["客户名称", "成立日期", "预算"],
        ),
    )

    problems = [problems_of(row) for row in run.rows.order_by("number")]
    assert problems == [
        {"founded_on": "没有 2026 年 2 月 30 日这一天，请核对。"},
        {"founded_on": "这个日期没有写年份，请补上，例如 2026-05-06。"},
        {"budget_high": "金额太大，最多 12 位整数，请核对。"},
        {"budget_high": "金额 ¥999,999,999,999.00 大得不正常，请核对"},
        {},
    ]


def test_headings_that_repeat_fill_what_the_second_one_can_mean_and_the_rest_is_left_out(people):
    headings = ["客户名称", "电话", "电话", "备注", "备注"]
    run = bring_in(
        people.steward.actor, sheet_of(["甲科技有限公司", "13812345678", "13912345678", "一", "二"], headings=headings)
    )

    row = customers()["甲科技有限公司"]
    assert (row.phone, row.note, people_of(row)[0][2]) == ("+8613812345678", "一", "+8613912345678")
    assert sorted(run.mapping) == ["0", "1", "2", "3"]


def test_of_two_fields_of_one_name_the_list_that_knows_the_words_is_meant():
    targets = [
        ImportTarget("source", ("来源",)),
        ImportTarget("channel", ("来源渠道", "来源"), TargetKind.CHOICE, ("行业展会", "搜索引擎")),
    ]

    def key(*values):
        return guess_mapping(["来源"], [[value] for value in values], targets)[0].target_key

    assert (key("行业展会", "搜索引擎"), key("2026 广交会", "百度推广四月")) == ("channel", "source")
