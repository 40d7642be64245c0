"""The audit: who did what, when, through which door, before and after."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from kezhi.access import kinds as access_kinds
from kezhi.access.audit import AuditFilter, read_log
from kezhi.access.models import User
from kezhi.access.operations.events import note
from kezhi.access.policies import require_area
from kezhi.access.subjects import Text, all_subjects, find_subject
from kezhi.access.views.asking import actor_of
from kezhi.core.crypto import CryptoProblem
from kezhi.core.events import Json, event_kinds, read_changes, read_facts
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


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after, as this reader may see it."""

    label: Text
    before: str
    after: str
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the page shows it."""

    event: Event
    label: Text
    icon: str
    door: Text
    about: str
    about_url: str
    changes: list[Change]
    facts: list[tuple[str, str]] = field(default_factory=list)

    @property
    def has_masked(self) -> bool:
        return any(change.is_masked for change in self.changes)


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The log, filtered by person, kind, day and record, newest first, paged by key."""
    actor = actor_of(request)
    require_area(actor, "audit", "view")
    wanted, shown = _filter(request)
    events, following = read_log(wanted)
    parameters = {key: value for key, value in shown.items() if value}
    context = {
        "lines": [_line(event) for event in events],
        "next": f"?{urlencode({**parameters, 'before': str(following)})}" if following else "",
        "first": f"?{urlencode(parameters)}" if wanted.before else "",
        "shown": shown,
        "people": User.objects.order_by("name"),
        "families": _families(),
        "subjects": [subject for subject in all_subjects() if not subject.is_area],
        "may_reveal": actor.allows("audit", "reveal"),
    }
    return render(request, "access/audit.html", context)


@require_POST
def audit_event(request: HttpRequest, pk: int) -> HttpResponse:
    """One event with its personal values in the clear; that they were looked at is recorded."""
    actor = actor_of(request)
    require_area(actor, "audit", "reveal")
    event = get_object_or_404(Event, pk=pk)
    with transaction.atomic():
        note(access_kinds.AUDIT_REVEALED, event.record_type, event.record_id, actor.ref, facts={"event_id": pk})
    context = {"line": _line(event, is_revealed=True), "may_reveal": False}
    template = "access/parts/audit_line.html" if request.headers.get("HX-Request") else "access/audit_event.html"
    return render(request, template, context)


def _filter(request: HttpRequest) -> tuple[AuditFilter, dict[str, str]]:
    names = ("person", "kind", "from", "to", "type", "id", "operation")
    shown = {name: request.GET.get(name, "").strip()[:80] for name in names}
    before = request.GET.get("before", "")
    family_kinds = tuple(key for key, kind in event_kinds().items() if f"family:{kind.family}" == shown["kind"])
    return (
        AuditFilter(
            actor_id=_number(shown["person"]),
            kinds=family_kinds or ((shown["kind"],) if shown["kind"] else ()),
            first_day=_day(shown["from"]),
            last_day=_day(shown["to"]),
            record_type=shown["type"],
            record_id=_number(shown["id"]),
            operation=shown["operation"],
            before=_number(before),
        ),
        shown,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 19 else None


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _families() -> list[tuple[Text, str, list[tuple[str, Text]]]]:
    grouped: dict[str, list[tuple[str, Text]]] = {}
    for key, kind in event_kinds().items():
        grouped.setdefault(kind.family, []).append((key, kind.label))
    return [
        (access_kinds.FAMILIES.get(family, family), f"family:{family}", members) for family, members in grouped.items()
    ]


def _line(event: Event, *, is_revealed: bool = False) -> Line:
    kind = event_kinds().get(event.kind)
    subject = find_subject(event.record_type)
    label = subject.label if subject is not None else _RECORD_TYPES.get(event.record_type, event.record_type)
    url = subject.url(event.record_id) if subject is not None and subject.url is not None else ""
    field_labels = {known.key: known.label for known in subject.fields()} if subject is not None else {}
    return Line(
        event,
        kind.label if kind else event.kind,
        kind.icon if kind else "info",
        DOORS.get(event.door, event.door),
        f"{label} #{event.record_id}",
        url,
        _changes(event, field_labels, is_revealed),
        [(key, _text(value)) for key, value in read_facts(event).items() if value not in (None, "", [], {})],
    )


_RECORD_TYPES: dict[str, Text] = {
    "user": gettext_lazy("用户"),
    "department": gettext_lazy("部门"),
    "position": gettext_lazy("职位"),
    "role": gettext_lazy("角色"),
    "figure": gettext_lazy("参数"),
}


def _changes(event: Event, labels: Mapping[str, Text], is_revealed: bool) -> list[Change]:
    stored = json.loads(event.changes)
    personal = {key for key, pair in stored.items() if isinstance(pair, dict) and "enc" in pair}
    try:
        pairs = read_changes(event) if is_revealed or len(personal) < len(stored) else {}
    except CryptoProblem:
        pairs = {}
    result = []
    for key in stored:
        label = labels.get(key, _FIELDS.get(key, key))
        if key in personal and not is_revealed:
            result.append(Change(label, "••••", "••••", is_masked=True))
        elif key in pairs:
            result.append(Change(label, _text(pairs[key][0]), _text(pairs[key][1])))
        else:
            result.append(Change(label, _("读不出来"), _("读不出来")))
    return result


_FIELDS: dict[str, Text] = {
    "name": gettext_lazy("姓名"),
    "username": gettext_lazy("登录名"),
    "email": gettext_lazy("邮箱"),
    "mobile": gettext_lazy("手机"),
    "department": gettext_lazy("部门"),
    "position": gettext_lazy("职位"),
    "manager": gettext_lazy("上级"),
    "roles": gettext_lazy("角色"),
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
}


def _text(value: Json) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if isinstance(value, list):
        return _("、").join(_text(item) for item in value) or "—"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)[:500]
