"""Sessions: read in one query, listed, revocable at once, ending by themselves."""

from django.test import Client

from kezhi.access.models import Session
from kezhi.access.operations import deactivate_user
from kezhi.access.sessions import handle_of


def test_session_and_user_take_one_query_beside_the_epochs(company, django_assert_num_queries):
    client = company.rep.client()
    client.get("/me/password/")

    with django_assert_num_queries(3):  # session with user, epochs, the form's own user
        client.get("/me/password/")


def test_an_ended_session_is_out_at_the_next_click(company):
    here, elsewhere = company.rep.client(), company.rep.client()
    other = Session.objects.exclude(pk=here.session.session_key).get()

    here.post(f"/me/sessions/{handle_of(other.session_key)}/end/")

    assert elsewhere.get("/me/").status_code == 302
    assert here.get("/me/").status_code == 200


def test_somebody_elses_session_cannot_be_ended(company):
    company.colleague.client()
    session = Session.objects.get()

    company.rep.client().post(f"/me/sessions/{handle_of(session.session_key)}/end/")

    assert Session.objects.filter(pk=session.pk).exists()


def test_ending_all_others_keeps_this_one(company):
    here = company.rep.client()
    others = [company.rep.client(), company.rep.client()]
    company.colleague.client()

    here.post("/me/sessions/end-others/")

    assert here.get("/me/").status_code == 200
    assert [client.get("/me/").status_code for client in others] == [302, 302]
    assert Session.objects.filter(user=company.colleague.user).count() == 1


def test_the_account_page_marks_this_session_and_never_shows_its_key(company):
    client = company.rep.client()
    company.rep.client()

    page = client.get("/me/").content.decode()

    assert page.count('<span class="badge badge--done">这台设备</span>') == 1
    assert all(key not in page for key in Session.objects.values_list("session_key", flat=True))


def test_an_idle_session_ends(company, clock_at):
    clock = clock_at("2026-11-20 09:00")
    client = company.rep.client()
    clock.shift(72 * 3600 + 1)

    assert client.get("/me/").status_code == 302


def test_a_session_in_use_lives_on_until_its_longest_day(company, clock_at):
    clock = clock_at("2026-11-02 09:00")
    client = company.rep.client()
    answers = []
    for _day in range(31):
        clock.shift(24 * 3600)
        answers.append(client.get("/me/").status_code)

    assert answers == [200] * 29 + [302, 302]


def test_somebody_deactivated_is_out_at_once(company):
    client = company.rep.client()

    deactivate_user(company.rep.user, actor=company.administrator.actor)

    assert client.get("/me/").status_code == 302
    assert Session.objects.count() == 0


def test_a_forged_session_key_is_nobody(company):
    client = Client()
    client.cookies["sessionid"] = "a" * 32

    assert client.get("/me/").status_code == 302
