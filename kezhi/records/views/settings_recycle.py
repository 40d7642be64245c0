"""The recycle bin: what was deleted, by whom and when, and the way back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext
from django.views.decorators.http import require_GET, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.core.events import read_facts
from kezhi.core.figures import integer_figure
from kezhi.core.models.events import Event
from kezhi.records import kinds
from kezhi.records.addresses import record_url
from kezhi.records.models import RecordFile
from kezhi.records.operations import InvalidRecord, restore_records
from kezhi.records.operations.deleting import KEPT_MARK
from kezhi.records.places import in_rail_order
from kezhi.records.presenting import Presented, present_all
from kezhi.records.registry import RecordType, find_record_type, record_types
from kezhi.records.views.record import actor_of
from kezhi.ui import html
from kezhi.ui.html import Tab
from kezhi.ui.toasts import toast

_PAGE = 50
_FILES = 200


@dataclass(frozen=True, slots=True)
class BinLine:
    """A deleted record."""

    id: int
    title: str
    number: str
    who: str
    at: SafeString
    until: SafeString


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file that was taken off its record."""

    name: str
    title: str
    url: str
    who: str
    at: SafeString
    until: SafeString
    restore_url: str


@require_GET
def removed_files(request: HttpRequest) -> HttpResponse:
    """GET /settings/recycle/files/: files taken off records the reader may change, newest first."""
    actor = actor_of(request)
    types = _types(actor)
    context = {
        "tabs": _tabs(types, None),
        "files": _file_lines(actor),
        "days": integer_figure("records.recycle_days"),
    }
    return render(request, "records/settings/recycle_files.html", context)


@require_GET
def recycle_bin(request: HttpRequest, key: str = "") -> HttpResponse:
    """GET /settings/recycle/customer/?before=: deleted records of a type within the reader's right to delete."""
    actor = actor_of(request)
    types = _types(actor)
    chosen = next((known for known in types if known.key == key), None) if key else types[0]
    if chosen is None:
        raise Http404
    before = request.GET.get("before", "")
    rows = _deleted(chosen, actor)
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: _PAGE + 1])
    context = {
        "record_type": chosen,
        "tabs": _tabs(types, chosen),
        "lines": _lines(chosen, found[:_PAGE], actor),
        "next_before": found[_PAGE - 1].pk if len(found) > _PAGE else None,
        "days": integer_figure("records.recycle_days"),
    }
    return render(request, "records/settings/recycle.html", context)


@require_POST
def restoration(request: HttpRequest, key: str) -> HttpResponse:
    """POST /settings/recycle/customer/restoration/ ``id`` (several): back where they were."""
    actor = actor_of(request)
    known = find_record_type(key)
    if known is None:
        raise Http404
    ids = [int(each) for each in request.POST.getlist("id") if each.isascii() and each.isdecimal()][:500]
    try:
        count = len(restore_records(known, ids, actor=actor)) if ids else 0
    except ObjectDoesNotExist:
        raise Http404 from None
    except InvalidRecord as refused:
        toast(request, next(iter(refused.problems.values())), tone="danger")
        return redirect(reverse("records:recycle_bin_of", args=[known.key]))
    text = ngettext("已恢复 %(count)d 条记录", "已恢复 %(count)d 条记录", count) % {"count": count}
    toast(request, text)
    return redirect(reverse("records:recycle_bin_of", args=[known.key]))


def _types(actor: Actor) -> list[RecordType]:
    types = in_rail_order(known for known in record_types() if actor.allows(known.key, "delete"))
    if not types:
        raise NotAllowed(gettext("您的角色不能删除记录，所以没有回收站"), subject="", action="delete")
    return types


def _tabs(types: list[RecordType], chosen: RecordType | None) -> list[Tab]:
    tabs = [
        Tab(known.plural, reverse("records:recycle_bin_of", args=[known.key]), current=known is chosen)
        for known in types
    ]
    return [*tabs, Tab(pgettext("plural", "文件"), reverse("records:recycle_files"), current=chosen is None)]


def _file_lines(actor: Actor) -> list[FileLine]:
    rows = list(RecordFile.objects.filter(deleted_at__isnull=False, record_id__gt=0).order_by("-deleted_at")[:_FILES])
    by_type: dict[str, set[int]] = {}
    for row in rows:
        by_type.setdefault(row.record_type, set()).add(row.record_id)
    seen: dict[tuple[str, int], Presented] = {}
    owners: dict[tuple[str, int], int | None] = {}
    for key, ids in by_type.items():
        known = find_record_type(key)
        if known is None:
            continue
        rows_seen = known.model.objects.visible_to(actor, "edit").filter(pk__in=ids)
        found = list(rows_seen.select_related(*known.related_load))
        seen.update({(key, shown.id): shown for shown in present_all(found, known, actor)})
        owners.update({(key, record.pk): known.policy.owner_id(record) for record in found})
    acts = Event.objects.filter(kind=kinds.FILE_REMOVED.key, record_id__in={row.record_id for row in rows})
    who = {read_facts(act).get("file"): act.actor_label for act in acts.order_by("id")[:2000]}
    days = timedelta(days=integer_figure("records.recycle_days"))
    lines = []
    for row in rows:
        shown = seen.get((row.record_type, row.record_id))
        if shown is None or row.deleted_at is None:
            continue
        if row.field_key and not shown.record_type.readable(row.field_key, actor, owners[row.record_type, shown.id]):
            continue
        url = record_url("record_file_restoration", shown.record_type, shown.id, row.pk)
        until = html.day((row.deleted_at + days).date())
        lines.append(
            FileLine(row.name, shown.title, shown.url, who.get(row.pk, ""), html.when(row.deleted_at), until, url)
        )
    return lines


def _deleted(known: RecordType, actor: Actor) -> Any:
    rows = known.model.objects.get_queryset().filter(deleted_at__isnull=False)
    rows = rows.exclude(deleted_in__startswith=KEPT_MARK)
    return rows.visible_to(actor, "delete").select_related(*known.related_load)


def _lines(known: RecordType, rows: list[Any], actor: Actor) -> list[BinLine]:
    acts = Event.objects.filter(
        operation__in={row.deleted_in for row in rows if row.deleted_in}, kind=kinds.DELETED.key
    )
    who = dict(acts.values_list("operation", "actor_label"))
    days = timedelta(days=integer_figure("records.recycle_days"))
    return [
        BinLine(
            id=shown.id,
            title=shown.title,
            number=row.number,
            who=who.get(row.deleted_in, ""),
            at=html.when(row.deleted_at),
            until=html.day((row.deleted_at + days).date()),
        )
        for row, shown in zip(rows, present_all(rows, known, actor), strict=True)
    ]
