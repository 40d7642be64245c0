"""The pool: customers return to it, are found there by those who may claim, and are claimed within limits (CUS-15)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from kezhi.access.models import Grant, Role, Scope
from kezhi.access.policies import NotAllowed, allows
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now, today
from kezhi.core.events import read_facts
from kezhi.core.figures import set_figure
from kezhi.core.models import Event
from kezhi.customers.models import Customer
from kezhi.customers.operations.pool import assign_from_pool, claim_customers, release_customers
from kezhi.customers.policy import pool_of
from kezhi.customers.recalling import refresh_batch, refresh_recall
from kezhi.records.operations import InvalidRecord, change_record, undo_operation
from kezhi.records.registry import record_type

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
NAME = "苏州澜图科技有限公司"


def claimable(member):
    rows = Customer.objects.visible_to(member.actor, "claim")
    return list(rows.order_by("name").values_list("name", flat=True))


def figure(people, **values):
    for key, value in values.items():
        set_figure(f"pool.{key}", value, actor_ref=people.administrator.actor.ref)


@pytest.fixture
def pooled(customer_of, people):
    """A customer of the rep's that went to the pool yesterday."""
    with time_machine.travel(NOON - timedelta(days=1), tick=False):
        customer = customer_of(people.rep)
        release_customers([customer.pk], "no_need", actor=people.rep.actor, note="明年再看")
    customer.refresh_from_db()
    return customer


@pytest.fixture
def customer_of(claimers, make_customer):
    def make(member, name=NAME, **values):
        return make_customer(name, by=member, **values)

    return make


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def test_a_released_customer_has_no_owner_and_says_who_had_it_and_why(pooled, people):
    assert (pooled.owner_id, pooled.last_owner_id, pooled.pool_reason) == (None, people.rep.id, "no_need")
    assert pooled.pool_since == NOON - timedelta(days=1)
    assert (pooled.owned_since, pooled.recall_on) == (None, None)
    [event] = Event.objects.filter(kind="customer.released")
    assert read_facts(event) == {"reason": "no_need", "from": people.rep.id, "note": "明年再看"}


@pytest.mark.parametrize("reason", ["", "因为"])
def test_without_a_reason_off_the_list_nothing_is_released(customer_of, people, reason):
    customer = customer_of(people.rep)
    with pytest.raises(InvalidRecord) as refused:
        release_customers([customer.pk], reason, actor=people.rep.actor)
    assert list(refused.value.problems) == ["reason"]
    customer.refresh_from_db()
    assert customer.owner_id == people.rep.id


def test_nobody_releases_what_they_do_not_see(customer_of, people):
    customer = customer_of(people.rep)
    for member in (people.colleague, people.outsider):
        with pytest.raises(Customer.DoesNotExist):
            release_customers([customer.pk], "quiet", actor=member.actor)


def test_the_pool_is_found_by_its_own_branch_only(pooled, people):
    """One pool for each department under the company; whoever reaches everything finds all."""
    assert pooled.pool_department_id == pool_of(people.rep.id)
    found = {member.part: claimable(member) for member in people}
    assert found == {
        "rep": [NAME],
        "colleague": [NAME],
        "manager": [NAME],
        "outsider": [],
        "steward": [NAME],
        "administrator": [NAME],
    }
    for member in people:
        assert allows(member.actor, "claim", pooled) == bool(found[member.part])


def test_one_pool_for_the_whole_company_is_found_by_all(people, customer_of):
    figure(people, depth=0)
    customer = customer_of(people.rep)
    release_customers([customer.pk], "quiet", actor=people.rep.actor)
    assert [member.part for member in people if not claimable(member)] == []


def test_without_the_right_to_claim_the_pool_is_empty_and_claiming_refused(pooled, people):
    Grant.objects.filter(role__key="sales_rep", action="claim").delete()
    epochs.bump(EPOCH)
    assert claimable(people.colleague) == []
    with pytest.raises(NotAllowed):
        claim_customers([pooled.pk], actor=people.colleague.actor)


def test_who_may_claim_sees_nothing_else_of_the_customer(pooled, people):
    assert not Customer.objects.visible_to(people.colleague.actor).filter(pk=pooled.pk).exists()
    assert people.colleague.client().get(f"/customers/{pooled.pk}/").status_code == 404
    assert not Customer.objects.visible_to(people.colleague.actor, "export").filter(pk=pooled.pk).exists()


