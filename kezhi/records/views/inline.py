"""One value edited where it stands: in a list cell or among the facts of a record."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.core.values.problem import ValueProblem
from kezhi.records.addresses import record_url
from kezhi.records.completeness import completeness
from kezhi.records.facts import make_fact, missing_facts
from kezhi.records.fields import FileField
from kezhi.records.forms import KEEP_PREFIX, changed_values, edit_form, may_edit, read_values, read_version
from kezhi.records.listing.render import write_cell
from kezhi.records.operations import Conflict, InvalidRecord, change_record
from kezhi.records.operations.files import keep_upload
from kezhi.records.presenting import Presenter, present
from kezhi.records.registry import RecordType
from kezhi.records.upload_quota import refused_files
from kezhi.records.views.answers import said_so
from kezhi.records.views.form import conflict_lines, posted_pairs, undo_url
from kezhi.records.views.record import actor_of, visible_record
from kezhi.ui.toasts import toast


@require_http_methods(["GET", "POST"])
def field(request: HttpRequest, record_type: RecordType, record_id: int, key: str) -> HttpResponse:
    """GET …/fields/level/ the control (``?in=list``: in a list), POST stores it and answers with the fact or cell."""
    actor = actor_of(request)
    record = visible_record(record_type, record_id, actor)
    known = record_type.field(key)
    if known is None or Presenter(record_type, actor).state(record, key) == "hidden":
        raise Http404
    if not may_edit(record_type, record, key, actor):
        action = "assign" if key == "owner" else "edit"
        raise NotAllowed(gettext("您不能修改这个字段"), subject=record_type.key, action=action)
    if request.method != "POST":
        return _form(request, record_type, record, key, actor)
    values = {name: value for name, value in read_values(record_type, request.POST).items() if name == key}
    try:
        if isinstance(known, FileField) and (upload := request.FILES.get(key)) is not None:
            values[key] = str(keep_upload(record_type, key, upload, actor=actor).pk)
        if key in (refused := refused_files(request)):
            raise InvalidRecord({key: refused[key]})
        wanted = changed_values(values, request.POST.get("initial", ""))
        if request.POST.get(f"{KEEP_PREFIX}{key}") == "theirs":
            wanted = {}
        stored = change_record(record, wanted, actor=actor, version=read_version(request.POST))
    except ValueProblem as problem:
        return _form(request, record_type, record, key, actor, values, {key: problem.message})
    except InvalidRecord as refused:
        # A rule over several fields may speak of another one; here there is only this place to say it.
        reason = refused.problems.get(key) or next(iter(refused.problems.values()))
        fresh = visible_record(record_type, record_id, actor)
        return _form(request, record_type, fresh, key, actor, values, {key: reason})
    except Conflict as conflict:
        return _conflict(request, record_type, conflict, values)
    if stored.version != record.version:
        text = gettext("已修改%(field)s") % {"field": known.label}
        toast(request, text, undo_url=undo_url(actor))
    if not _is_in_place(request):
        return redirect(record_url("record", record_type, record_id))
    return _shown(request, record_type, visible_record(record_type, record_id, actor), key, actor)


def _form(
    request: HttpRequest,
    record_type: RecordType,
    record: Any,
    key: str,
    actor: Actor,
    values: dict[str, Any] | None = None,
    problems: Any = None,
) -> HttpResponse:
    was = request.POST.get("initial", "")
    form = edit_form(
        record_type,
        record,
        actor,
        values,
        problems,
        keys=[key],
        prefix=f"i{record.pk}",
        was=was,
        version=read_version(request.POST),
    )
    context = {
        "record_type": record_type,
        "presented": present(record, actor),
        "form": form,
        "control": form.controls[0],
        "action": record_url("record_field", record_type, record.pk, key),
        "place": _place(request),
    }
    name = "_inline" if _is_in_place(request) else "inline"
    return render(request, f"records/form/{name}.html", context, status=422 if problems else 200)


def _conflict(
    request: HttpRequest, record_type: RecordType, conflict: Conflict, values: dict[str, Any]
) -> HttpResponse:
    actor = actor_of(request)
    [line] = conflict_lines(record_type, conflict)[:1]
    context = {
        "record_type": record_type,
        "presented": present(visible_record(record_type, conflict.record.pk, actor), actor),
        "line": line,
        "hidden": posted_pairs(values),
        "initial": request.POST.get("initial", ""),
        "version": conflict.record.version,
        "action": record_url("record_field", record_type, conflict.record.pk, line.key),
        "place": _place(request),
    }
    name = "_inline_conflict" if _is_in_place(request) else "inline_conflict"
    return render(request, f"records/form/{name}.html", context, status=409)


def _shown(request: HttpRequest, record_type: RecordType, record: Any, key: str, actor: Actor) -> HttpResponse:
    if _place(request) == "cell":
        return HttpResponse(write_cell(record_type, actor, record, key))
    presenter = Presenter(record_type, actor)
    whole = completeness(record_type, record)
    context = {
        "fact": make_fact(presenter, record, key),
        "percent": whole.percent,
        "missing": missing_facts(presenter, record, whole.missing),
        "presented": present(record, actor),
        "is_title": key == record_type.title_field,
    }
    return said_so(render(request, "records/record/_fact_saved.html", context))


def _is_in_place(request: HttpRequest) -> bool:
    """Whether a script edits the value where it stands; a side sheet shows the page itself."""
    return bool(request.headers.get("HX-Request")) and request.headers.get("HX-Target") != "sheet"


def _place(request: HttpRequest) -> str:
    wanted = request.POST.get("place") or request.GET.get("in", "")
    return "cell" if wanted in ("cell", "list") else "fact"
