"""Fetching mail from a real server: each mail once, whatever breaks, and its state in words."""

import threading

import pytest
import time_machine
from django.db import connection

from kezhi.access.rights import EPOCH as ACCESS
from kezhi.core import epochs
from kezhi.core.figures import set_figure
from kezhi.core.health import HealthState, health
from kezhi.core.jobs import run_pending
from kezhi.core.models import Event
from kezhi.exchange.channels.setups import ServiceDown
from kezhi.exchange.mailboxes import fetching
from kezhi.exchange.mailboxes.correspondents import Home
from kezhi.exchange.mailboxes.fetching import fetch, fetch_due, forget_old
from kezhi.exchange.mailboxes.operations import MailboxPlan, remove_mailbox, save_mailbox, try_mailbox
from kezhi.exchange.models import Mailbox, ReceivedMail
from kezhi.exchange.tests.imap_server import a_mail, imap_server
from kezhi.exchange.tests.servers import tls_context, trust
from kezhi.work.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(people):
    """Somebody who looks after channels."""
    people.grant("settings", actions=["channels"])
    epochs.bump(ACCESS)
    return people.administrator


@pytest.fixture
def make_box(keeper):
    def create(server, **plan):
        values = {
            "name": "询盘邮箱",
            "host": server.host,
            "port": server.port,
            "security": "none",
            "user": server.user,
            "password": "s3cret",
            "purpose": "correspondence",
            "takes_old": True,
        } | plan
        return save_mailbox(None, MailboxPlan(**values), actor=keeper.actor)

    return create


def figure(key, value, people):
    set_figure(f"mailboxes.{key}", value, actor_ref=people.administrator.actor.ref)


def problem_of(box):
    box.refresh_from_db()
    return box.problem_code


def test_each_mail_is_fetched_once_and_the_folder_is_left_as_it_is(make_box):
    with imap_server() as server:
        server.add(a_mail(number=1), a_mail(number=2))
        box = make_box(server)

        assert fetch(box.pk).count == 2
        server.add(a_mail(number=3))
        assert fetch(box.pk).count == 1
        assert fetch(box.pk).count == 0

    box.refresh_from_db()
    assert (box.last_uid, box.uid_validity, box.problem_code, box.lease_until) == (3, 7, "", None)
    assert server.fetched == [1, 2, 3]
    assert any(command.startswith("EXAMINE") for command in server.commands)
    assert not any("STORE" in command or command.startswith("SELECT") for command in server.commands)


def test_a_new_box_leaves_old_mail_alone_unless_it_is_told_to_take_it(make_box):
    with imap_server() as server:
        server.add(a_mail(number=1), a_mail(number=2))
        box = make_box(server, takes_old=False)
        assert fetch(box.pk).count == 0

        server.add(a_mail(number=3))
        assert fetch(box.pk).count == 1

    assert server.fetched == [3]


@pytest.mark.parametrize("security", ["ssl", "starttls"])
def test_a_box_is_read_over_tls(security, make_box, tmp_path, monkeypatch):
    tls = tls_context(tmp_path)
    trust(monkeypatch, tmp_path)
    with imap_server(**({"tls": tls} if security == "ssl" else {"starttls": tls})) as server:
        server.add(a_mail())
        box = make_box(server, security=security)

        assert fetch(box.pk).count == 1
    assert problem_of(box) == ""


def test_a_certificate_nobody_vouches_for_is_not_believed(make_box, tmp_path):
    with imap_server(tls=tls_context(tmp_path)) as server:
        box = make_box(server, security="ssl")
        fetch(box.pk)

    assert problem_of(box) == "reach.certificate"
    assert server.commands == []


def test_a_password_is_not_sent_where_the_server_cannot_hide_it(make_box):
    with imap_server() as server:
        box = make_box(server, security="starttls")
        fetch(box.pk)

    assert problem_of(box) == "imap.security"
    assert not any(command.startswith("LOGIN") for command in server.commands)


def test_a_provider_that_wants_a_name_first_gets_it(make_box):
    with imap_server(wants_id=True) as server:
        server.add(a_mail())
        assert fetch(make_box(server).pk).count == 1


def test_a_folder_with_a_chinese_name_is_opened(make_box):
    with imap_server(folders={"INBOX": {}, "&i+J22A-": {1: a_mail()}}) as server:
        assert fetch(make_box(server, folder="询盘").pk).count == 1