def test_claiming_gives_the_customer_an_owner_and_protects_it(pooled, people, noon):
    figure(people, protection_days=10, recall_other=3)
    result = claim_customers([pooled.pk], actor=people.colleague.actor)
    assert (result.done, result.refused) == ([pooled.pk], {})
    pooled.refresh_from_db()
    assert (pooled.owner_id, pooled.pool_since, pooled.pool_reason) == (people.colleague.id, None, "")
    assert pooled.protected_until == date(2026, 12, 3)
    assert pooled.recall_on == date(2026, 12, 4)
    assert claimable(people.colleague) == []
    [event] = Event.objects.filter(kind="customer.claimed")
    assert read_facts(event) == {"to": people.colleague.id, "last_owner": people.rep.id}


def test_the_second_one_finds_it_gone_and_is_told_so(pooled, people, noon):
    claim_customers([pooled.pk], actor=people.colleague.actor)
    result = claim_customers([pooled.pk, 987654], actor=people.manager.actor)
    gone = "已经不在公海里，可能刚被别人认领"
    assert result.done == []
    assert {pk: str(text) for pk, text in result.refused.items()} == {pooled.pk: gone, 987654: gone}
    pooled.refresh_from_db()
    assert pooled.owner_id == people.colleague.id


def test_a_customer_of_somebody_elses_cannot_be_claimed_nor_told_from_one_that_is_not_there(people, customer_of, noon):
    customer = customer_of(people.outsider)
    result = claim_customers([customer.pk, 987654], actor=people.rep.actor)
    assert result.done == []
    assert len({str(text) for text in result.refused.values()}) == 1


def test_the_last_owner_waits_before_claiming_again_and_is_told_until_when(pooled, people, noon):
    refused = claim_customers([pooled.pk], actor=people.rep.actor).refused
    assert str(refused[pooled.pk]) == "您是原负责人，2026-12-22 起才能再认领"
    with time_machine.travel(NOON + timedelta(days=29), tick=False):
        assert claim_customers([pooled.pk], actor=people.rep.actor).done == [pooled.pk]


def test_the_daily_limit_holds_and_says_when_it_ends(people, customer_of, noon):
    figure(people, claim_daily=2)
    ids = [customer_of(people.rep, f"苏州甲{number}科技有限公司").pk for number in range(3)]
    release_customers(ids, "quiet", actor=people.rep.actor)
    first = claim_customers(ids, actor=people.colleague.actor)
    assert (first.done, list(first.refused)) == (ids[:2], ids[2:])
    assert str(first.refused[ids[2]]) == "今天已认领 2 个，到了每天的上限，2026-11-24 起可以再认领"
    # Giving one back does not buy another one.
    release_customers(ids[:1], "other", actor=people.colleague.actor)
    assert claim_customers(ids[2:], actor=people.colleague.actor).done == []
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert claim_customers(ids[2:], actor=people.colleague.actor).done == ids[2:]


def test_whoever_holds_enough_gives_some_back_first(people, customer_of, noon):
    figure(people, claim_total=1)
    mine = customer_of(people.colleague, "苏州乙科技有限公司")
    other = customer_of(people.rep)
    release_customers([other.pk], "quiet", actor=people.rep.actor)
    refused = claim_customers([other.pk], actor=people.colleague.actor).refused
    assert str(refused[other.pk]) == "您手上已有 1 个客户，上限是 1 个；放回一些以后就能认领"
    release_customers([mine.pk], "overload", actor=people.colleague.actor)
    assert claim_customers([other.pk], actor=people.colleague.actor).done == [other.pk]


def test_a_manager_hands_out_of_the_pool_within_reach(pooled, people):
    manager = people.manager.actor
    beyond = assign_from_pool([pooled.pk], people.outsider.id, actor=manager)
    assert (beyond.done, list(beyond.refused)) == ([], [pooled.pk])
    assert assign_from_pool([pooled.pk], people.colleague.id, actor=manager.fresh()).done == [pooled.pk]
    pooled.refresh_from_db()
    assert (pooled.owner_id, pooled.pool_since, pooled.protected_until) == (people.colleague.id, None, None)


