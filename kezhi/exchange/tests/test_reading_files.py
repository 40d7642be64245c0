import datetime as dt
import io

import pytest
import xlsxwriter

from kezhi.exchange.reading import FileKind, ReadingLimits, ReadingProblem, counts_in_wan, is_footer, open_list
from kezhi.exchange.reading.synonyms import heading_key
from kezhi.exchange.tests.hostile_files import make_archive, make_compound_file, make_xls, make_xlsx, replace_entry

HEADINGS = ["客户名称", "联系电话", "备注"]
ROWS = [["深圳甲科技有限公司", "13812345678", "好"], ["北京乙贸易有限公司", "13912345678", ""]]
SHEET = "xl/worksheets/sheet1.xml"


def cells(content, name="名单.xlsx", limits=None):
    found = open_list(content, name, limits)
    return [row.cells for row in found.rows(found.first)]


def problem(content, name="名单.xlsx", limits=None):
    with pytest.raises(ReadingProblem) as caught:
        cells(content, name, limits)
    assert "%(" not in caught.value.message
    return caught.value


def codes(found):
    return [notice.code for notice in found.notices]


def csv_of(*rows):
    return "\r\n".join(",".join(row) for row in rows)


class TestWorkbooks:
    def test_a_workbook_is_read_below_its_heading(self):
        assert cells(make_xlsx([HEADINGS, *ROWS])) == ROWS

    def test_numbers_and_days_arrive_as_a_person_would_write_them(self):
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream)
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["客户名称", "电话", "金额", "日期", "时刻", "是否", "大数"])
        sheet.write_row(1, 0, ["甲公司", 13812345678.0, 0.5])
        sheet.write_datetime(1, 3, dt.datetime(2026, 4, 14), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_datetime(1, 4, dt.datetime(2026, 4, 14, 9, 30), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        sheet.write_boolean(1, 5, True)
        sheet.write_number(1, 6, 1e17)
        book.close()

        assert cells(stream.getvalue()) == [
            ["甲公司", "13812345678", "0.5", "2026-04-14", "2026-04-14 09:30:00", "TRUE", "100000000000000000"]
        ]

    def test_a_title_and_a_remark_above_the_heading_are_passed_over(self):
        rows = [["2026年客户台账（内部资料）", "", ""], ["制表：销售部", "", ""], ["", "", ""], HEADINGS, *ROWS]

        found = open_list(make_xlsx(rows), "台账.xlsx")

        assert (found.first.heading.row, found.first.heading.is_sure) == (4, True)
        assert [row.number for row in found.rows(found.first)] == [5, 6]

    def test_a_list_that_does_not_begin_in_the_first_cell_keeps_its_columns_and_row_numbers(self):
        content = make_xlsx([["", ""], ["", ""], ["", *HEADINGS], ["", *ROWS[0]]])
        found = open_list(content, "a.xlsx")

        assert found.headings(found.first)[1:] == HEADINGS
        assert [(row.number, row.cells) for row in found.rows(found.first)] == [(4, ["", *ROWS[0]])]

    def test_the_sheet_that_is_a_list_is_chosen_and_the_others_are_offered(self):
        content = make_xlsx([["此表由各销售自行维护"]], [HEADINGS, *ROWS], names=("说明", "名单"))
        found = open_list(content, "a.xlsx")

        assert ([sheet.name for sheet in found.sheets], found.first.name) == (["说明", "名单"], "名单")
        assert [row.cells for row in found.rows(found.first)] == ROWS

    def test_formulas_are_read_as_values_and_text_that_looks_like_one_stays_text(self):
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream, {"strings_to_formulas": False})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, ["甲公司", "13812345678", "=HYPERLINK(1)"])
        sheet.write_formula(2, 0, '="乙"&"公司"', None, "乙公司")
        book.close()

        found = open_list(stream.getvalue(), "a.xlsx")

        assert [row.cells[0] for row in found.rows(found.first)] == ["甲公司", "乙公司"]
        assert next(iter(found.rows(found.first))).cells[2] == "=HYPERLINK(1)"
        assert codes(found) == ["formulas"]

    def test_macros_are_named_and_only_the_values_are_read(self):
        content = replace_entry(make_xlsx([HEADINGS, *ROWS]), "xl/vbaProject.bin", lambda _old: b"macro")
        found = open_list(content, "名单.xlsm")

        assert (found.kind, codes(found)) == (FileKind.XLSM, ["macros"])
        assert [row.cells for row in found.rows(found.first)] == ROWS

    def test_an_old_workbook_is_read(self):
        content = make_xls([["客户名称", "电话"], ["甲公司", 13812345678.0]])

        assert open_list(content, "a.xls").kind is FileKind.XLS
        assert cells(content, "a.xls") == [["甲公司", "13812345678"]]

    def test_characters_nobody_sees_are_removed_and_counted(self):
        found = open_list(
            make_xlsx([HEADINGS, ["甲\u200b公\u202e司\ufeff", "13812345678", "第一行\n第二行"]]), "a.xlsx"
        )

        assert [row.cells for row in found.rows(found.first)] == [["甲公司", "13812345678", "第一行\n第二行"]]
        assert [notice.message for notice in found.notices] == ["去掉了 3 个不可见字符（零宽字符、方向控制符等）。"]


