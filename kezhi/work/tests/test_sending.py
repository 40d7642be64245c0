"""What leaves the app: once, in time, by another channel where one is down, and to nobody who may not see it."""

from datetime import time, timedelta

import pytest
import time_machine
from django.db import transaction

from kezhi.access.models import Grant
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.figures import set_figure
from kezhi.core.jobs import Job, run_pending
from kezhi.core.jobs.queue import reap
from kezhi.core.values.problem import ValueProblem
from kezhi.work.deliveries import channel_records
from kezhi.work.models import ChannelOutage, Delivery, Notification
from kezhi.work.notices import AddressRefused, ChannelDown, Notice, notify
from kezhi.work.notices_preferences import Wishes, store_wishes
from kezhi.work.notices_sending import _take, resend_forgotten, send_message
from kezhi.work.operations import plan_task
from kezhi.work.operations.tasks import About

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-24 10:00 +0800", tick=False) as traveller:
        yield traveller


@pytest.fixture
def keeper(cast):
    """The administrator looks after the health of the installation."""
    role = cast.administrator.user.roles.get()
    Grant.objects.create(role=role, subject="health", action="view", scope="all")
    epochs.bump(EPOCH)
    return cast.administrator


def tell(cast, *titles, user=None, **fields):
    person = user or cast.rep
    fields = {"kind": "reminder", "user_id": person.id, **fields}
    return notify([Notice(title=title, **fields) for title in titles or ("该跟进了",)], actor=cast.manager.actor)


def states():
    return [(row.channel, row.state, row.attempts) for row in Delivery.objects.order_by("pk")]


def test_a_message_leaves_once_by_the_channels_of_its_kind(cast, loft, clock):
    tell(cast, why="7 天未跟进", act_label="完成", act_url="/tasks/5/done/")
    run_pending()
    send_message(Delivery.objects.get().key)

    [sent] = loft["mail"].sent
    assert (sent.address, sent.subject, sent.is_digest) == ("cast-rep@mail", "该跟进了", False)
    assert [(line.why, line.act_label, line.act_url) for line in sent.lines] == [
        ("7 天未跟进", "完成", "/tasks/5/done/")
    ]
    assert loft["wecom"].sent == []
    assert states() == [("mail", "sent", 1)]


def test_nothing_leaves_when_the_transaction_does_not_commit(cast, loft, clock):
    with transaction.atomic():
        tell(cast)
        transaction.set_rollback(True)

    assert run_pending() == 0
    assert (Notification.objects.count(), loft["mail"].sent) == (0, [])


def test_people_choose_their_channels_for_each_kind(cast, loft, clock):
    store_wishes(cast.rep.id, Wishes(kinds={"reminder": ("wecom",), "report": ()}))
    tell(cast)
    tell(cast, "月报", kind="report")
    tell(cast, "请看", kind="mention", channels=("mail", "wecom"))
    run_pending()

    assert [row.subject for row in loft["wecom"].sent] == ["该跟进了", "请看"]
    assert [row.subject for row in loft["mail"].sent] == ["请看"]


def test_somebody_without_an_address_is_skipped_with_the_reason(cast, loft, clock):
    tell(cast, user=cast.outsider)
    run_pending()

    assert [(row.state, row.error) for row in Delivery.objects.all()] == [("skipped", "no_address")]


def test_what_was_read_in_the_app_meanwhile_is_not_sent(cast, loft, clock):
    store_wishes(cast.rep.id, Wishes(digest="hourly"))
    tell(cast, "一", "二")
    Notification.objects.filter(title="一").update(read_at=now())
    clock.shift(timedelta(hours=1))
    run_pending()

    [sent] = loft["mail"].sent
    assert [line.title for line in sent.lines] == ["二"]
    assert states() == [("mail", "skipped", 0), ("mail", "sent", 1)]


def test_quiet_hours_hold_messages_back_but_urgent_ones_pass(cast, loft):
    store_wishes(cast.rep.id, Wishes(quiet_from=time(22), quiet_to=time(8)))
    with time_machine.travel("2026-11-24 23:30 +0800", tick=False) as clock:
        tell(cast, "不急")
        tell(cast, "着火了", urgency="high")
        run_pending()
        assert [row.subject for row in loft["mail"].sent] == ["着火了"]
        clock.shift(timedelta(hours=8, minutes=30))
        run_pending()
        assert [row.subject for row in loft["mail"].sent] == ["着火了", "不急"]


