"""Events of the log in words, as one reader may see them (OPS-3)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.access.actors import Actor
from kezhi.access.factors import method_words
from kezhi.access.models import Department, Position, Role
from kezhi.access.rights import organisation
from kezhi.access.subjects import Subject, Text, all_subjects
from kezhi.core.crypto import CryptoProblem
from kezhi.core.events import Json, event_kinds, read_changes, read_facts
from kezhi.core.figures import figure
from kezhi.core.models.events import Event

DOORS: dict[str, Text] = {
    "page": gettext_lazy("页面"),
    "api": gettext_lazy("接口"),
    "import": gettext_lazy("导入"),
    "rule": gettext_lazy("规则"),
    "job": gettext_lazy("后台任务"),
    "cli": gettext_lazy("命令行"),
    "mcp": gettext_lazy("智能助手"),
    "system": gettext_lazy("系统"),
    "demo": gettext_lazy("演示数据"),
}

_MASK = "••••"

_TYPES: dict[str, Text] = {
    "user": gettext_lazy("用户账号"),
    "department": gettext_lazy("部门"),
    "position": gettext_lazy("职位"),
    "role": gettext_lazy("角色"),
    "figure": "",
}

_FIELDS: dict[str, Text] = {
    "name": gettext_lazy("名称"),
    "username": gettext_lazy("登录名"),
    "email": gettext_lazy("邮箱"),
    "mobile": gettext_lazy("手机"),
    "department": gettext_lazy("部门"),
    "position": gettext_lazy("职位"),
    "manager": gettext_lazy("上级"),
    "roles": gettext_lazy("角色"),
    "owner": gettext_lazy("负责人"),
    "name_zh": gettext_lazy("名称"),
    "name_en": gettext_lazy("英文名称"),
    "description_zh": gettext_lazy("说明"),
    "description_en": gettext_lazy("英文说明"),
    "parent_id": gettext_lazy("上级部门"),
    "head_id": gettext_lazy("负责人"),
    "value": gettext_lazy("值"),
    "language": gettext_lazy("语言"),
    "theme": gettext_lazy("主题"),
    "density": gettext_lazy("行高"),
    "address": gettext_lazy("网络地址"),
    "device": gettext_lazy("设备"),
    "signed_in_by": gettext_lazy("登录方式"),
    "passkey": gettext_lazy("通行密钥"),
    "stand_in_id": gettext_lazy("替班人"),
    "first_day": gettext_lazy("首日"),
    "last_day": gettext_lazy("末日"),
    "count": gettext_lazy("数量"),
    "moved": gettext_lazy("移交数量"),
    "receivers": gettext_lazy("接手人"),
    "department_id": gettext_lazy("部门"),
    "fields": gettext_lazy("字段"),
    "reason": gettext_lazy("原因"),
    "event_id": gettext_lazy("记录号"),
}

_PEOPLE = frozenset({"manager", "head_id", "stand_in_id", "owner", "owner_id"})
_DEPARTMENTS = frozenset({"department", "parent_id", "department_id"})


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after, as this reader may see it."""

    label: Text
    before: str
    after: str
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the page shows it; ``about`` is the type of the record and ``title`` its name."""

    event: Event
    label: Text
    icon: str
    door: Text
    about: Text
    title: str
    url: str
    changes: list[Change]
    facts: list[tuple[Text, str]] = field(default_factory=list)

    @property
    def is_about_self(self) -> bool:
        """Whether somebody did it to their own account, so that the name need not be said twice."""
        return self.event.record_type == "user" and self.event.record_id == self.event.actor_id

    @property
    def has_masked(self) -> bool:
        """Whether something of it is hidden from this reader."""
        return any(change.is_masked for change in self.changes)


class LineWriter:
    """Writes the lines of one page; reads the names it needs once."""

    def __init__(self, actor: Actor, events: Iterable[Event], *, is_revealed: bool = False) -> None:
        self._is_revealed = is_revealed
        self._subjects: dict[str, Subject] = {subject.key: subject for subject in all_subjects()}
        self._people = organisation().user_names
        self._departments = {row.pk: row.label for row in Department.objects.all()}
        self._positions = {row.pk: row.label for row in Position.objects.all()}
        self._roles = {row.pk: row for row in Role.objects.all()}
        self._role_labels = {row.key: row.label for row in self._roles.values()}
        wanted: dict[str, set[int]] = {}
        for event in events:
            wanted.setdefault(event.record_type, set()).add(event.record_id)
        self._titles = {
            key: subject.titles(sorted(wanted[key]), actor)
            for key, subject in self._subjects.items()
            if key in wanted and subject.titles is not None
        }

    def line(self, event: Event) -> Line:
        """One event in words."""
        kind = event_kinds().get(event.kind)
        subject = self._subjects.get(event.record_type)
        title = self._title(event)
        facts = read_facts(event)
        return Line(
            event,
            kind.label if kind else event.kind,
            kind.icon if kind else "info",
            DOORS.get(event.door, event.door),
            subject.label if subject is not None else _TYPES.get(event.record_type, event.record_type),
            title or f"#{event.record_id}",
            subject.url(event.record_id) if subject is not None and subject.url is not None and title else "",
            self._changes(event, subject),
            [
                (_FIELDS.get(key, key), self._text(key, value))
                for key, value in facts.items()
                # What the line says anyway, and what only programs need, stays out.
                if value not in (None, "", [], {}, False) and key not in ("name", "key", "address", "shipped")
            ],
        )

    def _title(self, event: Event) -> str:
        names: Mapping[int, str]
        match event.record_type:
            case "user":
                names = self._people
            case "department":
                names = self._departments
            case "position":
                names = self._positions
            case "role":
                names = {key: role.label for key, role in self._roles.items()}
            case "figure":
                return self._figure_label(event)
            case _:
                names = self._titles.get(event.record_type, {})
        name = read_facts(event).get("name")
        return names.get(event.record_id, "") or (name if isinstance(name, str) else "")

    @staticmethod
    def _figure_label(event: Event) -> str:
        key = str(read_facts(event).get("key", ""))
        try:
            return str(figure(key).label)
        except KeyError:
            return key

    def _changes(self, event: Event, subject: Subject | None) -> list[Change]:
        stored = json.loads(event.changes)
        personal = {key for key, pair in stored.items() if isinstance(pair, dict) and "enc" in pair}
        labels = {known.key: known.label for known in subject.fields()} if subject is not None and stored else {}
        try:
            pairs = read_changes(event) if self._is_revealed or len(personal) < len(stored) else {}
        except CryptoProblem:
            pairs = {}
        result = []
        for key in stored:
            label = labels.get(key) or self._label(key)
            if key in personal and not self._is_revealed:
                result.append(Change(label, _MASK, _MASK, is_masked=True))
            elif key in pairs:
                before, after = pairs[key]
                result.append(Change(label, self._text(key, before), self._text(key, after)))
            else:
                result.append(Change(label, _("读不出来"), _("读不出来")))
        return result

    def _label(self, key: str) -> Text:
        if key in _FIELDS:
            return _FIELDS[key]
        head, dot, tail = key.partition(".")
        subject = self._subjects.get(head)
        if not dot or subject is None:
            return key
        known = subject.actions.get(tail) or next((row.label for row in subject.fields() if row.key == tail), tail)
        return f"{subject.label} · {known}"

    def _text(self, key: str, value: Json) -> str:
        if value is None or value == "" or value == []:
            return "—"
        if key == "signed_in_by":
            return method_words(str(value)) or str(value)
        if isinstance(value, bool):
            return str(_("是") if value else _("否"))
        if isinstance(value, int):
            if key in _PEOPLE:
                return self._people.get(value, f"#{value}")
            if key in _DEPARTMENTS:
                return self._departments.get(value, f"#{value}")
            if key == "position":
                return self._positions.get(value, f"#{value}")
        if isinstance(value, list):
            return _("、").join(
                self._role_labels.get(str(item), str(item)) if key == "roles" else self._text(key, item)
                for item in value
            )
        if isinstance(value, dict):
            inner = "owner_id" if key == "receivers" else ""
            return _("、").join(f"{self._kind(name)} {self._text(inner, item)}" for name, item in value.items())
        return str(value)[:500]

    def _kind(self, name: str) -> Text:
        subject = self._subjects.get(name)
        return subject.label if subject is not None else _FIELDS.get(name, name)
