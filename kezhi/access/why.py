"""Who can see a record, and why: the gate's answer for everybody, taken apart (ORG-3, ORG-6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor, user_actor
from kezhi.access.models import Grant, Role, Scope, User
from kezhi.access.policies import Policy, policy_of
from kezhi.access.rights import Rights, organisation, stand_ins


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one user may do with one record, and through what."""

    user: User
    can_view: bool
    can_edit: bool
    reasons: Sequence[str]


def verdicts(record: models.Model, subject: str) -> list[Verdict]:
    """For every active user whether they see the record, and why; those who do come first."""
    policy = policy_of(type(record))
    owner_id = policy.owner_id(record)
    roles = _roles_granting(subject)
    users = User.objects.filter(is_active=True).select_related("department", "position").prefetch_related("roles")
    result = [_verdict(user, record, policy, owner_id, roles) for user in users]
    return sorted(result, key=lambda verdict: (not verdict.can_view, not verdict.can_edit, verdict.user.name))


def _roles_granting(subject: str) -> dict[int, tuple[Role, str]]:
    rows = Grant.objects.filter(subject=subject, action="view").select_related("role")
    return {grant.role_id: (grant.role, grant.scope) for grant in rows}


def _verdict(
    user: User,
    record: models.Model,
    policy: Policy[models.Model],
    owner_id: int | None,
    roles: dict[int, tuple[Role, str]],
) -> Verdict:
    actor = user_actor(user.pk)
    can_view = policy.allows(actor, "view", record)
    can_edit = policy.allows(actor, "edit", record)
    held = [roles[role.pk] for role in user.roles.all() if role.pk in roles]
    if not held:
        reasons = [_("没有任何角色可以查看这类记录")]
    elif can_view:
        reasons = [
            _("角色“%(role)s”可以查看“%(scope)s”：%(how)s")
            % {"role": role.label, "scope": Scope(scope).label, "how": how}
            for role, scope in held
            if (how := _how(actor.rights, owner_id, scope))
        ] or [_unowned(policy, owner_id, actor)]
    else:
        reasons = [
            _("角色“%(role)s”只能查看“%(scope)s”，这条记录不在其中") % {"role": role.label, "scope": Scope(scope).label}
            for role, scope in held
        ]
    return Verdict(user, can_view, can_edit, reasons)


def _unowned(policy: Policy[models.Model], owner_id: int | None, actor: Actor) -> str:
    if owner_id is None and policy.reaches_unowned(actor, "view"):
        return _("还没有负责人，他可以把这类记录分配给部门里的人")
    return _("由这类记录自己的规则允许")


def _how(rights: Rights, owner_id: int | None, scope: str) -> str:
    """Why a record of this owner lies within a scope; "" when it does not."""
    people = organisation()
    name = people.user_names.get(owner_id, "") if owner_id is not None else ""
    if scope == Scope.ALL:
        return _("全公司的记录都在内")
    if owner_id is None:
        return ""
    if owner_id == rights.user_id:
        return _("本人就是负责人")
    if owner_id in rights.own_ids and stand_ins().get(owner_id) == rights.user_id:
        return _("%(name)s 今天不在，由他替班") % {"name": name}
    if scope == Scope.DEPARTMENT and owner_id in rights.department_user_ids:
        return _("负责人 %(name)s 在同一个部门") % {"name": name}
    if scope == Scope.BELOW and owner_id in rights.below_user_ids:
        return _("负责人 %(name)s 在他的部门或下级部门") % {"name": name}
    return ""
