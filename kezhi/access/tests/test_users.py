"""People: added, changed, given roles, deactivated; and nobody gains more than they may give."""

import pytest

from kezhi.access.models import Grant, Role, User, UserRole
from kezhi.access.operations import (
    Refused,
    UserDetails,
    add_user,
    change_user,
    deactivate_user,
    give_roles,
    reactivate_user,
    reset_password,
    set_grants,
)
from kezhi.access.policies import NotAllowed
from kezhi.core.events import read_changes
from kezhi.core.models.events import Event
from tests.reading import holds_digits


def details(user, **changes):
    known = {
        key: getattr(user, key) for key in ("username", "name", "email", "mobile", "department", "position", "manager")
    }
    return UserDetails(**{**known, **changes})


@pytest.fixture
def keeper(company):
    """The steward may keep the organisation but not give roles."""
    set_grants(
        Role.objects.get(key="data_steward"), {("settings", "organisation"): "all"}, actor=company.administrator.actor
    )
    return company.steward


def test_a_new_user_without_roles_may_do_nothing(company):
    user = add_user(UserDetails("new", "新同事"), actor=company.administrator.actor, password="plum-rain-over-jiangnan")

    from kezhi.access.actors import user_actor

    assert user_actor(user.pk).rights.grants == {}
    assert user.must_change_password


def test_phone_and_mail_are_stored_in_one_form_and_encrypted_in_the_log(company):
    add = UserDetails("new", "新同事", email=" New.Person@Example.COM ", mobile="138 1234-5678")
    user = add_user(add, actor=company.administrator.actor)
    change_user(user, details(user, mobile="13987654321"), actor=company.administrator.actor)

    event = Event.objects.get(kind="user.changed")
    assert user.mobile == "+8613812345678"
    assert read_changes(event) == {"mobile": ("+8613812345678", "+8613987654321")}
    assert not holds_digits(event.changes, "13987654321")


def test_every_wrong_field_is_named_at_once(company):
    wrong = UserDetails("cast-REP", " ", email="not a mail", mobile="12345")

    with pytest.raises(Refused) as refused:
        add_user(wrong, actor=company.administrator.actor)

    assert sorted(refused.value.problems) == ["email", "mobile", "name", "username"]
    assert User.objects.count() == 6


def test_managers_cannot_form_a_circle(company):
    for manager in (company.rep, company.manager):
        with pytest.raises(Refused) as refused:
            change_user(
                company.manager.user,
                details(company.manager.user, manager=manager.user),
                actor=company.administrator.actor,
            )
        assert list(refused.value.problems) == ["manager"]

    company.manager.user.refresh_from_db()
    assert company.manager.user.manager is None


def test_roles_take_effect_at_once(company):
    assert not company.outsider.actor.allows("settings", "figures")

    give_roles(company.outsider.user, [Role.objects.get(key="administrator")], actor=company.administrator.actor)

    assert company.outsider.actor.allows("settings", "figures")
    event = Event.objects.get(kind="user.roles_changed")
    assert read_changes(event) == {"roles": (["sales_rep"], ["administrator"])}


def test_who_keeps_the_organisation_cannot_make_administrators(company, keeper):
    with pytest.raises(NotAllowed):
        give_roles(keeper.user, [Role.objects.get(key="administrator")], actor=keeper.actor)
    with pytest.raises(NotAllowed):
        add_user(UserDetails("new", "新"), actor=keeper.actor, roles=[Role.objects.get(key="administrator")])

    assert not User.objects.filter(username="new").exists()
    assert list(keeper.user.roles.values_list("key", flat=True)) == ["data_steward"]


def test_who_keeps_the_organisation_cannot_take_an_administrators_account(company, keeper):
    before = company.administrator.user.password

    for act in (reset_password, deactivate_user):
        with pytest.raises(NotAllowed):
            act(company.administrator.user, actor=keeper.actor)
    with pytest.raises(NotAllowed):
        change_user(
            company.administrator.user,
            details(company.administrator.user, email="mine@example.com"),
            actor=keeper.actor,
        )

    company.administrator.user.refresh_from_db()
    assert company.administrator.user.password == before


def test_the_last_one_who_may_give_roles_stays(company):
    administrator = company.administrator
    with pytest.raises(Refused):
        give_roles(administrator.user, [], actor=administrator.actor)
    with pytest.raises(Refused):
        set_grants(Role.objects.get(key="administrator"), {("settings", "roles"): None}, actor=administrator.actor)
    with pytest.raises(Refused):
        deactivate_user(administrator.user, actor=administrator.actor)

    assert Grant.objects.filter(role__key="administrator", subject="settings", action="roles").exists()
    assert UserRole.objects.filter(user=administrator.user, role__key="administrator").exists()


def test_somebody_deactivated_has_no_rights_and_gets_them_back(company):
    deactivate_user(company.rep.user, actor=company.administrator.actor)
    gone = company.rep.actor.rights.grants

    reactivate_user(company.rep.user, actor=company.administrator.actor)

    assert gone == {}
    assert company.rep.actor.allows("customer", "view")


def test_a_rep_manages_nobody(company):
    for act in (
        lambda: add_user(UserDetails("new", "新"), actor=company.rep.actor),
        lambda: change_user(company.colleague.user, details(company.colleague.user, name="X"), actor=company.rep.actor),
        lambda: give_roles(company.rep.user, Role.objects.all(), actor=company.rep.actor),
        lambda: reset_password(company.colleague.user, actor=company.rep.actor),
        lambda: deactivate_user(company.colleague.user, actor=company.rep.actor),
    ):
        with pytest.raises(NotAllowed):
            act()

    assert User.objects.filter(is_active=True).count() == 6
    assert not Event.objects.filter(kind__startswith="user.").exists()
