"""The record page (360°), and what is done to a record as a whole."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.records.addresses import record_url
from kezhi.records.models import Pin
from kezhi.records.operations import InvalidRecord, NeedsApproval, delete_records, restore_records, reveal_field
from kezhi.records.pages import load_record, record_page
from kezhi.records.presenting import Presenter, present
from kezhi.records.registry import RecordType
from kezhi.records.timeline import load_timeline
from kezhi.ui.toasts import toast


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in actor; the middleware lets nobody else come this far."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise Http404
    return actor


def visible_record(record_type: RecordType, record_id: int, actor: Actor) -> Any:
    """A live record the actor may see, or 404."""
    try:
        return load_record(record_type, record_id, actor)
    except ObjectDoesNotExist:
        raise Http404 from None


@require_GET
def record(request: HttpRequest, record_type: RecordType, record_id: int) -> HttpResponse:
    """GET /customers/12/: everything about one record on one page; of one that became part of another, that one's."""
    actor = actor_of(request)
    try:
        found = visible_record(record_type, record_id, actor)
    except Http404:
        onward = record_type.behaviour.moved_to(record_id)
        if onward is None:
            raise
        visible_record(record_type, onward, actor)
        return redirect(record_url("record", record_type, onward))
    page = record_page(request, record_type, found, actor)
    tab = request.GET.get("tab", "")
    tab = tab if tab in ("work", "facts", "related") else "work"
    return render(request, record_type.detail_template, {"page": page, "record_type": record_type, "tab": tab})


@require_GET
def timeline(request: HttpRequest, record_type: RecordType, record_id: int) -> HttpResponse:
    """GET /customers/12/timeline/?chip=&before=: a part of the timeline, as a fragment."""
    actor = actor_of(request)
    found = visible_record(record_type, record_id, actor)
    before = request.GET.get("before", "")
    shown = load_timeline(
        record_type,
        found,
        actor=actor,
        chip=request.GET.get("chip", "")[:60],
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
    )
    context = {"timeline": shown, "record_type": record_type, "presented": present(found, actor)}
    return render(request, f"records/timeline/{'_entries' if before else '_timeline'}.html", context)


@require_POST
def deletion(request: HttpRequest, record_type: RecordType, record_id: int) -> HttpResponse:
    """POST /customers/12/deletion/: into the recycle bin, with a way back."""
    actor = actor_of(request)
    found = visible_record(record_type, record_id, actor)
    title = present(found, actor).title
    try:
        delete_records(record_type, [found.pk], actor=actor)
    except NeedsApproval as asked:
        return redirect(asked.url)
    toast(
        request,
        gettext("已把“%(record)s”移进回收站") % {"record": title},
        undo_url=record_url("record_restoration", record_type, record_id),
    )
    return redirect(f"/{record_type.slug}/")


@require_POST
def restoration(request: HttpRequest, record_type: RecordType, record_id: int) -> HttpResponse:
    """POST /customers/12/restoration/: out of the recycle bin again."""
    actor = actor_of(request)
    require_area(actor, record_type.key, "delete")
    try:
        [back] = restore_records(record_type, [record_id], actor=actor)
    except ObjectDoesNotExist:
        raise Http404 from None
    except InvalidRecord as refused:
        toast(request, next(iter(refused.problems.values())), tone="danger")
        return redirect(_bin_of(record_type))
    toast(request, gettext("已恢复“%(record)s”") % {"record": present(back, actor).title})
    return redirect(record_url("record", record_type, record_id))


def _bin_of(record_type: RecordType) -> str:
    return reverse("records:recycle_bin_of", args=[record_type.key])


@require_POST
def pin(request: HttpRequest, record_type: RecordType, record_id: int) -> HttpResponse:
    """POST /customers/12/pin/: keep the record in the rail, or no longer."""
    actor = actor_of(request)
    found = visible_record(record_type, record_id, actor)
    user_id = actor.user_id or 0
    pins = Pin.objects.filter(user_id=user_id)
    with transaction.atomic():
        removed, _rows = pins.filter(record_type=record_type.key, record_id=found.pk).delete()
        if not removed:
            last = {"position": pins.count()}
            pins.get_or_create(user_id=user_id, record_type=record_type.key, record_id=found.pk, defaults=last)
    return redirect(record_url("record", record_type, record_id))


def reveal(request: HttpRequest, record_type: RecordType, record_id: int, key: str) -> HttpResponse:
    """GET asks for the reason, POST …/fields/phone/reveal/ shows the value and logs who looked and why (ORG-4)."""
    actor = actor_of(request)
    found = visible_record(record_type, record_id, actor)
    known = record_type.field(key)
    presenter = Presenter(record_type, actor)
    if known is None or presenter.state(found, key) == "hidden":
        raise Http404
    context = {"record_type": record_type, "presented": present(found, actor), "field": known}
    if request.method != "POST":
        return render(request, "records/record/reveal.html", context)
    try:
        value = reveal_field(found, key, reason=request.POST.get("reason", ""), actor=actor)
    except InvalidRecord as refused:
        context["problem"] = str(refused.problems.get("reason", ""))
        return render(request, "records/record/reveal.html", context, status=422)
    return render(request, "records/record/reveal.html", {**context, "value": value})
