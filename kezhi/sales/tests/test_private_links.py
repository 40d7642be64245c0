"""Private links lead people without an account to one record, and nowhere else (SAL-4, SAL-9)."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from kezhi.access.policies import NotAllowed
from kezhi.core.clock import now
from kezhi.core.models import Event
from kezhi.records.operations import delete_records
from kezhi.records.registry import type_of
from kezhi.sales.models import PrivateLink
from kezhi.sales.private_links import (
    PrivatePage,
    make_private_link,
    private_address,
    private_links,
    register_private_page,
    revoke_private_links,
    unregister_private_page,
)
from kezhi.sales.views.private_links import MISSES, PAGES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def page():
    def show(request, link, record, token):
        return HttpResponse(f"shows {record.name}")

    def part(request, link, record, token):
        return HttpResponse("a part", content_type="text/plain")

    PAGES.forget()
    MISSES.forget()
    register_private_page(PrivatePage("specimen", show=show, parts={"part": part}))
    yield
    unregister_private_page("specimen")


@pytest.fixture
def order(make, make_customer):
    return make("order", name="服务器两台", customer=make_customer(), ordered_on="2026-01-05", amount="1000")


def _link(order, people, **values):
    values = {"expires_at": now() + timedelta(days=7), "actor": people.rep.actor, **values}
    return make_private_link("specimen", order, **values)


def test_a_link_shows_its_record_without_sign_in_and_is_kept_by_nobody(order, people):
    link, token = _link(order, people)
    answer = Client().get(private_address(token))
    assert (answer.status_code, answer.content.decode()) == (200, "shows 服务器两台")
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert Client().get(f"{private_address(token)}part/").content == b"a part"
    link.refresh_from_db()
    assert link.opened_count == 1


def test_only_the_digest_of_a_token_is_stored(order, people):
    _made, token = _link(order, people)
    [link] = private_links(order, "specimen")
    assert token not in {str(value) for value in PrivateLink.objects.filter(pk=link.pk).values().get().values()}


def test_guessed_expired_and_revoked_links_and_those_of_deleted_records_answer_alike(order, people, make):
    _expired, expired = _link(order, people, expires_at=now() - timedelta(seconds=1))
    _revoked, revoked = _link(order, people)
    assert revoke_private_links(order, actor=people.rep.actor, purpose="specimen") == 1
    other = make("order", name="存储", customer=order.customer, ordered_on="2026-01-05", amount="1")
    _gone, gone = _link(other, people)
    delete_records(type_of(other), [other.pk], actor=people.rep.actor)
    answers = [Client().get(private_address(token)) for token in ("guessed", expired, revoked, gone, "x" * 400)]
    assert {answer.status_code for answer in answers} == {404}
    assert not any("服务器两台" in answer.content.decode() or "存储" in answer.content.decode() for answer in answers)


def test_who_tries_tokens_is_slowed_down(order, people):
    client = Client()
    answers = [client.get(private_address(f"guess-{turn}")).status_code for turn in range(11)]
    assert answers == [404] * 10 + [429]


def test_only_who_may_change_the_record_makes_and_revokes_links(order, people):
    with pytest.raises(NotAllowed):
        _link(order, people, actor=people.outsider.actor)
    _made, token = _link(order, people)
    with pytest.raises(NotAllowed):
        revoke_private_links(order, actor=people.outsider.actor)
    assert Client().get(private_address(token)).status_code == 200


def test_making_and_revoking_stand_in_the_log_without_the_token(order, people):
    _made, token = _link(order, people)
    revoke_private_links(order, actor=people.rep.actor)
    events = Event.objects.filter(record_type="order", record_id=order.pk, kind__startswith="private_link.")
    assert [event.kind for event in events.order_by("id")] == ["private_link.made", "private_link.revoked"]
    assert not any(token in event.facts for event in events)
