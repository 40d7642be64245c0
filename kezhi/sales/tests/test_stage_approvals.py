"""Moves to a stage that somebody has to agree to (AUTO-1, SAL-1)."""

import pytest

from kezhi.automation.models import RuleRun
from kezhi.automation.operations import make_rule, publish_rule, switch_on
from kezhi.automation.tests.conftest import let_it_run
from kezhi.records.operations import InvalidRecord, change_record
from kezhi.records.operations.bulk import change_many
from kezhi.records.registry import record_type
from kezhi.sales.approvals_stages import ACT
from kezhi.sales.models import Opportunity
from kezhi.sales.operations.stages import StageBlocked, enter_stage
from kezhi.work.approval_flows import Definition, FlowStep, Who
from kezhi.work.models import Approval
from kezhi.work.models.approvals import ApprovalStep, StageMode
from kezhi.work.operations.approval_flows import install_flows, save_flow
from kezhi.work.operations.approvals import ApprovalChanged, decide, withdraw
from tests.scenes import play

pytestmark = pytest.mark.django_db

NEEDS = {"field": "stage", "op": "is", "value": ["project.needs"]}


@pytest.fixture
def guarded(people):
    """Large opportunities enter 需求分析 once the manager agreed."""
    play(install_flows)
    play(people.grant, "settings", actions=("approvals",))
    step = FlowStep(StageMode.ANY, (Who("users", users=(people.manager.id,)),))
    definition = Definition((step,), amount_from=100_000, record_type="opportunity", condition=NEEDS)
    save_flow(None, definition, act=ACT, name_zh="大单", actor=people.administrator.actor)
    return people


def stage_of(opportunity):
    return Opportunity.objects.ungated("test").get(pk=opportunity.pk).stage_id


def sheet(member, opportunity, to="project.needs"):
    client = member.client()
    answer = client.get(f"/opportunities/{opportunity.pk}/stage/?to={to}")
    shown = {"to": to, "version": answer.context["version"], "form_key": answer.context["form_key"]}
    return client, answer, shown | {"chain": answer.context.get("digest", "")}


def ask(people, opportunity):
    client, _answer, form = sheet(people.rep, opportunity)
    assert client.post(f"/opportunities/{opportunity.pk}/stage/", form | {"reason": "客户催"}).status_code == 302
    return Approval.objects.ungated("test").get(act=ACT)


def answer(approval, member, verdict="approve", **rest):
    step = ApprovalStep.objects.get(approval=approval, user_id=member.id, state="waiting")
    return decide(step, verdict, actor=member.actor, **rest)


def test_the_move_waits_for_whoever_the_sheet_names_and_then_happens_once(guarded, make_opportunity):
    opportunity = make_opportunity()
    _client, shown, _form = sheet(guarded.rep, opportunity)
    assert guarded.manager.user.name in shown.context["chain"]

    approval = ask(guarded, opportunity)

    assert (approval.title, approval.amount) == ("澜图机房改造：移到“需求分析”", 500_000)
    assert stage_of(opportunity) == "project.contact"
    answer(approval, guarded.manager)
    assert stage_of(opportunity) == "project.needs"


def test_refused_or_withdrawn_it_stays_where_it_is(guarded, make_opportunity):
    refused, withdrawn = make_opportunity(), make_opportunity("另一个")
    answer(ask(guarded, refused), guarded.manager, "refuse", reason="再谈谈")
    ask_client, _answer, form = sheet(guarded.rep, withdrawn)
    ask_client.post(f"/opportunities/{withdrawn.pk}/stage/", form)
    withdraw(Approval.objects.ungated("test").get(state="waiting"), actor=guarded.rep.actor)

    assert (stage_of(refused), stage_of(withdrawn)) == ("project.contact", "project.contact")


