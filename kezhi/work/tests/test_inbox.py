"""The inbox page and what is done on it."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.access.models import Session
from kezhi.core.clock import company_zone, now
from kezhi.core.jobs import run_pending
from kezhi.records.operations import InvalidRecord
from kezhi.work.inbox_acts import moment_key, postpone_choices, tidy_inboxes
from kezhi.work.models import Notification, Task
from kezhi.work.notices import About, Notice, notify, settle
from kezhi.work.notices_preferences import wishes_of
from kezhi.work.operations import complete_task, plan_task
from kezhi.work.operations.task_handover import hand_over_task, may_take
from kezhi.work.today import today_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast):
    cast.grant("task")
    return cast


def tell(cast, title="该跟进了", *, user=None, **fields):
    person = user or cast.rep
    fields = {"kind": "reminder", "user_id": person.id, **fields}
    [row] = notify([Notice(title=title, **fields)], actor=cast.manager.actor)
    return row


def shown(client, address="/inbox/"):
    """The titles on the page, in order."""
    text = client.get(address).content.decode()
    lines = re.findall(r'class="inboxline__title">(.*?)</p>', text, re.S)
    return [
        re.sub(r"<span class=\"(visually-hidden|badge[^\"]*)\">.*?</span>|<[^>]+>", "", line).strip() for line in lines
    ]


def state(row):
    row.refresh_from_db()
    return (row.state, row.read_at is not None)


def undo_address(client):
    page = client.get("/inbox/").content.decode()
    return re.findall(r'data-undo="(/inbox/undo/[^"]*)"', page)[-1].replace("&amp;", "&")


def test_what_waits_stands_by_urgency_the_newest_first(cast, clock_at):
    clock = clock_at("2026-11-24 10:00")
    for title, urgency in (("平常", "normal"), ("闲事", "low"), ("急事", "high"), ("又一件平常", "normal")):
        tell(cast, title, urgency=urgency)
        clock.shift(60)
    tell(cast, "别人的", user=cast.colleague)

    assert shown(cast.rep.client()) == ["急事", "又一件平常", "平常", "闲事"]


def test_a_line_leads_to_its_record_and_counts_as_read(cast):
    informs = tell(cast, url="/tasks/5/")
    asks = tell(cast, "请审批", kind="approval", url="/approvals/7/", needs_action=True, source=("approval", 7))
    client = cast.rep.client()

    assert client.get(f"/inbox/{informs.pk}/open/")["Location"] == "/tasks/5/"
    assert client.get(f"/inbox/{asks.pk}/open/")["Location"] == "/approvals/7/"
    assert (state(informs), state(asks)) == (("done", True), ("waiting", True))
    settle("approval", 7)
    assert shown(client) == []


def test_a_line_never_leads_out_of_the_house(cast):
    row = tell(cast, url="//evil.example/")

    assert cast.rep.client().get(f"/inbox/{row.pk}/open/")["Location"] == "/inbox/"


def test_nobody_touches_what_is_not_theirs(cast):
    row = tell(cast, user=cast.colleague)
    client = cast.rep.client()

    assert client.get(f"/inbox/{row.pk}/open/").status_code == 404
    assert client.post(f"/inbox/{row.pk}/done/").status_code == 404
    client.post("/inbox/done/", {"ids": row.pk})
    assert client.get(f"/inbox/postpone/?ids={row.pk}").status_code == 404
    client.post(f"/inbox/undo/done/{moment_key(now())}/")
    assert state(row) == ("waiting", False)


def test_done_read_and_unread_can_be_taken_back(cast):
    row = tell(cast)
    client = cast.rep.client()
    for act, after in (("done", ("done", True)), ("read", ("done", True))):
        client.post(f"/inbox/{row.pk}/{act}/")
        assert state(row) == after
        client.post(undo_address(client))
        assert state(row) == ("waiting", False)
    client.post(f"/inbox/{row.pk}/read/")
    client.post(f"/inbox/{row.pk}/unread/")
    assert state(row) == ("waiting", False)


def test_what_asks_for_an_act_elsewhere_cannot_simply_be_put_away(cast):
    row = tell(cast, needs_action=True, source=("approval", 7))
    client = cast.rep.client()
    client.post("/inbox/done/", {"ids": [row.pk]})

    assert state(row) == ("waiting", False)
    assert "1 条要先办完它要求的事" in client.get("/inbox/").content.decode()


def test_of_many_put_away_it_says_which_stay(cast):
    rows = [tell(cast, "一件"), tell(cast, needs_action=True, source=("approval", 7))]
    client = cast.rep.client()
    client.post("/inbox/done/", {"ids": [row.pk for row in rows]})

    assert [state(row)[0] for row in rows] == ["done", "waiting"]
    assert "1 条已处理；1 条要先办完它要求的事" in client.get("/inbox/").content.decode()


def test_an_undo_does_not_bring_back_what_was_settled_meanwhile(cast):
    row = tell(cast, needs_action=True, source=("approval", 7))
    client = cast.rep.client()
    client.post(f"/inbox/{row.pk}/read/")
    settle("approval", 7)
    client.post(undo_address(client))

    assert state(row) == ("done", False)


def test_many_at_once_and_everything(cast):
    rows = [tell(cast, f"第 {number} 件") for number in range(4)]
    client = cast.rep.client()
    client.post("/inbox/done/", {"ids": [row.pk for row in rows[:2]]})
    assert [state(row)[0] for row in rows] == ["done", "done", "waiting", "waiting"]
    client.post("/inbox/read/", {"everything": "1"})

    assert [state(row) for row in rows] == [("done", True)] * 4
    client.post(undo_address(client))
    assert [state(row)[0] for row in rows] == ["done", "done", "waiting", "waiting"]


def test_what_is_postponed_comes_back_unread_and_on_top(cast, clock_at):
    clock = clock_at("2026-11-24 10:00")
    row = tell(cast, "推迟的")
    client = cast.rep.client()
    client.post("/inbox/postpone/", {"ids": row.pk, "choice": "later"})
    assert (state(row), shown(client), shown(client, "/inbox/?filter=postponed")) == (
        ("postponed", True),
        [],
        ["推迟的"],
    )
    tell(cast, "后来的")
    clock.shift(timedelta(hours=3))
    run_pending()

    assert state(row) == ("waiting", False)
    assert shown(client) == ["推迟的", "后来的"]


def test_postponing_is_to_a_time_ahead_and_can_be_taken_back(cast, clock_at):
    clock_at("2026-11-24 10:00")
    row = tell(cast)
    client = cast.rep.client()
    for until in ("2026-11-24T09:00", "2028-01-01T09:00", "morgen", ""):
        assert client.post("/inbox/postpone/", {"ids": row.pk, "until": until}).status_code == 422, until
    client.post("/inbox/postpone/", {"ids": row.pk, "until": "2026-12-01T08:30"})
    row.refresh_from_db()
    assert row.postponed_until == datetime(2026, 12, 1, 8, 30, tzinfo=company_zone())
    client.post(undo_address(client))

    assert (state(row), row.postponed_until) == (("waiting", False), None)


@pytest.mark.parametrize(
    ("moment", "choices"),
    [
        ("2026-11-24 10:00", {"later": "11-24 13:00", "tomorrow": "11-25 09:00", "monday": "11-30 09:00"}),
        ("2026-11-29 23:00", {"tomorrow": "11-30 09:00"}),
    ],
)
def test_the_usual_times_to_postpone_to(db, clock_at, moment, choices):
    clock_at(moment)

    assert {key: f"{when.astimezone(company_zone()):%m-%d %H:%M}" for key, when in postpone_choices()} == choices


def test_filters_show_unread_all_and_one_kind(cast):
    read = tell(cast, "读过的", needs_action=True)
    tell(cast, "月报", kind="report")
    client = cast.rep.client()
    client.post(f"/inbox/{read.pk}/read/")

    assert shown(client, "/inbox/?filter=unread") == ["月报"]
    assert shown(client, "/inbox/?filter=all") == ["月报", "读过的"]
    assert shown(client, "/inbox/?kind=reminder") == ["读过的"]
    assert shown(client, "/inbox/?filter=nonsense&kind=nonsense&after=nonsense") == ["月报", "读过的"]


@pytest.mark.parametrize("chosen", ["waiting", "all"])
def test_pages_follow_each_other_without_gap_or_repetition(cast, clock_at, chosen):
    clock = clock_at("2026-11-24 10:00")
    urgencies = ["high", "normal", "low"]
    for batch in range(5):
        notices = [
            Notice(kind="report", user_id=cast.rep.id, title=f"{batch}-{n}", urgency=urgencies[n % 3])
            for n in range(20)
        ]
        notify(notices, actor=cast.manager.actor)
        clock.shift(1)
    client = cast.rep.client()
    address, titles = f"/inbox/?filter={chosen}", []
    while address:
        text = client.get(address).content.decode()
        titles += shown(client, address)
        more = re.search(r'href="(/inbox/\?[^"]*after=[^"]*)"', text)
        address = more.group(1).replace("&amp;", "&") if more else ""

    assert len(titles) == 100
    assert len(set(titles)) == 100
    assert titles[0] == ("4-18" if chosen == "waiting" else "4-19")


def test_a_record_out_of_sight_is_not_named(people):
    task = plan_task("给沈主任发方案", owner_id=people.rep.id, due_at=None, actor=people.rep.actor)
    tell(people, "给沈主任发方案", why="沈主任催过", url=f"/tasks/{task.pk}/", about=About("task", task.pk, task.title))
    client = people.rep.client()
    assert shown(client) == ["给沈主任发方案"]
    Task.objects.ungated("test").update(owner=people.outsider.user)

    page = client.get("/inbox/").content.decode()
    assert "沈主任" not in page
    assert "一条您已不能查看的记录" in page
    assert "沈主任" not in client.get("/work/pulse/?after=1").content.decode()
    assert "沈主任" not in client.get("/").content.decode()


def test_a_full_inbox_costs_no_more_queries_than_a_short_one(people, clock_at):
    clock_at("2026-11-24 10:00")

    def fill(count):
        tasks = [
            plan_task(f"第 {n} 件", owner_id=people.rep.id, due_at=now(), actor=people.manager.actor)
            for n in range(count)
        ]
        notices = [
            Notice(kind="reminder", user_id=people.rep.id, title=task.title, about=About("task", task.pk, task.title))
            for task in tasks
        ]
        notify(notices, actor=people.manager.actor)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get("/inbox/")
        return len(queries)

    client = people.rep.client()
    fill(2)
    client.get("/inbox/")
    few = cost()
    fill(60)
    assert cost() == few


def test_a_task_that_is_over_leaves_the_inbox(people):
    task = plan_task("打电话", owner_id=people.rep.id, due_at=None, actor=people.manager.actor)
    row = tell(people, about=About("task", task.pk, task.title))
    complete_task(task, actor=people.rep.actor)

    assert state(row) == ("done", True)


def test_a_task_is_handed_to_a_colleague_who_is_told(people):
    task = plan_task("打电话", owner_id=people.rep.id, due_at=None, actor=people.manager.actor)
    row = tell(people, about=About("task", task.pk, task.title))
    client = people.rep.client()
    assert client.get(f"/tasks/{task.pk}/hand-over/").status_code == 200
    answer = client.post(
        f"/tasks/{task.pk}/hand-over/", {"owner": people.colleague.id, "note": "我出差", "back": f"/tasks/{task.pk}/"}
    )

    assert answer["Location"] == "/inbox/"
    assert Task.objects.ungated("test").get().owner_id == people.colleague.id
    assert state(row) == ("done", True)
    [told] = Notification.objects.filter(user=people.colleague.user)
    assert (told.title, told.why, told.url) == ("任小芮 把任务转交给您：打电话", "我出差", f"/tasks/{task.pk}/")


def test_a_task_is_not_handed_to_just_anybody(people):
    task = plan_task("打电话", owner_id=people.rep.id, due_at=None, actor=people.manager.actor)
    assert [name for _key, name in may_take(people.rep.actor)] == ["童小仁", "马经理"]
    for owner in (people.outsider.id, people.rep.id, 0):
        answer = people.rep.client().post(f"/tasks/{task.pk}/hand-over/", {"owner": owner})
        assert answer.status_code == 422
    with pytest.raises(Task.DoesNotExist):
        hand_over_task(task, people.rep.id, actor=people.outsider.actor)
    complete_task(task, actor=people.rep.actor)
    with pytest.raises(InvalidRecord):
        hand_over_task(task, people.colleague.id, actor=people.rep.actor)

    assert Task.objects.ungated("test").get().owner_id == people.rep.id


def test_the_pulse_tells_what_is_new_and_otherwise_nothing(cast, clock_at):
    clock = clock_at("2026-11-24 10:00")
    client = cast.rep.client()
    first = client.get("/work/pulse/")
    assert (first.json()["unread"], first.json()["toasts"]) == (0, [])
    clock.shift(5)
    with CaptureQueriesContext(connection) as queries:
        again = client.get("/work/pulse/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert len([query for query in queries if "work_notification" in query["sql"]]) == 1
    row = tell(cast, "来电话了", url="/tasks/5/", urgency="high")
    news = client.get(f"/work/pulse/?after={first.json()['newest']}", headers={"If-None-Match": first["ETag"]})

    assert news.json()["toasts"] == [
        {"text": "来电话了", "url": f"/inbox/{row.pk}/open/", "open": "打开", "tone": "warning"}
    ]
    assert (news.json()["shown"], news.json()["words"]) == ("1", "1 条未读")
    quiet = client.get(f"/work/pulse/?after={news.json()['newest']}")
    assert quiet.json()["toasts"] == []


def test_many_at_once_are_one_toast(cast, clock_at):
    clock = clock_at("2026-11-24 10:00")
    client = cast.rep.client()
    known = client.get("/work/pulse/").json()["newest"]
    clock.shift(5)
    for number in range(5):
        tell(cast, f"第 {number} 件")

    assert [toast["text"] for toast in client.get(f"/work/pulse/?after={known}").json()["toasts"]] == ["有好几条新消息"]


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "99999999999999999", "0"])
def test_the_pulse_bears_any_moment(cast, after):
    tell(cast)

    assert cast.rep.client().get(f"/work/pulse/?after={after}").json()["toasts"] == []


def test_the_pulse_keeps_no_session_alive(cast, clock_at):
    clock = clock_at("2026-11-24 10:00")
    client = cast.rep.client()
    before = Session.objects.get().seen_at
    clock.shift(timedelta(minutes=10))
    client.get("/work/pulse/", headers={"X-Kezhi-Script": "pulse"})

    assert Session.objects.get().seen_at == before


def test_the_bell_shows_how_many_are_unread(cast):
    client = cast.rep.client()
    tell(cast)
    assert '<span id="count-inbox" hx-swap-oob="true" class="count count--alert">1</span>' in (
        client.get("/work/counts/").content.decode()
    )
    notify([Notice(kind="report", user_id=cast.rep.id, title=f"{n}") for n in range(120)], actor=cast.manager.actor)
    assert ">99+</span>" in client.get("/work/counts/").content.decode()


def test_today_begins_with_what_others_wait_for(people):
    tell(people, "看看就好")
    tell(people, "批准外发", needs_action=True, source=("outflow", 7), act_label="批准", act_url="/settings/outflow/7/")
    tell(people, "在自己的栏目里", kind="approval", needs_action=True, source=("approval", 7))
    page = today_page(people.rep.actor)

    assert [(section.key, section.count) for section in page.sections] == [("asked", 1)]
    [row] = page.sections[0].rows
    assert (row.title, row.act.label, row.act.url) == ("批准外发", "批准", "/settings/outflow/7/")


def test_what_was_done_with_long_ago_is_deleted_but_never_told_again(cast, clock_at):
    clock = clock_at("2026-01-05 10:00")
    old = tell(cast, "旧的", once_key="k")
    kept = tell(cast, "没处理的")
    cast.rep.client().post(f"/inbox/{old.pk}/done/")
    clock.shift(timedelta(days=181))
    tidy_inboxes()

    assert list(Notification.objects.values_list("pk", flat=True)) == [kept.pk]
    assert (
        notify([Notice(kind="reminder", user_id=cast.rep.id, title="旧的", once_key="k")], actor=cast.manager.actor)
        == []
    )


def test_somebody_chooses_how_to_be_told(cast, loft):
    client = cast.rep.client()
    assert client.get("/inbox/settings/").status_code == 200
    form = {
        "order": ["wecom", "mail", "nonsense"],
        "kind-reminder": ["wecom"],
        "quiet_from": "22:00",
        "quiet_to": "08:00",
        "quiet_free_days": "on",
        "digest": "daily",
        "digest_at": "08:30",
    }
    client.post("/inbox/settings/", form)
    wishes = wishes_of([cast.rep.id])[cast.rep.id]
    assert (wishes.order, wishes.kinds["reminder"], wishes.kinds["report"]) == (
        ("app", "wecom", "mail"),
        ("app", "wecom"),
        ("app",),
    )
    assert (f"{wishes.quiet_from:%H:%M}", f"{wishes.quiet_to:%H:%M}", wishes.digest) == ("22:00", "08:00", "daily")
    assert (wishes.is_quiet_on_free_days, wishes.urgent_passes) == (True, False)
    assert client.post("/inbox/settings/", form | {"quiet_to": ""}).status_code == 422
    client.post("/inbox/settings/", {"digest": "at_once"})

    assert wishes_of([cast.rep.id])[cast.rep.id].usable() == []
