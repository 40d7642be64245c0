"""The tree of departments, and what people are called in it (ORG-1)."""

import secrets

from django.db import transaction
from django.db.models import F, Max, Value
from django.db.models.functions import Concat, Substr
from django.utils.text import slugify
from django.utils.translation import gettext as _

from kezhi.access import kinds
from kezhi.access.actors import Actor
from kezhi.access.models import Department, Position, Role, User
from kezhi.access.operations.events import note
from kezhi.access.operations.problems import Refused
from kezhi.access.policies import require_area
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.chinese import pinyin

_LONGEST_PATH = 255


@transaction.atomic
def add_department(
    name_zh: str,
    *,
    actor: Actor,
    parent: Department | None = None,
    name_en: str = "",
    head: User | None = None,
    key: str = "",
) -> Department:
    """Add a department below another (or at the top), last among its sisters.

    Raises:
        NotAllowed, Refused: the name is missing or taken beside it.
    """
    require_area(actor, "settings", "organisation")
    name_zh = _free_name(name_zh, parent, None)
    sisters = Department.objects.filter(parent=parent).aggregate(last=Max("position"))
    department = Department.objects.create(
        key=key or free_key(Department, name_en or name_zh),
        name_zh=name_zh,
        name_en=name_en.strip(),
        parent=parent,
        head=head,
        position=(sisters["last"] or 0) + 1,
    )
    department.path = _path(parent, department.pk)
    department.save(update_fields=["path"])
    epochs.bump(EPOCH)
    note(kinds.DEPARTMENT_ADDED, "department", department.pk, actor.ref, facts={"name": name_zh})
    return department


@transaction.atomic
def change_department(
    department: Department, *, actor: Actor, name_zh: str, name_en: str = "", head: User | None = None
) -> Department:
    """Rename a department or give it another head.

    Raises:
        NotAllowed, Refused.
    """
    require_area(actor, "settings", "organisation")
    department = Department.objects.select_for_update().get(pk=department.pk)
    name_zh = _free_name(name_zh, department.parent, department.pk)
    wanted: dict[str, object] = {"name_zh": name_zh, "name_en": name_en.strip(), "head_id": head.pk if head else None}
    changes = {key: (getattr(department, key), value) for key, value in wanted.items()}
    changes = {key: pair for key, pair in changes.items() if pair[0] != pair[1]}
    if changes:
        for key, (_before, after) in changes.items():
            setattr(department, key, after)
        department.save(update_fields=[key.removesuffix("_id") for key in changes])
        epochs.bump(EPOCH)
        note(kinds.DEPARTMENT_CHANGED, "department", department.pk, actor.ref, changes=changes)  # type: ignore[arg-type]
    return department


@transaction.atomic
def move_department(department: Department, parent: Department | None, *, actor: Actor) -> Department:
    """Put a department with everything below it under another one (or at the top).

    Raises:
        NotAllowed, Refused: the new place lies within the department itself, or is too deep.
    """
    require_area(actor, "settings", "organisation")
    # The tree is small and moves are rare: all of it is held, so that two moves cannot make a circle together.
    tree = {row.pk: row for row in Department.objects.select_for_update()}
    department = tree[department.pk]
    parent = tree[parent.pk] if parent is not None else None
    if department.parent_id == (parent.pk if parent else None):
        return department
    if parent is not None and parent.path.startswith(department.path):
        raise Refused({"parent": _("不能把部门移到它自己或它的下级下面。")})
    before, old = department.parent_id, department.path
    new = _path(parent, department.pk)
    deepest = max(len(row.path) for row in tree.values() if row.path.startswith(old))
    if deepest - len(old) + len(new) > _LONGEST_PATH:
        raise Refused({"parent": _("部门层级太深了。")})
    _free_name(department.name_zh, parent, department.pk)
    Department.objects.filter(pk=department.pk).update(parent=parent)
    Department.objects.filter(path__startswith=old).update(path=Concat(Value(new), Substr(F("path"), len(old) + 1)))
    department.refresh_from_db()
    epochs.bump(EPOCH)
    changes = {"parent_id": (before, department.parent_id)}
    note(kinds.DEPARTMENT_MOVED, "department", department.pk, actor.ref, changes=changes)
    return department