def test_free_days_are_quiet_for_those_who_want_it(cast, loft):
    store_wishes(cast.rep.id, Wishes(is_quiet_on_free_days=True))
    with time_machine.travel("2026-11-28 10:00 +0800", tick=False) as clock:
        tell(cast)
        run_pending()
        assert loft["mail"].sent == []
        clock.shift(timedelta(days=1, hours=14))
        run_pending()
    assert len(loft["mail"].sent) == 1


def test_a_daily_digest_lists_what_waits_in_one_message(cast, loft, clock):
    store_wishes(cast.rep.id, Wishes(digest="daily"))
    tell(cast, "一")
    clock.shift(timedelta(hours=2))
    tell(cast, "二", urgency="low")
    clock.shift(timedelta(hours=21))
    run_pending()

    [sent] = loft["mail"].sent
    assert (sent.subject, [line.title for line in sent.lines]) == ("有 2 件事等您处理", ["一", "二"])
    assert now().isoformat() == "2026-11-25T01:00:00+00:00"


def test_a_burst_is_one_message(cast, loft, clock):
    tell(cast, "一", "二", "三", "四")
    run_pending()

    assert [len(row.lines) for row in loft["mail"].sent] == [4]


def test_a_channel_that_stumbles_is_tried_again_with_the_same_key(cast, loft, clock):
    loft["mail"].trouble = ChannelDown("连接被拒绝")
    tell(cast)
    run_pending()
    assert states() == [("mail", "waiting", 1)]
    loft["mail"].trouble = None
    clock.shift(timedelta(seconds=10))
    run_pending()

    assert states() == [("mail", "sent", 2)]
    assert len(set(loft["mail"].tries)) == 1
    assert list(ChannelOutage.objects.filter(ended_at=None)) == []


def test_a_channel_that_is_down_gives_way_to_the_next_and_administrators_are_told_once(cast, loft, clock, keeper):
    loft["mail"].trouble = ChannelDown("连接被拒绝")
    for title in ("一", "二"):
        tell(cast, title)
    for _turn in range(4):
        run_pending()
        clock.shift(timedelta(seconds=40))
    tell(cast, "三")
    run_pending()

    assert sorted(row.subject for row in loft["wecom"].sent if row.user_id == cast.rep.id) == ["一", "三", "二"]
    assert loft["mail"].sent == []
    alerts = Notification.objects.filter(user=keeper.user)
    assert [(row.title, row.why, row.state) for row in alerts] == [
        ("通知通道“信鸽 mail”中断了", "连接被拒绝", "waiting")
    ]
    # The third one did not even try the channel that is known to be down.
    assert Delivery.objects.filter(channel="mail", notification__title="三").get().error == ""


def test_a_channel_that_works_again_is_used_again_and_the_alert_is_settled(cast, loft, clock, keeper):
    loft["mail"].trouble = ChannelDown("超时")
    tell(cast)
    for _turn in range(4):
        run_pending()
        clock.shift(timedelta(minutes=1))
    loft["mail"].trouble = None
    clock.shift(timedelta(minutes=6))
    tell(cast, "又好了")
    run_pending()

    assert [row.subject for row in loft["mail"].sent if row.user_id == cast.rep.id] == ["又好了"]
    rows = Notification.objects.filter(user=keeper.user).order_by("pk")
    assert [(row.title, row.state) for row in rows] == [
        ("通知通道“信鸽 mail”中断了", "done"),
        ("通知通道“信鸽 mail”恢复了", "waiting"),
    ]


def test_a_digest_of_which_a_part_goes_by_the_next_channel_already_loses_nothing(cast, loft, clock):
    store_wishes(cast.rep.id, Wishes(digest="hourly", kinds={"report": ("mail", "wecom")}))
    tell(cast, "只走邮件")
    tell(cast, "两路都走", kind="report")
    loft["mail"].trouble = ChannelDown("超时")
    clock.shift(timedelta(hours=1))
    for _turn in range(4):
        run_pending()
        clock.shift(timedelta(seconds=40))

    assert sorted(line.title for sent in loft["wecom"].sent for line in sent.lines) == ["两路都走", "只走邮件"]
    assert sorted(states())[:2] == [("mail", "failed", 3), ("mail", "failed", 3)]


