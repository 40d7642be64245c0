"""What the shipped rules of contracts do: legal asked, orders made, money recalled, renewals opened (AUTO-2)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from kezhi.access.models import Grant, Role, UserRole
from kezhi.access.operations import hand_over
from kezhi.access.rights import EPOCH
from kezhi.automation.defaults import install_rules
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core import epochs
from kezhi.core.clock import today
from kezhi.core.figures import set_figure
from kezhi.records.operations import change_many, change_record
from kezhi.records.registry import record_type
from kezhi.sales.models import Instalment, Opportunity, Order
from kezhi.sales.operations.contracts import (
    end_contract,
    open_renewal,
    ready_contract,
    review_contract,
    sign_contract,
    submit_contract,
)
from kezhi.sales.operations.payments import confirm_payment, reverse_payment
from kezhi.sales.operations.plans import PlanRow, set_plan
from kezhi.work.deadlines import Deadline
from kezhi.work.models import Notification, Task
from tests.scenes import play

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shipped_rules_in_force(people, clock_at):
    clock_at("2026-11-24 10:00")
    play(_company_with_rules, people.steward.id)


def _company_with_rules(steward_id):
    for key in ("legal", "finance"):
        role = Role.objects.get_or_create(key=key, defaults={"name_zh": key, "name_en": key})[0]
        subjects = ("contract", "payment", "customer", "task")
        Grant.objects.bulk_create(
            Grant(role=role, subject=subject, action=action, scope="all")
            for subject in subjects
            for action in ("view", "review")
        )
        UserRole.objects.create(user_id=steward_id, role=role)
    epochs.bump(EPOCH)
    install_rules()


@pytest.fixture
def signed(people, make_contract):
    def make(*plan, **values):
        set_figure("sales.legal_review", False, actor_ref=people.administrator.actor.ref)
        contract = make_contract(**values)
        if plan:
            rows = [PlanRow("", today() + timedelta(days=days), Decimal(amount)) for days, amount in plan]
            set_plan(contract, rows, actor=people.rep.actor)
        ready_contract(contract, actor=people.rep.actor)
        return sign_contract(contract, actor=people.rep.actor)

    return make


def _told(member):
    return list(Notification.objects.filter(user_id=member.id).order_by("pk").values_list("title", flat=True))


def _clocks(kind):
    rows = Deadline.objects.ungated("test").filter(kind=kind).order_by("pk")
    return [(row.owner_id, row.state) for row in rows]


def test_legal_is_asked_and_its_answer_ends_task_and_clock(people, make_contract):
    contract = make_contract()
    submit_contract(contract, actor=people.rep.actor)
    let_it_run()
    assert "请审核合同：澜图机房改造合同" in _told(people.steward)
    assert _clocks("legal_review") == [(people.steward.id, "running")]
    [task] = Task.objects.ungated("test").filter(origin="legal_review")
    assert (task.owner_id, task.state) == (people.steward.id, "open")
    review_contract(contract, passed=False, reason="缺保密条款", actor=people.steward.actor)
    let_it_run()
    task.refresh_from_db()
    assert (task.state, _clocks("legal_review")) == ("done", [(people.steward.id, "met")])
    assert "澜图机房改造合同被法务退回：缺保密条款" in _told(people.rep)


def test_legal_that_answered_before_the_rule_ran_is_not_asked_any_more(people, make_contract):
    contract = submit_contract(make_contract(), actor=people.rep.actor)
    review_contract(contract, passed=True, actor=people.steward.actor)
    let_it_run()

    assert _clocks("legal_review") == []
    assert not Task.objects.ungated("test").filter(origin="legal_review").exists()


def test_a_signed_contract_becomes_an_order_and_the_customer_won(signed):
    contract = signed()
    let_it_run()
    order = Order.objects.ungated("test").get()
    assert (order.contract_id, order.owner_id, order.amount) == (contract.pk, contract.owner_id, Decimal(100000))
    contract.customer.refresh_from_db()
    assert (contract.customer.lifecycle, contract.customer.order_count) == ("won", 1)


def test_a_plan_runs_to_its_days_from_signing_on_and_money_ends_it(people, make, make_contract, signed):
    draft = make_contract("草拟的合同")
    set_plan(draft, [PlanRow("", today(), Decimal(100000))], actor=people.rep.actor)
    contract = signed((10, 40000), (40, 60000))
    let_it_run()
    assert _clocks("payment") == [(people.rep.id, "running")] * 2
    payment = make("payment", contract=contract, amount="40000", received_on=today().isoformat())
    let_it_run()
    assert "请确认回款：苏州澜图科技有限公司 ¥40,000.00" in _told(people.steward)
    confirm_payment(payment, actor=people.administrator.actor)
    let_it_run()
    assert _clocks("payment") == [(people.rep.id, "met"), (people.rep.id, "running")]
    reverse_payment(payment, reason="退款", actor=people.administrator.actor)
    let_it_run()
    assert sorted(_clocks("payment")) == [(people.rep.id, "met"), *[(people.rep.id, "running")] * 2]
    end_contract(contract, reason="不做了", actor=people.rep.actor)
    let_it_run()
    assert sorted(_clocks("payment")) == [*[(people.rep.id, "cancelled")] * 2, (people.rep.id, "met")]


def test_an_instalment_that_moves_takes_its_clock_along(people, signed):
    signed((10, 100000))
    let_it_run()
    row = Instalment.objects.ungated("test").get()
    change_record(row, {"due_on": (today() + timedelta(days=20)).isoformat()}, actor=people.rep.actor)
    let_it_run()
    deadline = Deadline.objects.ungated("test").get(kind="payment")
    assert (deadline.due_at - deadline.started_at).days == 20


def test_the_clocks_of_a_plan_go_with_their_contract_to_its_new_owner(people, make_contract, signed):
    contract, other = signed((10, 40000), (40, 60000)), signed((10, 100000), name="另一份合同")
    let_it_run()
    assert _clocks("payment") == [(people.rep.id, "running")] * 3

    for owner in (people.manager, people.colleague):
        contract.refresh_from_db()
        change_record(contract, {"owner": str(owner.id)}, actor=people.administrator.actor)
    let_it_run()

    rows = Deadline.objects.ungated("test").filter(
        kind="payment", record_id__in=contract.instalments.ungated("test").values("pk")
    )
    assert list(rows.order_by("pk").values_list("owner_id", flat=True)) == [people.colleague.id] * 2
    kept = Deadline.objects.ungated("test").get(kind="payment", record_id=other.instalments.ungated("test").get().pk)
    assert kept.owner_id == people.rep.id


def test_the_clocks_of_plans_follow_contracts_given_away_together_and_those_of_a_leaver(people, signed):
    people.grant("settings", actions=("organisation",))
    epochs.bump(EPOCH)
    contracts = [signed((10, 100000)), signed((20, 100000), name="另一份合同")]
    let_it_run()
    administrator = people.administrator.actor

    ids = [contract.pk for contract in contracts]
    change_many(record_type("contract"), ids, {"owner": str(people.manager.id)}, actor=administrator)
    let_it_run()
    assert _clocks("payment") == [(people.manager.id, "running")] * 2

    assert hand_over(people.manager.user, {"contract": people.colleague.id}, actor=administrator) == {"contract": 2}
    let_it_run()
    assert _clocks("payment") == [(people.colleague.id, "running")] * 2


def test_the_review_of_a_contract_given_away_stays_with_legal(people, make_contract):
    contract = submit_contract(make_contract(), actor=people.rep.actor)
    let_it_run()
    change_record(contract, {"owner": str(people.colleague.id)}, actor=people.administrator.actor)
    let_it_run()
    assert _clocks("legal_review") == [(people.steward.id, "running")]


def test_a_renewal_is_opened_once(people, signed):
    ends = today() + timedelta(days=60)
    contract = signed(ends_on=ends.isoformat(), starts_on=today().isoformat())
    first = open_renewal(contract, actor=people.rep.actor)
    assert open_renewal(contract, actor=people.rep.actor).pk == first.pk
    found = Opportunity.objects.ungated("test").get()
    assert (found.name, found.renewal_of_id, found.expected_close_on) == ("澜图机房改造合同 续约", contract.pk, ends)