class TestRefusedWorkbooks:
    @pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n  \n", bytes(100)])
    def test_an_empty_file(self, content):
        assert problem(content, "a.csv").code == "empty"

    def test_a_workbook_without_a_cell(self):
        assert problem(make_xlsx([])).code == "empty"

    def test_headings_without_rows(self):
        assert problem(make_xlsx([["台账", "", ""], HEADINGS])).code == "headings_only"
        assert problem(csv_of(HEADINGS).encode(), "a.csv").code == "headings_only"

    def test_a_workbook_with_a_password(self):
        content = make_compound_file({"EncryptedPackage": bytes(5000), "EncryptionInfo": bytes(200)})

        assert problem(content).code == "password"
        assert problem(make_xls([HEADINGS, *ROWS], is_encrypted=True), "a.xls").code == "password"

    @pytest.mark.parametrize("kept", [30, 1000, -30])
    def test_a_workbook_whose_end_is_missing(self, kept):
        assert problem(make_xlsx([HEADINGS, *ROWS])[:kept]).code == "truncated"

    def test_an_old_workbook_whose_end_is_missing(self):
        assert problem(make_xls([HEADINGS, *ROWS])[:2000], "a.xls").code == "truncated"

    def test_a_workbook_whose_sheet_is_damaged(self):
        content = bytearray(make_xlsx([HEADINGS, *ROWS * 2000]))
        at = content.find(b"xl/worksheets/sheet1.xml") + 200
        content[at : at + 40] = bytes(40)

        assert problem(bytes(content)).code == "truncated"

    def test_a_bomb_is_not_opened(self):
        bomb = replace_entry(make_xlsx([HEADINGS, *ROWS]), SHEET, lambda old: old + b" " * 40_000_000)

        assert len(bomb) < 100_000
        assert problem(bomb).code == "zip_bomb"

    def test_a_bomb_that_declares_a_small_size_is_not_opened(self):
        content = bytearray(replace_entry(make_xlsx([HEADINGS]), "xl/media/a.bin", lambda _old: b" " * 40_000_000))
        size = (40_000_000).to_bytes(4, "little")
        assert content.count(size) == 2
        lying = bytes(content).replace(size, (1000).to_bytes(4, "little"))

        assert problem(lying).code in ("zip_bomb", "truncated")

    def test_too_many_entries(self):
        content = make_archive({"xl/workbook.xml": b"", **{f"xl/{number}": b"" for number in range(30)}})

        assert problem(content, limits=ReadingLimits(archive_entries=20)).code == "zip_bomb"

    def test_one_cell_in_the_far_corner_does_not_make_the_reader_allocate_a_whole_sheet(self):
        def add(old):
            return old.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')

        assert problem(replace_entry(make_xlsx([HEADINGS, *ROWS]), SHEET, add)).code == "too_many_columns"
        assert problem(make_xls([HEADINGS, *ROWS], far_corner=(65535, 255)), "a.xls").code == "too_many_rows"

    def test_a_million_rows_are_refused_quickly_with_the_number(self):
        def sheet(_old):
            row = b'<row r="%d"><c r="A%d" t="str"><v>x</v></c></row>'
            body = b"".join(row % (number, number) for number in range(1, 300_000))
            return b'<worksheet><dimension ref="A1:A1000001"/><sheetData>' + body + b"</sheetData></worksheet>"

        refused = problem(replace_entry(make_xlsx([HEADINGS]), SHEET, sheet), limits=ReadingLimits(inflation=1000))

        assert (refused.code, refused.params) == ("too_many_rows", {"rows": "1,000,001", "limit": "200,000"})

    def test_a_sheet_with_all_columns_is_refused_with_the_number(self):
        refused = problem(make_xlsx([[str(number) for number in range(16_384)], ["甲公司"]]))

        assert (refused.code, refused.params["columns"]) == ("too_many_columns", 16_384)

    def test_a_huge_sheet_beside_the_list_does_not_stand_in_its_way(self):
        content = make_xlsx([HEADINGS, *ROWS], [["x"]] * 3000, names=("名单", "明细"))
        found = open_list(content, "a.xlsx", ReadingLimits(rows=2000))

        assert ([sheet.name for sheet in found.sheets], codes(found)) == (["名单"], ["sheet_too_large"])

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"%PDF-1.7 ...", "not_a_list"),
            (b"\x89PNG\r\n\x1a\n....", "not_a_list"),
            (b"{\\rtf1 abc}", "not_a_list"),
            (b'[{"name": "x"}]', "not_a_list"),
            (make_archive({"word/document.xml": b"x"}), "not_a_list"),
            (make_archive({"readme.txt": b"x"}), "not_a_list"),
            (make_archive({"xl/workbook.bin": b"x"}), "unsupported_workbook"),
            (make_archive({"content.xml": b"x", "mimetype": b"x"}), "unsupported_workbook"),
            (make_compound_file({"WordDocument": b"x"}), "not_a_list"),
        ],
    )
    def test_another_kind_of_file_is_named(self, content, code):
        assert problem(content).code == code

    def test_a_file_above_the_size_allowed(self):
        assert problem(b"a,b\n" * 1000, "a.csv", ReadingLimits(file_bytes=1000)).code == "too_large"


