import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kezhi.access.models import FieldRule, Role
from kezhi.core import epochs
from kezhi.core.conditions import parse
from kezhi.core.events import Event
from kezhi.core.jobs import run_pending
from kezhi.records.listing.query import ListRequest
from kezhi.records.models import CustomField, CustomValue, FieldSetting, PickItem, PickList, RecordFile
from kezhi.records.operations import create_record
from kezhi.records.operations.custom_fields import (
    Choice,
    FieldDraft,
    add_field,
    change_field,
    is_slow_pattern,
    set_field,
)
from kezhi.records.operations.lists import ItemDraft, add_item, change_item, remove_item
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.registry import TypeCatalogue
from kezhi.records.tests.fake_types import FIRM, Firm

pytestmark = pytest.mark.django_db


@pytest.fixture
def firms(firms):
    firms.grant("settings", actions=("fields", "lists"))
    return firms


@pytest.fixture
def make_field(firms):
    def make(kind="text", name="合同号", **draft):
        return add_field(FIRM, kind, FieldDraft(name_zh=name, **draft), actor=firms.administrator.actor)

    return make


def stored():
    return Firm.objects.ungated("test").get()


TWO = (Choice("", "红", "Red"), Choice("", "蓝", "Blue"))
KINDS = {
    "text": ("甲乙", "甲乙", "丙"),
    "long_text": ("第一行\n第二行", "第一行", "第三行"),
    "number": ("12.5", "12.5", "7"),
    "money": ("50万", "¥500,000.00", "1000"),
    "date": ("2026-11-22", "2026-11-22", "2026-11-23"),
    "datetime": ("2026-11-22T14:30", "14:30", "2026-11-23T09:00"),
    "choice": ("c1", "红", "c2"),
    "multi_choice": (["c1", "c2"], "红", ["c2"]),
    "yes_no": ("true", "是", "false"),
    "url": ("example.com", "https://example.com", "example.org"),
}
TESTS = {
    "text": ("contains", "甲"),
    "number": ("ge", "12"),
    "money": ("ge", "400000"),
    "choice": ("is", "c1"),
    "multi_choice": ("has_any", ["c1"]),
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_field_of_each_kind_is_made_filled_changed_and_filtered(firms, kind):
    page = firms.administrator.client()
    made = page.post(
        "/settings/fields/firm/new/",
        {
            "name_zh": "新字段",
            "name_en": "New field",
            "kind": kind,
            "is_active": "on",
            "choice_key": ["", ""],
            "choice_zh": ["红", "蓝"],
            "choice_en": ["Red", "Blue"],
        },
    )
    assert made.status_code == 302
    row = CustomField.objects.get()
    raw, shown, other = KINDS[kind]
    rep = firms.rep.client()
    assert "新字段" in rep.get("/firms/new/").content.decode()

    rep.post("/firms/new/", {"name": "澜图", "kind": "company", row.key: raw})
    firm = stored()
    assert shown in rep.get(f"/firms/{firm.pk}/").content.decode()

    if kind in TESTS:
        operator, operand = TESTS[kind]
        catalogue = TypeCatalogue(FIRM, firms.rep.actor)
        condition = parse({"field": row.key, "op": operator, "value": operand}, catalogue)
        found = ListRequest(FIRM, firms.rep.actor, condition, sort="-created_at").page().records
        assert [each.pk for each in found] == [firm.pk]

    answer = rep.post(
        f"/firms/{firm.pk}/fields/{row.key}/", {row.key: other, "version": "1"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert stored().custom.get(row.key) != FIRM.field(row.key).to_json(FIRM.field(row.key).parse(raw, None)) or (
        kind == "yes_no"
    )
    assert Event.objects.filter(kind="field.added").count() == 1


def test_people_and_files_can_be_fields(firms, make_field, file_folder):
    person, file = make_field("user", "顾问"), make_field("file", "合同扫描")
    rep = firms.rep.client()

    rep.post(
        "/firms/new/",
        {
            "name": "澜图",
            "kind": "company",
            person.key: str(firms.manager.id),
            file.key: SimpleUploadedFile("合同.pdf", b"%PDF-1.7"),
        },
    )

    firm = stored()
    page = rep.get(f"/firms/{firm.pk}/").content.decode()
    assert "马经理" in page
    assert "合同.pdf" in page
    file_id = firm.custom[file.key]["id"]
    assert b"".join(rep.get(f"/files/{file_id}/").streaming_content) == b"%PDF-1.7"
    assert firms.outsider.client().get(f"/files/{file_id}/").status_code == 404


def test_an_upload_survives_a_refused_form(firms, make_field, file_folder):
    file = make_field("file", "合同扫描")
    rep = firms.rep.client()
    refused = rep.post(
        "/firms/new/", {"name": "", "kind": "company", file.key: SimpleUploadedFile("合同.pdf", b"%PDF-1.7")}
    )
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "合同.pdf" in text
    kept = text.split(f'name="{file.key}" value="')[1].split('"')[0]

    rep.post("/firms/new/", {"name": "澜图", "kind": "company", file.key: kept})

    assert stored().custom[file.key]["name"] == "合同.pdf"


def test_somebody_elses_upload_cannot_be_taken(firms, make_field, file_folder):
    file = make_field("file", "合同扫描")
    firms.outsider.client().post(
        "/firms/new/", {"name": "", "kind": "company", file.key: SimpleUploadedFile("合同.pdf", b"%PDF-1.7")}
    )
    from kezhi.records.models import RecordFile

    answer = firms.rep.client().post(
        "/firms/new/", {"name": "澜图", "kind": "company", file.key: str(RecordFile.objects.get().pk)}
    )

    assert answer.status_code == 422
    assert not Firm.objects.ungated("test").exists()


def test_keys_are_never_used_again(make_field, firms):
    first = make_field(name="一").key
    CustomField.objects.all().delete()

    assert make_field(name="二").key != first


def test_nobody_makes_fields_without_the_right(firms):
    answer = firms.rep.client().post("/settings/fields/firm/new/", {"name_zh": "偷加", "kind": "text"})
    from kezhi.access.models import Grant
    from kezhi.access.rights import EPOCH
    from kezhi.core import epochs

    Grant.objects.filter(subject="settings").delete()
    epochs.bump(EPOCH)
    CustomField.objects.all().delete()
    events = Event.objects.count()
    answer = firms.rep.client().post("/settings/fields/firm/new/", {"name_zh": "偷加", "kind": "text"})

    assert answer.status_code == 403
    assert CustomField.objects.count() == 0
    assert Event.objects.count() == events
    assert firms.rep.client().get("/settings/lists/trade/").status_code == 403


@pytest.mark.parametrize(
    ("kind", "draft", "key"),
    [
        ("text", {"name": ""}, "name_zh"),
        ("text", {"name": "名称"}, "name_zh"),
        ("choice", {}, "choices"),
        ("choice", {"choices": (Choice("", "红"), Choice("", "红"))}, "choices"),
        ("number", {"options": {"minimum": "9", "maximum": "1"}}, "maximum"),
        ("number", {"options": {"default": "三"}}, "default"),
        ("text", {"options": {"pattern": "("}}, "pattern"),
        ("text", {"options": {"pattern": "(a+)+$"}}, "pattern"),
        ("text", {"options": {"pattern": "(a|a)*b"}}, "pattern"),
        ("text", {"options": {"pattern": "((a|b|ab))+c"}}, "pattern"),
        ("text", {"options": {"pattern": "(a{1,25}){1,25}b"}}, "pattern"),
        ("text", {"options": {"pattern": "a*a*a*b"}}, "pattern"),
        ("text", {"options": {"pattern": "(a*)\\1*b"}}, "pattern"),
        ("text", {"options": {"pattern": "(?=(a+)+b)a"}}, "pattern"),
        ("choice", {"choices": TWO, "is_unique": True}, "is_unique"),
        ("text", {"is_unique": True, "is_personal": True}, "is_unique"),
        ("nonsense", {}, "kind"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused(make_field, kind, draft, key):
    with pytest.raises(InvalidRecord) as refused:
        make_field(kind, **draft)

    assert list(refused.value.problems) == [key]
    assert CustomField.objects.count() == 0
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    "pattern",
    [r"[A-Z]{2}\d{6,8}", r"\d{3}(-\d{4}){2}", r"(甲|乙)方.*合同.*", r"(?:GB/T )?\d+(\.\d+)?", r"[^@]+@x\.com"],
)
def test_usual_patterns_are_fine(pattern):
    assert is_slow_pattern(pattern) is False


def test_a_field_with_doubles_cannot_become_unique(firms, make_field, make_firm):
    field = make_field("text", "合同号")
    for name in ("一", "二"):
        make_firm(name, **{field.key: "HT-1"})
    make_firm("三", **{field.key: "HT-2"})

    with pytest.raises(InvalidRecord) as refused:
        change_field(field, FieldDraft("合同号", is_unique=True), actor=firms.administrator.actor)

    assert "ht-1（2）" in str(refused.value.problems["is_unique"])
    field.refresh_from_db()
    assert field.is_unique is False


def test_a_unique_field_refuses_a_value_another_record_has(firms, make_field, make_firm):
    field = make_field("text", "合同号")
    make_firm("一", **{field.key: "HT-1"})
    assert change_field(field, FieldDraft("合同号", is_unique=True), actor=firms.administrator.actor)

    with pytest.raises(InvalidRecord) as refused:
        make_firm("二", **{field.key: "ht-1"})

    assert list(refused.value.problems) == [field.key]


def test_many_values_are_made_unique_by_a_job(firms, make_field, make_firm, monkeypatch):
    from kezhi.core.figures import set_figure

    field = make_field("text", "合同号")
    make_firm("一", **{field.key: "HT-1"})
    set_figure("records.unique_at_once", 0, actor_ref=firms.administrator.actor.ref)

    assert change_field(field, FieldDraft("合同号", is_unique=True), actor=firms.administrator.actor) is False
    run_pending()

    field.refresh_from_db()
    assert field.is_unique is True
    assert CustomValue.objects.get().unique_text == "ht-1"


def test_a_choice_in_use_is_switched_off_not_deleted(firms, make_field, make_firm):
    field = make_field("choice", "颜色", choices=TWO)
    firm = make_firm("一", **{field.key: "c1"})

    with pytest.raises(InvalidRecord) as refused:
        change_field(field, FieldDraft("颜色", choices=(Choice("c2", "蓝"),)), actor=firms.administrator.actor)
    assert "红（1）" in str(refused.value.problems["choices"])

    off = (Choice("c1", "朱红", "Red", is_off=True), Choice("c2", "蓝"))
    change_field(field, FieldDraft("颜色", choices=off), actor=firms.administrator.actor)
    page = firms.rep.client().get(f"/firms/{firm.pk}/").content.decode()
    assert "朱红" in page
    assert 'value="c1"' not in firms.rep.client().get("/firms/new/").content.decode()


def test_a_personal_field_leaves_no_searchable_rows(firms, make_field, make_firm):
    field = make_field("text", "爱好")
    make_firm("一", **{field.key: "围棋"})
    assert CustomValue.objects.count() == 1

    change_field(field, FieldDraft("爱好", is_personal=True), actor=firms.administrator.actor)
    assert CustomValue.objects.count() == 0

    change_field(field, FieldDraft("爱好"), actor=firms.administrator.actor)
    run_pending()
    assert CustomValue.objects.get().text == "围棋"


def test_a_switched_off_field_is_gone_and_its_values_stay(firms, make_field, make_firm):
    field = make_field("text", "爱好")
    firm = make_firm("一", **{field.key: "围棋"})

    change_field(field, FieldDraft("爱好", is_active=False), actor=firms.administrator.actor)
    assert "围棋" not in firms.rep.client().get(f"/firms/{firm.pk}/").content.decode()

    change_field(field, FieldDraft("爱好"), actor=firms.administrator.actor)
    assert "围棋" in firms.rep.client().get(f"/firms/{firm.pk}/").content.decode()


def test_a_default_and_limits_hold(firms, make_field, make_firm):
    field = make_field("number", "人数", options={"minimum": "1", "maximum": "9", "default": "3"})

    assert float(make_firm("一").custom[field.key]) == 3
    with pytest.raises(InvalidRecord) as refused:
        make_firm("二", **{field.key: "10"})
    assert "不能大于 9" in str(refused.value.problems[field.key])


def test_fields_are_put_in_order(firms, make_field):
    one, two = make_field(name="一"), make_field(name="二")

    firms.administrator.client().post("/settings/fields/firm/order/", {"key": [one.key, two.key], "up": two.key})

    assert [row.key for row in CustomField.objects.all()] == [two.key, one.key]
    assert Event.objects.filter(kind="field.ordered").count() == 1


def test_a_built_in_field_becomes_required(firms, make_firm):
    page = firms.administrator.client()
    page.post("/settings/fields/firm/built-in/trade/", {"is_required": "on", "weight": "7"})

    with pytest.raises(InvalidRecord) as refused:
        make_firm("一")
    assert list(refused.value.problems) == ["trade"]
    assert FieldSetting.objects.get().weight == 7


@pytest.mark.parametrize(("key", "weight"), [("created_at", 1), ("nothing", 1), ("name", 1), ("trade", 101)])
def test_a_setting_that_makes_no_sense_is_refused(firms, key, weight):
    with pytest.raises(InvalidRecord):
        set_field(FIRM, key, is_required=False, for_follow_up=False, weight=weight, actor=firms.administrator.actor)
    assert FieldSetting.objects.count() == 0
    assert Event.objects.count() == 0


def test_names_are_kept_in_or_let_out_on_the_settings_page(firms):
    page = firms.administrator.client()
    page.post("/settings/fields/firm/built-in/name/", {"is_required": "on", "weight": "0", "is_personal_outside": "on"})

    assert FIRM.field("name").personal_outside is True
    assert [event.kind for event in Event.objects.all()] == ["field.set"]
    page.post("/settings/fields/firm/built-in/name/", {"is_required": "on", "weight": "0"})
    assert FIRM.field("name").personal_outside is False


def test_a_custom_field_that_needs_approval_to_leave_is_shown_as_any_other(firms, make_field, make_firm):
    key = make_field("text", "经办人", is_personal_outside=True).key

    assert FIRM.field(key).personal_outside is True
    assert FIRM.field(key).personal is False
    assert "外发要批准" in firms.administrator.client().get("/settings/fields/firm/").content.decode()


# -- pick-lists


def test_a_choice_is_added_renamed_and_understood_by_its_synonyms(firms, make_firm):
    trades = PickList.objects.get(key="trade")
    page = firms.administrator.client()
    page.post(
        "/settings/lists/trade/new/",
        {"name_zh": "新能源", "name_en": "New energy", "synonyms": "光伏、风电", "is_active": "on"},
    )
    item = trades.items.get(key="new_energy")
    firm = make_firm("一", trade="光伏")
    assert firm.trade == "new_energy"

    page.post(f"/settings/lists/trade/{item.pk}/", {"name_zh": "清洁能源", "is_active": "on"})

    assert "清洁能源" in firms.rep.client().get(f"/firms/{firm.pk}/").content.decode()
    assert list(Event.objects.filter(kind__startswith="list.").order_by("pk").values_list("kind", flat=True)) == [
        "list.item_added",
        "list.item_changed",
    ]


def test_a_used_choice_cannot_be_deleted_and_says_how_often(firms, make_firm):
    make_firm("一", trade="steel")
    make_firm("二", trade="steel")
    item = PickItem.objects.get(key="steel")

    with pytest.raises(InvalidRecord) as refused:
        remove_item(item, actor=firms.administrator.actor)

    assert "2 条记录在用" in str(refused.value.problems[""])
    assert PickItem.objects.filter(key="steel").exists()
    assert not Event.objects.filter(kind="list.item_removed").exists()


def test_an_unused_choice_is_deleted(firms):
    remove_item(PickItem.objects.get(key="food"), actor=firms.administrator.actor)

    assert not PickItem.objects.filter(key="food").exists()


@pytest.mark.parametrize(
    ("draft", "key"),
    [
        (ItemDraft(""), "name_zh"),
        (ItemDraft("钢铁"), "name_zh"),
        (ItemDraft("冶金", synonyms=("Steel",)), "synonyms"),
        (ItemDraft("冶金", tone="neon"), "tone"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(firms, draft, key):
    with pytest.raises(InvalidRecord) as refused:
        add_item(PickList.objects.get(key="trade"), draft, actor=firms.administrator.actor)

    assert list(refused.value.problems) == [key]
    assert PickItem.objects.count() == 2
    assert Event.objects.count() == 0


def test_a_switched_off_choice_stays_on_old_records_only(firms, make_firm):
    firm = make_firm("一", trade="steel")
    change_item(PickItem.objects.get(key="steel"), ItemDraft("钢铁", is_active=False), actor=firms.administrator.actor)
    page = firms.rep.client()

    assert "钢铁" in page.get(f"/firms/{firm.pk}/").content.decode()
    assert 'value="steel"' not in page.get("/firms/new/").content.decode()
    assert 'value="steel" selected' in page.get(f"/firms/{firm.pk}/edit/").content.decode()


def test_settings_pages_show_script_in_names_as_text(firms, make_field):
    make_field(name="<script>alert(1)</script>")
    page = firms.administrator.client()

    for path in ("/settings/fields/firm/", "/firms/new/"):
        text = page.get(path).content.decode()
        assert "<script>alert(1)" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_create_record_keeps_working_for_types_without_custom_fields(firms):
    assert create_record(FIRM, {"name": "澜图"}, actor=firms.rep.actor).custom == {}


def test_the_timeline_names_no_file_of_a_field_somebody_may_not_read(firms, make_firm, make_field, file_folder):
    field = make_field("file", "合同扫描")
    firm, page = make_firm(), firms.rep.client()
    scan = SimpleUploadedFile("秘密收购合同.pdf", b"%PDF-1.7\n%%EOF")
    page.post(f"/firms/{firm.pk}/fields/{field.key}/", {field.key: scan})
    assert b"".join(page.get(f"/files/{RecordFile.objects.get().pk}/").streaming_content).startswith(b"%PDF")
    timeline = f"/firms/{firm.pk}/timeline/?chip=family:access"
    assert "秘密收购" in page.get(timeline).content.decode()
    FieldRule.objects.create(
        role=Role.objects.get(key="sales_rep"), record_type="firm", field=field.key, level="hidden"
    )
    epochs.bump("access")

    assert "秘密收购" not in page.get(timeline).content.decode()


def test_settings_open_on_what_the_rail_shows_first(firms):
    firms.grant("settings", actions=("fields",))
    page = firms.administrator.client().get("/settings/fields/").content.decode()

    assert '/settings/fields/customer/" aria-current="page"' in page
    assert page.index("/settings/fields/customer/") < page.index("/settings/fields/task/")
