import pytest
from django.db import connection
from django.test import TestCase

from kezhi.access.models import Grant
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.events import read_changes
from kezhi.core.figures import set_figure
from kezhi.core.jobs import run_pending
from kezhi.core.models.events import Event
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange import steps
from kezhi.exchange.importing.options import ImportOptions
from kezhi.exchange.importing.rows import problems_of
from kezhi.exchange.models import ImportRun, RunState
from kezhi.exchange.operations.imports import (
    begin_import,
    correct_row,
    decide_duplicates,
    discard_import,
    map_columns,
    start_import,
    undo_whole_import,
)
from kezhi.exchange.reading import ReadingProblem
from kezhi.exchange.steps import applying
from kezhi.exchange.tests.helpers import bring_in, check, contacts, customers, sheet_of, states
from kezhi.records.operations import change_record, create_record
from kezhi.records.registry import record_type

FIRST = ["深圳甲科技有限公司", "张三", "13812345678", "a@example.com", "A类", "一"]
SECOND = ["北京乙贸易有限公司", "李四", "13912345678", "b@example.com", "B类", "二"]


def make(actor, **values):
    return create_record(record_type("customer"), {"name": "深圳甲科技有限公司", **values}, actor=actor)


def undo(run, actor):
    undo_whole_import(run, actor=actor)
    run_pending()
    return ImportRun.objects.get(pk=run.pk)


class TestWhatARowBecomes:
    def test_a_customer_with_its_contact_and_one_event_each_under_one_operation(self, people):
        run = bring_in(people.steward.actor, sheet_of(FIRST, SECOND))

        assert run.counts == {"created": 2}
        assert customers()["深圳甲科技有限公司"].phone == "+8613812345678"
        assert contacts()["张三"].customer_id == customers()["深圳甲科技有限公司"].pk
        assert contacts()["张三"].phone == "+8613812345678"
        events = Event.objects.filter(operation=run.operation).order_by("id")
        assert [(event.kind, event.record_type, event.door) for event in events] == [
            ("record.created", "customer", "import"),
            ("record.created", "customer", "import"),
            ("record.created", "contact", "import"),
            ("record.created", "contact", "import"),
            ("exchange.imported", "import", "import"),
        ]
        assert read_changes(events[0])["phone"] == (None, "+8613812345678")

    def test_what_a_rep_brings_is_the_reps(self, people):
        bring_in(people.rep.actor, sheet_of(FIRST))

        assert customers()["深圳甲科技有限公司"].owner_id == people.rep.id

    def test_an_owner_can_be_named_for_all_rows(self, people):
        bring_in(people.steward.actor, sheet_of(FIRST), owner_id=people.colleague.id)

        assert customers()["深圳甲科技有限公司"].owner_id == people.colleague.id

    def test_nobody_gives_away_beyond_their_reach(self, people):
        run = check(people.rep.actor, sheet_of(FIRST), owner_id=people.outsider.id)

        assert run.counts == {"bad": 1}

    @pytest.mark.parametrize(
        ("column", "value", "field", "words"),
        [
            (0, "", "name", "必填"),
            (2, "138123456", "phone", ""),
            (2, "12912345678", "phone", ""),
            (3, "a#example.com", "email", ""),
            (4, "D类", "level", "不在列表里"),
            (5, "身份证 11010519491231002X", "note", "身份证"),
            (5, "卡号6222021234567890128", "note", "银行卡"),
        ],
    )
    def test_a_row_that_cannot_be_stored_says_where_and_why(self, people, column, value, field, words):
        row = [*FIRST]
        row[column] = value
        run = check(people.steward.actor, sheet_of(row))

        problems = problems_of(run.rows.get())
        assert set(problems) == {field}
        assert words in problems[field]

    def test_dates_amounts_and_regions_are_read_as_the_column_writes_them(self, people):
        headings = ["公司", "预算", "省市", "登记时间"]
        content = sheet_of(
            ["深圳甲科技有限公司", "50.0万元", "广东省深圳市", "03/04/2026"],
            ["北京乙贸易有限公司", "¥500,000", "北京市", "25/12/2026"],
            ["上海丙物流有限公司", "123456789012345", "上海市", "01/02/2026"],
            ["成都丁食品有限公司", "1", "四川省", "30/02/2026"],
            headings=headings,
        )
        run = check(people.steward.actor, content)

        assert states(run) == ["ready", "ready", "bad", "bad"]
        assert [row.problem_fields for row in run.rows.order_by("number")][2:] == ["budget_high", "created_at"]
        begin_import(run, actor=people.steward.actor)
        run_pending()
        stored = customers()["深圳甲科技有限公司"]
        assert (stored.budget_high, stored.province, stored.city) == (500_000, "广东省", "深圳市")
        assert f"{stored.created_at:%Y-%m-%d %H:%M}" == "2026-04-02 16:00"

    def test_text_that_looks_like_a_formula_is_kept_as_it_is(self, people):
        bring_in(people.steward.actor, sheet_of([*FIRST[:5], "=HYPERLINK(1)"]))

        assert customers()["深圳甲科技有限公司"].note == "=HYPERLINK(1)"


