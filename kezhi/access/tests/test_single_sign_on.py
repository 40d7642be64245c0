"""Single sign-on against a provider that really answers, and everything that must not be believed."""

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from django.test import Client
from joserfc.jwk import OctKey, RSAKey

from kezhi.access.models import Identity, Session, SignInFailure, User
from kezhi.access.operations.second_factor import turn_on_second_factor
from kezhi.access.single_sign_on.provider import forget_documents
from kezhi.access.testing.provider import CLIENT_ID, CLIENT_SECRET, SmallProvider
from kezhi.access.tests.test_second_factor import SECRET, code_now
from kezhi.core.models.events import Event


@pytest.fixture
def provider(settings):
    forget_documents()
    with SmallProvider() as small:
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = small.issuer, CLIENT_ID
        settings.OIDC_CLIENT_SECRET, settings.OIDC_NAME = CLIENT_SECRET, "公司账号"
        yield small
    forget_documents()


@pytest.fixture
def rep(company):
    User.objects.filter(pk=company.rep.id).update(email="rep@example.com")
    return company.rep


def go(client, path="/sign-in/sso/"):
    """To the provider; gives the address it sends the browser back to."""
    there = client.get(path)
    assert there.status_code == 302, there.content.decode()
    return httpx2.get(there["Location"], follow_redirects=False).headers["Location"]


def come_back(client, address):
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in(client, path="/sign-in/sso/"):
    return come_back(client, go(client, path))


def refusal(response):
    assert not Session.objects.filter(user__isnull=False).exists()
    return response.content.decode()


def test_without_a_provider_there_is_no_button_and_no_page(company):
    assert "/sign-in/sso/" not in Client().get("/sign-in/").content.decode()
    assert Client().get("/sign-in/sso/").status_code == 404
    assert Client().get("/sign-in/sso/back/").status_code == 404


def test_the_button_names_the_provider(provider, company):
    page = Client().get("/sign-in/?next=/me/").content.decode()

    assert "用 公司账号 登录" in page
    assert 'href="/sign-in/sso/?next=%2Fme%2F"' in page


def test_a_verified_mail_signs_its_user_in_and_links_the_account(provider, rep):
    client = Client()

    response = sign_in(client, "/sign-in/sso/?next=/me/")

    assert (response.status_code, response["Location"]) == (302, "/me/")
    assert Session.objects.get(user=rep.user).method == "sso"
    assert Identity.objects.get().subject == "subject-1"
    assert Event.objects.filter(kind="user.identity_linked", record_id=rep.id).count() == 1
    assert "单点登录" in client.get("/me/").content.decode()


def test_a_linked_account_is_known_whatever_its_mail_becomes(provider, rep):
    sign_in(Client())
    Session.objects.all().delete()
    provider.email, provider.email_verified = "married@example.com", False

    assert sign_in(Client()).status_code == 302
    assert Session.objects.get(user__isnull=False).user == rep.user


def test_the_request_carries_state_nonce_and_a_hashed_verifier(provider, rep):
    go(Client())
    [asked] = provider.asked

    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://testserver/sign-in/sso/back/"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 40


def test_a_mail_that_was_not_verified_matches_nobody(provider, rep):
    provider.email_verified = False

    assert "没有给出验证过的邮箱" in refusal(sign_in(Client()))


def test_a_mail_nobody_has_creates_nobody(provider, rep):
    provider.email = "stranger@example.com"
    before = User.objects.count()

    assert "没有邮箱是 stranger@example.com 的用户" in refusal(sign_in(Client()))
    assert User.objects.count() == before


def test_a_mail_of_two_users_is_not_guessed(provider, rep, company):
    User.objects.filter(pk=company.colleague.id).update(email="REP@example.com")

    assert "不止一位用户" in refusal(sign_in(Client()))


def test_a_mail_that_only_looks_alike_matches_nobody(provider, rep):
    User.objects.filter(pk=rep.id).update(email="mike@example.com")
    provider.email = "m\u0131ke@example.com"

    assert "没有邮箱是" in refusal(sign_in(Client()))


def test_a_subject_longer_than_the_standard_allows_is_not_believed(provider, rep):
    provider.subject = "s" * 256

    assert "单点登录现在不能用" in refusal(sign_in(Client()))


