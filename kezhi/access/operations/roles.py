"""Roles: what they may do and which fields they see (ORG-2 … ORG-5)."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from kezhi.access import kinds
from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel, FieldRule, Grant, Role, Scope
from kezhi.access.operations.departments import free_key
from kezhi.access.operations.events import note
from kezhi.access.operations.problems import Refused
from kezhi.access.operations.users import keeper_exists, require_keeper
from kezhi.access.policies import require_area
from kezhi.access.rights import EPOCH
from kezhi.core import epochs


@transaction.atomic
def add_role(
    name_zh: str, *, actor: Actor, name_en: str = "", description_zh: str = "", description_en: str = "", key: str = ""
) -> Role:
    """Add a role, which can do nothing yet (ORG-5).

    Raises:
        NotAllowed, Refused: the name is missing or taken.
    """
    require_area(actor, "settings", "roles")
    name_zh = _free_name(name_zh, None)
    role = Role.objects.create(
        key=key or free_key(Role, name_en or name_zh),
        name_zh=name_zh,
        name_en=name_en.strip(),
        description_zh=description_zh.strip(),
        description_en=description_en.strip(),
        order=(Role.objects.aggregate(last=Max("order"))["last"] or 0) + 1,
    )
    epochs.bump(EPOCH)
    note(kinds.ROLE_ADDED, "role", role.pk, actor.ref, facts={"name": name_zh})
    return role


@transaction.atomic
def change_role(
    role: Role, *, actor: Actor, name_zh: str, name_en: str = "", description_zh: str = "", description_en: str = ""
) -> Role:
    """Rename or describe a role.

    Raises:
        NotAllowed, Refused.
    """
    require_area(actor, "settings", "roles")
    wanted = {
        "name_zh": _free_name(name_zh, role.pk),
        "name_en": name_en.strip(),
        "description_zh": description_zh.strip(),
        "description_en": description_en.strip(),
    }
    changes = {key: (getattr(role, key), value) for key, value in wanted.items() if getattr(role, key) != value}
    if changes:
        for key, (_before, after) in changes.items():
            setattr(role, key, after)
        role.save(update_fields=list(changes))
        epochs.bump(EPOCH)
        note(kinds.ROLE_CHANGED, "role", role.pk, actor.ref, changes=changes)
    return role


@transaction.atomic
def remove_role(role: Role, *, actor: Actor) -> None:
    """Remove a role nobody has.

    Raises:
        NotAllowed, Refused: somebody has it.
    """
    require_area(actor, "settings", "roles")
    if role.users.exists():
        raise Refused({"": _("还有人担任这个角色，请先给他们换一个。")})
    number, name = role.pk, role.name_zh
    role.delete()
    epochs.bump(EPOCH)
    note(kinds.ROLE_REMOVED, "role", number, actor.ref, facts={"name": name})


@transaction.atomic
def set_grants(role: Role, grants: Mapping[tuple[str, str], str | None], *, actor: Actor) -> int:
    """Set what a role may do: {(subject, action): scope}, None takes a right away; others stay. Gives how many changed.

    Raises:
        NotAllowed, Refused: an unknown scope, or nobody would be left who may give roles.
    """
    require_area(actor, "settings", "roles")
    for scope in grants.values():
        if scope is not None and scope not in Scope.values:
            raise Refused({"": _("没有“%(scope)s”这个范围。") % {"scope": scope}})
    before = {
        (subject, action): scope
        for subject, action, scope in Grant.objects.filter(role=role).values_list("subject", "action", "scope")
    }
    changes = {key: (before.get(key), scope) for key, scope in grants.items() if before.get(key) != scope}
    had_keeper = keeper_exists()
    for (subject, action), (_before, scope) in changes.items():
        if scope is None:
            Grant.objects.filter(role=role, subject=subject, action=action).delete()
        else:
            Grant.objects.update_or_create(role=role, subject=subject, action=action, defaults={"scope": scope})
    if changes:
        if ("settings", "roles") in changes:
            require_keeper(had=had_keeper)
        epochs.bump(EPOCH)
        named = {f"{subject}.{action}": pair for (subject, action), pair in changes.items()}
        note(kinds.GRANTS_CHANGED, "role", role.pk, actor.ref, changes=named)
    return len(changes)


@transaction.atomic
def set_field_rules(role: Role, record_type: str, levels: Mapping[str, str | None], *, actor: Actor) -> int:
    """Set how a role sees fields: {field: level}, None leaves a field at its own default. Gives how many changed.

    Raises:
        NotAllowed, Refused: an unknown level.
    """
    require_area(actor, "settings", "roles")
    for level in levels.values():
        if level is not None and level not in FieldLevel.values:
            raise Refused({"": _("没有“%(level)s”这种字段权限。") % {"level": level}})
    before = dict(FieldRule.objects.filter(role=role, record_type=record_type).values_list("field", "level"))
    changes = {field: (before.get(field), level) for field, level in levels.items() if before.get(field) != level}
    for field, (_before, level) in changes.items():
        if level is None:
            FieldRule.objects.filter(role=role, record_type=record_type, field=field).delete()
        else:
            FieldRule.objects.update_or_create(
                role=role, record_type=record_type, field=field, defaults={"level": level}
            )
    if changes:
        epochs.bump(EPOCH)
        named = {f"{record_type}.{field}": pair for field, pair in changes.items()}
        note(kinds.FIELD_RULES_CHANGED, "role", role.pk, actor.ref, changes=named)
    return len(changes)


def _free_name(name: str, own: int | None) -> str:
    name = name.strip()
    if not name:
        raise Refused({"name_zh": _("请填写角色名称。")})
    if Role.objects.filter(name_zh=name).exclude(pk=own or 0).exists():
        raise Refused({"name_zh": _("已经有叫“%(name)s”的角色。") % {"name": name}})
    return name
