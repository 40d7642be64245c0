"""The pages of lists: who finds what in them, what they refuse, how often they ask the database."""

import json
from urllib.parse import quote

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from kezhi.access.models import FieldRule, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.records.listing.state import read_state
from kezhi.records.models import SavedView
from kezhi.records.operations import change_record
from kezhi.records.tests.fake_types import FIRM, Firm
from tests.reading import holds_digits

pytestmark = pytest.mark.django_db

PHONE = "13812345678"


def get(member, address, **query):
    return member.client().get(address, query)


def text(member, address, **query):
    response = get(member, address, **query)
    assert response.status_code == 200, response.content.decode()[:500]
    return response.content.decode()


PARTS = ("", "counts/", "totals/", "board/", "board/totals/", "options/")


def test_a_colleague_elsewhere_finds_nothing_on_any_part_of_a_list(firms, make_firm):
    make_firm("苏州澜图科技有限公司", trade="steel", budget="43210")
    for part in PARTS:
        found = text(firms.outsider, f"/firms/{part}", by="kind")
        assert "澜图" not in found
        assert "43,210" not in found
    assert ">1</span>" not in text(firms.outsider, "/firms/counts/")
    assert "<b>0</b>" in text(firms.outsider, "/firms/totals/")
    assert json.loads(text(firms.outsider, "/firms/options/")) == []


def test_owner_and_manager_find_the_record_on_every_part(firms, make_firm):
    make_firm("苏州澜图科技有限公司", trade="steel")
    for member in (firms.rep, firms.manager, firms.steward):
        for part in ("", "board/", "options/"):
            assert "澜图" in text(member, f"/firms/{part}", by="kind")
        assert "<b>1</b>" in text(member, "/firms/totals/")


def test_a_masked_phone_is_masked_in_the_list_and_cannot_be_asked_for(firms, make_firm):
    make_firm(phone=PHONE)
    FieldRule.objects.create(
        role=Role.objects.get(key="sales_manager"), record_type="firm", field="phone", level="masked"
    )
    epochs.bump(EPOCH)

    assert "138 1234 5678" in text(firms.rep, "/firms/", cols="name,phone")
    shown = text(firms.manager, "/firms/", cols="name,phone")
    assert "138****5678" in shown
    assert not holds_digits(shown, PHONE)
    tail = json.dumps({"field": "phone", "op": "ends_with", "value": "5678"})
    assert get(firms.manager, "/firms/", filter=tail).status_code == 400
    assert get(firms.rep, "/firms/", filter=tail).status_code == 200
    assert '"phone"' not in text(firms.manager, "/firms/filter/")


def test_a_hidden_column_is_not_even_named(firms, make_firm):
    make_firm(budget="43210")
    FieldRule.objects.create(role=Role.objects.get(key="sales_rep"), record_type="firm", field="budget", level="hidden")
    epochs.bump(EPOCH)

    for part in ("", "columns/", "filter/"):
        assert "预算" not in text(firms.rep, f"/firms/{part}", cols="name,budget")


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "forged"},
        {"size": "1000000000"},
        {"sort": "phone"},
        {"filter": "{"},
        {"filter": '{"field":"nothing","op":"is","value":"x"}'},
        {"filter": "[" * 5000},
        {"view": "1", "filter": '{"all":[{"field":"name","op":"is"}]}'},
    ],
)
def test_nonsense_in_an_address_is_answered_with_a_sentence(firms, query):
    query.pop("view", None)
    response = get(firms.rep, "/firms/", **query)

    assert response.status_code == 400
    assert "Traceback" not in response.content.decode()


def test_somebody_without_the_right_is_refused_and_nobody_is_sent_to_sign_in(firms, client):
    role = Role.objects.get(key="sales_rep")
    role.grants.all().delete()
    epochs.bump(EPOCH)

    assert get(firms.rep, "/firms/").status_code == 403
    assert client.get("/firms/").status_code == 302


def test_a_list_page_asks_as_often_for_fifty_rows_as_for_one(firms, make_firm, make_visit):
    make_visit(make_firm(trade="steel", phone=PHONE))
    client = firms.manager.client()
    asked = {}
    for rows in (1, 50):
        for number in range(rows - 1):
            make_visit(make_firm(f"公司{number}", trade="food"), f"第{number}次")
        for address in (
            "/firms/?cols=name,trade,phone,owner,tags,created_at",
            "/visits/?cols=subject,firm",
            "/firms/board/?by=trade",
        ):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            asked.setdefault(address, []).append(len(queries))

    assert all(few == many for few, many in asked.values()), asked
    assert asked["/firms/?cols=name,trade,phone,owner,tags,created_at"][0] <= 5


