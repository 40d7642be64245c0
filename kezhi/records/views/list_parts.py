"""The sheets of a list: its condition, its columns; and choices of linked records."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from kezhi.access.actors import Actor
from kezhi.records.listing.problems import ListProblem
from kezhi.records.listing.query import ListRequest
from kezhi.records.listing.render import choosable_columns
from kezhi.records.listing.schema import list_schema
from kezhi.records.listing.state import ListState, read_condition, read_state
from kezhi.records.listing.totals import count_capped
from kezhi.records.presenting import Presenter
from kezhi.records.registry import RecordType
from kezhi.records.views.answers import require_view, signed_in
from kezhi.records.views.chrome import hidden_state

_OPTIONS = 20


@require_GET
@signed_in
def edit_filter(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """The condition editor."""
    require_view(actor, record_type)
    return draw_filter(request, read_state(record_type, actor, request.GET))


def draw_filter(request: HttpRequest, state: ListState, problem: ListProblem | None = None) -> HttpResponse:
    """The editor; with a problem it shows again what was asked for, and what is wrong with it."""
    record_type = state.record_type
    tree: object = state.condition_json
    if problem is not None:
        try:
            tree = json.loads(request.GET.get("filter", ""))
        except (ValueError, RecursionError):
            tree = {}
    context = {
        "record_type": record_type,
        "state": state,
        "schema": list_schema(record_type, state.actor),
        "tree": json.loads(json.dumps(tree, default=str)),
        "count_url": f"{state.base_url}filter/count/",
        "action": f"{state.base_url}{'board/' if request.GET.get('layout') == 'board' else ''}",
        "hidden": [(key, value) for key, value in hidden_state(state) if key != "filter"],
        "problem": problem.message if problem is not None else "",
    }
    return render(request, "records/list/filter.html", context, status=400 if problem else 200)


@require_POST
@signed_in
def count_filter(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """How many records a condition finds, while it is being edited."""
    require_view(actor, record_type)
    try:
        condition = read_condition(record_type, actor, request.POST.get("condition", ""))
    except ListProblem as problem:
        return HttpResponse(str(problem.message), content_type="text/plain; charset=utf-8")
    count = count_capped(ListRequest(record_type, actor, condition))
    if count.number is None:
        said = gettext("符合的记录很多，一时数不完")
    else:
        said = ngettext("符合条件的有 %(number)s 条", "符合条件的有 %(number)s 条", count.number) % {
            "number": count.text
        }
    return HttpResponse(said, content_type="text/plain; charset=utf-8")


@require_GET
@signed_in
def choose_columns(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """Which columns, in which order."""
    require_view(actor, record_type)
    state = read_state(record_type, actor, request.GET)
    fields = {field.key: field for field in choosable_columns(record_type, actor)}
    shown = [key for key in state.columns if key in record_type.all_fields() and key != record_type.title_field]
    rest = [key for key in fields if key not in shown and key != record_type.title_field]
    every = record_type.all_fields()
    context = {
        "record_type": record_type,
        "state": state,
        "title": every[record_type.title_field],
        "choices": [(every[key], True) for key in shown] + [(every[key], False) for key in rest],
        "hidden": [(key, value) for key, value in hidden_state(state) if key != "cols"],
        "reset_url": state.url(cols=None),
    }
    return render(request, "records/list/columns.html", context)


@require_GET
@signed_in
def options(request: HttpRequest, actor: Actor, record_type: RecordType) -> JsonResponse:
    """Records to choose from while typing: only what the actor may see."""
    require_view(actor, record_type)
    text = request.GET.get("q", "").strip()[:100]
    wanted = ListRequest(
        record_type,
        actor,
        text=text,
        columns=(record_type.title_field, *record_type.subtitle_fields[:2]),
        size=_OPTIONS,
    )
    presenter = Presenter(record_type, actor)
    rows = [
        {
            "value": str(record.pk),
            "text": presenter.text(record, record_type.title_field) or record.number,
            "hint": record.number,
        }
        for record in wanted.page().records
    ]
    return JsonResponse(rows, safe=False, json_dumps_params={"ensure_ascii": False})