def test_with_no_other_channel_a_message_waits_until_the_channel_is_back(cast, loft, clock):
    store_wishes(cast.rep.id, Wishes(order=("mail",)))
    loft["mail"].trouble = ChannelDown("超时")
    tell(cast)
    for _turn in range(20):
        run_pending()
        clock.shift(timedelta(minutes=2))
    assert [row[:2] for row in states()] == [("mail", "waiting")]
    loft["mail"].trouble = None
    clock.shift(timedelta(minutes=10))
    run_pending()

    assert ([row[:2] for row in states()], len(loft["mail"].sent)) == ([("mail", "sent")], 1)


def test_a_message_nobody_could_carry_for_a_day_is_given_up_and_stays_in_the_app(cast, loft, clock):
    store_wishes(cast.rep.id, Wishes(order=("mail",)))
    loft["mail"].trouble = ChannelDown("超时")
    tell(cast)
    for _turn in range(4):
        run_pending()
        clock.shift(timedelta(hours=8))
    run_pending()

    assert [row[:2] for row in states()] == [("mail", "failed")]
    assert Notification.objects.get().state == "waiting"


def test_a_refused_address_is_not_tried_again_and_the_person_reads_why(cast, loft, clock):
    loft["mail"].trouble = AddressRefused("550 no such user")
    tell(cast)
    tell(cast, "第二件")
    run_pending()

    assert states() == [("mail", "failed", 1), ("mail", "failed", 1)]
    [told] = Notification.objects.filter(kind="system")
    assert told.title == "发往 cast-rep@mail 的通知没能送达（信鸽 mail）"
    assert told.why == "对方说：550 no such user。请核对地址，或改用别的通道。"
    assert (ChannelOutage.objects.count(), loft["wecom"].sent) == (0, [])


def test_a_fault_in_a_channel_loses_nothing(cast, loft, clock, caplog):
    loft["mail"].trouble = KeyError("boom")
    tell(cast)
    run_pending()
    assert Delivery.objects.get().error == "KeyError: 'boom'"
    loft["mail"].trouble = None
    clock.shift(timedelta(seconds=10))
    run_pending()

    assert states() == [("mail", "sent", 2)]


def test_a_worker_killed_between_sending_and_writing_it_down_repeats_the_same_key(cast, loft, clock):
    class Killed(BaseException):
        pass

    tell(cast)
    loft["mail"].trouble = Killed()
    with pytest.raises(Killed):
        run_pending()
    loft["mail"].trouble = None
    clock.shift(timedelta(minutes=2))
    assert reap() == 1
    run_pending()

    assert (len(loft["mail"].tries), len(set(loft["mail"].tries)), len(loft["mail"].sent)) == (2, 1, 1)
    assert states() == [("mail", "sent", 2)]


def test_a_message_whose_job_was_lost_is_sent_after_all(cast, loft, clock):
    tell(cast)
    Job.objects.all().delete()
    clock.shift(timedelta(minutes=11))
    resend_forgotten()
    run_pending()

    assert states() == [("mail", "sent", 1)]


def test_of_two_jobs_for_one_message_only_one_has_it_until_its_lease_is_over(cast, loft, clock):
    tell(cast)
    key = Delivery.objects.get().key
    Job.objects.all().delete()

    assert [len(_take(key)), len(_take(key)), len(_take(key))] == [1, 0, 0]
    assert [(job.args, job.run_at) for job in Job.objects.all()] == [({"key": key}, now() + timedelta(minutes=2))]
    clock.shift(timedelta(minutes=2))
    assert [len(_take(key)), len(_take(key))] == [1, 0]


def test_a_job_that_comes_back_before_the_lease_is_over_sends_after_it(cast, loft, clock):
    tell(cast)
    delivery = Delivery.objects.get()
    assert len(_take(delivery.key)) == 1
    run_pending()
    assert loft["mail"].tries == []
    clock.shift(timedelta(minutes=2))
    run_pending()

    assert (loft["mail"].tries, states()) == ([delivery.key], [("mail", "sent", 2)])