def test_every_way_in_is_guarded_and_small_ones_pass(guarded, make_opportunity):
    opportunity, small = make_opportunity(), make_opportunity("小单", amount="90000")
    with pytest.raises(StageBlocked) as blocked:
        enter_stage(opportunity, "project.needs", actor=guarded.rep.actor)
    assert [each.is_agreement for each in blocked.value.missing] == [True]
    with pytest.raises(InvalidRecord) as refused:
        change_record(opportunity, {"stage": "project.needs"}, actor=guarded.rep.actor)
    assert refused.value.problems == {"stage": "还不能进入“需求分析”：移到这个阶段要先审批"}
    many = change_many(
        record_type("opportunity"), [opportunity.pk], {"stage": "project.needs"}, actor=guarded.rep.actor
    )
    assert many.refused == {opportunity.pk: "还不能进入“需求分析”：移到这个阶段要先审批"}
    with pytest.raises(InvalidRecord):
        make_opportunity("直接建在那里", stage="project.needs")

    assert enter_stage(small, "project.needs", actor=guarded.rep.actor).stage_id == "project.needs"


def test_asked_twice_it_is_one_request_and_the_sheet_says_that_it_waits(guarded, make_opportunity):
    opportunity = make_opportunity()
    client, _answer, form = sheet(guarded.rep, opportunity)
    for _click in range(2):
        client.post(f"/opportunities/{opportunity.pk}/stage/", form)
    _client, shown, _form = sheet(guarded.rep, opportunity)

    assert Approval.objects.ungated("test").filter(act=ACT).count() == 1
    assert (shown.context["waiting"].requester_id, shown.context["is_mine"]) == (guarded.rep.id, True)


def test_who_did_not_see_the_approvers_is_shown_them_first(guarded, make_opportunity):
    opportunity = make_opportunity()
    client, _answer, form = sheet(guarded.rep, opportunity)
    refused = client.post(f"/opportunities/{opportunity.pk}/stage/", form | {"chain": ""})

    assert refused.status_code == 409
    assert Approval.objects.ungated("test").filter(act=ACT).count() == 0


def test_an_opportunity_changed_since_is_shown_before_it_moves(guarded, make_opportunity):
    opportunity = make_opportunity()
    approval = ask(guarded, opportunity)
    change_record(opportunity, {"amount": "900000"}, actor=guarded.rep.actor)

    with pytest.raises(ApprovalChanged) as changed:
        answer(approval, guarded.manager)
    assert stage_of(opportunity) == "project.contact"
    answer(approval, guarded.manager, seen=changed.value.seen)
    assert stage_of(opportunity) == "project.needs"


def test_who_asked_and_may_not_any_more_moves_nothing(guarded, make_opportunity):
    opportunity = make_opportunity()
    approval = ask(guarded, opportunity)
    Opportunity.objects.ungated("test").filter(pk=opportunity.pk).update(owner_id=guarded.outsider.id)
    with pytest.raises(ApprovalChanged) as changed:
        answer(approval, guarded.manager)
    failed = answer(approval, guarded.manager, seen=changed.value.seen)

    assert (failed.state, stage_of(opportunity)) == ("failed", "project.contact")


def test_a_rule_asks_with_the_records_amount_and_where_there_is_none_says_so(people, make_opportunity, make_customer):
    install_flows()
    people.grant("automation", actions=("view", "edit"))
    asks = {"do": "ask_approval", "with": {"who": ["owner"], "text": {"zh": "补偿"}, "act": "compensation"}}
    for key in ("opportunity", "customer"):
        draft = {"when": {"on": "created"}, "if": {}, "do": [asks]}
        rule = make_rule(record_type(key), name_zh=key, draft=draft, actor=people.administrator.actor)
        publish_rule(rule, actor=people.administrator.actor)
        switch_on(rule, actor=people.administrator.actor)
    customer = make_customer()
    opportunity = make_opportunity(customer=customer)
    let_it_run()

    approval = Approval.objects.ungated("test").get()
    assert (approval.about_id, approval.amount, approval.flow.key) == (opportunity.pk, 500_000, "compensation-large")
    [failed] = RuleRun.objects.filter(record_type="customer")
    assert (failed.state, failed.error) == ("failed", "赔付要写明金额。")
