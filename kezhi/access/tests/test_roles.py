"""Roles: the shipped ones, new ones that can do nothing, and the rules for fields."""

import pytest

from kezhi.access.actors import system_actor
from kezhi.access.defaults import DEFAULT_ROLES
from kezhi.access.models import FieldRule, Grant, Role
from kezhi.access.operations import Refused, add_role, install_defaults, remove_role, set_field_rules, set_grants
from kezhi.access.policies import NotAllowed
from kezhi.core.events import read_changes
from kezhi.core.models.events import Event

TWELVE = [
    "sales_rep",
    "sales_manager",
    "service_agent",
    "service_supervisor",
    "marketing_specialist",
    "data_steward",
    "finance",
    "legal",
    "product",
    "technical_support",
    "executive",
    "administrator",
]


def test_twelve_roles_ship_and_load_once(db):
    assert install_defaults(actor=system_actor("tests")) == 12
    assert install_defaults(actor=system_actor("tests")) == 0
    assert list(Role.objects.values_list("key", flat=True)) == TWELVE
    assert Event.objects.filter(kind="role.added").count() == 12


def test_a_shipped_role_an_administrator_changed_stays_changed(company):
    role = Role.objects.get(key="sales_rep")
    set_grants(role, {("customer", "export"): None}, actor=company.administrator.actor)

    install_defaults(actor=system_actor("tests"))

    assert not Grant.objects.filter(role=role, subject="customer", action="export").exists()


def test_every_shipped_role_is_named_in_both_languages():
    assert all(role.name_zh and role.name_en and role.description_zh and role.description_en for role in DEFAULT_ROLES)


def test_reach_of_the_shipped_roles():
    scopes = {role.key: role.grants.get(("customer", "view")) for role in DEFAULT_ROLES}

    assert scopes == {
        "sales_rep": "own",
        "sales_manager": "below",
        "service_agent": "all",
        "service_supervisor": "all",
        "marketing_specialist": "all",
        "data_steward": "all",
        "finance": "all",
        "legal": "all",
        "product": "all",
        "technical_support": "all",
        "executive": "all",
        "administrator": "all",
    }


def test_whose_work_is_no_conversation_with_customers_does_not_read_them():
    readers = {role.key for role in DEFAULT_ROLES if ("follow_up", "view") in role.grants}

    assert set(TWELVE) - readers == {"finance", "legal"}


def test_who_sees_every_customer_without_owning_any_sees_their_phones_as_masks():
    """The steward verifies them by phone, the administrator looks after the system; nobody else reads them all."""
    read = {role.key for role in DEFAULT_ROLES if any(level in ("read", "write") for level in role.fields.values())}

    assert read == {"data_steward", "administrator"}


def test_only_the_administrator_may_manage_people_and_roles():
    allowed = {
        (role.key, action)
        for role in DEFAULT_ROLES
        for subject, action in role.grants
        if subject == "settings" and action in ("organisation", "roles", "tokens", "figures", "calendar")
    }

    assert {key for key, _action in allowed} == {"administrator"}


def test_a_new_role_can_do_nothing(company):
    role = add_role("实习生", name_en="Trainee", actor=company.administrator.actor)

    assert role.key == "trainee"
    assert role.grants.count() == 0


def test_changed_rights_take_effect_at_once_and_are_recorded(company):
    role = Role.objects.get(key="sales_rep")
    assert company.rep.actor.owners("customer", "view") == {company.rep.id}

    changed = set_grants(
        role,
        {("customer", "view"): "department", ("customer", "edit"): "own", ("customer", "export"): None},
        actor=company.administrator.actor,
    )

    assert changed == 2
    assert company.rep.actor.owners("customer", "view") == {company.rep.id, company.colleague.id}
    assert not company.rep.actor.allows("customer", "export")
    event = Event.objects.get(kind="role.grants_changed")
    assert read_changes(event) == {"customer.view": ("own", "department"), "customer.export": ("own", None)}


def test_field_rules_are_set_and_taken_back(company):
    role = Role.objects.get(key="sales_rep")
    act = company.administrator.actor

    set_field_rules(role, "customer", {"phone": "hidden", "email": "read"}, actor=act)
    set_field_rules(role, "customer", {"email": None}, actor=act)

    assert dict(FieldRule.objects.filter(role=role).values_list("field", "level")) == {"phone": "hidden"}
    assert company.rep.actor.rights.levels == {("customer", "phone"): "hidden"}


def test_unknown_scopes_and_levels_are_refused(company):
    role = Role.objects.get(key="sales_rep")
    before = role.grants.count()

    with pytest.raises(Refused):
        set_grants(role, {("customer", "view"): "galaxy"}, actor=company.administrator.actor)
    with pytest.raises(Refused):
        set_field_rules(role, "customer", {"phone": "shouted"}, actor=company.administrator.actor)

    assert role.grants.count() == before
    assert role.field_rules.count() == 0


def test_a_role_somebody_has_stays(company):
    with pytest.raises(Refused):
        remove_role(Role.objects.get(key="sales_rep"), actor=company.administrator.actor)

    remove_role(Role.objects.get(key="legal"), actor=company.administrator.actor)
    assert Role.objects.count() == 11


def test_a_manager_changes_no_role(company):
    role = Role.objects.get(key="sales_manager")

    with pytest.raises(NotAllowed):
        set_grants(role, {("customer", "view"): "all"}, actor=company.manager.actor)
    with pytest.raises(NotAllowed):
        set_field_rules(role, "customer", {"phone": "write"}, actor=company.manager.actor)

    assert role.grants.get(subject="customer", action="view").scope == "below"