class TestDuplicates:
    def test_one_in_the_register_is_shown_and_skipped_unless_decided_otherwise(self, people):
        known = make(people.steward.actor, phone="13812345678")
        run = check(people.steward.actor, sheet_of(FIRST, SECOND))

        row = run.rows.get(number=2)
        assert (row.state, row.partner_id, row.certainty, row.reasons) == ("duplicate", known.pk, "sure", "phone name")
        begin_import(run, actor=people.steward.actor)
        run_pending()
        assert states(run) == ["skipped", "created"]

    def test_update_takes_the_files_values_and_merge_only_fills_gaps(self, people):
        first = make(people.steward.actor, phone="13812345678", level="C", note="旧")
        content = sheet_of([*FIRST[:4], "A类", "新"])

        bring_in(people.steward.actor, content, duplicates="merge")
        first.refresh_from_db()
        assert (first.level, first.note, first.email) == ("C", "旧", "a@example.com")

        bring_in(people.steward.actor, content, duplicates="update")
        first.refresh_from_db()
        assert (first.level, first.note) == ("A", "新")
        assert list(contacts()) == ["张三"]

    def test_an_update_is_taken_back_with_the_import(self, people):
        known = make(people.steward.actor, phone="13812345678", level="C")
        run = bring_in(people.steward.actor, sheet_of(FIRST, SECOND), duplicates="update")
        assert run.counts == {"created": 1, "updated": 1}

        run = undo(run, people.steward.actor)

        known.refresh_from_db()
        assert (known.level, known.email, known.deleted_at) == ("C", "", None)
        assert set(customers()) == {"深圳甲科技有限公司"}
        assert run.counts == {"undone": 2}

    def test_a_row_of_the_file_repeats_an_earlier_one(self, people):
        run = check(people.steward.actor, sheet_of(FIRST, ["深圳甲科技（中国）有限公司", *FIRST[1:]]))

        row = run.rows.get(number=3)
        assert (row.state, row.partner_row, row.reasons) == ("duplicate", 2, "phone email alike")

    def test_a_merge_into_an_earlier_row_changes_the_record_it_became(self, people):
        gap = [FIRST[0], "", FIRST[2], "", "", ""]
        run = bring_in(people.steward.actor, sheet_of(gap, FIRST), duplicates="merge")

        assert run.counts == {"created": 1, "updated": 1}
        assert customers()["深圳甲科技有限公司"].level == "A"
        assert undo(run, people.steward.actor).counts == {"undone": 2}
        assert customers() == {}

    def test_two_companies_whose_names_differ_in_the_legal_form_stay_two(self, people):
        run = check(
            people.steward.actor,
            sheet_of(
                ["天成医药有限公司", "", "13812345678", "", "", ""],
                ["天成医药股份有限公司", "", "13912345678", "", "", ""],
            ),
        )

        assert states(run) == ["ready", "ready"]
        assert run.rows.get(number=3).certainty == "maybe"

    def test_a_partner_one_may_not_see_is_not_changed(self, people):
        known = make(people.steward.actor, phone="13812345678", owner=str(people.outsider.id))
        run = bring_in(people.rep.actor, sheet_of(FIRST), duplicates="update")

        known.refresh_from_db()
        assert (known.level, run.rows.get().state, run.rows.get().remark) == (
            "",
            "skipped",
            "这条记录由别人负责，您不能修改",
        )

    def test_a_partner_one_may_not_see_is_only_said_to_exist(self, people):
        make(people.steward.actor, phone="13812345678", level="B", note="机密", owner=str(people.outsider.id))
        run = check(people.rep.actor, sheet_of(FIRST))

        page = people.rep.client().get(f"/imports/{run.pk}/").content.decode()
        assert "已由 卫南乔 负责" in page
        assert "机密" not in page

    def test_a_list_taken_out_and_brought_back_finds_its_records_by_number(self, people):
        known = make(people.steward.actor, phone="13812345678")
        content = sheet_of([known.number, "改了名字的公司"], headings=["编号", "客户名称"])

        bring_in(people.steward.actor, content, duplicates="update")

        known.refresh_from_db()
        assert known.name == "改了名字的公司"


