"""What rules do to many records takes no more queries than to few; stand-ins to the end of the line."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.access.models import Absence, Grant
from kezhi.access.rights import EPOCH
from kezhi.automation import running
from kezhi.automation.models import RuleRun, RunState
from kezhi.automation.people import present_people
from kezhi.automation.running import run_rules
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core import epochs
from kezhi.core.clock import now, today
from kezhi.core.sealing import seal_all
from kezhi.records.tests.fake_types import FIRM
from kezhi.work.deadlines import Deadline
from kezhi.work.models import Notification
from kezhi.work.models.approvals import Approval, ApprovalParty, ApprovalStep
from kezhi.work.operations.approval_flows import install_flows

pytestmark = pytest.mark.django_db

TEXT = {"zh": "给{name}特价"}
ACTIONS = (
    {"do": "ask_approval", "with": {"who": ["owner"], "text": TEXT}},
    {"do": "create_task", "with": {"to": ["owner"], "text": TEXT, "due": {"number": 1, "unit": "day"}}},
    {"do": "notify", "with": {"to": ["owner"], "text": TEXT}},
    {"do": "create_record", "with": {"record_type": "firm", "values": {"name": "新{name}"}}},
    {"do": "call_webhook", "with": {"url": "https://example.com/hook"}},
)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action["do"])
def test_an_action_on_many_records_takes_as_many_queries_as_on_few(action, write_rule, make_firm, monkeypatch):
    monkeypatch.setattr(running, "_LONGEST_LOCK_SECONDS", 3600)
    install_flows()
    write_rule({"on": "created"}, [action])

    def queries(count):
        for number in range(count):
            make_firm(f"厂{count}-{number}")
        seal_all()
        ready = list(RuleRun.objects.filter(state=RunState.READY).values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as counted:
            run_rules(run_ids=ready)
        assert set(RuleRun.objects.filter(pk__in=ready).values_list("state", flat=True)) == {RunState.DONE}
        RuleRun.objects.all().delete()
        return len(counted)

    queries(2)
    few, many = queries(3), queries(15)
    assert many <= few + 2


def test_approvals_asked_for_together_are_as_those_asked_for_alone(write_rule, make_firm, firms):
    install_flows()
    write_rule({"on": "created"}, [ACTIONS[0]])
    make_firm("一厂")
    let_it_run()
    for name in ("二厂", "三厂"):
        make_firm(name)
    let_it_run()

    def told(approval):
        about = {"record_id": approval.about_id, "kind": "approval"}
        return (
            [
                (step.user_id, step.state, step.why, step.due_at is None)
                for step in ApprovalStep.objects.filter(approval=approval)
            ],
            [(party.user_id, party.role) for party in ApprovalParty.objects.filter(approval=approval).order_by("pk")],
            [(stage.state, stage.mode) for stage in approval.stages.order_by("pk")],
            [(row.owner_id, row.origin) for row in Deadline.objects.ungated("test").filter(**about)],
            [
                (row.user_id, row.needs_action, row.title.replace(approval.about_title, ""))
                for row in Notification.objects.filter(source_type="approval", source_id=approval.pk)
            ],
            (approval.stage, approval.state, approval.fingerprint != "", approval.snapshot != "", approval.flow_id),
        )

    alone, *together = Approval.objects.ungated("test").order_by("pk")
    assert [row.title for row in together] == ["给二厂特价", "给三厂特价"]
    assert [told(row) for row in together] == [told(alone)] * 2


def test_the_same_runs_again_ask_for_nothing_twice(write_rule, make_firm):
    from kezhi.access.actors import system_actor
    from kezhi.work.operations.approval_batches import Asked, request_approvals
    from kezhi.work.operations.tasks import About

    install_flows()
    actor = system_actor("test")
    firms_asked = [make_firm(name) for name in ("一厂", "二厂")]
    asked = [
        Asked(firm.name, firm.owner_id, About("firm", firm.pk, firm.name), actor, form_key=f"run:{firm.pk}")
        for firm in firms_asked
    ]
    first = request_approvals("general", asked, actor=actor)
    again = request_approvals("general", asked, actor=actor)
    assert [row.pk for row in again] == [row.pk for row in first]
    assert Approval.objects.ungated("test").count() == 2


def _away(person, stand_in):
    Absence.objects.create(
        user=person.user,
        stand_in=stand_in.user,
        first_day=today() - timedelta(days=1),
        last_day=today() + timedelta(days=1),
        created_at=now(),
    )
    epochs.bump(EPOCH)


def test_a_stand_in_who_is_away_too_gives_way_to_theirs(firms):
    _away(firms.rep, firms.colleague)
    _away(firms.colleague, firms.manager)
    assert present_people([firms.rep.id]) == [(firms.manager.id, firms.rep.id)]


def test_two_who_stand_in_for_each_other_are_told_themselves(firms):
    _away(firms.rep, firms.colleague)
    _away(firms.colleague, firms.rep)
    assert present_people([firms.rep.id, firms.colleague.id]) == [(firms.rep.id, None), (firms.colleague.id, None)]


def test_an_approver_who_may_not_see_the_record_does_not_read_its_name(write_rule, make_firm, firms):
    install_flows()
    write_rule({"on": "created"}, [ACTIONS[0]])
    Grant.objects.filter(role__key="sales_manager", subject="firm").delete()
    epochs.bump(EPOCH)
    firm = make_firm("保密厂")
    let_it_run()

    approval = Approval.objects.ungated("test").get()
    assert approval.title == "给保密厂特价"
    notice = Notification.objects.get(source_type="approval", source_id=approval.pk)
    assert (notice.user_id, notice.title.partition("：")[2]) == (firms.manager.id, f"给〔{FIRM.label}〕特价")
    for address in ("/approvals/", f"/approvals/{approval.pk}/", f"/approvals/{approval.pk}/decision/", "/inbox/"):
        assert firm.name not in firms.manager.client().get(address).content.decode()
    assert firm.name in firms.rep.client().get(f"/approvals/{approval.pk}/").content.decode()