def test_reps_who_assign_only_their_own_hand_nothing_out_of_the_pool(pooled, people):
    result = assign_from_pool([pooled.pk], people.colleague.id, actor=people.colleague.actor)
    assert (result.done, list(result.refused)) == ([], [pooled.pk])


def test_assigning_by_any_other_door_takes_it_out_and_undoing_puts_it_back(pooled, people):
    actor = people.steward.actor
    change_record(pooled, {"owner": str(people.colleague.id)}, actor=actor)
    pooled.refresh_from_db()
    assert (pooled.owner_id, pooled.pool_since, pooled.pool_reason) == (people.colleague.id, None, "")
    assert claimable(people.manager) == []

    undone = undo_operation(actor.ref.operation, actor=actor.fresh())
    assert (undone.undone, undone.kept) == (1, {})
    pooled.refresh_from_db()
    assert (pooled.owner_id, pooled.pool_reason) == (None, "no_need")
    assert pooled.pool_since == NOON - timedelta(days=1)
    assert pooled.pool_department_id == pool_of(people.rep.id)
    assert claimable(people.colleague) == [NAME]


def test_the_day_of_recall_follows_level_follow_up_deal_and_department(people, customer_of, noon):
    figure(people, recall_a=10, recall_b=20, recall_vip=0, deal_days=100)
    customer = customer_of(people.rep, level="A")

    def day(**facts):
        Customer.objects.ungated("test").filter(pk=customer.pk).update(**facts)
        refresh_recall([customer.pk])
        return Customer.objects.ungated("test").values_list("recall_on", flat=True).get(pk=customer.pk)

    assert customer.recall_on == date(2026, 12, 3)
    assert day(last_followed_at=now() + timedelta(days=2)) == date(2026, 12, 5)
    assert day(level="B") == date(2026, 12, 15)
    assert day(last_order_on=date(2026, 11, 1)) == date(2027, 2, 9)
    assert day(last_signed_on=date(2026, 11, 2)) == date(2027, 2, 10)
    assert day(level="VIP") is None
    assert day(level="A", last_order_on=None, last_signed_on=None, last_followed_at=None) == date(2026, 12, 3)
    assert day(lifecycle="opportunity") is None
    assert day(lifecycle="lead", protected_until=date(2027, 1, 1)) == date(2027, 1, 2)
    set_figure(
        "pool.recall_a", 15, actor_ref=people.administrator.actor.ref, department_id=people.rep.user.department_id
    )
    assert day(protected_until=None) == date(2026, 12, 8)


def test_a_change_of_level_or_owner_moves_the_day_at_once(people, customer_of, noon):
    figure(people, recall_a=10, recall_c=30)
    customer = customer_of(people.rep, level="A")
    change_record(customer, {"level": "C"}, actor=people.rep.actor)
    customer.refresh_from_db()
    assert customer.recall_on == date(2026, 12, 23)
    with time_machine.travel(NOON + timedelta(days=5), tick=False):
        change_record(customer, {"owner": str(people.colleague.id)}, actor=people.manager.actor)
    customer.refresh_from_db()
    assert customer.recall_on == date(2026, 12, 28)


def test_the_nightly_round_brings_every_day_up_to_date(people, customer_of, noon):
    customers = [customer_of(people.rep, f"苏州丙{number}科技有限公司", level="C") for number in range(3)]
    figure(people, recall_c=5)
    refresh_batch()
    for customer in customers:
        customer.refresh_from_db()
        assert customer.recall_on == today() + timedelta(days=5)


def test_the_roles_that_ship_claim_in_their_branch():
    from kezhi.access.actors import system_actor
    from kezhi.access.defaults.roles import load_default_roles

    load_default_roles(actor=system_actor("test"))
    scopes = dict(Grant.objects.filter(subject="customer", action="claim").values_list("role__key", "scope").order_by())
    assert scopes == {
        "sales_rep": Scope.OWN,
        "sales_manager": Scope.BELOW,
        "data_steward": Scope.ALL,
        "administrator": Scope.ALL,
    }
    assert Role.objects.filter(key="legal").exists()


def test_claim_is_an_action_of_customers_alone():
    assert "claim" in record_type("customer").all_actions
    assert "claim" not in record_type("contact").all_actions