def test_a_wrong_password_is_said_in_words_and_the_keepers_are_told_once(make_box, keeper, people):
    with imap_server() as server:
        box = make_box(server, password="wrong")
        for _time in range(5):
            fetch(box.pk)

        box.refresh_from_db()
        assert box.problem_code == "imap.sign_in"
        assert box.failures == 5
        told = Notification.objects.filter(user=keeper.user, source_type="mailbox", source_id=box.pk)
        assert [note.title for note in told] == ["收件箱“询盘邮箱”收不到邮件"]
        finding = next(each for each in health() if each.key == "mailboxes")
        assert finding.state == HealthState.WARNING
        assert "询盘邮箱" in finding.words

        plan = MailboxPlan(
            name=box.name, host=box.host, port=box.port, security="none", user=box.user, password="s3cret"
        )
        save_mailbox(box, plan, actor=keeper.actor)
        fetch(box.pk)
    assert problem_of(box) == ""
    assert not told.exclude(state=Notification.State.DONE).exists()
    finding = next(each for each in health() if each.key == "mailboxes")
    assert (finding.state, finding.words) == (HealthState.OK, "1 个收件箱收信正常。")


def test_a_server_that_is_down_is_named(make_box):
    with imap_server() as server:
        box = make_box(server)
    fetch(box.pk)

    assert problem_of(box) == "reach.refused"


def test_a_server_that_never_answers_is_given_up(make_box, people):
    figure("seconds", 5, people)
    set_figure("outgoing.mail_seconds", 1, actor_ref=people.administrator.actor.ref)
    with imap_server(silent=True) as server:
        box = make_box(server)
        with pytest.raises(ServiceDown) as given_up:
            try_mailbox(box, actor=people.administrator.actor)

    assert given_up.value.code == "reach.slow"
    box.refresh_from_db()
    assert box.problem_code == "reach.slow"


def test_a_folder_that_is_not_there_is_named(make_box, keeper):
    with imap_server() as server:
        box = make_box(server, folder="Nowhere")
        with pytest.raises(ServiceDown) as refused:
            try_mailbox(box, actor=keeper.actor)

    assert refused.value.code == "imap.folder"
    assert refused.value.values["folder"] == "Nowhere"


def test_a_trial_says_how_many_mails_are_there_and_takes_none(make_box, keeper):
    with imap_server() as server:
        server.add(a_mail(number=1), a_mail(number=2))
        assert try_mailbox(make_box(server), actor=keeper.actor) == "连接成功，文件夹“INBOX”里有 2 封邮件。"

    assert not ReceivedMail.objects.exists()


def test_of_a_mail_that_is_too_large_only_the_beginning_is_fetched(make_box, people):
    figure("megabytes", 1, people)
    big = a_mail(text="大邮件" + "x" * 3_000_000)
    with imap_server() as server:
        server.add(big, a_mail(number=2))
        box = make_box(server)

        assert fetch(box.pk).count == 2
    sizes = list(ReceivedMail.objects.order_by("uid").values_list("size", flat=True))
    assert sizes[0] == len(big)
    assert any("BODY.PEEK[]<0.65536>" in command for command in server.commands)


def test_a_server_that_sends_more_than_it_was_asked_for_is_not_read(make_box, monkeypatch):
    monkeypatch.setattr("kezhi.exchange.mailboxes.imap._SLACK", 1000)
    with imap_server() as server:
        # The heading alone is larger than anything that was asked for.
        server.add(b"Message-ID: <" + b"x" * 5000 + b"@example.com>\r\n\r\nx")
        box = make_box(server)
        fetch(box.pk)

    assert problem_of(box) == "reach.broken"


def test_many_waiting_mails_come_in_batches_one_job_after_the_other(make_box, people):
    figure("batch", 4, people)
    with imap_server() as server:
        server.add(*(a_mail(number=number, sender=f"a{number}@example.com") for number in range(1, 11)))
        box = make_box(server)
        fetch_due()
        run_pending()

    assert ReceivedMail.objects.filter(mailbox=box).count() == 10
    assert [command for command in server.commands if command.startswith("LOGOUT")] == ["LOGOUT"] * 3


def test_ten_thousand_waiting_mails_are_listed_in_bounded_answers(make_box, people):
    figure("batch", 1, people)
    with imap_server() as server:
        one = a_mail()
        server.folders["INBOX"] = dict.fromkeys(range(1, 10_001), one)
        fetched = fetch(make_box(server).pk)

    assert (fetched.count, fetched.has_more) == (1, True)
    searches = [command for command in server.commands if command.startswith("UID SEARCH")]
    assert searches == ["UID SEARCH UID 1:5000"]


def test_a_server_that_numbers_its_mails_anew_brings_none_twice(make_box):
    with imap_server() as server:
        server.add(a_mail(number=1), a_mail(number=2))
        box = make_box(server)
        fetch(box.pk)
        server.uid_validity = 99
        server.folders["INBOX"] = {11: a_mail(number=2), 12: a_mail(number=1), 13: a_mail(number=3)}

        assert fetch(box.pk).count == 1
    box.refresh_from_db()
    assert (box.uid_validity, box.last_uid) == (99, 13)
    assert server.fetched == [1, 2, 13]
    assert ReceivedMail.objects.count() == 3


