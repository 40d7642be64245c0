"""The pages of an import as a whole."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.core.figures import integer_figure
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.importing.options import ImportOptions
from kezhi.exchange.importing.runs import preview
from kezhi.exchange.importing.targets import Targets, importable_types
from kezhi.exchange.models import Decision, ImportRun, RowState, RunState
from kezhi.exchange.operations.imports import (
    begin_import,
    choose_sheet,
    discard_import,
    map_columns,
    resume_import,
    start_import,
    undo_whole_import,
)
from kezhi.exchange.pages import is_stuck, mapping_page, problem_counts, row_tabs, rows_of, steps
from kezhi.exchange.reading import ENCODING_NAMES, ReadingProblem
from kezhi.exchange.views.rows import FIELD_LENGTH, shown_rows
from kezhi.records.registry import find_record_type, record_type
from kezhi.records.upload_quota import refused_files, register_upload_limit
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast

_LISTED = 100
_PAGE = 50

register_upload_limit("/imports/", lambda: integer_figure("exchange.import_megabytes"))


def own_run(run_id: int, actor: Actor) -> ImportRun:
    """An import the actor may look into: their own. Rows are personal data, so nobody else's, whatever the role."""
    run = ImportRun.objects.filter(pk=run_id).first()
    if run is None or run.user_id != actor.user_id or find_record_type(run.record_type) is None:
        raise Http404
    return run


@require_GET
@signed_in
def import_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /imports/: what the actor has brought in."""
    types = importable_types(actor)
    if not types:
        raise NotAllowed(_("您的角色不能导入名单"), subject="customer", action="import")
    runs = list(ImportRun.objects.filter(user_id=actor.user_id or 0)[:_LISTED])
    shown = [(run, known) for run in runs if (known := find_record_type(run.record_type)) is not None]
    return render(request, "exchange/imports/list.html", {"runs": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def import_start(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET asks for a file, POST /imports/new/ looks into it."""
    types = importable_types(actor)
    if not types:
        raise NotAllowed(_("您的角色不能导入名单"), subject="customer", action="import")
    wanted = request.POST.get("type") or request.GET.get("type") or _usual_type(actor)
    known = next((each for each in types if wanted in (each.key, each.slug)), types[0])
    context: dict[str, object] = {
        "types": types,
        "known": known,
        "steps": steps(None),
        "most_rows": f"{integer_figure('exchange.import_rows'):,}",
        "most_megabytes": integer_figure("exchange.import_megabytes"),
        "most_bytes": integer_figure("exchange.import_megabytes") << 20,
    }
    if request.method != "POST":
        return render(request, "exchange/imports/new.html", context)
    try:
        uploaded = request.FILES.get("file")
    except MultiPartParserError:
        uploaded = None
    if uploaded is None:
        problem = refused_files(request).get("file") or _("请选择一个文件。")
    else:
        try:
            run = start_import(known.key, uploaded.read(), uploaded.name or "", actor=actor)
        except ReadingProblem as refused:
            problem = refused.message
        else:
            return redirect("exchange:import", run.pk)
    return render(request, "exchange/imports/new.html", {**context, "problem": problem}, status=422)


def _usual_type(actor: Actor) -> str:
    """What this person brought in last; who never did most likely has a list of customers."""
    last = ImportRun.objects.filter(user_id=actor.user_id or 0).values_list("record_type", flat=True).first()
    return last or "customer"


