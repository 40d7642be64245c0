"""A reminder about a customer: by itself as a mail leads to it, and handed over to a colleague."""

import pytest

from kezhi.work.models import Notification, Task
from kezhi.work.notices import About, Notice, notify
from kezhi.work.notices_wording import compose

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(people, make_customer):
    customer = make_customer()
    [row] = notify(
        [
            Notice(
                kind="reminder",
                user_id=people.rep.id,
                title="7 天没跟进：苏州澜图",
                url=f"/customers/{customer.pk}/",
                about=About("customer", customer.pk, customer.name),
            )
        ],
        actor=people.manager.actor,
    )
    return row


def hand_over(people, line, to, **typed):
    form = {"owner": to.id, "title": line.title, "due_at": "", "back": "/inbox/", **typed}
    return people.rep.client().post(f"/inbox/{line.pk}/hand-over/", form)


def test_a_colleague_gets_the_matter_as_a_task_about_the_record_and_is_told_once(people, line):
    assert f'href="/inbox/{line.pk}/hand-over/"' in people.rep.client().get("/inbox/").content.decode()
    first = hand_over(people, line, people.manager, note="我这周出差")
    second = hand_over(people, line, people.manager)

    assert (first.status_code, first["Location"], second.status_code) == (302, "/inbox/", 404)
    task = Task.objects.ungated("test").get()
    assert (task.owner_id, task.about_type, task.about_id) == (people.manager.id, "customer", line.about_id)
    assert (task.title, task.detail) == ("7 天没跟进：苏州澜图", "我这周出差")
    assert Notification.objects.get(pk=line.pk).state == "done"
    assert Notification.objects.filter(user_id=people.manager.id).count() == 1


def test_nobody_gets_a_matter_whose_record_they_cannot_see(people, line):
    answer = hand_over(people, line, people.colleague)
    stranger = people.colleague.client().post(f"/inbox/{line.pk}/hand-over/", {"owner": people.rep.id, "title": "x"})

    assert (answer.status_code, stranger.status_code, Task.objects.ungated("test").count()) == (422, 404, 0)
    assert "看不到这条记录" in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "said"), [({"title": " "}, "请写明要做的事"), ({"due_at": "2020-01-01T10:00"}, "要晚于现在")]
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(people, line, typed, said):
    answer = hand_over(people, line, people.manager, note="我这周出差", **typed)

    text = answer.content.decode()
    assert (answer.status_code, said in text, "我这周出差" in text) == (422, True, True)
    assert Notification.objects.get(pk=line.pk).state == "waiting"


def test_a_mail_leads_to_everything_that_can_be_done_about_the_line(people, line):
    outgoing = compose([line], people.rep.user, key="k", address="rep@example.com")
    page = people.rep.client().get(f"/inbox/{line.pk}/").content.decode()

    assert outgoing.lines[0].more_url.endswith(f"/inbox/{line.pk}/")
    for address in ("open/", "done/", "hand-over/"):
        assert f"/inbox/{line.pk}/{address}" in page
    assert f"/inbox/postpone/?ids={line.pk}" in page
    assert Notification.objects.get(pk=line.pk).read_at is None
    assert people.colleague.client().get(f"/inbox/{line.pk}/").status_code == 404


def test_of_a_record_out_of_sight_the_line_says_nothing_and_is_only_put_away(people, line):
    Notification.objects.filter(pk=line.pk).update(user_id=people.colleague.id)
    page = people.colleague.client().get(f"/inbox/{line.pk}/").content.decode()

    assert ("苏州澜图" in page, f"/inbox/{line.pk}/open/" in page, "hand-over/" in page) == (False, False, False)
    assert f"/inbox/{line.pk}/done/" in page
