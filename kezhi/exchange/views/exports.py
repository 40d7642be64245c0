"""The pages of exports."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.access.policies import NotAllowed, require_area
from kezhi.core.clock import local
from kezhi.core.figures import integer_figure
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.export_approval import must_ask, sensitive_columns
from kezhi.exchange.models import ExportRun
from kezhi.exchange.operations.exports import fetch_export, start_export
from kezhi.exchange.pages import Choice
from kezhi.records.listing.bulk import read_selection
from kezhi.records.listing.state import ListState, read_state
from kezhi.records.registry import RecordType, find_record_type, record_types, type_by_slug
from kezhi.records.views.answers import signed_in
from kezhi.records.views.chrome import hidden_state
from kezhi.ui.toasts import toast

_LISTED = 100
_TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}


@require_GET
@signed_in
def export_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /exports/: what the actor has taken out."""
    if not any(actor.allows(known.key, "export") for known in record_types()):
        raise NotAllowed(_("您的角色不能导出名单"), subject="customer", action="export")
    runs = list(ExportRun.objects.filter(user_id=actor.user_id or 0)[:_LISTED])
    shown = [(run, known) for run in runs if (known := find_record_type(run.record_type)) is not None]
    return render(
        request,
        "exchange/exports/list.html",
        {"runs": shown, "keep_days": integer_figure("exchange.export_keep_days")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def export_start(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """/exports/new/?type=customers&filter=…: the same as /customers/bulk/export/ for the whole list."""
    given = request.POST if request.method == "POST" else request.GET
    wanted = given.get("type", "")
    known = type_by_slug(wanted) or find_record_type(wanted)
    if known is None:
        raise Http404
    return _export(request, actor, known)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def export_records(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponseBase:
    """GET /customers/bulk/export/ asks for columns and reason; POST orders the file of the list or the ticked rows."""
    return _export(request, actor, record_type)


@require_GET
@signed_in
def export_page(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponseBase:
    """GET /exports/7/: how far it is, then the file. As a fragment for the page that waits."""
    run = ExportRun.objects.filter(pk=run_id, user_id=actor.user_id or 0).first()
    known = find_record_type(run.record_type) if run is not None else None
    if run is None or known is None:
        raise Http404
    context = {
        "run": run,
        "record_type": known,
        "masked": [str(each.label) for key in run.masked_columns if (each := known.field(key)) is not None],
        "keep_days": integer_figure("exchange.export_keep_days"),
    }
    template = "_export.html" if request.headers.get("HX-Target") == f"export-{run.pk}" else "export.html"
    return render(request, f"exchange/exports/{template}", context)


@require_GET
@signed_in
def export_file(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponseBase:
    """GET /exports/7/file/: the file, for whoever asked for it."""
    try:
        run, pieces = fetch_export(run_id, actor=actor)
    except ExportRun.DoesNotExist:
        raise Http404 from None
    except ValueProblem as refused:
        toast(request, refused.message, tone="danger")
        return redirect("exchange:exports")
    known = find_record_type(run.record_type)
    day = local(run.created_at).strftime("%Y%m%d-%H%M")
    answer = StreamingHttpResponse(pieces, content_type=_TYPES[run.format])
    answer["Content-Disposition"] = content_disposition_header(
        True, f"{known.plural if known else run.record_type}-{day}.{run.format}"
    )
    answer["Content-Length"] = str(run.file_size)
    answer["Cache-Control"] = "no-store"
    return answer


def _export(request: HttpRequest, actor: Actor, known: RecordType) -> HttpResponseBase:
    require_area(actor, known.key, "export")
    given = request.POST if request.method == "POST" else request.GET
    state = read_state(known, actor, given)
    selection = read_selection(state, given)
    ids = [] if selection.is_everything else list(selection.ids)
    if request.method == "POST" and "reason" in given:
        try:
            run = start_export(
                state.request(action="export"),
                columns=given.getlist("column"),
                format_name=given.get("format", "xlsx"),
                reason=given.get("reason", ""),
                ids=ids,
                actor=actor,
            )
        except ValueProblem as refused:
            return _form(request, actor, state, ids, refused.message, status=422)
        return redirect("exchange:export", run.pk)
    return _form(request, actor, state, ids)


def _form(
    request: HttpRequest, actor: Actor, state: ListState, ids: Sequence[int], problem: str = "", status: int = 200
) -> HttpResponse:
    known = state.record_type
    given = request.POST if request.method == "POST" else request.GET
    shown = set(given.getlist("column")) or {*state.columns, known.title_field}
    columns = []
    known_keys = list(known.all_fields())
    asked = sensitive_columns(known, known_keys, actor) if must_ask(known, known_keys, actor) else []
    for key, each in known.all_fields().items():
        level = known.level(key, actor)
        if level != FieldLevel.HIDDEN:
            hint = (
                _("按您的权限隐去")
                if level == FieldLevel.MASKED
                else _("只有您负责的能看全")
                if level == "owner"
                else ""
            )
            if key in asked:
                hint = _("要审批")
            columns.append((Choice(key, str(each.label), key in shown), hint))
    # The most open level needs no word; the columns already shown come first, in their order.
    order = {key: place for place, key in enumerate(state.columns)}
    columns.sort(key=lambda column: order.get(column[0].value, len(order)))
    context = {
        "record_type": known,
        "state": state,
        "columns": columns,
        "ids": ids,
        "hidden": hidden_state(state),
        "chips": state.chips(),
        "format": given.get("format", "xlsx"),
        "reason": given.get("reason", ""),
        "problem": problem,
        "keep_days": integer_figure("exchange.export_keep_days"),
        "count": len(ids) if ids else None,
    }
    return render(request, "exchange/exports/new.html", context, status=status)
