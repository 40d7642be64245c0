"""A reminder's whole way: stored in the inbox, carried out by mail, by the next channel when mail is down."""

from datetime import timedelta

import pytest
import time_machine

from kezhi.access.actors import system_actor
from kezhi.access.models import User
from kezhi.core.figures import set_figure
from kezhi.core.jobs import run_pending
from kezhi.exchange.channels.operations import save_setup
from kezhi.exchange.models import ChannelSetup
from kezhi.exchange.tests.servers import mail_server, web_server
from kezhi.work.notices import Notice, notify

pytestmark = pytest.mark.django_db

SYSTEM = system_actor("tests")
WORK_TIME = "2026-03-02T02:00:00Z"  # Monday, ten o'clock in China


def set_up_mail(port):
    options = {"host": "127.0.0.1", "port": port, "security": "none", "user": "", "sender": "crm@example.com"}
    save_setup("mail", is_on=True, options=options, secrets={}, actor=SYSTEM)


@pytest.fixture
def rep(cast):
    set_figure("outgoing.allowed_hosts", "127.0.0.1", actor_ref=SYSTEM.ref)
    User.objects.filter(pk=cast.rep.id).update(email="rep@example.com", mobile="+8613912345678")
    return cast.rep


def remind(rep, channels=None):
    notify(
        [Notice(kind="reminder", user_id=rep.id, title="拜访华强电子", url="/tasks/", channels=channels)], actor=SYSTEM
    )


def test_a_reminder_reaches_the_mail_box_once(rep):
    with mail_server() as server, time_machine.travel(WORK_TIME, tick=False) as clock:
        set_up_mail(server.port)
        remind(rep)
        for _minute in range(3):
            run_pending()
            clock.shift(timedelta(minutes=10))

    assert [mail.rcpt_tos for mail in server.mails] == [["rep@example.com"]]
    assert ChannelSetup.objects.get(pk="mail").last_sent_at is not None


def test_when_mail_is_down_the_next_channel_carries_the_reminder_once(rep):
    with mail_server() as gone:
        port = gone.port
    with web_server(body=b'{"errcode":0,"errmsg":"ok"}') as robot, time_machine.travel(WORK_TIME, tick=False) as clock:
        set_up_mail(port)
        save_setup("wecom", is_on=True, options={}, secrets={"robot": robot.url}, actor=SYSTEM)
        remind(rep)
        for _turn in range(12):
            run_pending(raise_errors=False)
            clock.shift(timedelta(minutes=2))

    assert [got.json["text"]["mentioned_mobile_list"] for got in robot.got] == [["13912345678"]]
    assert ChannelSetup.objects.get(pk="mail").down_since is not None