class TestDecisionsAndCorrections:
    def test_a_corrected_row_is_checked_at_once_against_register_and_file(self, people):
        actor = people.steward.actor
        run = check(actor, sheet_of(FIRST, ["深圳甲科技有限公司", "", "138", "", "", ""]))
        assert run.counts == {"ready": 1, "bad": 1}

        row = correct_row(run, 3, {"phone": "13812345678"}, actor=actor)

        run.refresh_from_db()
        assert (row.state, row.partner_row, run.counts) == ("duplicate", 2, {"ready": 1, "bad": 0, "duplicate": 1})

    def test_corrections_survive_another_check(self, people):
        actor = people.steward.actor
        run = check(actor, sheet_of([*FIRST[:2], "138", *FIRST[3:]]))
        correct_row(run, 2, {"phone": "13812345678"}, actor=actor)

        map_columns(run, {int(c): k for c, k in run.mapping.items()}, ImportOptions.of(run.options), actor=actor)
        run_pending()

        assert states(run) == ["ready"]

    def test_a_decision_for_one_row_and_for_all(self, people):
        actor = people.steward.actor
        make(actor, phone="13812345678")
        run = check(actor, sheet_of(FIRST, FIRST))
        decide_duplicates(run, "update", actor=actor)
        decide_duplicates(run, "create", actor=actor, numbers=[3])

        begin_import(run, actor=actor)
        run_pending()

        assert states(run) == ["updated", "created"]

    def test_all_or_nothing_does_not_begin_while_a_row_is_bad(self, people):
        run = check(people.steward.actor, sheet_of(FIRST, ["", *SECOND[1:]]), all_or_nothing=True)

        with pytest.raises(ValueProblem) as refused:
            begin_import(run, actor=people.steward.actor)

        assert refused.value.code == "import.bad_rows"
        assert customers() == {}

    def test_all_or_nothing_takes_everything_back_when_a_row_fails_on_the_way(self, people):
        actor = people.steward.actor
        set_figure("exchange.import_batch", 10, actor_ref=people.administrator.actor.ref)
        rows = [[f"深圳第{number}号科技有限公司", "", f"138{number:08d}", "", "", ""] for number in range(15)]
        run = check(actor, sheet_of(*rows), all_or_nothing=True)
        begin_import(run, actor=actor)
        run.rows.filter(number=13).update(content='["", "", "13812345678", "", "", ""]', checked="")

        run_pending()

        run.refresh_from_db()
        assert (run.state, customers()) == (RunState.UNDONE, {})
        assert "第 13 行写不进去" in run.problem

    def test_columns_and_words_are_remembered_for_the_next_list_of_the_kind(self, people):
        actor = people.steward.actor
        content = sheet_of(["甲公司", "特级"], headings=["单位大名", "重要性"])
        run = start_import("customer", content, "a.xlsx", actor=actor)
        options = ImportOptions.of(run.options)
        options.value_maps["level"] = {"特级": "VIP"}
        map_columns(run, {0: "name", 1: "level"}, options, actor=actor)

        again = start_import("customer", content, "b.xlsx", actor=actor)

        assert again.mapping == {"0": "name", "1": "level"}
        assert again.options["value_maps"] == {"level": {"特级": "VIP"}}

    def test_a_column_left_out_stays_left_out_the_next_time(self, people):
        actor = people.steward.actor
        content = sheet_of(["甲公司", "13812345678", "别导入"], headings=["客户名称", "电话", "备注"])
        run = start_import("customer", content, "a.xlsx", actor=actor)
        map_columns(run, {0: "name", 1: "phone"}, ImportOptions.of(run.options), actor=actor)

        again = start_import("customer", content, "b.xlsx", actor=actor)

        assert again.mapping == {"0": "name", "1": "phone"}
        assert again.options["guesses"]["2"] == [1.0, "remembered"]


