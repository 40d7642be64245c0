"""Saved views: save, change, delete, order; and what somebody keeps in the rail."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import escape
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.records.listing.state import read_state
from kezhi.records.listing.views import find_view, may_change, may_share, views_for
from kezhi.records.models import Pin, SavedView
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.operations.saved_views import change_view, delete_view, order_views, pin, save_view, unpin
from kezhi.records.presenting import Presenter
from kezhi.records.registry import RecordType, find_record_type
from kezhi.records.view_readings import reading_of
from kezhi.records.views.answers import require_view, signed_in
from kezhi.records.views.chrome import hidden_state
from kezhi.ui import html
from kezhi.ui.toasts import toast


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_view(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """Keep the list as it is under a name."""
    require_view(actor, record_type)
    given = request.POST if request.method == "POST" else request.GET
    state = read_state(record_type, actor, given)
    problems: dict[str, object] = {}
    if request.method == "POST":
        try:
            view = save_view(
                record_type,
                name_zh=given.get("name_zh", ""),
                name_en=given.get("name_en", ""),
                sharing=given.get("sharing", SavedView.Sharing.PRIVATE),
                condition=state.condition,
                columns=state.columns,
                sort=state.sort,
                layout=given.get("layout", "list"),
                board_field=given.get("by", ""),
                actor=actor,
            )
        except InvalidRecord as refused:
            problems = dict(refused.problems)
        else:
            toast(request, gettext("视图“%(name)s”已保存") % {"name": view.label})
            place = "board/" if view.layout == "board" else ""
            return HttpResponseRedirect(f"{state.base_url}{place}?view={view.pk}")
    context = {
        "record_type": record_type,
        "state": state,
        "hidden": [*hidden_state(state), *((key, given[key]) for key in ("layout", "by") if given.get(key))],
        "here": f"{state.base_url}views/new/",
        "given": given,
        "problems": problems,
        "sharings": _sharings(actor),
        "sharing": given.get("sharing", SavedView.Sharing.PRIVATE),
        "sentence": state.chips(),
    }
    return render(request, "records/list/view_form.html", context, status=422 if problems else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_view(request: HttpRequest, actor: Actor, record_type: RecordType, view_id: int) -> HttpResponse:
    """Rename and share a view; with ``keep=1`` make it what the list looks like now."""
    require_view(actor, record_type)
    view = _view(record_type, actor, view_id)
    problems: dict[str, object] = {}
    if request.method == "POST":
        given = request.POST
        try:
            if given.get("keep") == "1":
                state = read_state(record_type, actor, given)
                change_view(view, condition=state.condition, columns=state.columns, sort=state.sort, actor=actor)
                toast(request, gettext("视图“%(name)s”已更新") % {"name": view.label})
            else:
                view = change_view(
                    view,
                    name_zh=given.get("name_zh", ""),
                    name_en=given.get("name_en", ""),
                    sharing=given.get("sharing", view.sharing),
                    actor=actor,
                )
                toast(request, gettext("视图“%(name)s”已保存") % {"name": view.label})
        except InvalidRecord as refused:
            problems = dict(refused.problems)
        else:
            return HttpResponseRedirect(f"/{record_type.slug}/?view={view.pk}")
    context = {
        "record_type": record_type,
        "view": view,
        "hidden": [],
        "here": f"/{record_type.slug}/views/{view.pk}/",
        "given": request.POST if "name_zh" in request.POST else {"name_zh": view.name_zh, "name_en": view.name_en},
        "problems": problems,
        "sharings": _sharings(actor, view),
        "sharing": request.POST.get("sharing", view.sharing),
        "delete_url": f"/{record_type.slug}/views/{view.pk}/delete/",
    }
    return render(request, "records/list/view_form.html", context, status=422 if problems else 200)


@require_POST
@signed_in
def remove_view(request: HttpRequest, actor: Actor, record_type: RecordType, view_id: int) -> HttpResponse:
    """Delete a view."""
    view = _view(record_type, actor, view_id)
    name = view.label
    delete_view(view, actor=actor)
    toast(request, gettext("视图“%(name)s”已删除") % {"name": name})
    return HttpResponseRedirect(f"/{record_type.slug}/")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def arrange_views(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """The views of a type in one place: order, rename, delete."""
    require_view(actor, record_type)
    if request.method == "POST":
        ids = [int(value) for value in request.POST.getlist("ids") if value.isascii() and value.isdigit()]
        order_views(record_type, ids, actor=actor)
        toast(request, gettext("视图的顺序已保存"))
        return HttpResponseRedirect(f"/{record_type.slug}/")
    rows = [(view, may_change(view, actor), reading_of(view)) for view in views_for(record_type.key, actor)]
    return render(request, "records/list/views.html", {"record_type": record_type, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def pins(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET: what the actor keeps in the rail, as the rail shows it. POST: pin (or with ``off=1`` unpin) something."""
    if request.method != "POST":
        return HttpResponse(write_pins(actor))
    given = request.POST
    known = find_record_type(given.get("record_type", ""))
    if known is None:
        raise SavedView.DoesNotExist
    target: dict[str, int] = {}
    for key in ("record_id", "view_id"):
        if (text := given.get(key, "")).isascii() and text.isdigit() and len(text) < 19:
            target[key] = int(text)
    if len(target) != 1:
        raise SavedView.DoesNotExist
    if given.get("off") == "1":
        unpin(actor=actor, record_type=known.key, **target)
        toast(request, gettext("已从左栏取下"))
    else:
        if "record_id" in target:
            known.model.objects.visible_to(actor).only("pk").get(pk=target["record_id"])
        else:
            _view(known, actor, target["view_id"])
        pin(actor=actor, record_type=known.key, **target)
        toast(request, gettext("已固定到左栏"))
    if request.headers.get("HX-Request"):
        return HttpResponse(f'<div id="rail-pinned" hx-swap-oob="innerHTML">{write_pins(actor)}</div>')
    back = given.get("next", "")
    allowed = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back if allowed and back.startswith("/") else f"/{known.slug}/")


