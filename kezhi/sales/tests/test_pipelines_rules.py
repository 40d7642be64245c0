"""What shipped rules do when opportunities move, and the facts tasks move (SAL-2, SAL-3)."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import Q

from kezhi.access.models import Role, UserRole
from kezhi.automation.defaults import install_rules
from kezhi.automation.models import Rule, RuleRun
from kezhi.automation.scanning import scan_everything
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core import epochs
from kezhi.core.clock import now, today
from kezhi.core.events import EventDraft, record_event
from kezhi.core.figures import set_figure
from kezhi.core.health import examine
from kezhi.records.operations import change_record, create_record
from kezhi.records.registry import record_type
from kezhi.sales.facts_contracts import refresh_contracts
from kezhi.sales.models import Contract, Opportunity, Quote
from kezhi.sales.operations.payments import confirm_payment, reverse_payment
from kezhi.sales.operations.stages import enter_stage
from kezhi.work.models import Notification, Task
from kezhi.work.operations.tasks import About, complete_task, plan_task
from tests.scenes import play

pytestmark = pytest.mark.django_db


@pytest.fixture
def rules(people):
    play(_only_what_is_tested_here)


def _only_what_is_tested_here():
    for key in ("legal", "product"):
        Role.objects.get_or_create(key=key, defaults={"name_zh": key})
    install_rules()
    known = Q(shipped_key__startswith="opportunity.")
    known |= Q(shipped_key__in=("quote.accepted_moves", "contract.paid_moves", "contract.unpaid_moves_back"))
    Rule.objects.exclude(known).update(is_on=False)
    epochs.bump("rules")


@pytest.fixture
def with_role(people):
    def give(member, key):
        role = Role.objects.get(key=key)
        UserRole.objects.create(user=member.user, role=role)
        epochs.bump("access")
        epochs.bump("rules")

    return give


def reloaded(opportunity):
    return Opportunity.objects.ungated("test").get(pk=opportunity.pk)


def give(opportunity, **facts):
    Opportunity.objects.ungated("test").filter(pk=opportunity.pk).update(**facts)
    return reloaded(opportunity)


def tasks_of(opportunity):
    rows = Task.objects.ungated("test").filter(about_type="opportunity", about_id=opportunity.pk).order_by("pk")
    return [(task.title, task.owner_id) for task in rows]


def happened(kind, record_type, record, actor):
    record_event(EventDraft(kind=kind, record_type=record_type, record_id=record.pk, actor=actor.ref))


def test_the_contract_stage_tells_legal_and_commits_the_forecast(rules, make_opportunity, people, with_role):
    with_role(people.steward, "legal")
    opportunity = give(make_opportunity(), is_confirmed=True)

    enter_stage(opportunity, "project.contract", actor=people.rep.actor)
    let_it_run()

    assert reloaded(opportunity).forecast == "commit"
    told = Notification.objects.filter(user=people.steward.user).order_by("pk").values_list("title", flat=True)
    assert list(told) == ["澜图机房改造进入合同签订"]


def test_the_quote_stage_asks_product(rules, make_opportunity, people, with_role):
    with_role(people.steward, "product")
    opportunity = give(make_opportunity(), quote_count=1)

    enter_stage(opportunity, "project.quote", actor=people.rep.actor)
    let_it_run()

    assert tasks_of(opportunity) == [("为苏州澜图科技有限公司准备方案：澜图机房改造", people.steward.id)]


def test_an_interested_customer_is_called_and_the_letter_waits_as_a_draft(
    rules, make_opportunity, people, make_customer
):
    customer = make_customer(email="li@lantu.example")
    opportunity = make_opportunity(customer=customer, pipeline="nurture")
    let_it_run()
    Task.objects.ungated("test").all().delete()

    enter_stage(opportunity, "nurture.interested", actor=people.rep.actor)
    let_it_run()

    assert tasks_of(opportunity) == [
        ("联系苏州澜图科技有限公司，问问对案例的看法：澜图机房改造", people.rep.id),
        ("发邮件：与您相似的客户是怎么做的", people.rep.id),
    ]


def test_the_primary_contact_is_written_to_when_the_owner_changes(rules, make, make_customer, people):
    Rule.objects.filter(shipped_key="customer.owner_introduced").update(is_on=True)
    set_figure("automation.settle_seconds", 0, actor_ref=people.administrator.actor.ref)
    epochs.bump("rules")
    customer = make_customer(email="info@lantu.example")
    make("contact", name="李晓雯", customer=customer, email="li@lantu.example", is_primary=True)
    let_it_run()

    change_record(customer, {"owner": str(people.colleague.id)}, actor=people.manager.actor)
    let_it_run()

    [run] = RuleRun.objects.filter(rule__shipped_key="customer.owner_introduced")
    assert run.did[0]["facts"] == {"to": "l***@lantu.example", "draft": True}
    [letter] = Task.objects.ungated("test").filter(about_type="customer", about_id=customer.pk)
    assert (letter.title, letter.owner_id) == (
        f"发邮件：今后由{people.colleague.user.name}为您服务",
        people.colleague.id,
    )


def test_an_accepted_quote_moves_its_opportunity_once(rules, make_quote, people, with_role):
    with_role(people.steward, "legal")
    quote = make_quote()
    opportunity = quote.opportunity

    happened("quote.accepted", "quote", quote, people.rep.actor)
    let_it_run()

    stored = reloaded(opportunity)
    assert (stored.stage_id, stored.is_confirmed, stored.forecast) == ("project.contract", True, "commit")
    happened("quote.accepted", "quote", Quote.objects.ungated("test").get(pk=quote.pk), people.rep.actor)
    let_it_run()
    assert reloaded(opportunity).version == stored.version


def test_a_rule_meets_the_conditions_too(rules, make_contract, make_opportunity, people):
    opportunity = make_opportunity()
    contract = make_contract(customer=opportunity.customer, opportunity=opportunity)

    happened("contract.paid", "contract", contract, people.rep.actor)
    let_it_run()

    assert reloaded(opportunity).stage_id == "project.contact"
    [run] = RuleRun.objects.filter(version__rule__shipped_key="contract.paid_moves")
    assert "款项还没有全部收到" in run.error


def test_an_opportunity_is_paid_only_as_long_as_the_money_is_there(rules, make_contract, make_opportunity, people):
    opportunity = make_opportunity()
    Opportunity.objects.ungated("test").filter(pk=opportunity.pk).update(is_confirmed=True)
    contract = make_contract(customer=opportunity.customer, opportunity=opportunity, amount="100000")
    rows = Contract.objects.ungated("test").filter(pk=contract.pk)
    rows.update(state="signed", signed_on=today(), legal_state="passed")
    refresh_contracts([contract.pk])
    values = {"contract": str(contract.pk), "received_on": today().isoformat(), "amount": "100000"}
    payment = create_record(record_type("payment"), values, actor=people.administrator.actor)
    confirm_payment(payment, actor=people.administrator.actor)
    let_it_run()
    stored = reloaded(opportunity)
    assert (stored.stage_id, stored.state) == ("project.paid", "won")

    reverse_payment(payment, reason="银行退回", actor=people.administrator.actor)
    let_it_run()
    stored = reloaded(opportunity)
    assert (stored.stage_id, stored.state, stored.closed_at, stored.is_paid) == (
        "project.contract",
        "open",
        None,
        False,
    )


def test_staying_too_long_tells_the_owner_and_later_their_manager(rules, make_opportunity, people):
    moment = now()
    with time_machine.travel(moment, tick=False):
        opportunity = make_opportunity()
        let_it_run()
    assert opportunity.stage_due_at == opportunity.stage_entered_at + timedelta(days=14)

    def told(member):
        rows = Notification.objects.filter(user=member.user, title__contains="停留过久").order_by("pk")
        return list(rows.values_list("title", flat=True))

    with time_machine.travel(moment + timedelta(days=14, hours=2), tick=False):
        scan_everything()
        let_it_run()
        assert told(people.rep) == ["澜图机房改造在“初步接触”停留过久"]
        assert told(people.manager) == []
    with time_machine.travel(moment + timedelta(days=21, hours=2), tick=False):
        scan_everything()
        let_it_run()
        assert len(told(people.manager)) == 1


def test_tasks_move_next_and_last_activity(make_opportunity, people):
    opportunity = make_opportunity()
    due = now() + timedelta(days=2)
    about = About("opportunity", opportunity.pk, opportunity.name)

    task = plan_task("打电话", owner_id=people.rep.id, due_at=due, actor=people.rep.actor, about=about)
    assert reloaded(opportunity).next_activity_at == due
    with time_machine.travel(now() + timedelta(days=1), tick=False):
        complete_task(task, actor=people.rep.actor, result="已联系")
        finished = now()

    stored = reloaded(opportunity)
    assert (stored.next_activity_at, stored.last_activity_at) == (None, finished)
    assert [said for key, said in examine() if key == "activities"] == []


def test_a_stage_of_a_changed_pipeline_has_its_own_due_day(make_opportunity, people):
    opportunity = make_opportunity()

    moved = change_record(opportunity, {"stage": "project.needs"}, actor=people.rep.actor)
    assert moved.stage_due_at == moved.stage_entered_at + timedelta(days=21)
    lost = enter_stage(moved, "project.lost", actor=people.rep.actor, values={"lost_reason": "price"})
    assert lost.stage_due_at is None


def test_shipped_views_open(people, make_opportunity):
    make_opportunity()
    client = people.rep.client()
    page = client.get("/opportunities/").content.decode()

    for name in ("我的商机", "本月预计成交", "停留过久", "无下一步"):
        assert name in page
