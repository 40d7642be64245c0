"""The list page of any record type, and what loads after it: counts, totals."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from kezhi.access.actors import Actor
from kezhi.core.conditions import EVERYTHING
from kezhi.records.listing.guard import TooSlow
from kezhi.records.listing.head import write_count, write_foot
from kezhi.records.listing.problems import ListProblem
from kezhi.records.listing.query import ListPage
from kezhi.records.listing.render import layout_for, write_rows
from kezhi.records.listing.state import read_state, view_state
from kezhi.records.listing.totals import aggregates, count_capped
from kezhi.records.listing.views import is_everything, start_view, views_for
from kezhi.records.registry import RecordType
from kezhi.records.views.answers import require_view, signed_in
from kezhi.records.views.chrome import hidden_state, list_chrome
from kezhi.records.views.list_parts import draw_filter

_COUNTED_VIEWS = 12


@require_safe
@signed_in
def show_list(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """A page of records."""
    require_view(actor, record_type)
    query = request.GET.copy()
    if not query and (start := start_view(record_type, actor)) is not None:
        query["view"] = str(start.pk)
    try:
        state = read_state(record_type, actor, query)
    except ListProblem as problem:
        if problem.part != "filter":
            raise
        rest = request.GET.copy()
        rest.pop("filter")
        return draw_filter(request, read_state(record_type, actor, rest), problem)
    layout = layout_for(record_type, actor, state.columns)
    page = ListPage([]) if state.broken else state.request().page()
    context = {
        "record_type": record_type,
        "state": state,
        "view": state.view,
        "chrome": list_chrome(request, state, layout),
        "rows": write_rows(layout, page.records, actor),
        "is_empty": not page.records,
        "is_filtered": state.condition != EVERYTHING or bool(state.text),
        "may_create": actor.allows(record_type.key, "create"),
        "new_url": f"{state.base_url}new/",
        "totals_url": state.url("totals/"),
        "next_url": state.url(cursor=page.next_cursor) if page.next_cursor else "",
        "previous_url": state.url(cursor=page.previous_cursor) if page.previous_cursor else "",
        "first_url": state.url() if state.cursor else "",
        "hidden": hidden_state(state),
    }
    return render(request, "records/list/list.html", context)


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