def test_a_leaver_comes_in_neither_by_mail_nor_by_link(provider, rep):
    User.objects.filter(pk=rep.id).update(is_active=False)
    by_mail = refusal(sign_in(Client()))
    User.objects.filter(pk=rep.id).update(is_active=True)
    sign_in(Client())
    Session.objects.all().delete()
    User.objects.filter(pk=rep.id).update(is_active=False)

    assert "没有邮箱是" in by_mail
    assert "账号已停用" in refusal(sign_in(Client()))


def test_a_second_account_there_does_not_take_over_a_linked_user(provider, rep):
    sign_in(Client())
    Session.objects.all().delete()
    provider.subject = "somebody-else"

    assert "已经关联了另一个账号" in refusal(sign_in(Client()))
    assert Identity.objects.get().subject == "subject-1"


def test_mail_may_come_from_userinfo(provider, rep):
    provider.says_email_in_token = False

    assert sign_in(Client()).status_code == 302
    assert Session.objects.filter(user=rep.user).count() == 1


WRONG_CLAIMS = {
    "issuer": {"iss": "https://evil.example.com"},
    "audience": {"aud": "another-client"},
    "second audience": {"aud": ["kezhi", "another-client"]},
    "party": {"azp": "another-client"},
    "expiry": {"exp": 1},
    "no expiry": {"exp": None},
    "nonce": {"nonce": "of-another-sign-in"},
    "no nonce": {"nonce": ""},
    "no subject": {"sub": ""},
}


@pytest.mark.parametrize("what", WRONG_CLAIMS)
def test_a_token_with_a_wrong_claim_is_not_believed(what, provider, rep):
    provider.claims = WRONG_CLAIMS[what]

    assert "单点登录现在不能用" in refusal(sign_in(Client()))


def test_a_token_signed_with_another_key_is_not_believed(provider, rep):
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "k1"})

    assert "单点登录现在不能用" in refusal(sign_in(Client()))


def test_a_token_signed_with_a_shared_secret_is_not_believed(provider, rep):
    provider.algorithm = "HS256"
    provider.signs_with = OctKey.import_key(CLIENT_SECRET.ljust(32, "."), {"kid": "k1"})

    assert "单点登录现在不能用" in refusal(sign_in(Client()))


def test_new_keys_of_the_provider_are_found(provider, rep, monkeypatch):
    sign_in(Client())
    Session.objects.all().delete()
    provider.key = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig"})
    monkeypatch.setattr("kezhi.access.single_sign_on.provider._AGAIN_SECONDS", -1)

    assert sign_in(Client()).status_code == 302
    assert Session.objects.filter(user=rep.user).count() == 1


def test_an_answer_serves_once(provider, rep):
    client = Client()
    back = go(client)
    cookie = client.cookies["kezhi_sso"].value
    come_back(client, back)
    Session.objects.all().delete()
    client.cookies["kezhi_sso"] = cookie

    assert "已经过期" in refusal(come_back(client, back))


def test_an_answer_does_not_open_another_browser(provider, rep):
    """Somebody is sent a finished answer, to be signed in as somebody else without noticing."""
    back = go(Client())

    assert "已经过期" in refusal(come_back(Client(), back))


def test_a_forged_state_is_refused(provider, rep):
    client = Client()
    back = go(client)
    state = parse_qs(urlsplit(back).query)["state"][0]

    assert "已经过期" in refusal(come_back(client, back.replace(state, "x" * len(state))))


def test_an_answer_of_ten_minutes_ago_is_too_late(provider, rep, clock_at):
    clock = clock_at("2026-11-20 09:00")
    client = Client()
    back = go(client)
    clock.shift(601)

    assert "已经过期" in refusal(come_back(client, back))


def test_an_answer_of_another_provider_is_refused(provider, rep):
    client = Client()
    back = go(client)
    issuer = parse_qs(urlsplit(back).query)["iss"][0]
    other = back.replace(issuer.replace(":", "%3A").replace("/", "%2F"), "https%3A%2F%2Fevil.example.com")
    assert other != back

    assert "单点登录现在不能用" in refusal(come_back(client, other))


