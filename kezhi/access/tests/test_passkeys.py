"""Passkeys on the server: what an answer must keep to, what serves once, who may not be locked in or out."""

import json

import pytest
from django.test import Client, RequestFactory

from kezhi.access.figures import SECOND_FACTOR_FOR_ALL, SECOND_FACTOR_FOR_KEEPERS
from kezhi.access.models import Identity, Passkey, RecoveryCode, SecondFactor, Session, SignInFailure, SignInStep
from kezhi.access.operations.second_factor import turn_on_second_factor
from kezhi.access.places import place_of
from kezhi.access.testing.authenticator import Device
from kezhi.access.testing.cast import PASSWORD
from kezhi.access.tests.test_second_factor import SECRET, code_now
from kezhi.core.figures import set_figure
from kezhi.core.models.events import Event


class Browser(Client):
    """A browser under https://testserver with a device."""

    def __init__(self, device=None, member=None):
        super().__init__()
        self.device = device or Device()
        if member is not None:
            self.force_login(member.user)

    def generic(self, *parts, secure=False, **more):
        return super().generic(*parts, secure=True, **more)

    def ask(self, path="/sign-in/passkey/question/", **form):
        response = self.post(path, form)
        assert response.status_code == 200, response.content.decode()
        return response.json()

    def add(self, name="办公室电脑"):
        options = self.ask("/me/passkeys/question/")
        return self.post("/me/passkeys/new/", {"name": name, "answer": self.device.make(options)})

    def sign_in(self, **form):
        answer = self.device.use(self.ask(**form))
        return self.post("/sign-in/passkey/", {"answer": answer, "next": "/me/", **form})

    def half(self):
        page = self.post("/sign-in/", {"username": "cast-rep", "password": PASSWORD}).content.decode()
        return page.split('name="token" value="')[1].split('"')[0]


@pytest.fixture
def device(company):
    """The rep's device with a passkey on it."""
    browser = Browser(member=company.rep)
    assert browser.add().status_code == 200
    Session.objects.all().delete()
    return browser.device


def nobody_came_in(response):
    assert response.status_code in (422, 429)
    assert not Session.objects.filter(user__isnull=False).exists()
    return response.content.decode()


def ask_for_factors(company, figure=SECOND_FACTOR_FOR_ALL):
    set_figure(figure.key, True, actor_ref=company.administrator.actor.ref)


def test_a_passkey_signs_in_and_moves_its_count(device, company):
    response = Browser(device).sign_in()

    assert (response.status_code, response["Location"]) == (302, "/me/")
    assert Session.objects.get(user=company.rep.user).method == "passkey"
    assert Passkey.objects.get().sign_count == 1


def test_the_event_of_signing_in_says_how(device, company):
    Browser(device).sign_in()

    assert json.loads(Event.objects.get(kind="user.signed_in").facts)["signed_in_by"] == "passkey"


def test_a_challenge_serves_once(device, company):
    browser = Browser(device)
    answer = device.use(browser.ask())
    cookie = browser.cookies["kezhi_passkey_using"].value
    assert browser.post("/sign-in/passkey/", {"answer": answer}).status_code == 302
    again = Browser(device)
    again.cookies["kezhi_passkey_using"] = cookie
    Session.objects.all().delete()

    assert "等得太久了" in nobody_came_in(again.post("/sign-in/passkey/", {"answer": answer}))


def test_a_challenge_is_too_old_after_five_minutes(device, clock_at):
    clock = clock_at("2026-11-20 09:00")
    browser = Browser(device)
    answer = device.use(browser.ask())
    clock.shift(301)

    assert "等得太久了" in nobody_came_in(browser.post("/sign-in/passkey/", {"answer": answer}))


def test_an_answer_to_another_browser_is_refused(device):
    answer = device.use(Browser(device).ask())
    other = Browser(device)
    other.ask()

    assert "不能登录" in nobody_came_in(other.post("/sign-in/passkey/", {"answer": answer}))