def test_a_connection_that_breaks_in_the_middle_loses_and_doubles_nothing(make_box):
    with imap_server(breaks_after=2) as server:
        server.add(*(a_mail(number=number) for number in range(1, 5)))
        box = make_box(server)
        fetch(box.pk)
        assert problem_of(box) == "reach.broken"
        assert ReceivedMail.objects.count() == 2

        server.breaks_after = None
        fetch(box.pk)
    assert sorted(ReceivedMail.objects.values_list("uid", flat=True)) == [1, 2, 3, 4]
    assert problem_of(box) == ""


class Killed(BaseException):
    """Stands for the end of the process."""


def test_a_process_that_dies_between_fetching_and_storing_loses_and_doubles_nothing(make_box, monkeypatch):
    with imap_server() as server:
        server.add(a_mail(number=1), a_mail(number=2))
        box = make_box(server)
        stored = fetching.file_mail

        def dies(mailbox, place, mail):
            if place.uid == 2:
                raise Killed
            return stored(mailbox, place, mail)

        monkeypatch.setattr(fetching, "file_mail", dies)
        with pytest.raises(Killed):
            fetch(box.pk)
        monkeypatch.setattr(fetching, "file_mail", stored)
        # A process that is killed leaves its lease behind.
        assert list(ReceivedMail.objects.values_list("uid", flat=True)) == [1]
        fetch(box.pk)

    assert sorted(ReceivedMail.objects.values_list("uid", flat=True)) == [1, 2]


