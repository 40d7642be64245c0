"""Today, and the counts the frame shows."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kezhi.access.actors import Actor
from kezhi.core.clock import day_start, today
from kezhi.records.models import Pin
from kezhi.records.presenting import present_all
from kezhi.records.registry import find_record_type
from kezhi.records.views.answers import signed_in
from kezhi.work.inbox_places import unread_words
from kezhi.work.models import Task
from kezhi.work.today import today_page

_DAY = timedelta(days=1)


@require_GET
@signed_in
def show(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /: what waits for me."""
    return render(request, "work/today.html", {"page": today_page(actor)})


@require_GET
@signed_in
def counts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET /work/counts/: numbers beside places in the rail, and what is pinned, as out-of-band fragments."""
    end = day_start(today())
    due = 0
    if actor.allows("task", "view"):
        rows = Task.objects.visible_to(actor).filter(owner_id__in=actor.rights.own_ids, state=Task.State.OPEN)
        due = rows.filter(due_at__lt=end + _DAY)[:100].count()
    return render(request, "work/counts.html", {"due": due, "pins": _pins(actor), "unread": unread_words(actor)})


def _pins(actor: Actor) -> list[dict[str, str]]:
    if actor.user_id is None:
        return []
    pins = list(Pin.objects.filter(user_id=actor.user_id).select_related("view")[:20])
    by_type: dict[str, list[int]] = {}
    for pin in pins:
        if pin.record_id is not None:
            by_type.setdefault(pin.record_type, []).append(pin.record_id)
    titles: dict[tuple[str, int], str] = {}
    for key, ids in by_type.items():
        known = find_record_type(key)
        if known is not None:
            rows = known.model.objects.visible_to(actor).filter(pk__in=ids).select_related(*known.related_load)
            titles.update({(key, row.id): row.title for row in present_all(rows, known, actor)})
    shown = []
    for pin in pins:
        known = find_record_type(pin.record_type)
        if known is None:
            continue
        if pin.view is not None:
            shown.append({"label": pin.view.label, "url": f"/{known.slug}/?view={pin.view_id}", "icon": "filter"})
        elif pin.record_id is not None and (pin.record_type, pin.record_id) in titles:
            title = titles[pin.record_type, pin.record_id]
            shown.append({"label": title, "url": f"/{known.slug}/{pin.record_id}/", "icon": known.icon})
    return shown
