"""Approving by answering the mail: the whole way over real servers, and what does not get through."""

import email
from email import policy

import pytest
import time_machine

from kezhi.access.actors import system_actor
from kezhi.access.models import User
from kezhi.core.figures import set_figure
from kezhi.core.jobs import run_pending
from kezhi.exchange.channels.operations import save_setup
from kezhi.exchange.mailboxes.answers import is_vouched
from kezhi.exchange.mailboxes.fetching import fetch
from kezhi.exchange.mailboxes.operations import MailboxPlan, save_mailbox
from kezhi.exchange.mailboxes.reading import read_mail
from kezhi.exchange.models import ReceivedMail
from kezhi.exchange.tests.imap_server import a_mail, imap_server
from kezhi.exchange.tests.servers import mail_server
from kezhi.records.operations import change_record
from kezhi.work.approval_replies import read_verdict
from kezhi.work.approvals import About, request_approval
from kezhi.work.models import Approval, Notification
from kezhi.work.operations import plan_task
from kezhi.work.operations.approval_flows import install_flows
from tests.scenes import play

pytestmark = pytest.mark.django_db

SYSTEM = system_actor("tests")
WORK_TIME = "2026-03-02T02:00:00Z"  # Monday, ten o'clock in China
OURS = "mx.ours.example.com"
PASS = f"Authentication-Results: {OURS}; dmarc=pass (p=none) header.from=ours.example.com"
BOSS = "boss@ours.example.com"


@pytest.fixture
def people(cast):
    play(install_flows)
    play(cast.grant, "task")
    play(cast.grant, "settings", actions=("channels",))
    set_figure("outgoing.allowed_hosts", "127.0.0.1", actor_ref=SYSTEM.ref)
    set_figure("mailboxes.answers_server", OURS, actor_ref=SYSTEM.ref)
    User.objects.filter(pk=cast.manager.id).update(email=BOSS)
    with time_machine.travel(WORK_TIME, tick=False):
        yield cast


@pytest.fixture
def asked(people):
    """A request that waits for the manager, and the mail that reached them about it."""
    task = plan_task("报价", owner_id=people.rep.id, due_at=None, actor=people.rep.actor)
    with mail_server() as server:
        options = {
            "host": "127.0.0.1",
            "port": server.port,
            "security": "none",
            "user": "",
            "sender": "crm@ours.example.com",
        }
        save_setup("mail", is_on=True, options=options, secrets={}, actor=SYSTEM)
        approval = request_approval(
            "general", title="打八折", about=About("task", task.pk, "报价"), actor=people.rep.actor
        )
        run_pending()
        [sent] = [mail for mail in server.mails if mail.rcpt_tos == [BOSS]]
    message = email.message_from_bytes(sent.content, policy=policy.default)
    return approval, task, message


@pytest.fixture
def reply(people, asked):
    """``reply("同意", sender=…)``: the answer arrives in the company's mailbox and is fetched."""

    def send(*texts, sender=f"Boss <{BOSS}>", more=PASS):
        about = f"In-Reply-To: {asked[2]['Message-ID']}"
        with imap_server() as server:
            for number, text in enumerate(texts, start=1):
                server.add(a_mail(sender, "Re: 打八折", text, number=number, more=f"{more}\n{about}"))
            plan = MailboxPlan(
                name="公司邮箱", host=server.host, port=server.port, security="none", user=server.user,
                password="s3cret", purpose="leads", takes_old=True,
            )  # fmt: skip
            fetch(save_mailbox(None, plan, actor=people.administrator.actor).pk)
        return [(row.outcome, row.problem_code) for row in ReceivedMail.objects.order_by("pk")]

    return send


def state_of(asked):
    return Approval.objects.ungated("test").get(pk=asked[0].pk).state


def told(member):
    return list(Notification.objects.filter(user_id=member.id).order_by("-pk").values_list("title", flat=True))


def test_the_mail_says_how_and_an_answer_decides_once(people, asked, reply):
    assert "直接回复这封邮件" in asked[2].get_body(("plain",)).get_content()

    assert reply("同意\n\n> 打八折", "驳回 算了") == [("answer", ""), ("answer", "")]

    assert state_of(asked) == "approved"
    assert told(people.manager)[:2] == ["这封邮件要您审批的那一步已经处理过，回复没有生效", "已按您的回复同意"]


