"""What happens to a record happens to its promises, and what is seen of them follows the record's rights."""

import pytest

from kezhi.access.actors import system_actor
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.models import Event
from kezhi.core.sealing import seal_all
from kezhi.records.operations import change_record, delete_records, restore_records
from kezhi.records.operations.deleting import purge_deleted
from kezhi.records.registry import record_type
from kezhi.work.deadlines import chips_for, start_deadline
from kezhi.work.deadlines_list import deadline_page, read_filter
from kezhi.work.deadlines_sweep import sweep_deadlines
from kezhi.work.models import Deadline
from kezhi.work.operations import plan_task
from kezhi.work.operations.tasks import About
from kezhi.work.today import today_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("promise_kinds")]


@pytest.fixture
def people(cast):
    cast.grant("task")
    return cast


def make_task(people, owner=None, title="给沈主任发书面方案"):
    person = owner or people.rep
    return plan_task(title, owner_id=person.id, due_at=None, actor=people.manager.actor)


def promise(task, people, kind="reply"):
    about = About("task", task.pk, task.title)
    found = start_deadline(kind, about, owner_id=task.owner_id, actor=people.rep.actor)
    seal_all()
    return found


def stored():
    return Deadline.objects.ungated("test").get()


def sweep():
    seal_all()
    return sweep_deadlines(actor=system_actor("deadlines"))


def test_who_gets_the_record_gets_its_promise(people):
    task = make_task(people)
    promise(task, people)
    change_record(task, {"owner": str(people.colleague.id)}, actor=people.manager.actor)
    seal_all()
    assert stored().owner_id == people.colleague.id


def test_a_clock_stands_still_while_its_record_is_in_the_recycle_bin(people, clock_at):
    clock = clock_at("2026-11-23 09:00")
    task = make_task(people)
    promise(task, people)
    clock.shift(3600)
    delete_records(record_type("task"), [task.pk], actor=people.manager.actor)
    seal_all()
    assert (stored().state, stored().is_binned) == ("paused", True)
    clock.shift(24 * 3600)
    assert sweep() == 0
    restore_records(record_type("task"), [task.pk], actor=people.manager.actor)
    seal_all()
    row = stored()
    assert (row.state, row.is_binned, row.due_at - now()) == ("running", False, row.length / 2)


def test_what_is_purged_owes_nothing_any_more(people, clock_at):
    clock = clock_at("2026-11-23 09:00")
    task = make_task(people)
    promise(task, people)
    delete_records(record_type("task"), [task.pk], actor=people.manager.actor)
    clock.shift(40 * 24 * 3600)
    purge_deleted(actor=system_actor("recycle bin"))
    seal_all()
    assert stored().state == "cancelled"


def test_only_those_who_see_the_record_see_its_promise(people):
    promise(make_task(people), people)
    open_ones = read_filter({"state": "open"})
    seen = {
        person.part: len(deadline_page(open_ones, person.actor).rows)
        for person in (people.rep, people.colleague, people.manager, people.outsider, people.administrator)
    }
    assert seen == {"rep": 1, "colleague": 0, "manager": 1, "outsider": 0, "administrator": 1}


def test_the_page_tells_broken_from_at_risk_and_pages_by_key(people, clock_at, monkeypatch):
    clock = clock_at("2026-11-23 09:00")
    first, second = make_task(people, title="第一件"), make_task(people, title="第二件")
    promise(first, people)
    clock.shift(45 * 60)
    promise(second, people)
    clock.shift(75 * 60)
    sweep()

    def titles(**asked):
        return [row.title for row in deadline_page(read_filter(asked), people.manager.actor).rows]

    assert titles() == ["第一件", "第二件"]
    assert (titles(state="broken"), titles(state="risk")) == (["第一件"], ["第二件"])
    assert titles(owner=str(people.colleague.id)) == []
    assert titles(kind="call") == []
    monkeypatch.setattr("kezhi.work.deadlines_list.PAGE", 1)
    page = deadline_page(read_filter({}), people.manager.actor)
    query = dict(part.split("=", 1) for part in page.next_url.partition("?")[2].split("&"))
    after = query["after"].replace("%3A", ":").replace("%2B", "+").replace("%2C", ",")
    assert [row.title for row in deadline_page(read_filter({"after": after}), people.manager.actor).rows] == ["第二件"]