def test_a_refusal_there_is_said_here_without_its_words(provider, rep):
    provider.refuses = "access_denied<b>"

    page = refusal(sign_in(Client()))

    assert "对方没有同意" in page
    assert "access_denied&lt;" not in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    "wanted", ["https://evil.example.com/", "//evil.example.com/", "/\\evil.example.com", "javascript:x"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(wanted, provider, rep):
    response = sign_in(Client(), f"/sign-in/sso/?next={wanted}")

    assert response["Location"] == "/"


def test_a_provider_that_is_away_leaves_the_password(provider, rep, settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:9"

    response = Client().get("/sign-in/sso/")

    assert response.status_code == 502
    assert "请用密码登录" in response.content.decode()


def test_a_provider_under_another_name_is_not_believed(provider, rep, settings):
    settings.OIDC_ISSUER = provider.issuer.replace("127.0.0.1", "localhost")

    assert Client().get("/sign-in/sso/").status_code == 502


def test_a_lock_holds_for_single_sign_on_too(provider, rep):
    sign_in(Client())
    Session.objects.all().delete()
    for _try in range(5):
        Client().post("/sign-in/", {"username": "cast-rep", "password": "wrong"})

    response = sign_in(Client())

    assert response.status_code == 429
    assert "暂时锁定" in refusal(response)


def test_somebody_with_a_second_factor_is_asked_for_it(provider, rep, clock_at):
    clock = clock_at("2026-11-20 09:00")
    turn_on_second_factor(rep.user, SECRET, code_now(), ref=rep.actor.ref)
    clock.shift(60)
    client = Client()

    page = sign_in(client, "/sign-in/sso/?next=/me/").content.decode()
    token = page.split('name="token" value="')[1].split('"')[0]
    assert not Session.objects.filter(user=rep.user).exists()
    response = client.post("/sign-in/code/", {"token": token, "code": code_now(), "next": "/me/"})

    assert response["Location"] == "/me/"
    assert Session.objects.get(user=rep.user).method == "sso+code"


def test_a_second_factor_asked_for_there_is_enough(provider, rep, clock_at):
    clock_at("2026-11-20 09:00")
    turn_on_second_factor(rep.user, SECRET, code_now(), ref=rep.actor.ref)
    provider.claims = {"amr": ["pwd", "mfa"]}

    sign_in(Client())

    assert Session.objects.get(user=rep.user).method == "sso"


def test_who_never_got_a_password_need_not_change_it(provider, rep):
    User.objects.filter(pk=rep.id).update(must_change_password=True)
    client = Client()
    sign_in(client)

    assert client.get("/me/").status_code == 200


def test_somebody_signed_in_links_and_unlinks_their_account(provider, company):
    provider.email_verified = False
    client = company.rep.client()
    page = client.post("/me/sso/link/").content.decode()
    address = page.split('content="0; url=')[1].split('"')[0].replace("&amp;", "&")
    response = come_back(client, httpx2.get(address, follow_redirects=False).headers["Location"])

    assert response["Location"] == "/me/"
    assert Identity.objects.get().user == company.rep.user

    client.post("/me/sso/removal/")
    assert not Identity.objects.exists()
    assert [event.kind for event in Event.objects.filter(kind__contains="identity").order_by("id")] == [
        "user.identity_linked",
        "user.identity_unlinked",
    ]


def test_a_link_is_asked_for_by_a_form_only(provider, company):
    assert company.rep.client().get("/me/sso/link/").status_code == 405


def test_a_link_begun_by_one_is_not_finished_by_another(provider, company):
    client = company.rep.client()
    page = client.post("/me/sso/link/").content.decode()
    address = page.split('content="0; url=')[1].split('"')[0].replace("&amp;", "&")
    client.force_login(company.colleague.user)
    come_back(client, httpx2.get(address, follow_redirects=False).headers["Location"])

    assert not Identity.objects.exists()


def test_an_administrator_takes_a_link_apart(provider, rep, company):
    sign_in(Client())

    company.administrator.client().post(f"/settings/users/{rep.id}/sso/removal/")
    company.colleague.client().post(f"/settings/users/{rep.id}/sso/removal/")

    assert not Identity.objects.exists()


def test_a_failure_there_locks_nobody(provider, rep):
    provider.claims = {"nonce": "wrong"}
    for _try in range(6):
        sign_in(Client())

    assert not SignInFailure.objects.exists()