class TestTexts:
    TEXT = csv_of(HEADINGS, *ROWS, ["上海丙文化传媒有限公司", "021-12345678", "长期合作，价格敏感"])

    @pytest.mark.parametrize(
        ("encoding", "named"),
        [
            ("utf-8", "utf_8"),
            ("utf-8-sig", "utf_8"),
            ("gb18030", "gb18030"),
            ("gbk", "gb18030"),
            ("utf-16", "utf_16_le"),
            ("utf-16-le", "utf_16_le"),
            ("utf-16-be", "utf_16_be"),
        ],
    )
    def test_the_usual_encodings(self, encoding, named):
        found = open_list(self.TEXT.encode(encoding), "a.csv")

        assert found.encoding == named
        assert [row.cells for row in found.rows(found.first)][:2] == ROWS

    def test_traditional_characters_in_big5(self):
        text = csv_of(
            ["公司名稱", "聯絡人", "電話", "備註"],
            ["臺灣測試股份有限公司", "陳先生", "0912345678", "國際貿易與軟體開發"],
        )
        found = open_list(text.encode("big5"), "a.csv")

        assert found.encoding == "big5"
        assert next(iter(found.rows(found.first))).cells[0] == "臺灣測試股份有限公司"

    @pytest.mark.parametrize("separator", [",", "\t", ";", "|", "，"])
    def test_the_separator_is_found(self, separator):
        rows = [HEADINGS, *ROWS]
        content = "\n".join(separator.join(row) for row in rows).encode()

        assert cells(content, "a.txt") == ROWS

    def test_a_line_that_names_the_separator_is_obeyed(self):
        assert cells("sep=;\n客户名称;电话\n甲,乙公司;1".encode(), "a.csv") == [["甲,乙公司", "1"]]

    def test_line_breaks_and_quotes_inside_quotes_are_kept(self):
        content = '客户名称,备注\n甲公司,"他说：""明天再联系""，\n先发资料"\n乙公司,5"屏\n'.encode()

        found = open_list(content, "a.csv")

        assert [(row.number, row.cells) for row in found.rows(found.first)] == [
            (2, ["甲公司", '他说："明天再联系"，\n先发资料']),
            (4, ["乙公司", '5"屏']),
        ]

    def test_a_quote_that_is_never_closed_is_named_with_its_line(self):
        refused = problem(('客户名称,电话\n甲公司,1\n"乙公司,2\n' + "丙公司,3\n" * 50).encode(), "a.csv")

        assert (refused.code, refused.params) == ("unclosed_quote", {"line": 3})

    def test_a_quote_closed_by_the_next_record_is_noticed(self):
        text = 'a,b,c,d\n1,2,3,4\n"x,2,3,4\n5,6,7,8\n"y",2,3,4\n'

        assert problem(text.encode(), "a.csv").params == {"line": 3}

    def test_a_stray_nul_is_removed_and_named(self):
        found = open_list("客户名称,电话\n甲\x00公司,13812345678\n".encode(), "a.csv")

        assert (codes(found), [row.cells[0] for row in found.rows(found.first)]) == (["nul_bytes"], ["甲公司"])

    def test_content_that_is_no_text_is_refused(self):
        assert problem(bytes(range(256)) * 40, "a.csv").code in ("binary", "encoding")
        assert problem(b"ab\0\0\0\0\0\0c" * 100, "a.csv").code == "binary"

    def test_a_text_cut_off_in_the_middle_of_a_character(self):
        assert problem(self.TEXT.encode()[:-1], "a.csv").code == "truncated"

    def test_two_encodings_in_one_file_are_named_with_the_line(self):
        content = "客户名称,电话\n甲公司,1\n".encode() + b"\xff\xff\xff\x81" + "乙公司,2\n".encode() * 10

        assert problem(content, "a.csv").code == "encoding"

    def test_a_wrong_ending_is_named_and_the_content_counts(self):
        found = open_list(make_xlsx([HEADINGS, *ROWS]), "名单.csv")

        assert (found.kind, codes(found)) == (FileKind.XLSX, ["extension"])
        assert codes(open_list(self.TEXT.encode(), "名单.xls")) == ["extension"]

    def test_a_web_page_that_calls_itself_a_workbook_is_read(self):
        page = (
            "<html><meta charset=utf-8><style>td{}</style><table><tr><th>客户名称</th><th>电话</th></tr>"
            "<tr><td>甲&amp;乙公司</td><td>13812345678</td></tr></table></html>"
        )

        assert cells(page.encode(), "导出.xls") == [["甲&乙公司", "13812345678"]]

    def test_a_million_lines_are_refused_with_the_number(self):
        content = ("客户名称,电话\n" + "甲公司,1\n" * 1_000_000).encode()

        assert problem(content, "a.csv").params == {"rows": "1,000,000", "limit": "200,000"}

    def test_too_many_columns(self):
        assert problem(",".join(["x"] * 16_384).encode(), "a.csv").code == "too_many_columns"

    def test_a_line_of_a_million_cells_is_refused_before_it_is_cut(self):
        assert problem(b"a," * 1_000_000, "a.csv").params == {"columns": 1_000_001, "limit": 500}

    def test_a_line_without_an_end_is_a_cell_too_long_and_no_lost_quote(self):
        assert problem(b"a" * 3_000_000, "a.csv").code == "cell_too_long"

    def test_a_cell_longer_than_a_spreadsheet_allows(self):
        refused = problem(("客户名称,备注\n甲公司," + "长" * 40_000).encode(), "a.csv")

        assert (refused.code, refused.params) == ("cell_too_long", {"line": 2, "limit": 32_767})

    def test_a_list_without_headings_gets_the_letters_of_its_columns(self):
        found = open_list("甲公司,13812345678,a@example.com\n乙公司,13912345678,b@example.com\n".encode(), "a.csv")

        assert found.first.heading.row == 0
        assert found.headings(found.first) == ["第 A 列", "第 B 列", "第 C 列"]
        assert len(list(found.rows(found.first))) == 2

    def test_repeated_and_missing_headings_are_told_apart(self):
        found = open_list("客户名称,电话,电话,,备注\n甲公司,1,2,3,4,5\n".encode(), "a.csv")

        assert found.headings(found.first) == ["客户名称", "电话", "电话 (2)", "第 D 列", "备注", "第 F 列"]

    def test_the_heading_row_can_be_corrected(self):
        found = open_list("客户名称,电话\n名称二,电话二\n甲公司,1\n".encode(), "a.csv")

        assert found.headings(found.first, 2) == ["名称二", "电话二"]
        assert [row.cells for row in found.rows(found.first, 2)] == [["甲公司", "1"]]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\名单.xlsx", "名单.xlsx"),
        ("名\u202exslx.exe", "名xslx.exe"),
        ("<script>alert(1)</script>.csv", "script.csv"),
        ("a\x00b\n.csv", "ab.csv"),
        ("CON.csv", "未命名"),
        ("...", "未命名"),
        ("", "未命名"),
        ("长" * 300 + ".xlsx", "长" * 115 + ".xlsx"),
    ],
)
def test_a_hostile_file_name_becomes_harmless(given, shown):
    assert open_list(b"\xef\xbb\xbf" + csv_of(HEADINGS, *ROWS).encode(), given).file_name == shown