def test_pages_show_the_clock_and_its_acts(people, clock_at):
    clock_at("2026-11-23 09:00")
    task = make_task(people)
    row = promise(task, people)
    client = people.rep.client()
    record = client.get(f"/tasks/{task.pk}/").content.decode()
    assert f'href="/deadlines/{row.pk}/"' in record
    assert "还剩 2 时 0 分" in record
    assert 'class="clock clock--today"' in client.get("/tasks/").content.decode()
    assert "开始计时" in client.get(f"/deadlines/{row.pk}/").content.decode()
    assert client.post(f"/deadlines/{row.pk}/pause/", {"reason": " "}).status_code == 422
    assert client.post(f"/deadlines/{row.pk}/pause/", {"reason": "等客户答复"}).status_code == 302
    assert "等客户答复" in client.get(f"/deadlines/{row.pk}/").content.decode()
    assert client.post(f"/deadlines/{row.pk}/resume/").status_code == 302
    assert client.post(f"/deadlines/{row.pk}/cancel/", {"reason": "客户已停业"}).status_code == 302
    assert stored().state == "cancelled"
    assert "等客户答复" in client.get(f"/tasks/{task.pk}/").content.decode()


def test_nobody_acts_on_the_promise_of_a_record_they_do_not_see(people):
    row = promise(make_task(people), people)
    client = people.outsider.client()
    assert client.get(f"/deadlines/{row.pk}/").status_code == 404
    assert client.post(f"/deadlines/{row.pk}/pause/", {"reason": "等"}).status_code == 404
    assert stored().state == "running"
    assert not Event.objects.filter(kind="deadline.paused").exists()


def test_terms_are_read_and_changed_as_a_sentence(people):
    client = people.administrator.client()
    people.grant("settings", actions=("figures",))
    assert "答复" in client.get("/settings/deadlines/").content.decode()
    typed = {"on": "on", "number": "3", "unit": "hour", "business_time": "on", "percents": "80", "steps": "10"}
    assert client.post("/settings/deadlines/reply/", typed).status_code == 302
    row = promise(make_task(people), people)
    assert row.length.total_seconds() == 3 * 3600
    refused = client.post("/settings/deadlines/reply/", typed | {"percents": "90 50"})
    assert refused.status_code == 422
    assert "由小到大" in refused.content.decode()
    assert client.post("/settings/deadlines/reply/", {"act": "reset"}).status_code == 302


def test_who_may_not_change_figures_is_refused(people):
    assert people.rep.client().get("/settings/deadlines/").status_code == 403


def test_lists_ask_for_all_clocks_in_one_query(people, django_assert_num_queries):
    ids = [make_task(people, title=f"第 {number} 件").pk for number in range(4)]
    for task_id in ids:
        about = About("task", task_id, "")
        start_deadline("call", about, owner_id=people.rep.id, actor=people.rep.actor)
    chips_for("task", ids)
    with epochs.snapshot(), django_assert_num_queries(1):
        found = chips_for("task", ids)
    assert sorted(found) == ids


def test_today_names_what_runs_out_within_a_day(people, clock_at):
    clock_at("2026-11-23 09:00")
    about = About("nothing", 1, "一件没有记录的事")
    start_deadline("reply", about, owner_id=people.rep.id, actor=people.rep.actor)
    [section] = [one for one in today_page(people.rep.actor).sections if one.key == "deadlines"]
    assert [row.title for row in section.rows] == ["一件没有记录的事"]
    assert [one.key for one in today_page(people.colleague.actor).sections if one.key == "deadlines"] == []
