"""A stand-in has the rights of whoever is away on the days of absence, and on no other."""

import datetime as dt

import pytest

from kezhi.access.models import Absence
from kezhi.access.operations import Refused, deactivate_user, mark_away, remove_absence
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import stand_ins

MONDAY = dt.date(2026, 11, 23)
FRIDAY = dt.date(2026, 11, 27)


@pytest.fixture
def away(company, clock_at):
    """On Sunday: the rep is away from Monday to Friday, the outsider stands in."""
    clock = clock_at("2026-11-22 12:00")
    absence = mark_away(company.rep.user, company.outsider.user, MONDAY, FRIDAY, actor=company.rep.actor)
    return clock, company, absence


@pytest.mark.parametrize(
    ("moment", "stands_in"),
    [
        ("2026-11-22 23:59", False),
        ("2026-11-23 00:00", True),
        ("2026-11-27 23:59", True),
        ("2026-11-28 00:00", False),
    ],
)
def test_the_stand_in_sees_the_records_on_the_days_away_only(away, clock_at, moment, stands_in):
    _clock, company, _absence = away
    clock_at(moment)

    reached = company.outsider.actor.owners("customer", "view")

    assert reached == ({company.outsider.id, company.rep.id} if stands_in else {company.outsider.id})
    assert stand_ins() == ({company.rep.id: company.outsider.id} if stands_in else {})


def test_whoever_is_away_keeps_their_own_rights(away, clock_at):
    _clock, company, _absence = away
    clock_at("2026-11-24 10:00")

    assert company.rep.actor.owners("customer", "view") == {company.rep.id}


def test_a_stand_in_does_not_get_the_roles_of_whoever_is_away(company, clock_at):
    clock_at("2026-11-24 10:00")
    mark_away(company.administrator.user, company.rep.user, MONDAY, FRIDAY, actor=company.administrator.actor)

    assert not company.rep.actor.allows("settings", "roles")


def test_taken_back_before_it_begins_it_is_gone(away):
    _clock, company, absence = away

    remove_absence(absence, actor=company.rep.actor)

    assert Absence.objects.count() == 0


def test_taken_back_in_the_middle_it_ends_yesterday(away, clock_at):
    _clock, company, absence = away
    clock_at("2026-11-25 10:00")

    remove_absence(absence, actor=company.rep.actor)

    assert Absence.objects.get().last_day == dt.date(2026, 11, 24)
    assert company.outsider.actor.owners("customer", "view") == {company.outsider.id}


@pytest.mark.parametrize(
    ("stand_in", "first", "last", "field"),
    [
        ("colleague", FRIDAY, MONDAY, "last_day"),
        ("colleague", dt.date(2026, 11, 1), dt.date(2026, 11, 2), "last_day"),
        ("rep", MONDAY, FRIDAY, "stand_in"),
        ("manager", MONDAY, FRIDAY, "stand_in"),
    ],
)
def test_impossible_absences_are_refused_at_their_field(company, clock_at, stand_in, first, last, field):
    clock_at("2026-11-22 12:00")
    mark_away(company.manager.user, company.outsider.user, MONDAY, MONDAY, actor=company.manager.actor)

    with pytest.raises(Refused) as refused:
        mark_away(company.rep.user, getattr(company, stand_in).user, first, last, actor=company.rep.actor)

    assert list(refused.value.problems) == [field]
    assert Absence.objects.count() == 1


def test_one_cannot_be_away_twice_on_a_day(away):
    _clock, company, _absence = away

    with pytest.raises(Refused):
        mark_away(company.rep.user, company.colleague.user, FRIDAY, FRIDAY, actor=company.rep.actor)

    assert Absence.objects.count() == 1


def test_somebody_who_left_stands_in_for_nobody(company, clock_at):
    clock_at("2026-11-22 12:00")
    deactivate_user(company.outsider.user, actor=company.administrator.actor)
    company.outsider.user.refresh_from_db()

    with pytest.raises(Refused):
        mark_away(company.rep.user, company.outsider.user, MONDAY, FRIDAY, actor=company.rep.actor)


def test_the_manager_marks_a_report_away_and_a_colleague_does_not(company, clock_at):
    clock_at("2026-11-22 12:00")
    with pytest.raises(NotAllowed):
        mark_away(company.rep.user, company.outsider.user, MONDAY, FRIDAY, actor=company.colleague.actor)

    mark_away(company.rep.user, company.outsider.user, MONDAY, FRIDAY, actor=company.manager.actor)

    assert Absence.objects.count() == 1
