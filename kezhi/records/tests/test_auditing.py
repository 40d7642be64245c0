"""The audit reads records as its reader may see them: scope, field rules and masks hold there too."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.access.models import FieldRule, Grant, Role, Scope
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.models.events import Event
from kezhi.records.operations import change_record


@pytest.fixture
def steward(firms):
    """The data steward, who reads the log and sees every firm."""
    role = Role.objects.get(key="data_steward")
    Grant.objects.bulk_create(
        [
            Grant(role=role, subject="audit", action="view", scope=Scope.ALL),
            Grant(role=role, subject="audit", action="reveal", scope=Scope.ALL),
        ],
        ignore_conflicts=True,
    )
    epochs.bump(EPOCH)
    return firms.steward


@pytest.fixture
def changed(firms, make_firm):
    """A firm whose trade, budget and phone were changed; gives the event."""
    firm = make_firm(trade="steel", budget="120000", phone="13812345678")
    change_record(firm, {"trade": "food", "budget": "350000"}, actor=firms.rep.actor, version=firm.version)
    return Event.objects.filter(record_type="firm").latest("id")


def rule(field, level):
    FieldRule.objects.create(role=Role.objects.get(key="data_steward"), record_type="firm", field=field, level=level)
    epochs.bump(EPOCH)


def page(member):
    return member.client().get("/settings/audit/?type=firm").content.decode()


def test_values_are_said_as_everywhere_else(steward, changed):
    shown = page(steward)

    assert "<del>钢铁</del> → <ins>食品</ins>" in shown
    assert "350,000" in shown
    assert "13812345678" not in shown


def test_a_hidden_field_says_that_it_is_hidden_and_nothing_else(steward, changed):
    rule("trade", "hidden")
    shown = page(steward)

    assert "按您的字段权限不显示" in shown
    assert "钢铁" not in shown
    assert "食品" not in shown


def test_a_hidden_field_stays_hidden_when_the_event_is_revealed(steward, changed):
    rule("trade", "hidden")

    shown = steward.client().post(f"/settings/audit/{changed.pk}/").content.decode()

    assert "按您的字段权限不显示" in shown
    assert "食品" not in shown


def test_a_masked_field_stays_masked_until_it_is_revealed(steward, changed):
    rule("trade", "masked")
    before = page(steward)
    after = steward.client().post(f"/settings/audit/{changed.pk}/").content.decode()

    assert "食品" not in before
    assert "食品" in after


def test_of_a_record_out_of_scope_only_that_something_happened_is_shown(steward, changed):
    Grant.objects.filter(role__key="data_steward", subject="firm", action="view").update(scope=Scope.OWN)
    epochs.bump(EPOCH)
    shown = page(steward)

    assert "不在您的数据范围内" in shown
    assert "苏州澜图" not in shown
    assert "食品" not in shown
    assert f"#{changed.record_id}" in shown


def test_a_fixed_number_of_queries_whatever_is_on_the_page(steward, make_firm, firms):
    client = steward.client()
    counts = []
    for number in range(4):
        make_firm(name=f"苏州澜图科技有限公司{number}", owner=firms.rep)
        client.get("/settings/audit/?type=firm")
        with CaptureQueriesContext(connection) as queries:
            client.get("/settings/audit/?type=firm")
        counts.append(len(queries))

    assert len(set(counts)) == 1