@transaction.atomic
def remove_department(department: Department, *, actor: Actor) -> None:
    """Remove a department nobody is in.

    Raises:
        NotAllowed, Refused: it still has people or departments.
    """
    require_area(actor, "settings", "organisation")
    if Department.objects.filter(parent=department).exists() or User.objects.filter(department=department).exists():
        raise Refused({"": _("部门里还有人或下级部门，请先移走。")})
    number, name = department.pk, department.name_zh
    department.delete()
    epochs.bump(EPOCH)
    note(kinds.DEPARTMENT_REMOVED, "department", number, actor.ref, facts={"name": name})


@transaction.atomic
def add_position(name_zh: str, *, actor: Actor, name_en: str = "", key: str = "") -> Position:
    """Add what somebody can be called.

    Raises:
        NotAllowed, Refused: the name is missing or taken.
    """
    require_area(actor, "settings", "organisation")
    name_zh = _free_position(name_zh, None)
    last = Position.objects.aggregate(last=Max("order"))["last"] or 0
    position = Position.objects.create(
        key=key or free_key(Position, name_en or name_zh), name_zh=name_zh, name_en=name_en.strip(), order=last + 1
    )
    note(kinds.POSITION_ADDED, "position", position.pk, actor.ref, facts={"name": name_zh})
    return position


@transaction.atomic
def change_position(position: Position, *, actor: Actor, name_zh: str, name_en: str = "") -> Position:
    """Rename a position.

    Raises:
        NotAllowed, Refused.
    """
    require_area(actor, "settings", "organisation")
    changes = {
        key: (getattr(position, key), value)
        for key, value in {"name_zh": _free_position(name_zh, position.pk), "name_en": name_en.strip()}.items()
        if getattr(position, key) != value
    }
    if changes:
        for key, (_before, after) in changes.items():
            setattr(position, key, after)
        position.save(update_fields=list(changes))
        note(kinds.POSITION_CHANGED, "position", position.pk, actor.ref, changes=changes)
    return position


@transaction.atomic
def remove_position(position: Position, *, actor: Actor) -> None:
    """Remove a position nobody holds.

    Raises:
        NotAllowed, Refused: somebody holds it.
    """
    require_area(actor, "settings", "organisation")
    if User.objects.filter(position=position).exists():
        raise Refused({"": _("还有人担任这个职位，不能删除。")})
    number, name = position.pk, position.name_zh
    position.delete()
    note(kinds.POSITION_REMOVED, "position", number, actor.ref, facts={"name": name})


def free_key(model: type[Department] | type[Position] | type[Role], name: str) -> str:
    """A key made from a name that no other row has: "Sales East" → "sales-east", 销售部 → "xiao-shou-bu"."""
    wanted = (slugify(name) or slugify(pinyin(name)) or secrets.token_hex(4))[:50]
    if not model._default_manager.filter(key=wanted).exists():
        return wanted
    return f"{wanted}-{secrets.token_hex(3)}"


def _path(parent: Department | None, pk: int) -> str:
    path = f"{parent.path if parent else '/'}{pk}/"
    if len(path) > _LONGEST_PATH:
        raise Refused({"parent": _("部门层级太深了。")})
    return path


def _free_name(name: str, parent: Department | None, own: int | None) -> str:
    name = name.strip()
    if not name:
        raise Refused({"name_zh": _("请填写部门名称。")})
    if Department.objects.filter(parent=parent, name_zh=name).exclude(pk=own or 0).exists():
        raise Refused({"name_zh": _("同一级里已经有叫“%(name)s”的部门。") % {"name": name}})
    return name


def _free_position(name: str, own: int | None) -> str:
    name = name.strip()
    if not name:
        raise Refused({"name_zh": _("请填写职位名称。")})
    if Position.objects.filter(name_zh=name).exclude(pk=own or 0).exists():
        raise Refused({"name_zh": _("已经有叫“%(name)s”的职位。") % {"name": name}})
    return name
