"""Customers return to the pool by the shipped rules, and their owner is told before (CUS-15)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from kezhi.automation.defaults import install_rules
from kezhi.automation.scanning import scan_everything
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core.figures import set_figure
from kezhi.core.models import Event
from kezhi.customers.models import Customer
from kezhi.customers.operations.pool import claim_customers, release_customers
from kezhi.work.deadlines import Deadline
from kezhi.work.models import Notification
from tests.scenes import play

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def rules(claimers):
    play(install_rules)
    play(claimers.grant, "task")
    for key, value in (("recall_c", 10), ("recall_vip", 0), ("warning_days", 3)):
        set_figure(f"pool.{key}", value, actor_ref=claimers.administrator.actor.ref)
    return claimers


def morning_of(day):
    """What a worker does on the morning so many days later."""
    with time_machine.travel(MORNING + timedelta(days=day), tick=False):
        scan_everything()
        let_it_run()


def stored(customer):
    return Customer.objects.ungated("test").get(pk=customer.pk)


def warnings_of(member):
    rows = Notification.objects.filter(user=member.user).order_by("pk")
    return [row.title for row in rows if "收回公海" in row.title]


def test_a_customer_nobody_follows_up_is_announced_and_then_returns(rules, make_customer):
    with time_machine.travel(MORNING, tick=False):
        customer = make_customer(level="C")
        kept = make_customer("苏州乙科技有限公司", level="VIP")
        let_it_run()
    morning_of(6)
    assert warnings_of(rules.rep) == []
    morning_of(8)
    [warning] = warnings_of(rules.rep)
    assert warning.startswith("苏州澜图科技有限公司")
    morning_of(9)
    assert stored(customer).owner_id == rules.rep.id
    assert len(warnings_of(rules.rep)) == 1
    morning_of(11)
    gone = stored(customer)
    assert (gone.owner_id, gone.pool_reason, gone.last_owner_id) == (None, "quiet", rules.rep.id)
    assert Event.objects.get(kind="customer.released").actor_kind == "rule"
    assert stored(kept).owner_id == rules.rep.id


def test_a_protected_customer_stays_until_its_protection_ends(rules, make_customer):
    with time_machine.travel(MORNING, tick=False):
        customer = make_customer(level="C")
        release_customers([customer.pk], "quiet", actor=rules.rep.actor)
        set_figure("pool.protection_days", 30, actor_ref=rules.administrator.actor.ref)
        assert claim_customers([customer.pk], actor=rules.colleague.actor).done == [customer.pk]
        let_it_run()
    morning_of(20)
    assert stored(customer).owner_id == rules.colleague.id
    morning_of(32)
    assert stored(customer).owner_id is None


def test_first_contact_is_no_longer_promised_by_whoever_gave_the_customer_back(rules, make_customer):
    with time_machine.travel(MORNING, tick=False):
        customer = make_customer()
        let_it_run()
        release_customers([customer.pk], "overload", actor=rules.rep.actor)
        let_it_run()
        states = Deadline.objects.ungated("test").filter(kind="first_contact").values_list("state", flat=True)
        assert list(states) == ["cancelled"]


def test_the_released_customer_is_not_reported_as_one_nobody_ever_had(rules, make_customer):
    with time_machine.travel(MORNING, tick=False):
        customer = make_customer()
        release_customers([customer.pk], "quiet", actor=rules.rep.actor)
        let_it_run()
    morning_of(4)
    titles = Notification.objects.filter(user=rules.steward.user).values_list("title", flat=True)
    assert [title for title in titles if "还没有负责人" in title] == []
