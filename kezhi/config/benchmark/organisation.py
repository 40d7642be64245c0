# zh-data: names of made-up departments and people
"""Who works in the measured company: a big department under one manager, and several small ones."""

from dataclasses import dataclass

from django.db import transaction

from kezhi.access.actors import system_actor
from kezhi.access.models import Department, Grant, Role, Scope, User, UserRole
from kezhi.access.operations import install_defaults
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.records.defaults import install_defaults as install_lists

BIG_DEPARTMENT_REPS = 50
OTHER_DEPARTMENTS = 5
REPS_ELSEWHERE = 10
MANAGER = "bench-manager"


@dataclass(frozen=True, slots=True)
class People:
    """The ids the rows are made for: the manager, the manager's reps, everybody else's."""

    manager: int
    own: tuple[int, ...]
    elsewhere: tuple[int, ...]


@transaction.atomic
def make_people(password: str) -> People:
    """The company's people in an empty database; only the manager can sign in."""
    install_lists()
    install_defaults(actor=system_actor("bench"))
    root = _department("bench", "测量公司", None)
    big = _department("bench-big", "大客户部", root)
    others = [_department(f"bench-{place}", f"区域{place}部", root) for place in range(1, OTHER_DEPARTMENTS + 1)]
    manager = User(username=MANAGER, name="测量经理", department=big)
    manager.set_password(password)
    manager.save()
    Department.objects.filter(pk=big.pk).update(head=manager)
    UserRole.objects.create(user=manager, role=_manager_role())
    rep_role = Role.objects.get(key="sales_rep")
    own = [_rep(f"bench-rep-{place}", big, manager, rep_role) for place in range(BIG_DEPARTMENT_REPS)]
    elsewhere = [
        _rep(f"bench-other-{place}-{number}", department, None, rep_role)
        for place, department in enumerate(others)
        for number in range(REPS_ELSEWHERE)
    ]
    epochs.bump(EPOCH)
    return People(manager.pk, tuple(own), tuple(elsewhere))


def stored_people() -> People | None:
    """The people of a database made before; None in an empty one."""
    users = dict(User.objects.filter(username__startswith="bench-").values_list("username", "id"))
    if MANAGER not in users:
        return None
    own = sorted(pk for name, pk in users.items() if name.startswith("bench-rep-"))
    elsewhere = sorted(pk for name, pk in users.items() if name.startswith("bench-other-"))
    return People(users[MANAGER], tuple(own), tuple(elsewhere))


def _department(key: str, name: str, parent: Department | None) -> Department:
    row = Department.objects.create(key=key, name_zh=name, parent=parent)
    row.path = f"{parent.path if parent else '/'}{row.pk}/"
    row.save(update_fields=["path"])
    return row


def _manager_role() -> Role:
    """A sales manager with the department's scope who may also make tokens and import."""
    role = Role.objects.create(key="bench-manager", name_zh="测量经理")
    model = Role.objects.get(key="sales_manager")
    Grant.objects.bulk_create(
        Grant(
            role=role,
            subject=grant.subject,
            action=grant.action,
            scope=Scope.DEPARTMENT if grant.scope == Scope.BELOW else grant.scope,
        )
        for grant in model.grants.all()
    )
    Grant.objects.create(role=role, subject="settings", action="tokens", scope=Scope.ALL)
    return role


def _rep(username: str, department: Department, manager: User | None, role: Role) -> int:
    user = User(
        username=username, name=f"代表{username.removeprefix('bench-')}", department=department, manager=manager
    )
    user.set_unusable_password()
    user.save()
    UserRole.objects.create(user=user, role=role)
    return user.pk
