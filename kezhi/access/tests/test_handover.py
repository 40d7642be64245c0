"""A leaver's work goes to others in one act, once."""

import pytest

from kezhi.access import handover as registry
from kezhi.access.handover import Handover
from kezhi.access.models import Department, User
from kezhi.access.operations import Refused, deactivate_user, hand_over
from kezhi.access.policies import NotAllowed
from kezhi.core.events import read_facts
from kezhi.core.models.events import Event


@pytest.fixture
def desks(monkeypatch):
    """Two kinds of work kept in a dict: {kind: {item: owner's id}}."""
    desks = {"letters": {}, "parcels": {}}

    def kind(name):
        def count(user_id):
            return sum(owner == user_id for owner in desks[name].values())

        def move(from_id, to_id, actor):
            moving = [item for item, owner in desks[name].items() if owner == from_id]
            desks[name].update(dict.fromkeys(moving, to_id))
            return len(moving)

        return Handover(name, name, "swap", count, move)

    monkeypatch.setattr(registry, "_sources", [lambda: [kind("letters"), kind("parcels")]])
    return desks


def test_everything_chosen_moves_once_and_the_rest_stays(company, desks):
    rep, colleague, outsider = company.rep.id, company.colleague.id, company.outsider.id
    desks["letters"] = {"a": rep, "b": rep, "c": outsider}
    desks["parcels"] = {"d": rep}

    first = hand_over(company.rep.user, {"letters": colleague}, actor=company.administrator.actor)
    again = hand_over(company.rep.user, {"letters": colleague}, actor=company.administrator.actor)

    assert (first, again) == ({"letters": 2}, {"letters": 0})
    assert desks == {"letters": {"a": colleague, "b": colleague, "c": outsider}, "parcels": {"d": rep}}


def test_it_works_for_somebody_who_has_left_already(company, desks):
    desks["letters"] = {"a": company.rep.id}
    deactivate_user(company.rep.user, actor=company.administrator.actor)

    moved = hand_over(company.rep.user, {"letters": company.colleague.id}, actor=company.administrator.actor)

    assert moved == {"letters": 1}


def test_reports_and_departments_move_without_making_circles(company):
    receivers = {"access.reports": company.rep.id, "access.departments": company.rep.id}

    moved = hand_over(company.manager.user, receivers, actor=company.administrator.actor)

    assert moved == {"access.departments": 1, "access.reports": 2}
    assert Department.objects.get(key="cast-sales").head_id == company.rep.id
    managers = dict(User.objects.values_list("username", "manager_id"))
    assert managers["cast-colleague"] == company.rep.id
    assert managers["cast-rep"] is None


def test_one_event_tells_what_moved_to_whom(company, desks):
    desks["letters"] = {"a": company.rep.id}

    hand_over(company.rep.user, {"letters": company.colleague.id}, actor=company.administrator.actor)

    event = Event.objects.get(kind="user.handed_over")
    assert read_facts(event) == {"moved": {"letters": 1}, "receivers": {"letters": company.colleague.id}}


def test_an_impossible_receiver_stops_everything(company, desks):
    desks["letters"], desks["parcels"] = {"a": company.rep.id}, {"d": company.rep.id}
    deactivate_user(company.outsider.user, actor=company.administrator.actor)
    receivers = {"letters": company.colleague.id, "parcels": company.outsider.id}

    with pytest.raises(Refused) as refused:
        hand_over(company.rep.user, receivers, actor=company.administrator.actor)

    assert list(refused.value.problems) == ["parcels"]
    assert desks == {"letters": {"a": company.rep.id}, "parcels": {"d": company.rep.id}}


def test_nobody_hands_over_to_the_leaver(company, desks):
    with pytest.raises(Refused):
        hand_over(company.rep.user, {"letters": company.rep.id}, actor=company.administrator.actor)


def test_a_manager_without_the_right_hands_nothing_over(company, desks):
    desks["letters"] = {"a": company.rep.id}

    with pytest.raises(NotAllowed):
        hand_over(company.rep.user, {"letters": company.colleague.id}, actor=company.manager.actor)

    assert desks["letters"] == {"a": company.rep.id}


def test_one_person_may_get_all_but_what_is_said_otherwise(company, desks):
    rep, colleague, outsider = company.rep.id, company.colleague.id, company.outsider.id
    desks["letters"], desks["parcels"] = {"a": rep}, {"b": rep}
    page, client = f"/settings/users/{rep}/handover/", company.administrator.client()

    assert client.post(page, {"everything": str(colleague), "parcels": "keep"}).status_code == 302
    assert desks == {"letters": {"a": colleague}, "parcels": {"b": rep}}
    assert client.post(page, {"everything": str(colleague), "parcels": str(outsider)}).status_code == 302
    assert desks == {"letters": {"a": colleague}, "parcels": {"b": outsider}}


def test_a_number_no_person_has_hands_nothing_over(company, desks):
    desks["letters"] = {"a": company.rep.id}
    page = f"/settings/users/{company.rep.id}/handover/"

    assert company.administrator.client().post(page, {"letters": "9" * 5000}).status_code == 422
    assert desks["letters"] == {"a": company.rep.id}


def test_what_could_not_be_moved_is_said(company, desks, monkeypatch):
    desks["letters"] = {"a": company.rep.id, "b": company.rep.id}
    stubborn = Handover("letters", "letters", "swap", lambda user_id: 2, lambda from_id, to_id, actor: 1)
    monkeypatch.setattr(registry, "_sources", [lambda: [stubborn]])
    page, client = f"/settings/users/{company.rep.id}/handover/", company.administrator.client()

    answer = client.post(page, {"letters": str(company.colleague.id)}, follow=True).content.decode()

    assert "已移交 1 项，历史记录都保留。另有 1 项没有移交" in answer
