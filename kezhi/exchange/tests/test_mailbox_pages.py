"""设置 → 收件箱: set up on screen, tried, and what it never shows."""

import re

import pytest
import time_machine

from kezhi.access.rights import EPOCH as ACCESS
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.exchange.mailboxes.fetching import fetch
from kezhi.exchange.models import Mailbox, ReceivedMail
from kezhi.exchange.tests.imap_server import a_mail, imap_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(people):
    """The browser of somebody who looks after channels."""
    from kezhi.access.models import Grant, Role, User

    Grant.objects.create(role=Role.objects.get(key="administrator"), subject="settings", action="channels", scope="all")
    User.objects.filter(pk=people.administrator.id).update(language="zh-hans")
    epochs.bump(ACCESS)
    return people.administrator.client()


def typed(server=None, **values):
    return {
        "name": "询盘邮箱",
        "host": server.host if server else "imap.example.com",
        "port": server.port if server else "993",
        "security": "none" if server else "ssl",
        "user": "sales@example.com",
        "password": "s3cret",
        "folder": "INBOX",
        "takes_old": "on",
        "purpose": "correspondence",
        "channel": "mail",
        "is_active": "on",
    } | values


@pytest.fixture
def box(keeper):
    keeper.post("/settings/mailboxes/new/", typed())
    return Mailbox.objects.get()


def test_only_who_looks_after_channels_opens_the_pages(keeper, people, box):
    for page in ("/settings/mailboxes/", "/settings/mailboxes/new/", f"/settings/mailboxes/{box.pk}/"):
        assert keeper.get(page).status_code == 200
        assert people.rep.client().get(page).status_code == 403
    for page in ("trial/", "removal/"):
        assert people.rep.client().post(f"/settings/mailboxes/{box.pk}/{page}").status_code == 403


def test_a_mailbox_is_set_up_tried_and_read_on_screen(keeper):
    with imap_server() as server:
        server.add(a_mail(sender="li@example.com"))
        assert keeper.post("/settings/mailboxes/new/", typed(server)).status_code == 302
        box = Mailbox.objects.get()
        answer = keeper.post(f"/settings/mailboxes/{box.pk}/trial/")
        fetch(box.pk)
    page = keeper.get(f"/settings/mailboxes/{box.pk}/").content.decode()

    assert answer.status_code == 200
    assert "连接成功，文件夹“INBOX”里有 1 封邮件。" in answer.content.decode()
    assert "s3cret" not in page + answer.content.decode()
    assert "l***@example.com" in page
    assert "li@example.com" not in page
    assert "没有对上记录" in page


def test_a_trial_that_fails_says_why(keeper):
    with imap_server() as server:
        keeper.post("/settings/mailboxes/new/", typed(server, password="wrong"))
        answer = keeper.post(f"/settings/mailboxes/{Mailbox.objects.get().pk}/trial/")

    assert answer.status_code == 422
    assert "邮件服务器不接受用户名或密码" in answer.content.decode()


def test_the_kept_password_stays_unless_the_server_is_another_one(keeper, box):
    address = f"/settings/mailboxes/{box.pk}/"
    assert keeper.post(address, typed(password="", name="新名称")).status_code == 302
    box.refresh_from_db()
    assert (box.name, box.password) == ("新名称", "s3cret")

    assert keeper.post(address, typed(password="", host="imap.evil.example")).status_code == 422
    box.refresh_from_db()
    assert box.host == "imap.example.com"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"host": "https://imap.example.com/"}, "主机名不正确"),
        ({"password": ""}, "请填写密码或授权码"),
        ({"blocked": "nonsense"}, "不是邮箱地址，也不是 @ 开头的域名"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(wrong, said, keeper):
    answer = keeper.post("/settings/mailboxes/new/", typed(**wrong))

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Mailbox.objects.exists()


def test_the_port_follows_the_encryption_where_none_is_typed(keeper):
    keeper.post(
        "/settings/mailboxes/new/", typed(port="", security="starttls", blocked="A@X.example.com, @spam.example")
    )

    box = Mailbox.objects.get()
    assert box.port == 143
    assert box.blocked == "a@x.example.com\n@spam.example"


def test_a_removed_mailbox_is_gone_and_its_pages_too(keeper, box):
    assert keeper.post(f"/settings/mailboxes/{box.pk}/removal/").status_code == 302
    assert keeper.get(f"/settings/mailboxes/{box.pk}/").status_code == 404
    assert "还没有收件箱" in keeper.get("/settings/mailboxes/").content.decode()


def test_the_list_says_which_box_fails_and_why(keeper, box):
    with time_machine.travel("2026-03-02 02:00:00+00:00", tick=False):
        Mailbox.objects.update(failing_since=now(), problem_code="reach.refused", problem_values={"host": box.host})
        page = keeper.get("/settings/mailboxes/").content.decode()

    [item] = re.findall(r'<a class="settings__item".*?</a>', page, re.DOTALL)
    assert "连不上 imap.example.com。" in item
    assert "收不到" in item


def test_the_page_is_in_english_for_those_who_read_it(keeper, people, box):
    from kezhi.access.models import User

    User.objects.filter(pk=people.administrator.id).update(language="en")
    page = people.administrator.client().get(f"/settings/mailboxes/{box.pk}/").content.decode()

    assert "Try the connection" in page
    assert "Whose mail is kept out" in page


def test_a_mail_that_was_never_filed_has_no_page(keeper, people, box):
    row = ReceivedMail.objects.create(
        mailbox=box, key="k", uid_validity=1, uid=1, received_at=now(), outcome=ReceivedMail.Outcome.SPAM
    )

    assert people.administrator.client().get(f"/mails/{row.pk}/").status_code == 404
