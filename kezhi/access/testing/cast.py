# zh-data: names of people, departments and roles
"""A small company whose people are known by their part, not by their row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.test import Client

from kezhi.access.actors import Actor, user_actor
from kezhi.access.models import Department, Grant, Role, Scope, User, UserRole
from kezhi.access.rights import EPOCH
from kezhi.core import epochs

ACTIONS = ("view", "create", "edit", "delete", "export", "import", "assign", "reveal", "merge", "review")

PASSWORD = "yu-luo-chang-an-2026"  # noqa: S105 - of people who exist in tests only

_SCOPES = {
    "sales_rep": Scope.OWN,
    "sales_manager": Scope.BELOW,
    "data_steward": Scope.ALL,
    "administrator": Scope.ALL,
}


@dataclass(frozen=True)
class Member:
    """Somebody of the cast."""

    part: str
    user: User

    @property
    def id(self) -> int:
        """The user's id."""
        return self.user.pk

    @property
    def actor(self) -> Actor:
        """The member at the start of an act, with the rights of this moment."""
        return user_actor(self.user.pk)

    def client(self) -> Client:
        """A signed-in browser without JavaScript."""
        client = Client()
        client.force_login(self.user)
        return client

    @cached_property
    def browser(self) -> Client:
        """The one in which the member stays signed in, for those who read many pages and leave nothing behind."""
        return self.client()


@dataclass(frozen=True)
class Cast:
    """Everybody. Without ``grant`` nobody may do anything (ORG-5)."""

    rep: Member
    colleague: Member
    manager: Member
    outsider: Member
    steward: Member
    administrator: Member

    def __iter__(self) -> Iterator[Member]:
        return iter((self.rep, self.colleague, self.manager, self.outsider, self.steward, self.administrator))

    def grant(self, *subjects: str, actions: Iterable[str] = ACTIONS) -> None:
        """Let everybody do these actions within the usual reach of their role.

        Reps reach their own records, the manager the department and below, steward and administrator all.
        """
        rows = [
            Grant(role=role, subject=subject, action=action, scope=_SCOPES[role.key])
            for role in Role.objects.filter(key__in=_SCOPES)
            for subject in subjects
            for action in dict.fromkeys(actions)
        ]
        Grant.objects.bulk_create(rows, ignore_conflicts=True)
        epochs.bump(EPOCH)


def make_cast() -> Cast:
    """A rep, a colleague in the team, their manager, somebody elsewhere, a data steward, an administrator."""
    company = _department("cast-company", "公司", None)
    sales = _department("cast-sales", "销售部", company)
    team = _department("cast-team", "销售一组", sales)
    elsewhere = _department("cast-elsewhere", "华南销售部", company)
    roles = {key: _role(key) for key in _SCOPES}

    def member(part: str, name: str, role: str, department: Department, manager: Member | None = None) -> Member:
        user = User(
            username=f"cast-{part}", name=name, department=department, manager=manager.user if manager else None
        )
        user.set_password(PASSWORD)
        user.save()
        UserRole.objects.create(user=user, role=roles[role])
        return Member(part, user)

    manager = member("manager", "马经理", "sales_manager", sales)
    sales.head = manager.user
    sales.save(update_fields=["head"])
    cast = Cast(
        rep=member("rep", "任小芮", "sales_rep", team, manager),
        colleague=member("colleague", "童小仁", "sales_rep", team, manager),
        manager=manager,
        outsider=member("outsider", "卫南乔", "sales_rep", elsewhere),
        steward=member("steward", "舒管数", "data_steward", company),
        administrator=member("administrator", "关立元", "administrator", company),
    )
    epochs.bump(EPOCH)
    return cast


def _department(key: str, name: str, parent: Department | None) -> Department:
    department = Department.objects.create(key=key, name_zh=name, name_en=key, parent=parent)
    department.path = f"{parent.path if parent else '/'}{department.pk}/"
    department.save(update_fields=["path"])
    return department


def _role(key: str) -> Role:
    """The shipped role where it was loaded, else one of that name without any right."""
    role, _created = Role.objects.get_or_create(key=key, defaults={"name_zh": key, "name_en": key})
    return role
