"""Two-step sign-in: codes, recovery codes, and what may be used only once."""

import re

import pyotp
import pytest
from django.test import Client
from django.urls import reverse

from kezhi.access.models import RecoveryCode, SecondFactor, Session
from kezhi.access.operations.problems import Refused
from kezhi.access.operations.second_factor import turn_off_second_factor, turn_on_second_factor
from kezhi.access.second_factor import matching_step, use_code
from kezhi.access.testing.cast import PASSWORD
from kezhi.core.clock import now

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_now():
    return pyotp.TOTP(SECRET).at(int(now().timestamp()))


@pytest.fixture
def guarded(company, clock_at):
    """The rep with a second factor set up a minute ago; gives clock, company and the recovery codes."""
    clock = clock_at("2026-11-20 09:00")
    codes = turn_on_second_factor(company.rep.user, SECRET, code_now(), ref=company.rep.actor.ref)
    clock.shift(60)
    return clock, company, codes


def first_step(client):
    response = client.post(reverse("access:sign_in"), {"username": "cast-rep", "password": PASSWORD})
    return re.search(r'name="token" value="([^"]+)"', response.content.decode()).group(1)


def second_step(client, token, code):
    return client.post(reverse("access:sign_in_code"), {"token": token, "code": code})


def test_the_password_alone_opens_nothing(guarded):
    client = Client()

    first_step(client)

    assert Session.objects.count() == 0
    assert client.get("/me/").status_code == 302


def test_password_and_code_open_a_session(guarded):
    client = Client()

    assert second_step(client, first_step(client), code_now()).status_code == 302
    assert client.get("/me/").status_code == 200


def test_a_code_serves_once(guarded):
    _clock, company, _codes = guarded

    assert [use_code(company.rep.id, code_now()), use_code(company.rep.id, code_now())] == [True, False]


def test_the_code_that_set_it_up_does_not_sign_in(company, clock_at):
    clock_at("2026-11-20 09:00")
    turn_on_second_factor(company.rep.user, SECRET, code_now(), ref=company.rep.actor.ref)

    assert use_code(company.rep.id, code_now()) is False


def test_a_code_of_the_step_before_or_after_is_accepted_and_none_further(clock_at):
    clock_at("2026-11-20 09:00")
    present = int(now().timestamp())

    accepted = [
        matching_step(SECRET, pyotp.TOTP(SECRET).at(present + 30 * shift)) is not None for shift in (-2, -1, 0, 1, 2)
    ]

    assert accepted == [False, True, True, True, False]


def test_a_recovery_code_replaces_the_phone_once(guarded):
    _clock, _company, codes = guarded
    assert len(set(codes)) == 10

    first = second_step(Client(), first_step(Client()), codes[0].upper().replace("-", " "))
    again = second_step(Client(), first_step(Client()), codes[0])

    assert (first.status_code, again.status_code) == (302, 422)
    assert RecoveryCode.objects.filter(used_at=None).count() == 9


def test_wrong_codes_lock_the_account(guarded):
    token = first_step(Client())
    for _try in range(5):
        assert second_step(Client(), token, "000000").status_code == 422

    assert second_step(Client(), token, code_now()).status_code == 429


def test_a_half_finished_sign_in_dies_after_five_minutes(guarded):
    clock, _company, _codes = guarded
    token = first_step(Client())
    clock.shift(301)

    response = second_step(Client(), token, code_now())

    assert response.status_code == 422
    assert Session.objects.count() == 0


def test_a_half_finished_sign_in_dies_with_the_password(guarded):
    _clock, company, _codes = guarded
    token = first_step(Client())
    company.rep.user.set_password("plum-rain-over-jiangnan")
    company.rep.user.save()

    assert second_step(Client(), token, code_now()).status_code == 422
    assert Session.objects.count() == 0


def test_a_forged_token_opens_nothing(guarded):
    _clock, company, _codes = guarded

    assert second_step(Client(), f"[{company.rep.id}]:x:y", code_now()).status_code == 422


def test_a_wrong_code_sets_nothing_up(company):
    with pytest.raises(Refused):
        turn_on_second_factor(company.rep.user, SECRET, "000000", ref=company.rep.actor.ref)

    assert SecondFactor.objects.count() == 0


def test_the_page_sets_it_up_and_shows_ten_codes(company):
    client = company.rep.client()
    page = client.get("/me/second-factor/").content.decode()
    secret = re.search(r'class="settings__secret">([A-Z2-7 ]+)<', page).group(1).replace(" ", "")

    response = client.post("/me/second-factor/", {"code": pyotp.TOTP(secret).now()})

    assert len(re.findall(r"<li><code>", response.content.decode())) == 10
    assert SecondFactor.objects.get().user == company.rep.user


def test_the_secret_is_not_in_the_database_in_the_clear(company, clock_at):
    from django.db import connection

    clock_at("2026-11-20 09:00")
    turn_on_second_factor(company.rep.user, SECRET, code_now(), ref=company.rep.actor.ref)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM access_secondfactor")
        [(stored,)] = cursor.fetchall()

    assert SECRET not in stored


def test_turned_off_the_password_is_enough_again(guarded):
    _clock, company, _codes = guarded

    turn_off_second_factor(company.rep.user, ref=company.rep.actor.ref)

    assert RecoveryCode.objects.count() == 0
    response = Client().post(reverse("access:sign_in"), {"username": "cast-rep", "password": PASSWORD})
    assert response.status_code == 302
