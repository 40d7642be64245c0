"""A way to sign in is added only by somebody who has just shown the password or a passkey."""

import pytest
from django.urls import reverse

from kezhi.access.figures import ACCOUNT_TRIES, PROOF_MINUTES
from kezhi.access.models import Passkey, SecondFactor, SignInFailure
from kezhi.access.testing.authenticator import Device
from kezhi.access.testing.cast import PASSWORD
from kezhi.access.tests.test_passkeys import Browser
from kezhi.core.figures import integer_figure

GUARDED = ["/me/passkeys/new/", "/me/second-factor/"]


@pytest.fixture
def browser(company, clock_at):
    """The rep's browser, signed in with the password at nine; ``browser.clock`` moves on."""
    clock = clock_at("2026-11-20 09:00")
    browser = Browser()
    browser.post("/sign-in/", {"username": "cast-rep", "password": PASSWORD})
    browser.clock = clock
    return browser


def wait(browser):
    browser.clock.shift(integer_figure(PROOF_MINUTES.key) * 60)


def prove(browser, **form):
    return browser.post("/me/proof/", {"next": GUARDED[0], **form})


@pytest.mark.parametrize("path", GUARDED)
def test_right_after_signing_in_nothing_more_is_asked(browser, path):
    assert browser.get(path).status_code == 200


@pytest.mark.parametrize("path", GUARDED)
def test_later_the_password_is_asked_for_once_more(browser, path):
    wait(browser)

    response = browser.get(path)

    assert (response.status_code, response["Location"]) == (302, f"/me/proof/?next={path.replace('/', '%2F')}")
    assert browser.get(response["Location"]).status_code == 200


def test_who_gives_the_password_goes_on_under_a_new_session_key(browser):
    wait(browser)
    before = browser.session.session_key

    response = prove(browser, password=PASSWORD)

    assert (response.status_code, response["Location"]) == (302, GUARDED[0])
    assert browser.session.session_key != before
    assert [browser.get(path).status_code for path in GUARDED] == [200, 200]
    wait(browser)
    assert browser.get(GUARDED[0]).status_code == 302


def test_a_wrong_password_opens_nothing_and_counts_towards_the_lock(browser, company):
    wait(browser)

    response = prove(browser, password="something else")

    assert response.status_code == 422
    assert SignInFailure.objects.filter(username="cast-rep").count() == 1
    assert browser.get(GUARDED[0]).status_code == 302
    for _try in range(integer_figure(ACCOUNT_TRIES.key)):
        prove(browser, password="something else")
    assert prove(browser, password=PASSWORD).status_code == 429


def test_nothing_is_added_by_posting_past_the_page(browser):
    wait(browser)
    device = Device()

    asked = browser.post("/me/passkeys/question/")
    posted = browser.post("/me/second-factor/", {"code": "123456"})

    assert (asked.status_code, posted.status_code) == (422, 302)
    assert browser.post("/me/passkeys/new/", {"name": "x", "answer": "{}"}).status_code == 302
    assert (Passkey.objects.count(), SecondFactor.objects.count(), device is not None) == (0, 0, True)


def test_a_passkey_proves_it_too(browser):
    assert browser.add().status_code == 200
    wait(browser)

    answer = browser.device.use(browser.ask("/me/proof/question/"))

    assert prove(browser, answer=answer)["Location"] == GUARDED[0]
    assert browser.get(GUARDED[0]).status_code == 200


def test_somebody_elses_passkey_proves_nothing(browser, company):
    other = Browser(member=company.colleague)
    other.add()
    browser.add()
    wait(browser)

    answer = other.device.use(browser.ask("/me/proof/question/"))

    assert prove(browser, answer=answer).status_code == 422
    assert browser.get(GUARDED[0]).status_code == 302


def test_who_has_no_password_is_told_to_sign_in_again(browser, company):
    user = company.rep.user
    wait(browser)
    user.set_unusable_password()
    page = Browser()
    page.force_login(user)
    user.save(update_fields=["password"])
    page.force_login(user)
    browser.clock.shift(integer_figure(PROOF_MINUTES.key) * 60)

    content = page.get(reverse("access:proof")).content.decode()

    assert 'name="password"' not in content
    assert 'action="/sign-out/"' in content


def test_the_way_on_leads_nowhere_else(browser):
    wait(browser)

    assert prove(browser, next="https://elsewhere.example/", password=PASSWORD)["Location"] == "/"
