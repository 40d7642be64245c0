"""Telling people: who gets what, once, folded, and off the inbox when settled."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.access.models import Absence
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now, today
from kezhi.work import notices_channels
from kezhi.work.models import Notification
from kezhi.work.notices import Notice, notify, settle
from kezhi.work.notices_standing_in import hand_to_stand_ins

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def only_the_app(monkeypatch):
    """What stands in inboxes does not depend on what else is set up."""
    monkeypatch.setattr(notices_channels, "_channels", {"app": notices_channels._channels["app"]})


def tell(cast, *, user=None, **fields):
    person = user or cast.rep
    fields = {"kind": "reminder", "title": "该跟进了", "user_id": person.id, **fields}
    return notify([Notice(**fields)], actor=cast.manager.actor)


def inbox(person):
    return list(Notification.objects.filter(user=person.user).order_by("pk"))


def mark_away(person, stand_in):
    Absence.objects.create(user=person.user, stand_in=stand_in.user, first_day=today(), last_day=today())
    epochs.bump(EPOCH)


def test_a_notice_lies_in_the_inbox_as_it_was_given(cast):
    [row] = tell(
        cast,
        why="客户 7 天未跟进",
        url="/customers/3/",
        urgency="high",
        needs_action=True,
        source=("task", 5),
        act_label="完成",
        act_url="/tasks/5/done/",
        act_sheet=True,
        rule_ref="rule 12 v3",
    )

    stored = Notification.objects.get()
    assert stored.pk == row.pk
    assert (stored.user_id, stored.kind, stored.title, stored.why) == (
        cast.rep.id,
        "reminder",
        "该跟进了",
        "客户 7 天未跟进",
    )
    assert (stored.urgency, stored.state, stored.read_at, stored.count) == (0, "waiting", None, 1)
    assert (stored.act_label, stored.act_url, stored.act_sheet) == ("完成", "/tasks/5/done/", True)
    assert (stored.source_type, stored.source_id, stored.rule_ref) == ("task", 5, "rule 12 v3")


def test_an_unknown_kind_is_refused_and_nothing_is_stored(cast):
    with pytest.raises(ValueError, match="unknown kind"):
        tell(cast, kind="gossip")
    with pytest.raises(ValueError, match="unknown urgency"):
        tell(cast, urgency="sky-high")

    assert inbox(cast.rep) == []


def test_what_was_told_once_is_never_told_again(cast):
    first = tell(cast, once_key="dormant:3:2026-11")
    again = tell(cast, once_key="dormant:3:2026-11")
    other = tell(cast, user=cast.colleague, once_key="dormant:3:2026-11")
    Notification.objects.all().delete()
    later = tell(cast, once_key="dormant:3:2026-11")

    assert [len(first), len(again), len(other), len(later)] == [1, 0, 1, 0]


def test_a_batch_with_the_same_key_twice_tells_once(cast):
    notice = Notice(kind="reminder", user_id=cast.rep.id, title="一", once_key="k")

    assert len(notify([notice, notice], actor=cast.manager.actor)) == 1


def test_a_storm_is_folded_until_it_is_read(cast):
    tell(cast, title="新客户 A", group_key="assigned", urgency="low")
    tell(cast, title="新客户 B", group_key="assigned", url="/customers/2/")
    notify(
        [Notice(kind="assigned", user_id=cast.rep.id, title=f"新客户 {n}", group_key="bulk") for n in range(30)],
        actor=cast.manager.actor,
    )
    assert [(row.title, row.count, row.urgency) for row in inbox(cast.rep)] == [
        ("新客户 B", 2, 1),
        ("新客户 29", 30, 1),
    ]

    Notification.objects.update(read_at=now())
    tell(cast, title="新客户 C", group_key="assigned")
    assert [(row.title, row.count) for row in inbox(cast.rep)] == [("新客户 B", 2), ("新客户 29", 30), ("新客户 C", 1)]


def test_few_stay_lines_of_their_own_and_one_too_many_makes_them_one(cast, clock_at):
    def said(number):
        about = {"title": f"客户 {number}", "url": f"/customers/{number}/", "group_title": "%(count)s 条"}
        tell(cast, group_key="rule:1:0", fold_after=2, fold_within=timedelta(minutes=5), **about)
        rows = Notification.objects.filter(user=cast.rep.user, read_at__isnull=True).order_by("pk")
        return [(row.title, row.count) for row in rows]

    clock_at("2026-03-02 10:00")
    assert said(1) == [("客户 1", 1)]
    assert said(2) == [("客户 1", 1), ("客户 2", 1)]
    assert said(3) == [("3 条", 3)]
    clock_at("2026-03-02 10:04")
    assert said(4) == [("4 条", 4)]
    clock_at("2026-03-02 10:10")
    assert said(5) == [("4 条", 4), ("客户 5", 1)]


def test_a_group_may_speak_for_all(cast):
    for number in range(3):
        tell(
            cast,
            title=f"新客户 {number}",
            url=f"/customers/{number}/",
            group_key="bulk",
            group_title="%(count)s 位新客户分给了您",
            group_url="/customers/",
        )

    [row] = inbox(cast.rep)
    assert (row.title, row.url, row.count) == ("3 位新客户分给了您", "/customers/", 3)


@pytest.mark.parametrize(
    ("words", "shown"),
    [("满 100%：%(count)s 条", "满 100%：2 条"), ("5% sale 50%%，%(count)s 条 %", "5% sale 50%，2 条 %")],
)
def test_a_percent_sign_in_the_words_of_a_group_does_no_harm(cast, words, shown):
    for _turn in range(2):
        tell(cast, group_key="bulk", group_title=words)

    assert [row.title for row in inbox(cast.rep)] == [shown]


def test_who_is_away_keeps_theirs_and_the_stand_in_gets_what_needs_an_action(cast):
    mark_away(cast.rep, cast.colleague)
    tell(cast, title="请审批", kind="approval", needs_action=True, source=("approval", 7))
    tell(cast, title="看看就好")

    assert [row.title for row in inbox(cast.rep)] == ["请审批", "看看就好"]
    assert [(row.title, row.stands_in_for_id) for row in inbox(cast.colleague)] == [("请审批", cast.rep.id)]


def test_where_the_stand_in_is_away_too_the_next_one_is_asked(cast):
    mark_away(cast.rep, cast.colleague)
    mark_away(cast.colleague, cast.manager)
    tell(cast, needs_action=True)

    assert inbox(cast.colleague) == []
    assert [row.stands_in_for_id for row in inbox(cast.manager)] == [cast.rep.id]


def test_two_who_stand_in_for_each_other_send_nothing_in_circles(cast):
    mark_away(cast.rep, cast.colleague)
    mark_away(cast.colleague, cast.rep)
    tell(cast, needs_action=True)

    assert [len(inbox(cast.rep)), len(inbox(cast.colleague))] == [1, 0]


def test_who_left_gets_nothing(cast):
    cast.rep.user.is_active = False
    cast.rep.user.save(update_fields=["is_active"])
    epochs.bump(EPOCH)

    assert tell(cast) == []


def test_what_is_settled_leaves_every_inbox(cast):
    mark_away(cast.rep, cast.colleague)
    tell(cast, needs_action=True, source=("approval", 7))
    tell(cast, user=cast.manager, needs_action=True, source=("approval", 7))
    tell(cast, needs_action=True, source=("approval", 8))

    assert settle("approval", 7, user_ids=[cast.rep.id]) == 2
    assert [row.state for row in inbox(cast.rep)] == ["done", "waiting"]
    assert [row.state for row in inbox(cast.colleague)] == ["done", "waiting"]
    assert [row.state for row in inbox(cast.manager)] == ["waiting"]
    assert settle("approval", 7) == 1
    assert settle("approval", 7) == 0
    assert inbox(cast.manager)[0].closed_at - now() < timedelta(seconds=5)


def test_six_hundred_notices_cost_as_many_queries_as_six(cast):
    def cost(count, mark):
        people = [member.id for member in cast]
        notices = [
            Notice(kind="reminder", user_id=people[n % 6], title=f"第 {n} 件", once_key=f"{mark}{n}")
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as queries:
            notify(notices, actor=cast.manager.actor)
        return len([query for query in queries if not query["sql"].startswith("INSERT")])

    cost(1, "warm")
    assert cost(600, "many") == cost(6, "few")
    assert Notification.objects.count() == 607


def test_what_already_waits_when_an_absence_begins_reaches_the_stand_in_once(cast):
    tell(cast, title="早就等着的", kind="approval", needs_action=True, source=("approval", 7))
    tell(cast, title="看看就好")
    hand_to_stand_ins()
    assert inbox(cast.colleague) == []
    mark_away(cast.rep, cast.colleague)
    tell(cast, title="后来的", kind="approval", needs_action=True, source=("approval", 8))
    hand_to_stand_ins()
    hand_to_stand_ins()

    assert [(row.title, row.stands_in_for_id) for row in inbox(cast.colleague)] == [
        ("后来的", cast.rep.id),
        ("早就等着的", cast.rep.id),
    ]
    settle("approval", 7, user_ids=[cast.rep.id])
    hand_to_stand_ins()
    assert [row.state for row in inbox(cast.colleague)] == ["waiting", "done"]


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_tell_it_once(cast):
    gate = threading.Barrier(2, timeout=100)
    told, faults = [], []

    def tell_it():
        try:
            gate.wait()
            told.append(len(tell(cast, once_key="same", needs_action=True)))
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    both = [threading.Thread(target=tell_it) for _turn in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert (faults, sorted(told), len(inbox(cast.rep))) == ([], [0, 1], 1)
