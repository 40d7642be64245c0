"""Setting up the demo company's organisation, and who can sign in to it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from kezhi.access.actors import Actor, system_actor
from kezhi.access.models import Department, Position, Role, User
from kezhi.access.operations import UserDetails, add_department, add_position, add_user, change_department
from kezhi.core.clock import now
from kezhi.process.demo import people

# Everybody's, printed with the sign-ins: the demo company is there to be walked into.
PASSWORD = "yunshan-kezhi-2026"  # noqa: S105


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody to sign in as, with the names of roles and department."""

    username: str
    name: str
    role: str
    department: str


def is_loaded() -> bool:
    """Whether the demo company is in this database."""
    expected = [person.username for person in people.PEOPLE if person.shown]
    return User.objects.filter(username__in=expected).count() == len(expected)


def sign_ins() -> list[SignIn]:
    """Whom to sign in as, the administrator first; empty where the demo company was not loaded."""
    if not is_loaded():
        return []
    shown = {person.username: order for order, person in enumerate(people.PEOPLE) if person.shown}
    rows = User.objects.filter(username__in=shown, is_active=True).select_related("department")
    found = []
    for user in sorted(rows, key=lambda user: (user.username != people.ADMINISTRATOR, shown[user.username])):
        roles = ", ".join(role.label for role in user.roles.all())
        found.append(SignIn(user.username, user.name, roles, user.department.label if user.department else ""))
    return found


@transaction.atomic
def set_up_people(*, actor: Actor, day_ends: dt.datetime) -> dict[str, int]:
    """Departments, positions and people, each since they joined; gives the users' ids by sign-in name.

    Everybody shares one stored password, so that hashing it does not take longer than all the rest.
    """
    positions = {key: add_position(zh, name_en=en, key=key, actor=actor) for key, zh, en in people.POSITIONS}
    departments: dict[str, Department] = {}
    for row in people.DEPARTMENTS:
        parent = departments.get(row.parent)
        departments[row.key] = add_department(row.zh, name_en=row.en, key=row.key, parent=parent, actor=actor)
    roles = {role.key: role for role in Role.objects.all()}
    users: dict[str, User] = {}
    for person in people.PEOPLE:
        users[person.username] = _add(person, departments, positions, roles, users, actor)
    for row in people.DEPARTMENTS:
        department = departments[row.key]
        change_department(department, name_zh=row.zh, name_en=row.en, head=users[row.head], actor=actor)
    User.objects.filter(pk__in=[user.pk for user in users.values()]).update(password=make_password(PASSWORD))
    for person in people.PEOPLE:
        joined = day_ends - dt.timedelta(days=30 * person.joined_months_ago)
        User.objects.filter(pk=users[person.username].pk).update(created_at=min(joined, now()))
    return {username: user.pk for username, user in users.items()}


def _add(
    person: people.DemoPerson,
    departments: Mapping[str, Department],
    positions: Mapping[str, Position],
    roles: Mapping[str, Role],
    users: Mapping[str, User],
    actor: Actor,
) -> User:
    details = UserDetails(
        username=person.username,
        name=person.name,
        email=f"{person.username}@yunshan.example.com",
        mobile=f"1360000{person.tail}",
        department=departments[person.department],
        position=positions[person.position],
        manager=users.get(person.manager),
    )
    return add_user(details, roles=[roles[key] for key in person.roles], actor=actor)


def demo_actor() -> Actor:
    """Whoever sets up what a person would set up on screen."""
    return system_actor("demo", door="cli")
