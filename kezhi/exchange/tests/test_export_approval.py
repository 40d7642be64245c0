"""Exports of personal values wait for somebody's agreement."""

import pytest

from kezhi.access.models import FieldRule, Grant, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.conditions import parse
from kezhi.core.events import read_facts
from kezhi.core.jobs import run_pending
from kezhi.core.models.events import Event
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.models import ExportRun
from kezhi.exchange.operations.exports import fetch_export, start_export
from kezhi.exchange.tests.helpers import rows_of_workbook
from kezhi.records.listing.query import ListRequest
from kezhi.records.operations import create_record
from kezhi.records.registry import TypeCatalogue, record_type
from kezhi.work.approvals import decide, withdraw
from kezhi.work.models import Approval, ApprovalStep, Notification
from kezhi.work.operations.approval_flows import install_flows
from tests.scenes import play


@pytest.fixture
def company(people):
    play(install_flows)
    create_record(
        record_type("customer"), {"name": "深圳甲科技有限公司", "phone": "13812345678"}, actor=people.rep.actor
    )
    return people


def order(member, columns=("name", "phone")):
    known = record_type("customer")
    request = ListRequest(known, member.actor, parse({"all": []}, TypeCatalogue(known, member.actor)), "", columns)
    run = start_export(request, columns=columns, format_name="xlsx", reason="核对", actor=member.actor)
    run_pending()
    return ExportRun.objects.get(pk=run.pk)


def answer(company, verdict, reason=""):
    step = ApprovalStep.objects.get(state="waiting")
    decide(step, verdict, actor=company.manager.actor, reason=reason)
    run_pending()
    return ExportRun.objects.get()


def test_an_export_of_phones_waits_and_is_made_once_the_head_agrees(company):
    run = order(company.rep)
    assert (run.state, run.storage_name) == ("asking", "")
    with pytest.raises(ValueProblem) as waiting:
        fetch_export(run.pk, actor=company.rep.actor)
    assert waiting.value.code == "export.asking"
    approval = Approval.objects.ungated("test").get()
    assert approval.title == "导出客户 1 条，含电话"

    run = answer(company, "approve")

    content = b"".join(fetch_export(run.pk, actor=company.rep.actor)[1])
    assert rows_of_workbook(content)[2] == ["深圳甲科技有限公司", "138 1234 5678"]
    assert Notification.objects.filter(user_id=company.rep.id, title="导出文件好了：客户").get().url == (
        f"/exports/{run.pk}/"
    )
    assert read_facts(Event.objects.get(kind="exchange.exported"))["approval"] == approval.pk


def test_columns_without_personal_values_leave_at_once(company):
    assert order(company.rep, ("name", "level")).state == "ready"


def test_what_is_masked_anyway_needs_nobody(company):
    FieldRule.objects.create(
        role=Role.objects.get(key="sales_rep"), record_type="customer", field="phone", level="masked"
    )
    epochs.bump(EPOCH)

    assert order(company.rep).state == "ready"


def test_refused_or_withdrawn_no_file_is_ever_made(company):
    run = order(company.rep)
    assert answer(company, "refuse", "没有必要").state == "refused"
    again = order(company.rep)
    withdraw(Approval.objects.ungated("test").get(state="waiting"), actor=company.rep.actor)
    run_pending()

    assert list(ExportRun.objects.order_by("pk").values_list("state", "storage_name")) == [
        ("refused", ""),
        ("refused", ""),
    ]
    with pytest.raises(ValueProblem) as refused:
        fetch_export(again.pk, actor=company.rep.actor)
    assert (refused.value.code, run.pk < again.pk) == ("export.refused", True)


def test_the_file_has_the_rights_of_the_requester_when_it_is_made(company):
    order(company.rep)
    Grant.objects.filter(role__key="sales_rep", subject="customer", action="export").delete()
    epochs.bump(EPOCH)

    run = answer(company, "approve")

    assert (run.state, run.storage_name) == ("failed", "")
    assert Notification.objects.filter(user_id=company.rep.id, title="导出没有成功：客户").count() == 1


def test_the_form_says_which_columns_need_an_approval_and_the_page_says_that_it_waits(company):
    client = company.rep.client()
    form = client.get("/customers/bulk/export/?all=1").content.decode()
    assert "要审批" in form
    answered = client.post(
        "/customers/bulk/export/", {"column": ["name", "phone"], "format": "xlsx", "reason": "核对", "all": "1"}
    )
    page = client.get(answered["Location"]).content.decode()

    assert "看审批到哪一步了" in page
    assert "要先审批" in page
