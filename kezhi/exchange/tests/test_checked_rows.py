"""Rows are checked once and stored as checked, as long as nothing they hang on has changed."""

from django.utils import translation

from kezhi.core import epochs
from kezhi.core.events import read_changes
from kezhi.core.jobs import run_pending
from kezhi.core.models.events import Event
from kezhi.customers.models import Contact, Customer
from kezhi.exchange.importing import checked
from kezhi.exchange.models import ImportRow, ImportRun
from kezhi.exchange.operations.imports import begin_import, correct_row, undo_whole_import
from kezhi.exchange.steps import applying
from kezhi.exchange.tests.helpers import check, contacts, customers, sheet_of
from kezhi.records.lists import EPOCH
from kezhi.records.models import PickItem

HEADINGS = [
    *("客户名称", "联系人", "联系电话", "邮箱", "客户等级", "备注", "预算", "成立日期", "创建日期", "标签", "地址"),
    "统一社会信用代码",
]
FULL = [
    *("深圳甲科技有限公司", "张三", "13812345678", "a@example.com", "A类", "展会\n登记", "50万", "2015-03-02"),
    *("2024/5/6 10:20", "", "广东省深圳市南山区科技园一路 1 号", "91440300MA5F00000X"),
]
BARE = ["北京乙贸易有限公司", "", "", "", "", "", "", "", "", "", "", ""]
PASSING = {"id", "number", "changed_at", "name", "name_key", "name_core", "customer_id"}


def finish(run, actor):
    begin_import(run, actor=actor)
    run_pending()
    return ImportRun.objects.get(pk=run.pk)


def stored(model, record):
    return {
        field.attname: getattr(record, field.attname)
        for field in model._meta.concrete_fields
        if field.attname not in PASSING
    }


def nothing_is_read_twice(monkeypatch):
    def refuse(*_rows):
        raise AssertionError("a checked row was read again")

    monkeypatch.setattr(applying, "describe", refuse)


def test_a_kept_row_becomes_the_same_records_as_one_that_is_read_again(people, monkeypatch, time_machine):
    time_machine.move_to("2026-11-20 04:00:00+00:00", tick=False)
    actor = people.steward.actor
    again = check(actor, sheet_of(FULL, BARE, headings=HEADINGS))
    again.rows.update(checked="")
    again = finish(again, actor)
    read = {name: (stored(Customer, row)) for name, row in customers().items()}
    people_read = [stored(Contact, row) for row in contacts().values()]
    log = events_of(again)
    undo_whole_import(again, actor=actor)
    run_pending()

    kept = check(actor, sheet_of(FULL, BARE, headings=HEADINGS))
    nothing_is_read_twice(monkeypatch)
    kept = finish(kept, actor)

    assert kept.counts == {"created": 2}
    assert {name: stored(Customer, row) for name, row in customers().items()} == read
    assert [stored(Contact, row) for row in contacts().values()] == people_read
    assert events_of(kept) == log


def events_of(run):
    rows = Event.objects.filter(door_ref=str(run.pk), kind="record.created").order_by("id")
    return [
        (row.kind, row.record_type, {key: pair for key, pair in read_changes(row).items() if key != "customer"})
        for row in rows
    ]


def test_what_the_check_made_of_a_row_lies_encrypted_and_goes_when_the_row_is_stored(people):
    run = check(people.steward.actor, sheet_of(FULL, headings=HEADINGS))
    [raw] = ImportRow.objects.filter(run=run).extra(select={"raw": "checked"}).values_list("raw", flat=True)
    assert len(raw) > 100
    assert "深圳甲" not in raw

    finish(run, people.steward.actor)

    assert ImportRow.objects.filter(run=run).exclude(checked="").count() == 0


def test_rows_are_read_again_when_a_list_they_use_has_changed_since_the_check(people):
    actor = people.steward.actor
    run = check(actor, sheet_of(FULL, headings=HEADINGS))
    PickItem.objects.filter(list__key="level", key="A").delete()
    epochs.bump(EPOCH)

    run = finish(run, actor)

    assert run.counts == {"bad": 1}


def test_a_row_corrected_by_hand_is_stored_as_corrected(people):
    actor = people.steward.actor
    run = check(actor, sheet_of(FULL, headings=HEADINGS))
    correct_row(run, run.rows.get().number, {"level": "B类"}, actor=actor)

    finish(run, actor)

    assert customers()["深圳甲科技有限公司"].level == "B"


def test_columns_that_point_to_records_are_asked_for_again(people, monkeypatch):
    actor = people.steward.actor
    monkeypatch.setattr("kezhi.exchange.steps.checking.can_be_kept", lambda _reader: False)

    run = check(actor, sheet_of(FULL, headings=HEADINGS))

    assert (run.checked_under, [row.checked for row in run.rows.all()]) == ("", [""])
    assert finish(run, actor).counts == {"created": 1}


def test_a_stamp_differs_from_day_to_day_and_from_language_to_language(db, time_machine):
    time_machine.move_to("2026-11-20 04:00:00+00:00", tick=False)
    first = checked.present_stamp()
    with translation.override("en"):
        english = checked.present_stamp()
    time_machine.move_to("2026-11-21 04:00:00+00:00", tick=False)

    assert len({first, english, checked.present_stamp()}) == 3
