"""People: added, changed, given roles, deactivated, their password reset (ORG-1, ORG-7)."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from kezhi.access import kinds
from kezhi.access.actors import Actor
from kezhi.access.models import Department, Grant, Position, Role, Session, SignInFailure, User, UserRole
from kezhi.access.operations.events import note
from kezhi.access.operations.problems import Refused
from kezhi.access.operations.sign_in import set_password
from kezhi.access.policies import NotAllowed, require_area
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import Json
from kezhi.core.values.email import parse_email
from kezhi.core.values.phone import parse_phone
from kezhi.core.values.problem import ValueProblem

_LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class UserDetails:
    """What is known about somebody, as a form gives it."""

    username: str
    name: str
    email: str = ""
    mobile: str = ""
    department: Department | None = None
    position: Position | None = None
    manager: User | None = None


@transaction.atomic
def add_user(
    details: UserDetails,
    *,
    actor: Actor,
    roles: Iterable[Role] = (),
    password: str = "",
    hashed_password: str = "",
    must_change_password: bool = True,
) -> User:
    """Add somebody; without a ``password`` nobody can sign in as them until one is set.

    ``hashed_password`` is a random one hashed before, for whoever adds many and must not keep everybody waiting.

    Raises:
        NotAllowed: also when roles are given by somebody who may not give roles.
        Refused: with a sentence per field.
    """
    require_area(actor, "settings", "organisation")
    values = _checked(details, None)
    user = User(**values)
    if hashed_password:
        user.password, user.must_change_password = hashed_password, must_change_password
        user.save()
    elif password:
        user.save()
        set_password(user, password, must_change=must_change_password, field="password")
    else:
        user.set_unusable_password()
        user.save()
    epochs.bump(EPOCH)
    facts: dict[str, Json] = {"name": user.name, "username": user.username}
    note(kinds.USER_ADDED, "user", user.pk, actor.ref, facts=facts)
    roles = list(roles)
    if roles:
        give_roles(user, roles, actor=actor)
    return user


@transaction.atomic
def change_user(user: User, details: UserDetails, *, actor: Actor) -> User:
    """Change somebody's name, place or addresses.

    Raises:
        NotAllowed, Refused: with a sentence per field; among others when managers would form a circle.
    """
    require_area(actor, "settings", "organisation")
    user = User.objects.select_for_update().get(pk=user.pk)
    require_keys_for(user, actor)
    values = _checked(details, user)
    changes = {key: (_plain(getattr(user, key)), _plain(value)) for key, value in values.items()}
    changes = {key: pair for key, pair in changes.items() if pair[0] != pair[1]}
    if changes:
        for key in changes:
            setattr(user, key, values[key])
        user.save(update_fields=list(changes))
        epochs.bump(EPOCH)
        note(kinds.USER_CHANGED, "user", user.pk, actor.ref, changes=changes)
    return user


@transaction.atomic
def give_roles(user: User, roles: Iterable[Role], *, actor: Actor) -> None:
    """Give somebody exactly these roles.

    Raises:
        NotAllowed, Refused: nobody would be left who may give roles.
    """
    require_area(actor, "settings", "roles")
    wanted = {role.pk: role.key for role in roles}
    before = dict(UserRole.objects.filter(user=user).values_list("role_id", "role__key"))
    if wanted == before:
        return
    had_keeper = keeper_exists()
    UserRole.objects.filter(user=user).exclude(role_id__in=wanted).delete()
    UserRole.objects.bulk_create(UserRole(user=user, role_id=key) for key in wanted if key not in before)
    require_keeper(had=had_keeper)
    epochs.bump(EPOCH)
    changes: dict[str, tuple[Json, Json]] = {"roles": ([*sorted(before.values())], [*sorted(wanted.values())])}
    note(kinds.USER_ROLES, "user", user.pk, actor.ref, changes=changes)


@transaction.atomic
def deactivate_user(user: User, *, actor: Actor) -> None:
    """Nobody signs in as this user any more, from this moment; the name stays on everything done so far.

    Raises:
        NotAllowed, Refused: oneself, or the last one who may give roles.
    """
    require_area(actor, "settings", "organisation")
    if user.pk == actor.user_id:
        raise Refused({"": _("不能停用自己，请让另一位管理员来做。")})
    require_keys_for(user, actor)
    had_keeper = keeper_exists()
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False, ended_at=now()):
        return
    require_keeper(had=had_keeper)
    Session.objects.filter(user=user).delete()
    epochs.bump(EPOCH)
    note(kinds.USER_DEACTIVATED, "user", user.pk, actor.ref)


@transaction.atomic
def reactivate_user(user: User, *, actor: Actor) -> None:
    """Let a deactivated user in again, with the roles held before.

    Raises:
        NotAllowed.
    """
    require_area(actor, "settings", "organisation")
    require_keys_for(user, actor)
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True, ended_at=None):
        epochs.bump(EPOCH)
        note(kinds.USER_REACTIVATED, "user", user.pk, actor.ref)


@transaction.atomic
def reset_password(user: User, *, actor: Actor) -> str:
    """Give a new password, shown once, which has to be changed at the next sign-in; ends the user's sessions and lock.

    Raises:
        NotAllowed: also when somebody who may not give roles resets the password of one who may.
    """
    require_area(actor, "settings", "organisation")
    require_keys_for(user, actor)
    password = "-".join("".join(secrets.choice(_LEGIBLE) for _char in range(4)) for _part in range(4))
    set_password(user, password, must_change=True)
    Session.objects.filter(user=user).delete()
    SignInFailure.objects.filter(username=user.username.casefold()).delete()
    note(kinds.PASSWORD_RESET, "user", user.pk, actor.ref)
    return password


def holds_keys(user: User) -> bool:
    """Whether somebody may give roles, and so everything."""
    return Grant.objects.filter(role__users=user, subject="settings", action="roles").exists()


def keeper_exists() -> bool:
    """Whether somebody who can sign in may give roles."""
    return User.objects.filter(
        is_active=True, roles__grants__subject="settings", roles__grants__action="roles"
    ).exists()


def require_keeper(*, had: bool) -> None:
    """Refuse an act after which nobody could give roles although somebody ``had`` (inside its transaction)."""
    if had and not keeper_exists():
        raise Refused({"": _("这样就没有人能管理角色了，请先让另一位同事拥有这项权限。")})


def require_keys_for(user: User, actor: Actor) -> None:
    """Refuse somebody who may not give roles to act on one who may."""
    if holds_keys(user):
        _require_keys(actor)


def _require_keys(actor: Actor) -> None:
    if not actor.allows("settings", "roles"):
        raise NotAllowed(_("只有能管理角色的人，才能修改同样能管理角色的人。"), subject="settings", action="roles")


def _checked(details: UserDetails, user: User | None) -> dict[str, object]:
    problems: dict[str, str] = {}
    own = user.pk if user is not None else None
    username, name = details.username.strip(), details.name.strip()
    if not username or not all(char.isalnum() or char in "._-@" for char in username):
        problems["username"] = _("登录名只能用文字、数字和 . _ - @。")
    elif User.objects.filter(username__iexact=username).exclude(pk=own or 0).exists():
        problems["username"] = _("登录名“%(name)s”已经有人用了。") % {"name": username}
    if not name:
        problems["name"] = _("请填写姓名。")
    email = _parsed(problems, "email", details.email)
    mobile = _parsed(problems, "mobile", details.mobile)
    if details.manager is not None and own is not None:
        if details.manager.pk == own:
            problems["manager"] = _("上级不能是本人。")
        elif own in superiors(details.manager.pk):
            problems["manager"] = _("%(name)s 已经是这位同事的下级，不能互为上级。") % {"name": details.manager.name}
    if problems:
        raise Refused(problems)
    return {
        "username": username,
        "name": name,
        "email": email,
        "mobile": mobile,
        "department": details.department,
        "position": details.position,
        "manager": details.manager,
    }


def _parsed(problems: dict[str, str], field: str, text: str) -> str:
    if not text.strip():
        return ""
    try:
        return parse_email(text) if field == "email" else parse_phone(text)
    except ValueProblem as problem:
        problems[field] = str(problem.message)
        return ""


def superiors(user_id: int) -> set[int]:
    """Everybody above a user, by the chain of managers."""
    managers: Mapping[int, int | None] = dict(User.objects.values_list("id", "manager_id"))
    found: set[int] = set()
    present = managers.get(user_id)
    while present is not None and present not in found:
        found.add(present)
        present = managers.get(present)
    return found


def _plain(value: object) -> Json:
    if isinstance(value, Department | Position | User):
        return value.pk
    return value if isinstance(value, str) else None
