"""Colleagues by name and id, from memory."""

from collections import defaultdict

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.models import Department, Role, User
from kezhi.access.rights import EPOCH, organisation
from kezhi.core import epochs
from kezhi.core.values.problem import ValueProblem


def person_name(user_id: int) -> str:
    """The name of a user, leavers included; "" for an unknown id."""
    return organisation().user_names.get(user_id, "")


def department_name(department_id: int) -> str:
    """The name of a department in the reader's language; "" for an unknown id."""
    rows = epochs.cached(EPOCH, "departments by id", lambda: {row.pk: row for row in Department.objects.all()})
    return rows[department_id].label if department_id in rows else ""


def people_options() -> list[tuple[str, str]]:
    """(id, name) of everybody who still works here, by name."""
    people = organisation()
    rows = [(str(key), name) for key, name in people.user_names.items() if key in people.active_ids]
    return sorted(rows, key=lambda row: row[1])


def find_person(raw: str) -> int:
    """The id of an active user given as id, sign-in name or full name.

    Raises:
        ValueProblem: nobody or several people are called that.
    """
    text = raw.strip()
    people = organisation()
    if text.isdecimal() and len(text) < 19 and int(text) in people.active_ids:
        return int(text)
    found = epochs.cached(EPOCH, "names", _names).get(text.casefold(), ())
    active = [user_id for user_id in found if user_id in people.active_ids]
    if len(active) == 1:
        return active[0]
    if active:
        raise ValueProblem(
            "user.several", _("有 %(count)s 位同事叫“%(name)s”，请填登录名"), {"count": len(active), "name": text}
        )
    raise ValueProblem("user.unknown", _("没有叫“%(name)s”的同事"), {"name": text[:40]})


def _names() -> dict[str, tuple[int, ...]]:
    names: dict[str, list[int]] = defaultdict(list)
    for user_id, username, name in User.objects.values_list("id", "username", "name"):
        for text in {username.casefold(), name.casefold()}:
            names[text].append(user_id)
    return {text: tuple(ids) for text, ids in names.items()}


def who_could(subject: str, action: str) -> str:
    """A sentence for somebody who was refused: which roles may do it and who can give the right; "" if nobody may."""
    roles, keepers = epochs.cached(EPOCH, ("who could", subject, action, get_language()), lambda: _who(subject, action))
    parts = []
    if roles:
        parts.append(gettext("有这项权限的角色：%(roles)s。") % {"roles": roles})
    if keepers:
        parts.append(gettext("需要开通的话，请找 %(people)s。") % {"people": keepers})
    return "".join(parts) if (get_language() or "").startswith("zh") else " ".join(parts)


def _who(subject: str, action: str) -> tuple[str, str]:
    mark = gettext("、")
    roles = Role.objects.filter(grants__subject=subject, grants__action=action).distinct() if subject else ()
    keepers = User.objects.filter(
        is_active=True, roles__grants__subject="settings", roles__grants__action="roles"
    ).distinct()[:3]
    return mark.join(role.label for role in roles), mark.join(user.name for user in keepers)
