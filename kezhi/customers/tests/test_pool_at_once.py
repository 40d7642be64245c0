"""Several people reach for the same customer of the pool at the same moment, on connections of their own."""

import threading

import pytest
from django.db import connection

from kezhi.core.figures import set_figure
from kezhi.core.models import Event
from kezhi.customers.models import ClaimCount, Customer
from kezhi.customers.operations.pool import claim_customers, release_customers

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 3


def at_once(claims):
    """What claiming gave, for each actor and customer in turn; all started together."""
    start = threading.Barrier(len(claims))
    results, errors = [None] * len(claims), []

    def claim(place, actor, customer):
        try:
            start.wait(100)
            results[place] = claim_customers([customer.pk], actor=actor)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(place, *each)) for place, each in enumerate(claims)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return results


def test_a_customer_two_claim_from_the_pool_is_one_s_and_the_other_is_told(claimers, make_customer):
    people = claimers
    for number in range(ROUNDS):
        customer = make_customer(f"苏州澜图第{number}科技有限公司")
        release_customers([customer.pk], "no_need", actor=people.rep.actor)
        actors = [people.colleague.actor, people.manager.actor]

        results = at_once([(actor, customer) for actor in actors])

        [owner] = [actor.user_id for actor, result in zip(actors, results, strict=True) if result.done]
        [refused] = [result.refused for result in results if not result.done]
        assert {pk: str(text) for pk, text in refused.items()} == {customer.pk: "已经不在公海里，可能刚被别人认领"}
        assert Customer.objects.ungated("test").get(pk=customer.pk).owner_id == owner
        claims = Event.objects.filter(kind="customer.claimed", record_id=customer.pk)
        assert list(claims.values_list("actor_id", flat=True)) == [owner]
    assert sum(ClaimCount.objects.values_list("count", flat=True)) == ROUNDS


def test_two_windows_of_one_person_do_not_go_over_their_limit(claimers, make_customer):
    set_figure("pool.claim_daily", 1, actor_ref=claimers.administrator.actor.ref)
    customers = [make_customer(name) for name in ("苏州澜图科技有限公司", "无锡云杉软件有限公司")]
    release_customers([customer.pk for customer in customers], "no_need", actor=claimers.rep.actor)
    actor = claimers.colleague.actor

    results = at_once([(actor, customer) for customer in customers])

    assert sorted(len(result.done) for result in results) == [0, 1]
    assert Customer.objects.ungated("test").filter(owner_id=actor.user_id).count() == 1
    assert ClaimCount.objects.get(user_id=actor.user_id).count == 1