WRONG = {
    "origin": {"origin": "https://testserver.evil.example.com"},
    "plain http": {"origin": "http://testserver"},
    "host": {"host": "evil.example.com"},
    "user not verified": {"is_verified": False},
    "another user's handle": {"handle": "c29tZWJvZHk"},
    "unknown": {"credential_id": b"x" * 32},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_answer_opens_nothing_and_is_remembered(what, device):
    for name, value in WRONG[what].items():
        setattr(device, name, value)

    assert "不能登录" in nobody_came_in(Browser(device).sign_in())
    assert SignInFailure.objects.count() == 1


def test_a_signature_by_another_key_is_refused(device):
    device.key = Device().key

    assert "不能登录" in nobody_came_in(Browser(device).sign_in())


@pytest.mark.parametrize(
    "answer", ["", "{", "[]", "null", '{"id": 1}', '{"id":"a","rawId":"b","type":"x","response":{}}', "\x00"]
)
def test_nonsense_is_refused_in_a_sentence(answer, device):
    browser = Browser(device)
    browser.ask()

    assert "不能登录" in nobody_came_in(browser.post("/sign-in/passkey/", {"answer": answer}))


def test_a_count_that_went_back_is_refused_and_recorded(device, company):
    Passkey.objects.update(sign_count=5)

    assert "可能被人复制过" in nobody_came_in(Browser(device).sign_in())
    assert Event.objects.filter(kind="user.passkey_doubted", record_id=company.rep.id).count() == 1
    assert Passkey.objects.get().sign_count == 5


def test_a_passkey_that_never_counts_is_used_again_and_again(device):
    for _time in range(2):
        device.count = -1
        Session.objects.all().delete()
        assert Browser(device).sign_in().status_code == 302


def test_wrong_passkeys_lock_the_account_and_the_lock_holds_for_right_ones(device):
    device.is_verified = False
    for _try in range(5):
        Browser(device).sign_in()
    device.is_verified = True

    assert "暂时锁定" in nobody_came_in(Browser(device).sign_in())


def test_a_deactivated_user_does_not_come_in(device, company):
    company.rep.user.is_active = False
    company.rep.user.save()

    assert "不能登录" in nobody_came_in(Browser(device).sign_in())


def test_with_a_passkey_the_password_alone_opens_nothing(device, company):
    browser = Browser(device)
    browser.half()

    assert not Session.objects.filter(user__isnull=False).exists()


def test_the_passkey_is_the_second_step(device, company):
    browser = Browser(device)
    token = browser.half()

    assert browser.sign_in(token=token).status_code == 302
    assert Session.objects.get(user=company.rep.user).method == "password+passkey"


def test_the_second_step_names_only_that_users_passkeys(device, company):
    browser = Browser(device)

    assert browser.ask()["allowCredentials"] == []
    assert [known["id"] for known in browser.ask(token=browser.half())["allowCredentials"]] == [
        Passkey.objects.get().credential_id
    ]


def test_somebody_elses_passkey_is_no_second_step(device, company):
    other = Browser(member=company.colleague)
    other.add()
    Session.objects.all().delete()
    browser = Browser(other.device)
    token = browser.half()

    assert "不能登录" in nobody_came_in(browser.sign_in(token=token))


def test_a_question_without_a_first_step_does_not_answer_the_second(device):
    browser = Browser(device)
    token = browser.half()
    answer = device.use(browser.ask())

    nobody_came_in(browser.post("/sign-in/passkey/", {"answer": answer, "token": token}))


def test_who_has_no_authenticator_is_asked_for_a_recovery_code_instead(device):
    browser = Browser(device)
    page = browser.post("/sign-in/", {"username": "cast-rep", "password": PASSWORD}).content.decode()

    assert "带着通行密钥的设备不在身边时" in page
    assert "验证器应用里的" not in page


def test_a_recovery_code_replaces_a_lost_device(company):
    browser = Browser(member=company.rep)
    page = browser.add().content.decode()
    code = page.split("<li><code>")[1].split("<")[0]
    Session.objects.all().delete()
    client = Browser()

    response = client.post("/sign-in/code/", {"token": client.half(), "code": code})

    assert response.status_code == 302
    assert Session.objects.get(user=company.rep.user).method == "password+recovery"


def test_a_second_factor_keeps_the_recovery_codes_of_the_first(device, company, clock_at):
    clock_at("2026-11-20 09:00")

    assert turn_on_second_factor(company.rep.user, SECRET, code_now(), ref=company.rep.actor.ref) == []
    assert RecoveryCode.objects.count() == 10


def test_a_passkey_is_not_added_for_somebody_else(company):
    mine, theirs = Browser(member=company.rep), Browser(member=company.colleague)
    theirs.cookies["kezhi_passkey_adding"] = ""
    options = mine.ask("/me/passkeys/question/")
    theirs.cookies["kezhi_passkey_adding"] = mine.cookies["kezhi_passkey_adding"].value
    response = theirs.post("/me/passkeys/new/", {"name": "x", "answer": mine.device.make(options)})

    assert response.status_code == 422
    assert not Passkey.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"origin": "https://evil.example.com"}, {"host": "evil.example.com"}, {"is_verified": False}]
)
def test_a_passkey_for_another_place_or_without_its_user_is_not_added(wrong, company):
    browser = Browser(Device(**wrong), company.rep)

    assert browser.add().status_code == 422
    assert not Passkey.objects.exists()


def test_the_same_passkey_is_not_added_twice(device, company):
    browser = Browser(device, company.colleague)

    response = browser.add()

    assert "已经添加过了" in response.content.decode()
    assert Passkey.objects.count() == 1


def test_a_passkey_has_a_name(company):
    browser = Browser(member=company.rep)

    assert browser.add("   ").status_code == 422
    assert not Passkey.objects.exists()