@require_GET
@signed_in
def import_page(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponseBase:
    """GET /imports/7/: whatever the import waits for."""
    run = own_run(run_id, actor)
    if run.state == RunState.MAPPING:
        return _columns_page(request, run, actor)
    if run.is_working:
        return render(request, "exchange/imports/working.html", _progress_context(run))
    return _rows_page(request, run, actor)


@require_POST
@signed_in
def sheet(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponseBase:
    """POST /imports/7/sheet/: another encoding, sheet, heading row or type; also the way back from the check."""
    run = own_run(run_id, actor)
    heading = request.POST.get("heading_row", "")
    wanted = request.POST.get("type", "")
    try:
        choose_sheet(
            run,
            _number(request.POST.get("sheet", str(run.sheet))),
            _number(heading) if heading != "" else None,
            actor=actor,
            encoding=request.POST.get("encoding", "")[:20],
            known_key=next((each.key for each in importable_types(actor) if each.key == wanted), ""),
        )
    except (ReadingProblem, ValueProblem) as refused:
        toast(request, refused.message, tone="danger")
    return redirect("exchange:import", run.pk)


@require_POST
@signed_in
def columns(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponseBase:
    """POST /imports/7/columns/: columns, words and dates are settled; the rows are checked."""
    run = own_run(run_id, actor)
    mapping = {
        number: key
        for number in range(len(run.headings))
        if (key := request.POST.get(f"column-{number}", "")) and len(key) < FIELD_LENGTH
    }
    try:
        map_columns(run, mapping, _posted_options(request.POST, run, mapping), actor=actor)
    except ValueProblem as refused:
        run.mapping = {str(number): key for number, key in mapping.items()}
        return _columns_page(request, run, actor, problem=refused.message, status=422)
    return redirect("exchange:import", run.pk)


@require_GET
@signed_in
def progress(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponseBase:
    """GET /imports/7/progress/: how far it is, as a fragment; the page is read again when it is through."""
    run = own_run(run_id, actor)
    if not run.is_working:
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    return render(request, "exchange/imports/_progress.html", _progress_context(run))


@require_POST
@signed_in
def application(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponseBase:
    """POST /imports/7/application/: bring the rows in."""
    run = own_run(run_id, actor)
    try:
        begin_import(run, actor=actor)
    except ValueProblem as refused:
        toast(request, refused.message, tone="danger")
    return redirect("exchange:import", run.pk)


@require_POST
@signed_in
def undoing(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponseBase:
    """POST /imports/7/undoing/: take the whole import back."""
    run = own_run(run_id, actor)
    try:
        undo_whole_import(run, actor=actor)
    except ValueProblem as refused:
        toast(request, refused.message, tone="danger")
    return redirect("exchange:import", run.pk)


@require_POST
@signed_in
def resumption(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponseBase:
    """POST /imports/7/resumption/: set an import going again that stands still."""
    run = own_run(run_id, actor)
    try:
        resume_import(run, actor=actor)
    except ValueProblem as refused:
        toast(request, refused.message, tone="danger")
    return redirect("exchange:import", run.pk)


@require_POST
@signed_in
def removal(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponseBase:
    """POST /imports/7/removal/: drop an import nothing came of."""
    run = own_run(run_id, actor)
    try:
        discard_import(run, actor=actor)
    except ValueProblem as refused:
        toast(request, refused.message, tone="danger")
        return redirect("exchange:import", run.pk)
    toast(request, _("已丢弃“%(file)s”") % {"file": run.file_name})
    return redirect("exchange:imports")


def _columns_page(
    request: HttpRequest, run: ImportRun, actor: Actor, problem: str = "", status: int = 200
) -> HttpResponse:
    try:
        found = preview(run)
    except (ReadingProblem, FileNotFoundError):
        raise Http404 from None
    page = mapping_page(run, found, actor)
    return render(
        request,
        "exchange/imports/columns.html",
        {"page": page, "run": run, "problem": problem, "types": importable_types(actor), "encodings": _encodings(run)},
        status=status,
    )


def _encodings(run: ImportRun) -> list[tuple[str, str]]:
    """What a text may be written in, for a choice; the kinds of UTF-16 and UTF-32 only where the file is one."""
    usual = ("utf_8", "gb18030", "big5")
    return [(key, name) for key, name in ENCODING_NAMES.items() if key in usual or key == run.encoding]


def _rows_page(request: HttpRequest, run: ImportRun, actor: Actor) -> HttpResponse:
    known = record_type(run.record_type)
    asked = request.GET.get("state", "")
    state = asked if asked == "all" or asked in RowState.values else _first_state(run)
    field = request.GET.get("field", "")[:60]
    rows, following = rows_of(run, state, _number(request.GET.get("after", "0")), field, _PAGE)
    duplicates = run.counts.get(RowState.DUPLICATE, 0)
    options = ImportOptions.of(run.options)
    context = {
        "run": run,
        "record_type": known,
        "steps": steps(run),
        "tabs": row_tabs(run, state),
        "state": state,
        "rows": shown_rows(run, rows, actor),
        "following": following,
        "wrong": problem_counts(run, Targets(known, actor)) if state == RowState.BAD else (),
        "field": field,
        "options": options,
        "is_open": run.state == RunState.CHECKED,
        "is_duplicates": state == RowState.DUPLICATE and run.state == RunState.CHECKED,
        "ready": run.counts.get(RowState.READY, 0),
        "bad": run.counts.get(RowState.BAD, 0),
        "duplicates": duplicates,
        "created": run.counts.get(RowState.CREATED, 0),
        "updated": run.counts.get(RowState.UPDATED, 0),
        "skipped": run.counts.get(RowState.SKIPPED, 0),
        "undone": run.counts.get(RowState.UNDONE, 0),
        "kept": run.counts.get(RowState.KEPT, 0),
        "blank": run.counts.get(RowState.BLANK, 0),
        "may_undo": run.state in (RunState.DONE, RunState.FAILED) and run.started_at is not None and run.storage_name,
        "decisions": [(decision.value, decision.label) for decision in Decision],
    }
    return render(request, "exchange/imports/rows.html", context)


def _first_state(run: ImportRun) -> str:
    """What wants attention first."""
    if run.state == RunState.CHECKED:
        return next(
            (state for state in (RowState.BAD, RowState.DUPLICATE) if run.counts.get(state)), RowState.READY.value
        )
    wanted = (RowState.KEPT, RowState.BAD, RowState.CREATED, RowState.UPDATED, RowState.UNDONE)
    return next((state for state in wanted if run.counts.get(state)), "all")


def _progress_context(run: ImportRun) -> dict[str, object]:
    return {"run": run, "steps": steps(run), "is_stuck": is_stuck(run), "record_type": record_type(run.record_type)}


def _posted_options(posted: Mapping[str, str], run: ImportRun, mapping: Mapping[int, str]) -> ImportOptions:
    options = ImportOptions.of(run.options)
    options.all_or_nothing = posted.get("all_or_nothing") == "1"
    duplicates = posted.get("duplicates", Decision.SKIP)
    options.duplicates = duplicates if duplicates in Decision.values else Decision.SKIP
    owner = posted.get("owner", "")
    options.owner_id = int(owner) if owner.isdecimal() and len(owner) < 19 else None
    options.placeholders = posted.get("placeholders") == "1"
    options.date_orders = {
        str(number): order for number in mapping if (order := posted.get(f"order-{number}", "")) in ("dmy", "mdy")
    }
    for key in posted:
        if key.startswith("whole-"):
            words = options.value_maps.setdefault(key.removeprefix("whole-")[:FIELD_LENGTH], {})
            words.pop("", None)
            if posted[key]:
                words[""] = posted[key][:FIELD_LENGTH]
        if not key.startswith("word-"):
            continue
        target, _dash, place = key.removeprefix("word-").rpartition("-")
        text, chosen = posted.get(f"text-{target}-{place}", ""), posted.get(key, "")
        if text:
            # A word that is on no list is stored as itself: the field then refuses its rows, which is what was chosen.
            options.value_maps.setdefault(target, {})[text] = text if chosen == "?" else chosen
    return options


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