def test_names_from_records_are_escaped_wherever_they_stand(firms, make_firm):
    make_firm("<script>alert(1)</script>")
    for part in ("", "board/"):
        assert "<script>alert" not in text(firms.rep, f"/firms/{part}", by="kind")


def test_the_condition_reads_as_a_sentence_and_each_part_can_be_taken_off(firms, make_firm):
    make_firm(trade="steel")
    wanted = {"all": [{"field": "trade", "op": "is", "value": ["steel"]}, {"field": "budget", "op": "is_empty"}]}
    page = text(firms.rep, "/firms/", filter=json.dumps(wanted))

    assert "<b>钢铁</b>" in page
    assert page.count('class="chip__off"') == 2


def test_cells_that_may_be_edited_say_where(firms, make_firm):
    firm = make_firm(trade="steel")
    mine = text(firms.rep, "/firms/")

    assert f'data-edit="/firms/{firm.pk}/fields/trade/?in=list"' in mine
    assert "fields/created_at/" not in text(firms.rep, "/firms/", cols="name,created_at")


def test_an_empty_list_teaches_and_an_empty_result_says_so(firms):
    assert "还没有公司" in text(firms.rep, "/firms/")
    assert "没有符合条件的记录" in text(firms.rep, "/firms/", q="澜图")


# Saved views


def save(member, **values):
    given = {"name_zh": "在谈", "sharing": "private", **values}
    return member.client().post("/firms/views/new/", given)


def test_a_saved_view_keeps_condition_columns_and_order(firms, make_firm):
    make_firm("钢厂", trade="steel", budget="5")
    make_firm("饭店", trade="food")
    wanted = json.dumps({"all": [{"field": "trade", "op": "is", "value": ["steel"]}]})
    response = save(firms.rep, filter=wanted, cols="name,budget", sort="-name")
    view = SavedView.objects.get()

    assert response.headers["Location"] == f"/firms/?view={view.pk}"
    assert (view.name_zh, view.columns, view.sort, view.owner_id) == ("在谈", ["name", "budget"], "-name", firms.rep.id)
    page = text(firms.rep, "/firms/", view=str(view.pk))
    assert "钢厂" in page
    assert "饭店" not in page
    assert "预算" in page


def test_a_board_is_kept_as_a_view_with_what_it_is_made_of(firms, make_firm):
    make_firm(trade="steel")
    response = save(firms.rep, layout="board", by="kind")
    view = SavedView.objects.get()

    assert (view.layout, view.board_field) == ("board", "kind")
    assert response.headers["Location"] == f"/firms/board/?view={view.pk}"
    assert "按性质分列" in text(firms.rep, "/firms/board/", view=str(view.pk))


def test_a_private_view_is_nobody_elses(firms):
    save(firms.rep)
    view = SavedView.objects.get()

    assert get(firms.manager, "/firms/", view=str(view.pk)).status_code == 404
    assert firms.manager.client().post(f"/firms/views/{view.pk}/delete/").status_code == 404
    assert "在谈" not in text(firms.manager, "/firms/")


def test_sharing_needs_the_right_to_share(firms):
    assert save(firms.rep, sharing="all").status_code == 403
    assert SavedView.objects.count() == 0
    firms.grant("views", actions=["share"])
    save(firms.manager, sharing="department")
    view = SavedView.objects.get()

    assert view.department_id == firms.manager.user.department_id
    assert "在谈" in text(firms.rep, "/firms/")
    assert "在谈" not in text(firms.outsider, "/firms/")


def test_a_shared_view_shows_everybody_only_their_own_records(firms, make_firm):
    make_firm("苏州澜图科技有限公司")
    firms.grant("views", actions=["share"])
    save(firms.steward, sharing="all")

    assert "澜图" not in text(firms.outsider, "/firms/", view=str(SavedView.objects.get().pk))


