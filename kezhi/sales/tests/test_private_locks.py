"""A link locked to its recipient opens with a code from their mailbox and for nobody else (SAL-4, SAL-9)."""

import json
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from kezhi.core.clock import now
from kezhi.core.crypto import decrypt
from kezhi.core.figures import set_figure
from kezhi.core.models import Job
from kezhi.sales.models import PrivateLink, PrivateLinkVisitor
from kezhi.sales.private_links import (
    PrivatePage,
    make_private_link,
    private_address,
    register_private_page,
    unregister_private_page,
)
from kezhi.sales.private_visits import network_of, opened_links
from kezhi.sales.views.private_links import CODES, MISSES, PAGES
from tests.reading import visible_text

pytestmark = pytest.mark.django_db
RECIPIENT = "wang@lantu.example"
PHONE = {"HTTP_USER_AGENT": "Mozilla/5.0 (iPhone) Safari", "REMOTE_ADDR": "198.51.100.7"}


@pytest.fixture(autouse=True)
def page():
    def show(request, link, record, token):
        return HttpResponse(f"shows {record.name}")

    def part(request, link, record, token):
        return HttpResponse("a part")

    for throttle in (PAGES, MISSES, CODES):
        throttle.forget()
    register_private_page(PrivatePage("specimen", show=show, parts={"part": part}))
    yield
    unregister_private_page("specimen")


@pytest.fixture
def order(make, make_customer):
    return make("order", name="服务器两台", customer=make_customer(), ordered_on="2026-01-05", amount="1000")


@pytest.fixture
def link(order, people):
    made, token = make_private_link(
        "specimen", order, expires_at=now() + timedelta(days=7), actor=people.rep.actor, locked_to=RECIPIENT
    )
    made.address = private_address(token)
    return made


def _ask(client, link, email=RECIPIENT):
    return client.post(link.address, {"lock": "ask", "email": email})


def _open(client, link, code):
    return client.post(link.address, {"lock": "open", "code": code, "email": RECIPIENT})


def _codes():
    """The codes that were sent, the last one last."""
    rows = Job.objects.filter(name="sales.link_code_mail").order_by("id")
    return [decrypt(row.args["message"], purpose="sales.link_code").split("\x00") for row in rows]


def _wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_without_the_code_neither_page_nor_parts_nor_answers_are_there(link):
    client = Client()
    page, part, answer = client.get(link.address), client.get(f"{link.address}part/"), client.post(link.address, {})
    assert [one.status_code for one in (page, part, answer)] == [200, 403, 403]
    assert not any("服务器两台" in one.content.decode() or "a part" in one.content.decode() for one in (page, part))
    assert RECIPIENT not in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store, private"


def test_the_code_from_the_mailbox_opens_page_and_parts_on_this_device_only(link):
    client = Client()
    _ask(client, link)
    [[to, code]] = _codes()
    assert (to, len(code)) == (RECIPIENT, 6)
    opened = _open(client, link, code)
    assert (opened.status_code, opened.headers["Location"]) == (302, link.address)
    assert client.get(link.address).content.decode() == "shows 服务器两台"
    assert client.get(f"{link.address}part/").content.decode() == "a part"
    other = Client()
    assert other.get(f"{link.address}part/").status_code == 403
    assert _open(other, link, code).status_code == 403


def test_the_right_mailbox_and_any_other_get_the_same_answer(link):
    def words(answer, email):
        return visible_text(answer.content.decode()).replace(email, "")

    right, wrong = _ask(Client(), link), _ask(Client(), link, "someone@else.example")
    nonsense = _ask(Client(), link, "nonsense")
    assert {one.status_code for one in (right, wrong, nonsense)} == {200}
    assert words(right, RECIPIENT) == words(wrong, "someone@else.example") == words(nonsense, "nonsense")
    assert [to for to, _code in _codes()] == [RECIPIENT]


def test_a_code_is_worn_out_by_wrong_ones(link, clock_at):
    client = Client()
    _ask(client, link)
    [[_to, code]] = _codes()
    assert {_open(client, link, _wrong(code)).status_code for _turn in range(5)} == {403}
    assert _open(client, link, code).status_code == 403
    clock_at(now() + timedelta(minutes=2))
    CODES.forget()
    _ask(client, link)
    assert _open(client, link, _codes()[-1][1]).status_code == 302


def test_a_code_ends_after_its_minutes_and_the_next_waits_a_moment(link, clock_at):
    client = Client()
    _ask(client, link)
    _ask(client, link)
    assert len(_codes()) == 1
    clock_at(now() + timedelta(minutes=16))
    assert _open(client, link, _codes()[0][1]).status_code == 403


def test_a_device_that_was_let_in_is_asked_again_after_its_hours(link, clock_at):
    client = Client()
    _ask(client, link)
    _open(client, link, _codes()[0][1])
    clock_at(now() + timedelta(hours=25))
    assert client.get(f"{link.address}part/").status_code == 403


def test_after_too_many_wrong_codes_none_is_sent_and_the_record_says_so(link, people):
    PrivateLink.objects.filter(pk=link.pk).update(code_misses=25)
    _ask(Client(), link)
    assert _codes() == []
    page = people.rep.client().get(f"/orders/{link.record_id}/")
    assert page.status_code == 200
    [one] = opened_links(list(PrivateLink.objects.filter(pk=link.pk)))
    assert one.is_shut


def test_neither_code_nor_mailbox_is_kept_in_the_clear(link):
    _ask(Client(), link)
    [[_to, code]] = _codes()
    args = Job.objects.get(name="sales.link_code_mail").args
    assert RECIPIENT not in json.dumps(args)
    assert PrivateLink.objects.get(pk=link.pk).code_hash != code


def test_somebody_held_up_by_the_lock_shows_as_forwarded(link):
    owner = Client()
    _ask(owner, link)
    _open(owner, link, _codes()[0][1])
    owner.get(link.address)
    [one] = opened_links([link])
    assert (one.is_forwarded, [visitor.is_recipient for visitor in one.visitors]) == (False, [True])
    Client(**PHONE).get(link.address)
    [one] = opened_links([link])
    assert one.is_forwarded
    stranger = PrivateLinkVisitor.objects.get(link=link, is_recipient=False)
    assert (stranger.network, stranger.device) == ("198.51.100.*", "Safari · iPhone")


def test_an_open_link_seen_from_many_places_shows_as_forwarded(order, people):
    link, token = make_private_link("specimen", order, expires_at=now() + timedelta(days=7), actor=people.rep.actor)
    for number in (1, 2, 3):
        assert opened_links([link])[0].is_forwarded is False
        Client(REMOTE_ADDR=f"198.51.{number}.7").get(private_address(token))
    assert opened_links([link])[0].is_forwarded is True


@pytest.mark.parametrize(
    ("address", "kept"),
    [("203.0.113.9", "203.0.113.*"), ("2001:db8:1:2::3", "2001:0db8:0001:*"), ("nothing", "")],
)
def test_of_an_address_only_the_network_is_kept(address, kept):
    assert network_of(address) == kept


def test_where_every_link_has_to_be_locked_none_is_made_without_an_address(order, people, monkeypatch):
    monkeypatch.setattr("kezhi.sales.private_locks.mail_is_on", lambda: True)
    set_figure("sales.link_lock", "always", actor_ref=people.rep.actor.ref)
    client = people.rep.client()
    assert client.post(f"/orders/{order.pk}/link/").status_code == 422
    made = client.post(f"/orders/{order.pk}/link/", {"lock_to": RECIPIENT})
    assert made.status_code == 200
    assert PrivateLink.objects.get(purpose="order").locked_to == RECIPIENT