def test_reading_gives_back_the_same_rows_every_time():
    found = open_list(make_xlsx([HEADINGS, *ROWS]), "a.xlsx")

    assert list(found.rows(found.first)) == list(found.rows(found.first))


class TestListsAsPeopleKeepThem:
    """Headings in two rows, sums and remarks below, units in headings, characters of Hong Kong and Taiwan."""

    def test_a_heading_of_two_joined_rows_names_every_column(self):
        found = open_list(
            make_xlsx(
                [
                    ["2026 年度客户登记表"],
                    ["序号", "客户名称", "联系信息", None, None, "客户等级"],
                    [None, None, "联系人", "手机号码", "邮箱", None],
                    [1, "常州甲有限公司", "许健", "13861012345", "a@example.com", "A"],
                    [2, "常州乙有限公司", "许丽", "13861012346", "b@example.com", "B"],
                ]
            ),
            "登记表.xlsx",
        )

        assert found.first.heading.row == 3
        assert found.headings(found.first) == ["序号", "客户名称", "联系人", "手机号码", "邮箱", "客户等级"]
        assert [row.cells[1] for row in found.rows(found.first)] == ["常州甲有限公司", "常州乙有限公司"]

    def test_traditional_headings_tell_big5_and_mean_the_same(self):
        text = "公司名稱,聯絡人,電話,電子郵件\n香港滙通貿易有限公司,陳志明,13812340001,a@example.com\n"

        found = open_list(text.encode("big5hkscs"), "客戶.csv")

        assert (found.encoding, heading_key("聯絡人")) == ("big5", heading_key("联络人"))
        assert found.headings(found.first) == ["公司名稱", "聯絡人", "電話", "電子郵件"]

    def test_a_text_is_read_in_the_encoding_a_person_names(self):
        found = open_list("客户名称,电话\n甲公司,13812345678\n".encode("gb18030"), "a.csv", encoding="gb18030")
        assert found.headings(found.first) == ["客户名称", "电话"]
        with pytest.raises(ReadingProblem) as refused:
            open_list("客户名称,电话\n甲公司,13812345678\n".encode("gb18030"), "a.csv", encoding="utf_8")
        assert refused.value.code == "encoding"
        with pytest.raises(ReadingProblem):
            open_list(b"a,b\n1,2\n", "a.csv", encoding="rot13")

    @pytest.mark.parametrize(
        "cells",
        [
            ["合计", "", "20.5"],
            ["", "总 计", "¥1,200"],
            ["Total", "3"],
            ["填表人：小李", ""],
            ["注：1. 截至十月", "", ""],
        ],
    )
    def test_what_stands_below_a_list_is_no_row(self, cells):
        assert is_footer(cells)

    @pytest.mark.parametrize(
        "cells",
        [
            ["合计科技有限公司", "13812345678"],
            ["合计", "张三"],
            ["备注软件公司", ""],
            ["", ""],
            ["甲公司", "注：老客户"],
        ],
    )
    def test_a_customer_is_not_taken_for_a_sum(self, cells):
        assert not is_footer(cells)

    @pytest.mark.parametrize(
        "heading", ["预算（万元）", "预算(万)", "年采购额【单位：万元】", "金額（萬元）", "金额/万元"]
    )
    def test_a_unit_in_the_heading_counts(self, heading):
        assert counts_in_wan(heading)

    @pytest.mark.parametrize("heading", ["预算", "预算（元）", "万达广场", "年采购额"])
    def test_a_heading_without_a_unit_counts_in_yuan(self, heading):
        assert not counts_in_wan(heading)
