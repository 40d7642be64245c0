"""The audit: who did what, when, through which door, before and after."""

import datetime as dt
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from kezhi.access import kinds as access_kinds
from kezhi.access.audit import AuditFilter, read_log
from kezhi.access.audit_lines import LineWriter
from kezhi.access.models import User
from kezhi.access.operations.events import note
from kezhi.access.policies import require_area
from kezhi.access.subjects import Text, all_subjects
from kezhi.access.views.asking import actor_of, asked
from kezhi.core.events import event_kinds
from kezhi.core.models.events import Event


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The log, filtered by person, kind, day and record, newest first, paged by key."""
    actor = actor_of(request)
    require_area(actor, "audit", "view")
    wanted, shown = _filter(request)
    events, following = read_log(wanted)
    writer = LineWriter(actor, events)
    parameters = {key: value for key, value in shown.items() if value}
    context = {
        "lines": [writer.line(event) for event in events],
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
    context = {"line": LineWriter(actor, [event], is_revealed=True).line(event), "may_reveal": False}
    template = "access/parts/audit_line.html" if request.headers.get("HX-Request") else "access/audit_event.html"
    return render(request, template, context)


def _filter(request: HttpRequest) -> tuple[AuditFilter, dict[str, str]]:
    names = ("person", "kind", "from", "to", "type", "id", "operation")
    shown = {name: asked(request, name) for name in names}
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
    return int(text) if text.isdecimal() and len(text) < 19 else None


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
