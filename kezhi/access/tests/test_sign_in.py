"""Signing in: who gets in, who does not, and what is told to whom."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from kezhi.access.models import Session, SignInFailure
from kezhi.access.operations import deactivate_user, reset_password
from kezhi.access.testing.cast import PASSWORD
from kezhi.core.models.events import Event

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"


def sign_in(client, username, password, **extra):
    return client.post(reverse("access:sign_in"), {"username": username, "password": password}, **extra)


def kinds():
    return list(Event.objects.filter(kind__startswith="user.").order_by("id").values_list("kind", flat=True))


def alert(response):
    return re.search(r'role="alert".*?<div>(.*?)</div>', response.content.decode(), re.S).group(1)


def test_the_right_password_opens_a_session(company):
    client = Client(headers={"user-agent": CHROME})

    response = sign_in(client, "cast-rep", PASSWORD)

    assert response.status_code == 302
    session = Session.objects.get()
    assert (session.user, session.device, session.address) == (company.rep.user, "Chrome · Windows", "127.0.0.1")
    assert client.get(reverse("access:me")).status_code == 200
    assert kinds()[-1] == "user.signed_in"


def test_the_name_is_accepted_in_any_case_and_with_spaces(company):
    assert sign_in(Client(), "  Cast-REP ", PASSWORD).status_code == 302


def test_a_wrong_password_and_an_unknown_name_hear_the_same(company):
    wrong = sign_in(Client(), "cast-rep", "not-the-password")
    unknown = sign_in(Client(), "nobody-at-all", "not-the-password")

    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert alert(wrong) == alert(unknown)
    assert Session.objects.count() == 0
    assert SignInFailure.objects.count() == 2
    assert kinds() == ["user.sign_in_failed"]


def test_an_unknown_name_costs_a_password_check_too(company, monkeypatch):
    checked = []
    monkeypatch.setattr("kezhi.access.operations.sign_in.burn", checked.append)

    sign_in(Client(), "nobody-at-all", "some-password")

    assert checked == ["some-password"]


def test_somebody_deactivated_hears_the_same_as_with_a_wrong_password(company):
    deactivate_user(company.rep.user, actor=company.administrator.actor)

    response = sign_in(Client(), "cast-rep", PASSWORD)

    assert response.status_code == 422
    assert Session.objects.count() == 0


def test_after_five_wrong_passwords_the_right_one_is_refused_until_the_lock_ends(company, clock_at):
    clock = clock_at("2026-11-20 09:00")
    for _try in range(5):
        assert sign_in(Client(), "cast-rep", "wrong").status_code == 422

    locked = sign_in(Client(), "cast-rep", PASSWORD)
    clock.shift(14 * 60 + 59)
    still_locked = sign_in(Client(), "cast-rep", PASSWORD)
    clock.shift(2)
    free = sign_in(Client(), "cast-rep", PASSWORD)

    assert (locked.status_code, still_locked.status_code, free.status_code) == (429, 429, 302)
    assert kinds() == ["user.sign_in_failed"] * 4 + ["user.locked_out", "user.signed_in"]


def test_an_unknown_name_is_locked_just_like_a_known_one(company):
    for _try in range(5):
        sign_in(Client(), "nobody-at-all", "wrong")

    assert sign_in(Client(), "nobody-at-all", "wrong").status_code == 429


def test_failures_far_apart_lock_nobody(company, clock_at):
    clock = clock_at("2026-11-20 09:00")
    for _try in range(8):
        assert sign_in(Client(), "cast-rep", "wrong").status_code == 422
        clock.shift(4 * 60)

    assert sign_in(Client(), "cast-rep", PASSWORD).status_code == 302


def test_a_success_forgets_the_failures_before_it(company):
    for _try in range(4):
        sign_in(Client(), "cast-rep", "wrong")
    sign_in(Client(), "cast-rep", PASSWORD)
    for _try in range(4):
        sign_in(Client(), "cast-rep", "wrong")

    assert sign_in(Client(), "cast-rep", PASSWORD).status_code == 302


def test_many_names_from_one_address_lock_the_address_and_no_other(company, clock_at):
    clock = clock_at("2026-11-20 09:00")
    for number in range(30):
        sign_in(Client(), f"guess-{number}", "wrong", REMOTE_ADDR="203.0.113.9")
        clock.shift(1)

    assert sign_in(Client(), "cast-rep", PASSWORD, REMOTE_ADDR="203.0.113.9").status_code == 429
    assert sign_in(Client(), "cast-rep", PASSWORD, REMOTE_ADDR="203.0.113.10").status_code == 302


def test_the_administrators_reset_ends_a_lock(company):
    for _try in range(5):
        sign_in(Client(), "cast-rep", "wrong")
    password = reset_password(company.rep.user, actor=company.administrator.actor)

    assert sign_in(Client(), "cast-rep", password).status_code == 302


def test_a_flood_is_refused_without_checking_passwords(company, monkeypatch):
    checked = []
    monkeypatch.setattr("kezhi.access.operations.sign_in.burn", checked.append)
    monkeypatch.setattr("kezhi.access.throttling.monotonic", lambda: 0.0)

    answers = [sign_in(Client(), f"n{number}", "x", REMOTE_ADDR=f"203.0.113.{number}") for number in range(100)]

    assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 95
    assert len(checked) == 5
    assert answers[-1].headers["Retry-After"] == "5"


def test_a_flood_from_one_address_does_not_reach_the_database(company, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("kezhi.access.throttling.monotonic", lambda: 0.0)
    monkeypatch.setattr("kezhi.access.operations.sign_in.burn", lambda password: None)
    for number in range(60):
        sign_in(Client(), f"n{number}", "x")

    with django_assert_num_queries(1):  # the epochs
        assert sign_in(Client(), "cast-rep", PASSWORD).status_code == 429


def test_signing_in_leads_back_but_never_to_another_site(company):
    def after(wanted):
        data = {"username": "cast-rep", "password": PASSWORD, "next": wanted}
        return Client().post(reverse("access:sign_in"), data).headers["Location"]

    assert after("/me/") == "/me/"
    assert after("https://evil.example/") == "/"
    assert after("//evil.example/") == "/"
    assert after("javascript:alert(1)") == "/"


def test_a_stranger_is_sent_to_the_sign_in_page_from_every_page(db):
    response = Client().get("/settings/users/?q=x")

    assert response.status_code == 302
    assert response.headers["Location"] == "/sign-in/?next=%2Fsettings%2Fusers%2F%3Fq%3Dx"


def test_a_fragment_for_a_stranger_sends_the_whole_page_to_sign_in(db):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/me/"}

    response = Client().get("/settings/users/", headers=headers)

    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/sign-in/?next=%2Fme%2F"


def test_a_password_of_another_hand_must_be_changed_before_anything_else(company):
    password = reset_password(company.rep.user, actor=company.administrator.actor)
    client = Client()
    assert sign_in(client, "cast-rep", password).headers["Location"] == "/me/password/"

    assert client.get("/me/").headers["Location"] == "/me/password/"
    data = {"old": password, "new": "plum-rain-over-jiangnan", "again": "plum-rain-over-jiangnan"}
    assert client.post("/me/password/", data).headers["Location"] == "/me/"
    assert client.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "again", "field"),
    [
        ("wrong", "plum-rain-over-jiangnan", "plum-rain-over-jiangnan", "old"),
        (PASSWORD, "short", "short", "new"),
        (PASSWORD, "cast-rep-1", "cast-rep-1", "new"),
        (PASSWORD, "1234567890123", "1234567890123", "new"),
        (PASSWORD, PASSWORD, PASSWORD, "new"),
        (PASSWORD, "plum-rain-over-jiangnan", "plum-rain-over-jiangnam", "again"),
    ],
)
def test_a_password_change_is_refused_with_the_reason_at_its_field(company, old, new, again, field):
    client = company.rep.client()

    response = client.post("/me/password/", {"old": old, "new": new, "again": again})

    assert response.status_code == 422
    assert f'id="id_{field}-error"' in response.content.decode()
    company.rep.user.refresh_from_db()
    assert company.rep.user.check_password(PASSWORD)


def test_a_changed_password_ends_the_sessions_elsewhere_and_keeps_this_one(company):
    here, elsewhere = company.rep.client(), company.rep.client()
    data = {"old": PASSWORD, "new": "plum-rain-over-jiangnan", "again": "plum-rain-over-jiangnan"}

    here.post("/me/password/", data)

    assert here.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302
    assert kinds()[-1] == "user.password_changed"


def test_signing_out_ends_the_session_at_once(company):
    client = company.rep.client()

    client.post("/sign-out/")

    assert Session.objects.count() == 0
    assert client.get("/me/").status_code == 302
    assert kinds() == ["user.signed_out"]


def test_signing_out_needs_a_post(company):
    assert company.rep.client().get("/sign-out/").status_code == 405