def test_nobody_touches_somebody_elses_passkey(device, company):
    client = Browser(member=company.colleague)
    pk = Passkey.objects.get().pk

    assert client.post(f"/me/passkeys/{pk}/", {"name": "mine"}).status_code == 404
    assert client.post(f"/me/passkeys/{pk}/removal/").status_code == 404
    assert Passkey.objects.get().name == "办公室电脑"


def test_the_last_factor_stays_where_the_company_asks_for_one(device, company):
    ask_for_factors(company)
    client = Browser(member=company.rep)
    pk = Passkey.objects.get().pk

    client.post(f"/me/passkeys/{pk}/removal/")
    assert "不能去掉最后一种方式" in client.get("/me/").content.decode()
    assert Passkey.objects.count() == 1
    assert not Event.objects.filter(kind="user.passkey_removed").exists()

    client.device = Device()
    client.add("手机")
    client.post(f"/me/passkeys/{pk}/removal/")
    assert [passkey.name for passkey in Passkey.objects.all()] == ["手机"]


def test_the_authenticator_stays_as_well_where_it_is_the_last(company, clock_at):
    clock_at("2026-11-20 09:00")
    turn_on_second_factor(company.rep.user, SECRET, code_now(), ref=company.rep.actor.ref)
    ask_for_factors(company)

    company.rep.client().post("/me/second-factor/off/")

    assert SecondFactor.objects.count() == 1


def test_who_must_have_a_factor_sets_one_up_first(company):
    ask_for_factors(company)
    browser = Browser(member=company.rep)

    assert browser.get("/me/")["Location"] == "/me/second-factor/wanted/"
    assert "先开启两步验证" in browser.get("/me/second-factor/wanted/").content.decode()
    assert browser.get("/me/second-factor/").status_code == 200

    browser.add()
    assert browser.get("/me/").status_code == 200
    assert browser.get("/me/second-factor/wanted/")["Location"] == "/me/"


def test_the_company_may_ask_only_those_who_give_roles(company):
    ask_for_factors(company, SECOND_FACTOR_FOR_KEEPERS)

    assert company.rep.client().get("/me/").status_code == 200
    assert company.administrator.client().get("/me/").status_code == 302


def test_an_administrator_helps_somebody_who_lost_everything(device, company):
    company.rep.client()
    administrator = company.administrator.client()

    administrator.post(f"/settings/users/{company.rep.id}/second-factor/")

    assert not Passkey.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert not Session.objects.filter(user=company.rep.user).exists()
    assert Event.objects.get(kind="user.second_factor_reset").actor_id == company.administrator.id


def test_nobody_else_clears_a_second_factor_and_nobody_their_own(device, company):
    assert company.colleague.client().post(f"/settings/users/{company.rep.id}/second-factor/").status_code == 403
    Browser(Device(), company.administrator).add()
    company.administrator.client().post(f"/settings/users/{company.administrator.id}/second-factor/")

    assert Passkey.objects.count() == 2


def test_browsers_offer_passkeys_under_a_name_and_https_only(settings):
    settings.ALLOWED_HOSTS = ["*"]

    def offered(host, **extra):
        return place_of(RequestFactory().get("/", headers={"host": host}, **extra)).takes_passkeys

    https = {"secure": True}
    assert offered("crm.example.com", **https)
    assert offered("localhost:8000")
    assert not offered("crm.example.com")
    assert not offered("192.0.2.7", **https)
    assert not offered("127.0.0.1:8000")


def test_behind_a_proxy_that_changes_the_name_the_public_address_counts(settings):
    settings.ALLOWED_HOSTS = ["app"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://crm.example.com", "https://kezhi.example.com"]

    def origin(**headers):
        return place_of(RequestFactory().get("/", headers={"host": "app", **headers})).origin

    assert origin() == "https://crm.example.com"
    assert origin(origin="https://kezhi.example.com") == "https://kezhi.example.com"
    assert origin(origin="https://evil.example.com") == "https://crm.example.com"


def test_under_a_number_the_pages_say_what_is_missing(company):
    client = company.rep.client()

    assert "用 HTTPS 和域名打开" in client.get("/me/").content.decode()
    assert client.post("/me/passkeys/question/").status_code == 422
    assert "用通行密钥登录" not in Client().get("/sign-in/").content.decode()


def test_questions_are_asked_at_a_bearable_rate(company, settings):
    set_figure("security.address_per_minute", 5, actor_ref=company.administrator.actor.ref)
    browser = Browser()
    answers = [browser.post("/sign-in/passkey/question/").status_code for _try in range(30)]

    assert set(answers) == {200, 429}


def test_what_nobody_answered_is_forgotten_at_night(company, clock_at):
    from kezhi.access.jobs import tidy

    clock = clock_at("2026-11-20 09:00")
    Browser().ask()
    clock.shift(3600)
    tidy()

    assert not SignInStep.objects.exists()
    assert not Identity.objects.exists()
