"""Adds the people of a list by the operation that adds one (ORG-1)."""

import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from kezhi.access.actors import Actor
from kezhi.access.models import Department, Position, Role, User
from kezhi.access.operations.departments import add_department, add_position
from kezhi.access.operations.users import UserDetails, add_user
from kezhi.access.policies import require_area
from kezhi.exchange.people.planning import Line, Plan, named

_LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
_HASHING_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Added:
    """Somebody added, with the start password, which is kept nowhere and must be changed."""

    user: User
    password: str


def bring_in_people(
    plan: Plan, *, actor: Actor, role: Role | None = None, manager_role: Role | None = None
) -> list[Added]:
    """Add everybody who is new in the plan, managers first; ``role`` is for those who have none, ``manager_role`` for
    those of them whom others of the list report to.

    Hashing takes long on purpose, so it is done before anything is locked.

    Raises:
        NotAllowed: nobody is added.
        Refused: somebody else added the same person meanwhile; nobody is added.
    """
    require_area(actor, "settings", "organisation")
    passwords = [_start_password() for _line in plan.of("new")]
    with ThreadPoolExecutor(_HASHING_AT_ONCE) as pool:
        hashed = list(pool.map(make_password, passwords))
    return _add(plan, list(zip(passwords, hashed, strict=True)), actor=actor, usual=(role, manager_role or role))


@transaction.atomic
def _add(
    plan: Plan, passwords: list[tuple[str, str]], *, actor: Actor, usual: tuple[Role | None, Role | None]
) -> list[Added]:
    waiting = plan.of("new")
    for kept, missing, add in (
        ("department", plan.departments, add_department),
        ("position", plan.positions, add_position),
    ):
        used = {line.values.get(kept, "").casefold() for line in waiting}
        for name in missing:
            if name.casefold() in used:
                add(name, actor=actor)
    departments = named(list(Department.objects.all()))
    positions = named(list(Position.objects.all()))
    roles = Role.objects.in_bulk()
    managers = plan.managers()
    added: list[Added] = []
    done: dict[str, User] = {}
    for line, (password, hashed) in zip(_managers_first(waiting), passwords, strict=True):
        department = departments.get(line.values.get("department", "").casefold())
        position = positions.get(line.values.get("position", "").casefold())
        manager = line.values.get("manager", "")
        details = UserDetails(
            line.values["username"],
            line.name,
            line.values.get("email", ""),
            line.values.get("mobile", ""),
            Department.objects.get(pk=department[0]) if department else None,
            Position.objects.get(pk=position[0]) if position else None,
            (done.get(manager.casefold()) or _stored(manager)) if manager else None,
        )
        above = {line.name.casefold(), line.values["username"].casefold()} & managers
        role = usual[1] if above else usual[0]
        given = [roles[key] for key in line.role_keys] or ([role] if role else [])
        user = add_user(details, actor=actor, roles=given, hashed_password=hashed)
        done[user.username.casefold()] = done[user.name.casefold()] = user
        added.append(Added(user, password))
    return added


def _start_password() -> str:
    return "-".join("".join(secrets.choice(_LEGIBLE) for _char in range(4)) for _part in range(4))


def _stored(name: str) -> User:
    return User.objects.filter(username__iexact=name).first() or User.objects.get(name__iexact=name)


def _managers_first(lines: Iterable[Line]) -> list[Line]:
    waiting = list(lines)
    names = {key: line for line in waiting for key in (line.values["username"].casefold(), line.name.casefold())}

    def depth(line: Line) -> int:
        above = names.get(line.values.get("manager", "").casefold())
        return 0 if above is None else 1 + depth(above)

    return sorted(waiting, key=depth)
