"""Settings: pick-lists and their choices (CUS-5)."""

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.policies import require_area
from kezhi.records.models import PickItem, PickList
from kezhi.records.operations.lists import (
    ACTION,
    AREA,
    TONES,
    ItemDraft,
    add_item,
    change_item,
    item_uses,
    order_items,
    remove_item,
)
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.views.record import actor_of
from kezhi.ui.html import Tab
from kezhi.ui.toasts import toast

_SEPARATORS = re.compile(r"[;；,，、\n]+")


@require_GET
def lists(request: HttpRequest, key: str = "") -> HttpResponse:
    """GET /settings/lists/industry/: the choices of a list, with how many records have each."""
    require_area(actor_of(request), AREA, ACTION)
    rows = list(PickList.objects.all())
    chosen = next((row for row in rows if row.key == key), None) if key else (rows[0] if rows else None)
    if chosen is None and key:
        raise Http404
    uses = item_uses(chosen) if chosen else {}
    context = {
        "list": chosen,
        "tabs": [
            Tab(row.label, reverse("records:pick_list", args=[row.key]), current=chosen is not None and row == chosen)
            for row in rows
        ],
        "items": [(item, uses.get(item.key, 0)) for item in chosen.items.all()] if chosen else [],
        "tones": TONES,
    }
    return render(request, "records/settings/lists.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, key: str) -> HttpResponse:
    """GET, POST /settings/lists/industry/new/: a new choice."""
    actor = actor_of(request)
    require_area(actor, AREA, ACTION)
    pick_list = _list(key)
    if request.method != "POST":
        return _show(request, pick_list, None, {"is_active": True})
    try:
        row = add_item(pick_list, _draft(request.POST), actor=actor)
    except InvalidRecord as refused:
        return _show(request, pick_list, None, request.POST, refused, status=422)
    toast(request, gettext("已新增选项“%(item)s”") % {"item": row.label})
    return redirect(reverse("records:pick_list", args=[pick_list.key]))


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str, item_id: int) -> HttpResponse:
    """GET, POST /settings/lists/industry/7/: a choice."""
    actor = actor_of(request)
    require_area(actor, AREA, ACTION)
    row = _item(key, item_id)
    if request.method != "POST":
        return _show(request, row.list, row, _stored(row))
    try:
        change_item(row, _draft(request.POST), actor=actor)
    except InvalidRecord as refused:
        return _show(request, row.list, row, request.POST, refused, status=422)
    toast(request, gettext("已保存选项“%(item)s”") % {"item": request.POST.get("name_zh", "").strip()})
    return redirect(reverse("records:pick_list", args=[key]))


@require_POST
def removal(request: HttpRequest, key: str, item_id: int) -> HttpResponse:
    """POST /settings/lists/industry/7/removal/: away with a choice nothing uses."""
    row = _item(key, item_id)
    try:
        remove_item(row, actor=actor_of(request))
    except InvalidRecord as refused:
        toast(request, str(refused.problems[""]), tone="danger")
    else:
        toast(request, gettext("已删除选项“%(item)s”") % {"item": row.label})
    return redirect(reverse("records:pick_list", args=[key]))


@require_POST
def order(request: HttpRequest, key: str) -> HttpResponse:
    """POST /settings/lists/industry/order/ ``item`` in the wanted order, or ``up``: one place further up."""
    ids = [int(each) for each in request.POST.getlist("item") if str(each).isdigit()]
    moved = request.POST.get("up", "")
    if moved.isdigit() and int(moved) in ids and ids.index(int(moved)) > 0:
        place = ids.index(int(moved))
        ids[place - 1], ids[place] = ids[place], ids[place - 1]
    order_items(_list(key), ids, actor=actor_of(request))
    return redirect(reverse("records:pick_list", args=[key]))


def _list(key: str) -> PickList:
    row = PickList.objects.filter(key=key).first()
    if row is None:
        raise Http404
    return row


def _item(key: str, item_id: int) -> PickItem:
    row = PickItem.objects.filter(list__key=key, pk=item_id).select_related("list").first()
    if row is None:
        raise Http404
    return row


def _draft(posted: QueryDict) -> ItemDraft:
    return ItemDraft(
        name_zh=posted.get("name_zh", ""),
        name_en=posted.get("name_en", ""),
        tone=posted.get("tone", ""),
        synonyms=_SEPARATORS.split(posted.get("synonyms", "")),
        is_active=posted.get("is_active") == "on",
    )


def _stored(row: PickItem) -> dict[str, Any]:
    return {
        "name_zh": row.name_zh,
        "name_en": row.name_en,
        "tone": row.tone,
        "synonyms": "、".join(row.synonyms),
        "is_active": row.is_active,
    }


def _show(
    request: HttpRequest,
    pick_list: PickList,
    row: PickItem | None,
    values: Any,
    refused: InvalidRecord | None = None,
    status: int = 200,
) -> HttpResponse:
    problems = {key: str(text) for key, text in refused.problems.items()} if refused else {}
    tones = TONES if row is None or row.tone in TONES else (row.tone,)
    context = {"list": pick_list, "row": row, "values": values, "tones": tones, "problems": problems}
    return render(request, "records/settings/item.html", context, status=status)
