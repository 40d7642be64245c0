"""Tasks and Today."""

from datetime import timedelta

import pytest

from kezhi.access.models import FieldRule, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.records.operations import InvalidRecord, undo_operation
from kezhi.work.models import Task
from kezhi.work.operations import complete_task, drop_task, plan_task, postpone_task, reopen_task
from kezhi.work.today import due_words, long_day, today_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast):
    cast.grant("task")
    return cast


def make_task(people, *, owner=None, days=-1, title="给沈主任发书面方案"):
    person = owner or people.rep
    return plan_task(title, owner_id=person.user.pk, due_at=now() + timedelta(days=days), actor=people.manager.actor)


def titles(page):
    return [row.title for section in page.sections for row in section.rows]


def test_today_shows_what_is_due_and_whose_it_is(people, clock_at):
    clock_at("2026-11-24 10:00")
    make_task(people, title="逾期的")
    make_task(people, days=3, title="三天后的")
    make_task(people, owner=people.outsider, title="别人的")
    page = today_page(people.rep.actor)

    assert titles(page) == ["逾期的"]
    assert [row.title for row in page.upcoming] == ["三天后的"]
    assert page.sections[0].rows[0].state == "overdue"


@pytest.mark.parametrize(
    ("late", "words"),
    [
        (timedelta(minutes=6), "逾期 6 分钟"),
        (timedelta(minutes=66), "逾期 1 时 6 分"),
        (timedelta(hours=34), "逾期 1 天"),
    ],
)
def test_how_late_it_is_is_said_in_the_unit_that_fits(clock_at, late, words):
    clock_at("2026-11-24 10:00")

    assert due_words(now() - late, moment=now()) == ("overdue", words)


def test_nobody_has_an_empty_pane_beside_their_decisions(people, clock_at):
    clock_at("2026-11-24 10:00")
    pane = '<aside class="today__side"'
    assert pane not in people.rep.client().get("/").content.decode()

    make_task(people, days=3)

    assert pane in people.rep.client().get("/").content.decode()


def test_the_manager_sees_who_is_late(people, clock_at):
    clock_at("2026-11-24 10:00")
    make_task(people)
    make_task(people, days=2)
    team = {row.name: (row.overdue, row.open) for row in today_page(people.manager.actor).team}

    assert team["任小芮"] == (1, 2)
    assert team["童小仁"] == (0, 0)
    assert "卫南乔" not in team


def test_a_task_is_done_postponed_dropped_and_opened_again(people):
    task = make_task(people)
    done = complete_task(task, actor=people.rep.actor, result="方案已发")
    assert (done.state, done.result, done.done_by_id) == ("done", "方案已发", people.rep.user.pk)
    opened = reopen_task(task, actor=people.rep.actor)
    assert (opened.state, opened.done_at) == ("open", None)
    with pytest.raises(InvalidRecord):
        drop_task(task, actor=people.rep.actor, reason=" \u200b")
    with pytest.raises(InvalidRecord):
        postpone_task(task, now() - timedelta(hours=1), actor=people.rep.actor)
    moved = postpone_task(task, now() + timedelta(days=2), actor=people.rep.actor)
    assert moved.due_at > now()
    dropped = drop_task(task, actor=people.rep.actor, reason="客户已停业")
    assert (dropped.state, dropped.result) == ("dropped", "客户已停业")


def test_finishing_twice_changes_nothing_more(people):
    task = make_task(people)
    first = complete_task(task, actor=people.rep.actor)
    again = complete_task(task, actor=people.rep.actor)

    assert first.version == again.version


def test_nobody_finishes_a_task_out_of_reach(people):
    task = make_task(people)
    with pytest.raises(Task.DoesNotExist):
        complete_task(task, actor=people.outsider.actor)
    assert people.outsider.client().post(f"/tasks/{task.pk}/done/").status_code == 404

    assert Task.objects.ungated("test").get().state == "open"


def test_going_back_never_leaves_the_house(people):
    task = make_task(people)
    answer = people.rep.client().post(f"/tasks/{task.pk}/done/", {"back": "https://elsewhere.example/x?y=1"})

    assert answer["Location"] == "/x?y=1"


@pytest.mark.parametrize(
    ("day", "words"), [("2026-11-24", "十一月二十四日"), ("2026-10-10", "十月十日"), ("2026-01-30", "一月三十日")]
)
def test_the_date_is_written_as_it_is_read(day, words):
    import datetime as dt

    assert long_day(dt.date.fromisoformat(day)) == words


def test_today_and_its_counts_open_for_everybody(people, clock_at):
    make_task(people)
    client = people.rep.client()

    assert "给沈主任发书面方案" in client.get("/").content.decode()
    assert 'id="count-nav-today"' in client.get("/work/counts/").content.decode()


def test_the_way_back_after_an_act_stays_on_our_pages(people):
    task = make_task(people)
    page = people.rep.client()
    for back in ("https://evil.example/\t/evil.example/", "//evil.example/", "/\t/evil.example/", "\\\\evil.example"):
        answer = page.post(f"/tasks/{task.pk}/done/", {"back": back}, headers={"HX-Request": "true"})
        assert answer["HX-Redirect"].startswith(("/evil.example", "/%09/evil.example")), back


def test_a_hidden_title_stands_nowhere_on_today(people):
    task = make_task(people)
    role = Role.objects.get(key="sales_rep")
    FieldRule.objects.create(role=role, record_type="task", field="title", level="hidden")
    epochs.bump(EPOCH)

    assert titles(today_page(people.rep.actor)) == [task.number]
    assert task.title not in people.rep.client().get(f"/tasks/{task.pk}/done/").content.decode()


def test_undoing_done_forgets_who_did_it(people):
    task = make_task(people)
    actor = people.rep.actor
    complete_task(task, actor=actor)
    undo_operation(actor.ref.operation, actor=actor.fresh())

    task.refresh_from_db()
    assert (task.state, task.done_at, task.done_by_id) == ("open", None, None)