class TestUndo:
    def test_what_somebody_changed_since_stays_and_is_listed(self, people):
        run = bring_in(people.steward.actor, sheet_of(FIRST, SECOND))
        change_record(customers()["北京乙贸易有限公司"], {"note": "谈过了"}, actor=people.administrator.actor)

        run = undo(run, people.steward.actor)

        assert set(customers()) == {"北京乙贸易有限公司"}
        assert run.counts == {"undone": 1, "kept": 1}
        assert [(row.state, row.remark) for row in run.rows.order_by("number")] == [
            ("undone", ""),
            ("kept", "之后又被修改过"),
        ]

    def test_an_import_nothing_came_of_is_dropped_with_its_file(self, people, tmp_path):
        run = check(people.steward.actor, sheet_of(FIRST))
        assert len(list((tmp_path / "exchange").iterdir())) == 1

        with TestCase.captureOnCommitCallbacks(execute=True):
            discard_import(run, actor=people.steward.actor)

        assert (ImportRun.objects.count(), list((tmp_path / "exchange").iterdir())) == (0, [])


class TestFaults:
    def test_work_goes_on_where_it_stopped(self, people, monkeypatch):
        set_figure("exchange.import_batch", 10, actor_ref=people.administrator.actor.ref)
        rows = [[f"深圳第{number}号科技有限公司", "", f"138{number:08d}", "", "", ""] for number in range(25)]
        run = check(people.steward.actor, sheet_of(*rows))
        begin_import(run, actor=people.steward.actor)
        assert applying._apply_batch(run.pk)

        def crash(*_args):
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(applying, "_save", crash)
            with pytest.raises(KeyboardInterrupt):
                applying._apply_batch(run.pk)
        assert len(customers()) == 10

        steps.apply(run.pk)

        run.refresh_from_db()
        assert (run.state, run.counts, len(customers())) == ("done", {"created": 25}, 25)

    def test_two_imports_at_once_do_not_disturb_each_other(self, people):
        set_figure("exchange.import_batch", 10, actor_ref=people.administrator.actor.ref)
        runs = []
        for part, member in enumerate((people.steward, people.rep)):
            rows = [
                [f"深圳{part}{number}号科技有限公司", "", f"13{part + 7}{number:08d}", "", "", ""]
                for number in range(20)
            ]
            run = check(member.actor, sheet_of(*rows))
            begin_import(run, actor=member.actor)
            runs.append(run)
        going = True
        while going:
            going = sum(applying._apply_batch(run.pk) for run in runs) > 0

        assert len(customers()) == 40
        undo(ImportRun.objects.get(pk=runs[0].pk), people.steward.actor)
        assert len(customers()) == 20

    def test_rights_lost_on_the_way_end_the_import(self, people):
        run = check(people.steward.actor, sheet_of(FIRST))
        begin_import(run, actor=people.steward.actor)
        Grant.objects.filter(action="import").delete()
        epochs.bump(EPOCH)
        run_pending()

        run.refresh_from_db()
        assert (run.state, customers()) == (RunState.FAILED, {})

    def test_the_stored_file_and_rows_are_not_readable_on_disk(self, people, tmp_path):
        run = check(people.steward.actor, sheet_of(FIRST))
        [stored] = list((tmp_path / "exchange").iterdir())

        assert b"PK\x03\x04" not in stored.read_bytes()
        with connection.cursor() as cursor:
            cursor.execute("SELECT content FROM exchange_importrow WHERE run_id = %s", [run.pk])
            assert "13812345678" not in cursor.fetchone()[0]

    def test_a_file_beyond_the_figure_is_refused_with_the_number(self, people):
        set_figure("exchange.import_rows", 100, actor_ref=people.administrator.actor.ref)
        rows = [[f"第{number}公司"] for number in range(151)]
        with pytest.raises(ReadingProblem) as refused:
            start_import("customer", sheet_of(*rows, headings=["客户名称"]), "a.xlsx", actor=people.steward.actor)

        assert refused.value.code == "too_many_rows"


def test_an_amount_in_units_of_ten_thousand_is_stored_in_yuan_and_the_sum_below_is_left_out(people):
    headings = ["客户名称", "联系电话", "预算（万元）"]
    rows = [["深圳甲科技有限公司", "13812345678", 12.5], ["北京乙贸易有限公司", "13912345678", "8000元"]]

    run = bring_in(people.steward.actor, sheet_of(*rows, ["合计", None, 20.5], ["填表人：小李"], headings=headings))

    assert {name: str(each.budget_high) for name, each in customers().items()} == {
        "深圳甲科技有限公司": "125000.00",
        "北京乙贸易有限公司": "8000.00",
    }
    assert run.counts == {"created": 2, "blank": 2}