def test_a_view_is_renamed_updated_and_deleted_by_whom_it_belongs_to(firms):
    save(firms.rep)
    view = SavedView.objects.get()
    client = firms.rep.client()
    client.post(f"/firms/views/{view.pk}/", {"name_zh": "老客户", "name_en": "Regulars", "sharing": "private"})
    wanted = json.dumps({"all": [{"field": "trade", "op": "is", "value": ["food"]}]})
    client.post(f"/firms/views/{view.pk}/", {"keep": "1", "view": str(view.pk), "filter": wanted, "sort": "name"})
    view.refresh_from_db()

    assert (view.name_zh, view.sort, view.condition) == ("老客户", "name", json.loads(wanted) | {})
    client.post(f"/firms/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_a_view_with_somebodys_phone_in_its_condition_is_not_shared(firms):
    firms.grant("views", actions=["share"])
    tail = json.dumps({"any": [{"not": {"field": "phone", "op": "ends_with", "value": "5678"}}]})
    refused = save(firms.steward, sharing="all", filter=tail)

    assert refused.status_code == 422
    assert "条件里有电话的具体内容" in refused.content.decode()
    assert save(firms.steward, filter=tail).status_code == 302
    view = SavedView.objects.get()
    client = firms.steward.client()
    renamed = client.post(f"/firms/views/{view.pk}/", {"name_zh": "尾号", "sharing": "department"})
    assert renamed.status_code == 422
    empty = json.dumps({"all": [{"field": "phone", "op": "is_empty"}]})
    client.post(f"/firms/views/{view.pk}/", {"keep": "1", "filter": empty})
    assert client.post(f"/firms/views/{view.pk}/", {"name_zh": "没电话", "sharing": "all"}).status_code == 302
    kept = client.post(f"/firms/views/{view.pk}/", {"keep": "1", "filter": tail})
    assert kept.status_code == 422
    assert "没电话" in kept.content.decode()
    view.refresh_from_db()
    assert view.condition == json.loads(empty)


def test_a_group_beside_other_conditions_reads_with_its_brackets(firms):
    either = {
        "any": [
            {"field": "trade", "op": "is", "value": ["steel"]},
            {"field": "name", "op": "contains", "value": "钢"},
        ]
    }
    beside = {"all": [{"field": "budget", "op": "is_empty"}, either]}

    def said(raw):
        state = read_state(FIRM, firms.rep.actor, QueryDict(f"filter={quote(json.dumps(raw))}"))
        return [chip.text for chip in state.chips()]

    assert said(beside) == ["预算未填", "（行业是钢铁或名称包含钢）"]
    assert said(either) == ["行业是钢铁或名称包含钢"]


def test_a_view_without_a_name_is_refused_and_what_was_typed_stays(firms):
    response = save(firms.rep, name_zh=" ", name_en="Kept")

    assert response.status_code == 422
    assert "Kept" in response.content.decode()


def test_a_view_whose_condition_the_reader_may_not_use_shows_nothing_and_says_why(firms, make_firm):
    make_firm("苏州澜图科技有限公司", budget="5")
    view = SavedView.objects.create(
        record_type="firm", name_zh="预算多", sharing="all", condition={"all": [{"field": "gone", "op": "is_empty"}]}
    )
    page = text(firms.rep, "/firms/", view=str(view.pk))

    assert "澜图" not in page
    assert "这个视图用了您不能使用的字段" in page


def test_views_are_put_in_order(firms):
    save(firms.rep, name_zh="一")
    save(firms.rep, name_zh="二")
    first, second = SavedView.objects.order_by("pk")
    firms.rep.client().post("/firms/views/", {"ids": [second.pk, first.pk]})

    assert [view.name_zh for view in SavedView.objects.order_by("position")] == ["二", "一"]


def test_pins_show_records_and_views_as_long_as_they_may_be_seen(firms, make_firm):
    firm = make_firm("苏州澜图科技有限公司")
    save(firms.rep)
    view = SavedView.objects.get()
    client = firms.rep.client()
    client.post("/pins/", {"record_type": "firm", "record_id": firm.pk})
    client.post("/pins/", {"record_type": "firm", "record_id": firm.pk})
    client.post("/pins/", {"record_type": "firm", "view_id": view.pk})
    shown = client.get("/pins/").content.decode()

    assert shown.count("rail__item") == 2
    assert firms.outsider.client().post("/pins/", {"record_type": "firm", "record_id": firm.pk}).status_code == 404
    change_record(Firm.objects.ungated("test").get(), {"owner": firms.outsider.id}, actor=firms.steward.actor)
    assert "澜图" not in client.get("/pins/").content.decode()


# Boards


def test_a_card_moves_by_an_ordinary_change_and_can_be_taken_back(firms, make_firm):
    firm = make_firm(trade="steel")
    response = firms.rep.client().post("/firms/board/move/?by=trade", {"id": firm.pk, "column": "food"})
    firm.refresh_from_db()

    assert response.status_code == 200
    assert (firm.trade, firm.version) == ("food", 2)


def test_a_refused_move_is_explained_on_the_card_and_changes_nothing(firms, make_firm):
    firm = make_firm(trade="steel")
    response = firms.rep.client().post("/firms/board/move/?by=kind", {"id": firm.pk, "column": ""})
    firm.refresh_from_db()

    assert response.status_code == 422
    assert "deal__refusal" in response.content.decode()
    assert (firm.kind, firm.version) == ("company", 1)


def test_a_move_from_what_somebody_else_has_changed_meanwhile_is_refused(firms, make_firm):
    firm = make_firm(trade="steel")
    change_record(firm, {"trade": "food"}, actor=firms.manager.actor)
    response = firms.rep.client().post("/firms/board/move/?by=trade", {"id": firm.pk, "column": "", "version": "1"})
    firm.refresh_from_db()

    assert (response.status_code, firm.trade) == (409, "food")
    assert "马经理 刚刚改过这条记录" in response.content.decode()


def test_a_card_hides_whom_a_record_belongs_to_from_those_who_may_not_know(firms, make_firm):
    make_firm(trade="steel")
    FieldRule.objects.create(
        role=Role.objects.get(key="sales_manager"), record_type="firm", field="owner", level="masked"
    )
    epochs.bump(EPOCH)

    assert "任小芮" in text(firms.rep, "/firms/board/", by="trade")
    assert "任小芮" not in text(firms.manager, "/firms/board/", by="trade")


def test_a_move_of_somebody_elses_card_finds_nothing(firms, make_firm):
    firm = make_firm(trade="steel")
    response = firms.outsider.client().post("/firms/board/move/?by=trade", {"id": firm.pk, "column": "food"})
    firm.refresh_from_db()

    assert (response.status_code, firm.trade) == (404, "steel")


def test_a_column_goes_on_where_its_first_cards_end(firms, make_firm):
    for number in range(22):
        make_firm(f"公司{number}", trade="steel")
    page = text(firms.rep, "/firms/board/", by="trade")
    more = page.split('hx-get="/firms/board/column/')[1].split('"')[0].replace("&amp;", "&")

    assert page.count('data-board-target="card"') == 20
    rest = firms.rep.client().get(f"/firms/board/column/{more}").content.decode()
    assert rest.count('data-board-target="card"') == 2


def test_an_order_by_a_field_the_board_may_not_read_is_no_board(firms, make_firm):
    make_firm(trade="steel")
    FieldRule.objects.create(role=Role.objects.get(key="sales_rep"), record_type="firm", field="trade", level="masked")
    epochs.bump(EPOCH)

    assert "钢铁" not in text(firms.rep, "/firms/board/", by="trade")


def test_a_condition_does_not_name_a_record_out_of_sight(firms, make_firm):
    hidden, seen = make_firm("南岭秘藏实业有限公司", owner=firms.outsider), make_firm("苏州澜图科技有限公司")
    wanted = json.dumps({"field": "firm", "op": "is", "value": [hidden.pk, seen.pk]})
    shown = firms.rep.client().get("/visits/", {"filter": wanted}).content.decode()

    assert "苏州澜图" in shown
    assert "南岭秘藏" not in shown


@pytest.mark.parametrize(
    ("operator", "days", "said"),
    [
        ("between", ["2026-10-01", "2026-12-31"], "2026-10-01 – 2026-12-31"),
        ("before", "2026-10-01", "2026-10-01"),
    ],
)
def test_a_condition_on_a_moment_is_said_with_its_days_above_the_list(firms, operator, days, said):
    condition = json.dumps({"all": [{"field": "created_at", "op": operator, "value": days}]})
    state = read_state(FIRM, firms.rep.actor, QueryDict(f"filter={quote(condition)}"))
    assert [chip.text.endswith(said) for chip in state.chips()] == [True]
    assert get(firms.rep, "/firms/", filter=condition).status_code == 200