def test_while_one_fetches_nobody_else_does_and_a_dead_ones_lease_ends(make_box):
    with time_machine.travel("2026-03-02 02:00:00+00:00", tick=False) as clock, imap_server() as server:
        server.add(a_mail())
        box = make_box(server)
        Mailbox.objects.filter(pk=box.pk).update(lease_until="2026-03-02 02:05:00+00:00")
        assert fetch(box.pk).count == 0
        assert server.commands == []

        clock.move_to("2026-03-02 02:06:00+00:00")
        assert fetch(box.pk).count == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_store_a_mail_once(make_box):
    with imap_server() as server:
        server.add(*(a_mail(number=number) for number in range(1, 4)))
        box = make_box(server)
        counts, begin = [], threading.Barrier(2)

        def work():
            begin.wait()
            try:
                counts.append(fetch(box.pk).count)
            finally:
                connection.close()

        workers = [threading.Thread(target=work) for _worker in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    assert sum(counts) == 3
    assert sorted(ReceivedMail.objects.values_list("uid", flat=True)) == [1, 2, 3]


def test_the_same_mail_under_two_numbers_is_stored_once(make_box):
    with imap_server() as server:
        server.add(a_mail(message_id="<one@example.com>"), a_mail(message_id="<one@example.com>"))
        box = make_box(server)
        assert fetch(box.pk).count == 1

    box.refresh_from_db()
    assert box.last_uid == 2


def test_a_mail_that_cannot_be_filed_is_noted_and_holds_up_none_behind_it(make_box, monkeypatch):
    def trips(address):
        if address == "bad@example.com":
            raise LookupError
        return

    monkeypatch.setattr("kezhi.exchange.mailboxes.filing.find_home", trips)
    with imap_server() as server:
        server.add(a_mail(number=1, sender="bad@example.com"), a_mail(number=2))
        fetch(make_box(server).pk)

    assert list(ReceivedMail.objects.order_by("uid").values_list("outcome", flat=True)) == ["failed", "unknown"]


def test_what_could_not_be_filed_is_fetched_once_more_and_nothing_else(make_box, keeper, monkeypatch):
    def trips(address):
        raise LookupError

    with imap_server() as server:
        server.add(a_mail(number=1), a_mail(number=2), a_mail(number=3))
        box = make_box(server)
        with monkeypatch.context() as broken:
            broken.setattr("kezhi.exchange.mailboxes.filing.find_home", trips)
            fetch(box.pk)
        ReceivedMail.objects.filter(uid__in=[1, 3]).update(outcome="unknown")

        address = f"/settings/mailboxes/{box.pk}/"
        assert "没有处理成的再来一次" in keeper.client().get(address).content.decode()
        assert keeper.client().post(f"{address}retrial/").status_code == 302
        run_pending()

    assert list(ReceivedMail.objects.order_by("uid").values_list("uid", "outcome")) == [
        (1, "unknown"),
        (2, "unknown"),
        (3, "unknown"),
    ]
    assert server.fetched == [1, 2, 3, 2]
    assert "没有处理成的再来一次" not in keeper.client().get(address).content.decode()


def test_a_large_mail_that_never_arrives_whole_is_cut_after_some_tries(make_box, monkeypatch):
    with imap_server() as server:
        server.add(a_mail(text="x" * 200_000))
        box = make_box(server)
        server.breaks_after = 0
        fetch(box.pk)
        fetch(box.pk)
        server.breaks_after = None
        fetch(box.pk)

    asked = [command for command in server.commands if "BODY.PEEK[]" in command]
    assert [command.endswith("BODY.PEEK[]<0.65536>)") for command in asked] == [False, False, True]


def test_of_what_concerns_nobody_the_words_are_not_kept_and_the_note_goes_in_time(make_box, people):
    with imap_server() as server, time_machine.travel("2026-03-02 02:00:00+00:00", tick=False) as clock:
        server.add(a_mail(text="私事"))
        fetch(make_box(server).pk)
        row = ReceivedMail.objects.get()
        assert (row.outcome, row.text, row.record_id) == ("unknown", "", None)

        clock.move_to("2026-06-20 02:00:00+00:00")
        forget_old()
    assert not ReceivedMail.objects.exists()


def test_a_removed_box_forgets_its_password_and_is_fetched_no_more(make_box, keeper):
    with imap_server() as server:
        box = make_box(server)
        remove_mailbox(box, actor=keeper.actor)
        assert fetch(box.pk).count == 0

    box.refresh_from_db()
    assert (box.password, box.is_active) == ("", False)
    assert server.commands == []


def test_the_password_stands_nowhere_in_the_clear(make_box):
    with imap_server() as server:
        box = make_box(server, password="correct-horse-7")

    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM exchange_mailbox WHERE id = %s", [box.pk])
        [stored] = cursor.fetchone()
    assert "correct-horse" not in stored
    for event in Event.objects.filter(record_type="mailbox"):
        assert "correct-horse" not in event.facts + event.changes


def test_senders_are_kept_out_counted_and_known_as_our_own(make_box, people, monkeypatch):
    figure("sender_hourly", 2, people)
    people.rep.user.email = "rep@ours.example.com"
    people.rep.user.save(update_fields=["email"])
    with imap_server() as server:
        server.add(
            a_mail(number=1, sender="x@spam.example"),
            a_mail(number=2, sender="rep@ours.example.com"),
            a_mail(number=3, sender="sales@example.com"),
            a_mail(number=4, sender="much@example.com"),
            a_mail(number=5, sender="much@example.com"),
            a_mail(number=6, sender="much@example.com"),
            a_mail(number=7, more="Auto-Submitted: auto-replied"),
        )
        fetch(make_box(server, blocked="@spam.example").pk)

    outcomes = list(ReceivedMail.objects.order_by("uid").values_list("outcome", flat=True))
    assert outcomes == ["blocked", "own", "own", "unknown", "unknown", "flood", "automatic"]


def test_a_mail_to_two_of_our_boxes_is_filed_once(make_box, people, make_customer, monkeypatch):
    customer = make_customer()
    monkeypatch.setattr("kezhi.exchange.mailboxes.filing.find_home", lambda address: Home("customer", customer.pk))
    with imap_server() as server:
        server.add(a_mail())
        fetch(make_box(server).pk)
        fetch(make_box(server, name="另一个").pk)

    assert list(ReceivedMail.objects.order_by("pk").values_list("outcome", flat=True)) == ["filed", "copy"]
    assert Event.objects.filter(kind="mail.received").count() == 1


@pytest.fixture
def make_customer(people):
    from kezhi.records.operations import create_record
    from kezhi.records.registry import record_type

    def create(**values):
        return create_record(record_type("customer"), {"name": "甲公司"} | values, actor=people.rep.actor)

    return create


def test_the_mail_of_a_record_that_is_gone_for_good_goes_too(make_box, people, make_customer):
    kept, gone = make_customer(name="甲公司"), make_customer(name="乙公司")
    box = Mailbox.objects.create(
        name="x", host="imap.example.com", port=993, user="x", created_at=kept.created_at, changed_at=kept.created_at
    )
    for number, record in enumerate((kept, gone)):
        ReceivedMail.objects.create(
            mailbox=box, key=str(number), uid_validity=1, uid=number, received_at=kept.created_at,
            outcome="filed", record_type="customer", record_id=record.pk,
        )  # fmt: skip
    ReceivedMail.objects.filter(key="1").update(record_id=gone.pk + 1_000_000)
    forget_old()

    assert list(ReceivedMail.objects.values_list("record_id", flat=True)) == [kept.pk]