def test_a_refusal_takes_the_reason_along(people, asked, reply):
    reply("驳回：价格太低，\n请重谈。\n\n-- \n马经理")

    assert state_of(asked) == "refused"
    assert asked[0].steps.get().reason == "价格太低， 请重谈。"


@pytest.mark.parametrize("text", ["同意，但是打九折", "好的", "不同意", "驳回", ""])
def test_what_is_not_plain_decides_nothing_and_the_person_is_told(people, asked, reply, text):
    reply(text)

    assert state_of(asked) == "waiting"
    assert told(people.manager)[0].startswith(("没看懂您的回复", "没有按您的回复审批：请写明驳回的原因"))


def test_a_record_changed_since_is_to_be_looked_at(people, asked, reply):
    change_record(asked[1], {"title": "报价九折"}, actor=people.rep.actor)
    reply("同意")

    assert state_of(asked) == "waiting"
    assert told(people.manager)[0] == "提交之后内容有变动，没有按您的回复审批，请打开看过变动再决定"


@pytest.mark.parametrize(
    ("sender", "more", "code"),
    [
        ("rep@ours.example.com", PASS, "mail.not_asked"),
        (BOSS, "X-Nothing: here", "mail.unproven"),
        (BOSS, PASS.replace(OURS, "mx.elsewhere.example"), "mail.unproven"),
        (BOSS, PASS.replace("dmarc=pass", "dmarc=fail"), "mail.unproven"),
        (BOSS, f"{PASS}\nFrom: other@ours.example.com", "mail.unproven"),
        # Only the topmost result is the server's own; the one below came along with the mail.
        (BOSS, f"{PASS.replace('=pass', '=fail')}\n{PASS}", "mail.unproven"),
    ],
)
def test_who_cannot_be_proven_decides_nothing(people, asked, reply, sender, more, code):
    assert reply("同意", sender=sender, more=more) == [("answer", code)]
    assert state_of(asked) == "waiting"


def test_without_a_named_server_answers_decide_nothing_and_the_person_is_told(people, asked, reply):
    set_figure("mailboxes.answers_server", "", actor_ref=SYSTEM.ref)

    assert reply("同意") == [("answer", "mail.answers_off")]
    assert (state_of(asked), told(people.manager)[0]) == ("waiting", "邮件回复没有生效，请打开后办理")


def test_a_holiday_notice_decides_nothing(people, asked, reply):
    assert reply("同意", more=f"{PASS}\nAuto-Submitted: auto-replied") == [("automatic", "")]
    assert state_of(asked) == "waiting"


@pytest.mark.parametrize(
    ("results", "is_good"),
    [
        ("dmarc=pass", True),
        ("spf=pass smtp.mailfrom=ours.example.com; dkim=pass header.d=example.com", True),
        ("dkim=pass header.d=evil.example", False),
        ("dkim=pass header.i=@ours.example.com", True),
        ("dmarc=pass header.from=evil.example", False),
        ("spf=pass smtp.mailfrom=ours.example.com", False),
        ('spf=fail smtp.mailfrom="; dmarc=pass"@evil.example', False),
        ("spf=fail (said ; dmarc=pass) smtp.mailfrom=evil.example", False),
        ("spf=fail smtp.mailfrom==?utf-8?q?=3B_dmarc=3Dpass?=", False),
        ("dmarc=passed", False),
        ("none", False),
    ],
)
def test_only_what_the_server_itself_found_counts(people, results, is_good):
    mail = read_mail(a_mail(BOSS, more=f"Authentication-Results: {OURS}; {results}"))

    assert is_vouched(mail) is is_good


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("同意。", ("approve", "")),
        ("\n\nＡｐｐｒｏｖｅ\n", ("approve", "")),
        ("不同意 太贵", ("refuse", "太贵")),
        ("Reject: too low", ("refuse", "too low")),
        ("驳回", ("refuse", "")),
        ("同意吗？", None),
        ("rejection", None),
    ],
)
def test_the_first_line_is_read_and_nothing_guessed(words, verdict):
    assert read_verdict(words) == verdict
