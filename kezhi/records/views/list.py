"""The list page of any record type, and what loads after it: counts, totals."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_safe

from kezhi.access.actors import Actor
from kezhi.core.figures import integer_figure
from kezhi.records.listing.bulk import acts_for
from kezhi.records.listing.guard import TooSlow
from kezhi.records.listing.head import write_count, write_foot, write_head, write_tabs
from kezhi.records.listing.query import ListPage
from kezhi.records.listing.render import layout_for, write_rows
from kezhi.records.listing.state import ListState, read_state, view_state
from kezhi.records.listing.totals import aggregates, count_capped
from kezhi.records.listing.views import is_everything, may_change, views_for
from kezhi.records.models import Pin, SavedView
from kezhi.records.registry import RecordType
from kezhi.records.views.answers import require_view, signed_in
from kezhi.ui import html
from kezhi.ui.context import address

_COUNTED_VIEWS = 12


@require_safe
@signed_in
def show_list(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """A page of records."""
    require_view(actor, record_type)
    state = read_state(record_type, actor, request.GET)
    layout = layout_for(record_type, actor, state.columns)
    page = ListPage([]) if state.broken else state.request().page()
    return render(
        request,
        "records/list/list.html",
        frame_of_list(request, state)
        | {
            "page": page,
            "head": write_head(state, layout),
            "rows": write_rows(layout, page.records, actor),
            "is_empty": not page.records,
            "is_filtered": bool(state.chips() or state.text),
            "may_create": actor.allows(record_type.key, "create"),
            "acts": acts_for(record_type, actor),
            "totals_url": state.url("totals/"),
            "next_url": state.url(cursor=page.next_cursor) if page.next_cursor else "",
            "previous_url": state.url(cursor=page.previous_cursor) if page.previous_cursor else "",
            "first_url": state.url() if state.cursor else "",
            "hidden": hidden_state(state),
        },
    )


@require_GET
@signed_in
def show_counts(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """How many records each view holds; put into the tabs afterwards."""
    require_view(actor, record_type)
    state = read_state(record_type, actor, request.GET)
    parts = []
    views = [view for view in views_for(record_type.key, actor) if not is_everything(view)]
    for view in [None, *views[:_COUNTED_VIEWS]]:
        shown = view_state(state, view)
        if shown is not None:
            parts.append(write_count(view.pk if view else 0, count_capped(shown.request())))
    return HttpResponse("".join(parts))


@require_GET
@signed_in
def show_totals(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """The foot of the table: count and sums over all matching rows."""
    require_view(actor, record_type)
    state = read_state(record_type, actor, request.GET)
    wanted = state.request()
    count = count_capped(wanted)
    try:
        totals = aggregates(wanted, state.columns)
    except TooSlow:
        totals = None
    return HttpResponse(write_foot(state, layout_for(record_type, actor, state.columns), count, totals))


def frame_of_list(request: HttpRequest, state: ListState, layout: str = "list") -> dict[str, object]:
    """What list and board have in common: views, chips, switches."""
    record_type, actor, view = state.record_type, state.actor, state.view
    views = views_for(record_type.key, actor)
    save = html.icon_button("plus", gettext("把当前条件存为视图"), size="s", href=state.url("views/new/"), sheet=True)
    return {
        "record_type": record_type,
        "state": state,
        "view": view,
        "tabs": write_tabs(state, views, save),
        "counts_url": f"{state.base_url}counts/",
        "chips": state.chips(),
        "filter_url": state.url("filter/"),
        "columns_url": state.url("columns/"),
        "list_url": state.url(),
        "board_url": state.url("board/") if record_type.board_field else "",
        "save_url": state.url("views/new/"),
        "update_url": f"{state.base_url}views/{view.pk}/" if view and may_change(view, actor) else "",
        "layout": layout,
        "new_url": f"{state.base_url}new/",
        "arrange_url": f"{state.base_url}views/",
        "record_type_url": state.base_url,
        "import_url": address("exchange:import_start") if actor.allows(record_type.key, "import") else "",
        "export_url": f"{state.base_url}bulk/export/" if may_export(state) else "",
        "export_all_url": state.url("bulk/export/", everything="1"),
        "merge_url": merge_url(state),
        "is_pinned": is_pinned(actor, view),
        "bulk_most": integer_figure("lists.bulk_most"),
    }


def is_pinned(actor: Actor, view: SavedView | None) -> bool:
    """Whether the actor keeps this view in the rail."""
    if view is None or actor.user_id is None:
        return False
    return Pin.objects.filter(user_id=actor.user_id, view_id=view.pk).exists()


def may_export(state: ListState) -> bool:
    """Whether the actor may take records of this type out."""
    return bool(address("exchange:export_start")) and state.actor.allows(state.record_type.key, "export")


def merge_url(state: ListState) -> str:
    """Where records of this type are merged; empty where that is not possible."""
    known = state.record_type
    return address(f"{known.slug}:merge") if state.actor.allows(known.key, "merge") else ""


def hidden_state(state: ListState) -> list[tuple[str, str]]:
    """The list's state as hidden inputs, for forms that come back to it."""
    values = dict(state.own)
    if state.view is not None:
        values["view"] = str(state.view.pk)
    return list(values.items())
