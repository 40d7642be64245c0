"""Single rows of an import: corrected, decided, downloaded."""

import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.importing.bad_rows import write_bad_rows
from kezhi.exchange.importing.options import ImportOptions
from kezhi.exchange.importing.targets import Targets
from kezhi.exchange.models import Decision, ImportRow, ImportRun, RowState, RunState
from kezhi.exchange.operations.imports import correct_row, decide_duplicates
from kezhi.exchange.pages import problem_counts, row_tabs
from kezhi.exchange.views.imports import own_run
from kezhi.exchange.views.rows import shown_rows
from kezhi.records.registry import record_type
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast

_LONGEST_VALUE = 20_000


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def row(request: HttpRequest, actor: Actor, run_id: int, number: int) -> HttpResponseBase:
    """GET a row for correction, POST the corrected values; the row is checked at once."""
    run = own_run(run_id, actor)
    found = run.rows.filter(number=number).first()
    if found is None:
        raise Http404
    if request.method != "POST":
        return _row(request, run, found, actor, is_editing=request.GET.get("view") != "1")
    texts = {
        key.removeprefix("value-"): request.POST.get(key, "")[:_LONGEST_VALUE]
        for key in request.POST
        if key.startswith("value-")
    }
    try:
        found = correct_row(run, number, texts, actor=actor)
    except ValueProblem as refused:
        toast(request, refused.message, tone="danger")
    if "HX-Request" not in request.headers:
        return redirect(f"{reverse('exchange:import', args=[run.pk])}?state={found.state}")
    run.refresh_from_db()
    shown = request.POST.get("shown", "")
    counts = {
        "is_checked_again": run.state == RunState.CHECKED,
        "ready": run.counts.get(RowState.READY, 0),
        "bad": run.counts.get(RowState.BAD, 0),
        "duplicates": run.counts.get(RowState.DUPLICATE, 0),
        "blank": run.counts.get(RowState.BLANK, 0),
        "options": ImportOptions.of(run.options),
        "tabs": row_tabs(run, shown),
        "wrong": problem_counts(run, Targets(record_type(run.record_type), actor)) if shown == RowState.BAD else (),
        "field": request.POST.get("shown_field", "")[:60],
    }
    return _row(request, run, found, actor, is_editing=found.state == RowState.BAD, counts=counts)


@require_POST
@signed_in
def decision(request: HttpRequest, actor: Actor, run_id: int, number: int) -> HttpResponseBase:
    """POST /imports/7/rows/12/decision/: what to do with one duplicate."""
    run = own_run(run_id, actor)
    chosen = request.POST.get("decision", "")
    if chosen not in Decision.values:
        raise Http404
    try:
        decide_duplicates(run, chosen, actor=actor, numbers=[number])
    except ValueProblem as refused:
        toast(request, refused.message, tone="danger")
    if "HX-Request" not in request.headers:
        return redirect(f"{reverse('exchange:import', args=[run.pk])}?state={RowState.DUPLICATE}")
    return HttpResponse(status=204)


@require_POST
@signed_in
def decisions(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponseBase:
    """POST /imports/7/decisions/: what to do with all duplicates."""
    run = own_run(run_id, actor)
    chosen = request.POST.get("decision", "")
    if chosen not in Decision.values:
        raise Http404
    try:
        decide_duplicates(run, chosen, actor=actor)
        toast(request, _("全部重复行：%(decision)s") % {"decision": Decision(chosen).label})
    except ValueProblem as refused:
        toast(request, refused.message, tone="danger")
    return redirect(f"{reverse('exchange:import', args=[run.pk])}?state={RowState.DUPLICATE}")


@require_GET
@signed_in
def bad_rows(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponseBase:
    """GET /imports/7/bad-rows/: the rows with problems as a workbook with the reasons, ready to be imported again."""
    run = own_run(run_id, actor)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.xlsx"
        write_bad_rows(run, path, actor)
        content = path.read_bytes()
    stem = run.file_name.rpartition(".")[0] or run.file_name
    return FileResponse(BytesIO(content), as_attachment=True, filename=_("%(file)s 有问题的行.xlsx") % {"file": stem})


def _row(
    request: HttpRequest,
    run: ImportRun,
    found: ImportRow,
    actor: Actor,
    *,
    is_editing: bool,
    counts: Mapping[str, object] | None = None,
) -> HttpResponse:
    [shown] = shown_rows(run, [found], actor)
    context = {
        "run": run,
        "shown": shown,
        "is_editing": is_editing and shown.editable,
        "record_type": record_type(run.record_type),
        "decisions": [(each.value, each.label) for each in Decision],
        "is_open": run.state == "checked",
        **(counts or {}),
    }
    return render(request, "exchange/imports/_row.html", context)
