"""Passkeys with a device that a real browser believes in: added, used alone, used after a password, removed."""

from urllib.parse import urlsplit

import pytest

from kezhi.access.models import Passkey, RecoveryCode, Session
from kezhi.access.testing.cast import PASSWORD
from kezhi.core.models.events import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def device(browser, live_server):
    """A page under a name, since browsers offer no passkeys under a number, with a device that says yes."""
    context = browser.new_context(
        base_url=live_server.url.replace("127.0.0.1", "localhost"),
        locale="zh-CN",
        viewport={"width": 390, "height": 800},
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.wire = context.new_cdp_session(page)
    page.wire.send("WebAuthn.enable", {"enableUI": False})
    page.authenticator = add_authenticator(page)
    yield page
    context.close()
    assert page.errors == []


def add_authenticator(page):
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return page.wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def arrive(page, path):
    page.wait_for_url(lambda url: urlsplit(url).path == path)


def sign_in_with_password(page):
    page.goto("/sign-in/")
    page.get_by_label("登录名").fill("cast-rep")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def add_passkey(page, name="办公室电脑"):
    page.goto("/me/passkeys/new/")
    page.get_by_label("名称").fill(name)
    page.get_by_role("button", name="在这台设备上添加").click()


def sign_out(page):
    page.goto("/me/")
    page.get_by_role("button", name="退出登录").click()
    arrive(page, "/sign-in/")


@pytest.fixture
def with_passkey(device, company):
    """The rep's device, signed out, with a passkey on it."""
    sign_in_with_password(device)
    arrive(device, "/")
    add_passkey(device)
    device.get_by_role("heading", name="恢复码").or_(device.get_by_text("两步验证已开启")).first.wait_for()
    sign_out(device)
    return device


def test_a_passkey_is_added_with_its_name_and_brings_recovery_codes(with_passkey, company):
    passkey = Passkey.objects.get()

    assert (passkey.user_id, passkey.name, passkey.host) == (company.rep.id, "办公室电脑", "localhost")
    assert RecoveryCode.objects.filter(user=company.rep.user).count() == 10
    assert Event.objects.get(kind="user.passkey_added").record_id == company.rep.id


def test_a_passkey_signs_in_alone_and_the_session_says_so(with_passkey, company):
    before = Passkey.objects.get().sign_count
    with_passkey.goto("/sign-in/?next=/me/")
    with_passkey.get_by_role("button", name="用通行密钥登录").click()
    arrive(with_passkey, "/me/")

    session = Session.objects.get(user=company.rep.user)
    assert session.method == "passkey"
    assert Passkey.objects.get().sign_count > before
    assert Passkey.objects.get().used_at is not None
    devices = with_passkey.locator("section", has=with_passkey.get_by_role("heading", name="登录中的设备"))
    assert devices.locator(".item__sub").inner_text().startswith("通行密钥")


def test_after_a_password_the_passkey_is_the_second_step(with_passkey, company):
    sign_in_with_password(with_passkey)
    with_passkey.get_by_role("heading", name="再确认一次是您").wait_for()
    assert not Session.objects.filter(user=company.rep.user).exists()

    with_passkey.get_by_role("button", name="用通行密钥登录").click()
    arrive(with_passkey, "/")

    assert Session.objects.get(user=company.rep.user).method == "password+passkey"


def test_a_device_that_does_not_know_its_user_opens_nothing(with_passkey, company):
    with_passkey.wire.send(
        "WebAuthn.setUserVerified", {"authenticatorId": with_passkey.authenticator, "isUserVerified": False}
    )
    with_passkey.goto("/sign-in/")
    with_passkey.get_by_role("button", name="用通行密钥登录").click()
    with_passkey.get_by_role("alert").get_by_text("没有完成").wait_for()

    assert not Session.objects.exists()


def test_a_device_has_one_passkey_for_somebody(with_passkey, company):
    with_passkey.goto("/sign-in/")
    with_passkey.get_by_role("button", name="用通行密钥登录").click()
    arrive(with_passkey, "/")
    add_passkey(with_passkey)
    with_passkey.get_by_text("这台设备上已经有您的通行密钥了。").wait_for()

    assert Passkey.objects.count() == 1


def test_a_passkey_is_renamed_and_removed(with_passkey, company):
    with_passkey.goto("/sign-in/?next=/me/")
    with_passkey.get_by_role("button", name="用通行密钥登录").click()
    arrive(with_passkey, "/me/")
    with_passkey.get_by_role("link", name="改名").click()
    with_passkey.get_by_label("名称").fill("家里的电脑")
    with_passkey.get_by_role("button", name="保存").click()
    with_passkey.locator("#passkeys").get_by_text("家里的电脑").wait_for()

    with_passkey.locator("#passkeys").get_by_role("button", name="删除").click()
    with_passkey.get_by_role("dialog").get_by_role("button", name="删除").click()
    with_passkey.locator("#passkeys").get_by_text("用指纹、面容或锁屏密码登录").wait_for()

    assert not Passkey.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert list(
        Event.objects.filter(kind__startswith="user.passkey").order_by("id").values_list("kind", flat=True)
    ) == [
        "user.passkey_added",
        "user.passkey_renamed",
        "user.passkey_removed",
    ]


def test_a_copied_passkey_is_noticed_by_its_count(with_passkey, company):
    Passkey.objects.update(sign_count=1000)
    with_passkey.goto("/sign-in/")
    with_passkey.get_by_role("button", name="用通行密钥登录").click()
    with_passkey.get_by_text("可能被人复制过").wait_for()

    assert not Session.objects.exists()
    assert Event.objects.filter(kind="user.passkey_doubted", record_id=company.rep.id).count() == 1