def write_pins(actor: Actor) -> SafeString:
    """The pinned part of the rail: records the actor still sees, views with their counts; "" for nothing."""
    if actor.user_id is None:
        return SafeString("")
    rows = list(Pin.objects.filter(user_id=actor.user_id).select_related("view")[:30])
    wanted: dict[str, list[int]] = {}
    for row in rows:
        if row.record_id is not None:
            wanted.setdefault(row.record_type, []).append(row.record_id)
    names: dict[tuple[str, int], str] = {}
    for key, ids in wanted.items():
        known = find_record_type(key)
        if known is None or not actor.allows(key, "view"):
            continue
        presenter = Presenter(known, actor)
        found = known.model.objects.visible_to(actor).filter(pk__in=ids).select_related(*known.related_load)
        for record in found:
            names[key, record.pk] = presenter.text(record, known.title_field) or record.number
    parts = []
    for row in rows:
        known = find_record_type(row.record_type)
        if known is None:
            continue
        if row.record_id is not None and (name := names.get((row.record_type, row.record_id))):
            parts.append(_pinned(f"/{known.slug}/{row.record_id}/", known.icon, name, ""))
        elif row.view is not None and find_view(known.key, actor, row.view.pk) is not None:
            parts.append(_pinned(f"/{known.slug}/?view={row.view.pk}", "filter", row.view.label, ""))
    if not parts:
        return SafeString("")
    head = escape(gettext("固定"))
    return mark_safe(  # noqa: S308 - put together from escaped parts
        f'<p class="rail__head">{head}</p><div class="rail__list">{"".join(parts)}</div>'
    )


def _pinned(url: str, icon: str, name: str, count: str) -> str:
    number = f'<span class="count">{escape(count)}</span>' if count else ""
    return (
        f'<a class="rail__item" href="{escape(url)}" title="{escape(name)}">{html.icon(icon)}'
        f"<span>{escape(name)}</span>{number}</a>"
    )


def _view(record_type: RecordType, actor: Actor, view_id: int) -> SavedView:
    found = find_view(record_type.key, actor, view_id)
    if found is None:
        raise SavedView.DoesNotExist
    return found


def _sharings(actor: Actor, view: SavedView | None = None) -> list[tuple[str, str]]:
    if may_share(actor):
        return [(str(key), str(label)) for key, label in SavedView.Sharing.choices]
    kept = view.sharing if view is not None else SavedView.Sharing.PRIVATE
    return [(str(kept), str(SavedView.Sharing(kept).label))]