def test_how_long_a_message_took_counts_from_when_it_was_due(cast, loft, clock):
    tell(cast)
    due_at = Delivery.objects.get().due_at
    clock.shift(timedelta(seconds=30))
    run_pending()

    assert Delivery.objects.get().due_at == due_at
    assert [row.seconds for row in channel_records(now() - timedelta(days=1))] == [30]


def test_a_late_message_that_still_has_its_job_gets_no_second_one(cast, loft, clock):
    tell(cast)
    tell(cast, "丢了的")
    lost = Delivery.objects.get(notification__title="丢了的").key
    Job.objects.filter(args__key=lost).delete()
    clock.shift(timedelta(minutes=11))
    resend_forgotten()

    keys = [job.args["key"] for job in Job.objects.filter(name="work.send_message")]
    assert sorted(keys) == sorted(Delivery.objects.values_list("key", flat=True))
    run_pending()
    assert len(loft["mail"].sent) == 2


def test_nothing_leaves_about_a_record_the_person_may_no_longer_see(cast, loft, clock):
    cast.grant("task")
    task = plan_task("给沈主任发方案", owner_id=cast.rep.id, due_at=None, actor=cast.rep.actor)
    tell(cast, "给沈主任发方案", about=About("task", task.pk, task.title))
    type(task).objects.ungated("test").filter(pk=task.pk).update(owner=cast.outsider.user)
    run_pending()

    assert loft["mail"].sent == []
    assert [(row.state, row.error) for row in Delivery.objects.all()] == [("skipped", "hidden")]


def test_messages_are_in_the_recipients_language(cast, loft, clock):
    cast.rep.user.language = "en"
    cast.rep.user.save(update_fields=["language"])
    store_wishes(cast.rep.id, Wishes(digest="hourly"))
    tell(cast, "one", "two")
    clock.shift(timedelta(hours=1))
    run_pending()

    [sent] = loft["mail"].sent
    assert (sent.language, sent.subject) == ("en", "2 things wait for you")


def test_links_lead_to_where_it_serves_until_somebody_says_the_address(cast, loft, clock, settings):
    settings.SERVED_AT = "http://127.0.0.1:8000"
    tell(cast, "一")
    run_pending()

    [sent] = loft["mail"].sent
    assert sent.lines[0].url == f"http://127.0.0.1:8000/inbox/{Notification.objects.get().pk}/open/"


def test_links_are_whole_once_the_installation_knows_its_address(cast, loft, clock):
    tell(cast, "一")
    set_figure("notices.address", "https://crm.example.com/", actor_ref=cast.administrator.actor.ref)
    tell(cast, "二")
    run_pending()

    urls = {line.title: line.url for sent in loft["mail"].sent for line in sent.lines}
    pks = dict(Notification.objects.values_list("title", "pk"))
    assert urls["二"] == f"https://crm.example.com/inbox/{pks['二']}/open/"
    with pytest.raises(ValueProblem):
        set_figure("notices.address", "crm.example.com", actor_ref=cast.administrator.actor.ref)


def test_whoever_looks_after_it_sees_what_did_not_arrive_and_sends_it_again(cast, loft, clock, keeper):
    store_wishes(cast.rep.id, Wishes(order=("mail",)))
    tell(cast, "到了的")
    loft["mail"].trouble = AddressRefused("550 mailbox full")
    run_pending(limit=1)
    loft["mail"].trouble = None
    tell(cast, "后来的")
    run_pending()
    client = keeper.client()
    page = client.get("/settings/deliveries/").content.decode()
    assert "550 mailbox full" in page
    assert "到了的" not in page
    assert [(row.sent, row.failed, row.rate) for row in channel_records(now() - timedelta(days=1))] == [(1, 1, 0.5)]

    failed = Delivery.objects.get(state="failed")
    client.post(f"/settings/deliveries/{failed.pk}/again/")
    client.post(f"/settings/deliveries/{failed.pk}/again/")
    run_pending()
    assert [row.subject for row in loft["mail"].sent if row.user_id == cast.rep.id] == ["后来的", "到了的"]
    assert loft["mail"].tries.count(failed.key) == 2


def test_others_do_not_see_how_messages_fare(cast, loft):
    client = cast.rep.client()

    assert client.get("/settings/deliveries/").status_code == 403
    assert client.post("/settings/deliveries/1/again/").status_code == 403
