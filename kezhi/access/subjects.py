"""What grants can be about: types of records, which other apps register, and areas such as settings and audit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.core.events import Json

Text = str | Promise


@dataclass(frozen=True, slots=True)
class SubjectField:
    """A field that roles may see more or less of; ``level`` is how much where no rule says otherwise."""

    key: str
    label: Text
    level: str
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class StoredChanges:
    """What one event keeps about one record's fields; None where the values were not opened."""

    record_id: int
    pairs: Mapping[str, tuple[Json, Json] | None]


@dataclass(frozen=True, slots=True)
class FieldReading:
    """One field of an event before and after, as one reader may see it: clear, masked or hidden."""

    key: str
    label: Text
    state: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One event's record as one reader may see it: its name, and nothing at all when it is not ``is_seen``."""

    is_seen: bool
    title: str = ""
    fields: Sequence[FieldReading] = ()


CLEAR, MASKED, HIDDEN = "clear", "masked", "hidden"


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing roles have rights to.

    ``actions`` maps each action to its verb. For types of records ``fields`` gives the fields, ``find`` a record by id
    whatever its owner, ``title`` its name, ``url`` its page, and ``read`` puts what events keep about its records into
    words as an actor may see them (whether masks are lifted is said last); areas have none of these and no scopes.
    """

    key: str
    label: Text
    icon: str
    actions: dict[str, Text]
    is_area: bool = False
    fields: Callable[[], Iterable[SubjectField]] = tuple
    find: Callable[[int], models.Model | None] | None = None
    title: Callable[[models.Model], str] = str
    url: Callable[[int], str] | None = None
    read: Callable[[Sequence[StoredChanges], Actor, bool], Sequence[Reading]] | None = None


VERBS: dict[str, Text] = {
    "view": _("查看"),
    "create": _("新建"),
    "edit": _("编辑"),
    "delete": _("删除"),
    "assign": _("分配负责人"),
    "export": _("导出"),
    "import": _("导入"),
    "merge": _("合并重复"),
    "review": _("审核"),
    "reveal": _("查看掩码内容"),
    "claim": _("从公海认领"),
    "release": _("放回公海"),
}

AREAS: tuple[Subject, ...] = (
    Subject(
        "settings",
        _("设置"),
        "settings",
        {
            "organisation": _("管理部门、用户、休假与移交"),
            "roles": _("管理角色与权限"),
            "fields": _("管理字段"),
            "lists": _("管理选项与标签"),
            "figures": _("调整参数"),
            "calendar": _("管理工作日历"),
            "tokens": _("管理接口令牌"),
            "approvals": _("管理审批流程"),
        },
        is_area=True,
    ),
    Subject(
        "audit",
        _("审计"),
        "history",
        {"view": _("查看操作记录"), "undo": _("撤销他人的操作"), "reveal": _("查看记录里的个人信息")},
        is_area=True,
    ),
    Subject("views", _("视图"), "list", {"share": _("把视图共享给同事")}, is_area=True),
    Subject("health", _("运行状况"), "cloud", {"view": _("查看系统运行状况")}, is_area=True),
)

_sources: list[Callable[[], Iterable[Subject]]] = []
_areas: dict[str, Subject] = {area.key: area for area in AREAS}


def register_subjects(source: Callable[[], Iterable[Subject]]) -> None:
    """Make types of records known; the source is asked each time, so it may follow a registry."""
    if source not in _sources:
        _sources.append(source)


def register_area(area: Subject) -> None:
    """Make an area of another app known ("automation": manage rules)."""
    _areas[area.key] = area


def record_subjects() -> list[Subject]:
    """Every type of record."""
    return [subject for source in _sources for subject in source()]


def all_subjects() -> list[Subject]:
    """Types of records first, then the areas."""
    return [*record_subjects(), *_areas.values()]


def find_subject(key: str) -> Subject | None:
    """One of them by key."""
    return next((subject for subject in all_subjects() if subject.key == key), None)


def verb(subject: Subject, action: str) -> Text:
    """What an action is called."""
    return subject.actions.get(action) or VERBS.get(action, action)
