from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from kezhi.core.clock import today
from kezhi.sales.models import Contract, Instalment, Payment
from kezhi.sales.operations.plans import PlanRow, set_plan

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_plan_shows_its_sum_while_it_is_typed_and_its_last_row_takes_the_rest(
    page, sign_in, axe, people, make_contract
):
    contract = make_contract(amount="100000")
    sign_in(people.rep)
    page.goto(f"/contracts/{contract.pk}/")
    page.wait_for_function("window.htmx !== undefined")
    page.locator("#contract-plan a[href$='/plan/']").first.click()
    form = page.locator("#sheet #plan")
    amounts, days = form.locator("[name=amount]"), form.locator("[name=due_on]")
    told = form.get_by_role("status")
    expect(told).to_contain_text("回款计划比合同金额少 ¥100,000.00")

    days.nth(0).fill("2027-01-31")
    amounts.nth(0).fill("3万")
    expect(told).to_contain_text("回款计划比合同金额少 ¥70,000.00")
    amounts.nth(0).fill("12万")
    expect(told).to_contain_text("回款计划比合同金额多 ¥20,000.00")
    amounts.nth(0).fill("30000")
    days.nth(1).fill("2027-06-30")
    form.get_by_role("button", name="把余额放入最后一期").press("Enter")

    expect(amounts.nth(1)).to_have_value("70000.00")
    expect(amounts.nth(1)).to_be_focused()
    expect(amounts.nth(0)).to_have_value("30000")
    expect(told).to_contain_text("与合同金额一致")
    assert axe("plan of a contract") == []
    assert Instalment.objects.ungated("test").count() == 0
    amounts.nth(1).press("Enter")
    expect(page.locator("#contract-plan .item")).to_have_count(2)
    rows = Instalment.objects.ungated("test").order_by("position")
    assert list(rows.values_list("amount", flat=True)) == [30000, 70000]


def test_a_receipt_is_entered_in_the_sheet_beside_its_contract_with_what_is_due(page, sign_in, people, make_contract):
    contract = make_contract(amount="100000")
    Contract.objects.ungated("test").filter(pk=contract.pk).update(state="signed", signed_on=today())
    contract.refresh_from_db()
    rows = [PlanRow("首付", today(), Decimal(30000)), PlanRow("尾款", today() + timedelta(days=30), Decimal(70000))]
    set_plan(contract, rows, actor=people.rep.actor)
    sign_in(people.rep)
    page.goto(f"/contracts/{contract.pk}/")
    page.wait_for_function("window.htmx !== undefined")
    page.get_by_role("link", name="登记回款").first.click()
    form = page.locator("#sheet form")
    # The control "method" stands in the form: what the form itself does must not be taken from it.
    expect(form.locator("[name=amount]")).to_have_value("30000.00")
    expect(form.locator("[name=received_on]")).not_to_have_value("")
    form.locator("[name=reference]").fill("FT2026112301")
    form.locator("[name=reference]").press("Control+Enter")

    expect(page.locator("#sheet")).to_be_hidden()
    row = Payment.objects.ungated("test").get()
    assert (row.contract_id, row.amount, row.reference) == (contract.pk, Decimal(30000), "FT2026112301")
    assert row.instalment is not None
    assert row.instalment.name == "首付"
