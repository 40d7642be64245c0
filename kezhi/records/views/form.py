"""Forms for a new record and for editing one, as a page and in the side sheet; what they ask while somebody types."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require, require_area
from kezhi.core.values.problem import ValueProblem
from kezhi.records.addresses import record_url
from kezhi.records.fields import Field, FileField, MoneyField, ParseContext, RecordField, UserField
from kezhi.records.forms import (
    KEEP_PREFIX,
    Problems,
    RecordForm,
    changed_values,
    edit_form,
    new_form,
    read_form_key,
    read_values,
    read_version,
    region_names,
    search_records,
)
from kezhi.records.operations import Conflict, InvalidRecord, change_record
from kezhi.records.operations.files import keep_upload
from kezhi.records.operations.once import create_once
from kezhi.records.presenting import present
from kezhi.records.registry import RecordType
from kezhi.records.slots import Place, fill_slot
from kezhi.records.upload_quota import refused_files
from kezhi.records.views.record import actor_of, visible_record
from kezhi.ui.toasts import toast

_LONGEST_QUERY = 100


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """A field two people changed: both values, and what the form posts for mine."""

    key: str
    label: str
    theirs: str
    mine: str
    by: str


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """GET /customers/new/ the empty form (query values fill it), POST makes the record, once per form."""
    actor = actor_of(request)
    require_area(actor, record_type.key, "create")
    if request.method != "POST":
        given = {key: value for key, value in request.GET.items() if record_type.field(key) is not None}
        given = {**record_type.behaviour.begin(given, actor), **given}
        return _show_new(request, record_type, actor, new_form(record_type, actor, given))
    values, problems = _posted(request, record_type, actor)
    key = read_form_key(request.POST)
    if not problems:
        try:
            made = create_once(record_type, values, actor=actor, form_key=key)
        except InvalidRecord as refused:
            problems = refused.problems
        else:
            return _made(request, record_type, made.record_id, actor, is_repeat=made.is_repeat, differs=made.differs)
    form = new_form(record_type, actor, values, problems, form_key=key)
    return _show_new(request, record_type, actor, form, status=422)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, record_type: RecordType, record_id: int) -> HttpResponse:
    """GET /customers/12/edit/ the filled form, POST stores what was changed in it."""
    actor = actor_of(request)
    record = visible_record(record_type, record_id, actor)
    if not record_type.policy.allows(actor, "assign", record):
        require(actor, "edit", record)
    if request.method != "POST":
        return _show_edit(request, record_type, record, edit_form(record_type, record, actor))
    values, problems = _posted(request, record_type, actor)
    initial = request.POST.get("initial", "")
    wanted = {key: value for key, value in changed_values(values, initial).items() if not _keeps_theirs(request, key)}
    if not problems:
        try:
            stored = change_record(record, wanted, actor=actor, version=read_version(request.POST))
        except InvalidRecord as refused:
            problems = refused.problems
        except Conflict as conflict:
            return _show_conflict(request, record_type, conflict, values, initial)
        else:
            text = gettext("已保存“%(record)s”") % {"record": present(stored, actor).title}
            # Where nothing differed there is nothing to take back.
            toast(request, text, undo_url=undo_url(actor) if stored.version != record.version else "")
            return redirect(_back(request) or record_url("record", record_type, record_id))
    form = edit_form(record_type, record, actor, values, problems, was=initial, version=read_version(request.POST))
    return _show_edit(request, record_type, record, form, status=422)


def undo_url(actor: Actor) -> str:
    """Where the act just done can be taken back."""
    return reverse("records:undo", args=[actor.ref.operation])


# -- while somebody types


@require_POST
def check(request: HttpRequest, record_type: RecordType, key: str) -> JsonResponse:
    """POST /customers/check/phone/ ``value``: whether one value would be accepted, and how it is understood."""
    actor = actor_of(request)
    known = _writable_field(record_type, key, actor)
    raw = request.POST.get("value", "")
    try:
        value = known.parse(raw, ParseContext(actor))
    except ValueProblem as problem:
        return JsonResponse({"ok": False, "message": problem.message, "value": ""})
    if known.is_empty(value):
        return JsonResponse({"ok": True, "message": "", "value": ""})
    shown = str(known.form_value(value))
    understood = gettext("即 %(amount)s") % {"amount": known.text(value)} if isinstance(known, MoneyField) else ""
    return JsonResponse({"ok": True, "message": understood, "value": "" if understood else shown})


@require_GET
def options(request: HttpRequest, record_type: RecordType, key: str) -> JsonResponse:
    """GET /contacts/options/customer/?q=: choices of a field for its search box, within the reader's scope."""
    actor = actor_of(request)
    known = _writable_field(record_type, key, actor)
    query = request.GET.get("q", "")[:_LONGEST_QUERY]
    if isinstance(known, RecordField):
        found = search_records(known.to, query, actor)
    elif isinstance(known, UserField):
        found = [option for option in known.options(actor) if query.casefold() in option.label.casefold()][:30]
    else:
        raise Http404
    return JsonResponse([{"value": option.value, "text": option.label} for option in found], safe=False)


@require_GET
def regions(request: HttpRequest) -> JsonResponse:
    """GET /regions/?part=city&above=江苏省: the official names of a part of an address."""
    above = [part for part in request.GET.getlist("above") if part][:2]
    names = region_names(request.GET.get("part", ""), above) if above else []
    return JsonResponse(names, safe=False)


@require_POST
def hint(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """POST /customers/hint/ the form as typed so far: what an app has to say to it (a duplicate), as a fragment."""
    actor = actor_of(request)
    if not actor.allows(record_type.key, "edit"):
        # What it says of others' records is for those who are about to store one.
        require_area(actor, record_type.key, "create")
    record = None
    text = request.POST.get("record", "")
    if text.isascii() and text.isdigit() and len(text) < 19:
        record = visible_record(record_type, int(text), actor)
    values = {key: value for key, value in read_values(record_type, request.POST).items() if record_type.field(key)}
    place = Place(request, actor, record_type, record, values=values)
    return HttpResponse(fill_slot("form.hint", place))


def _writable_field(record_type: RecordType, key: str, actor: Actor) -> Field:
    known = record_type.field(key)
    if known is None or not record_type.writable(key, actor, None):
        raise Http404
    if not actor.allows(record_type.key, "edit"):
        require_area(actor, record_type.key, "create")
    return known


# -- answers


def _posted(request: HttpRequest, record_type: RecordType, actor: Actor) -> tuple[dict[str, Any], Problems]:
    """Raw values, uploads of file fields kept and replaced by their ids."""
    values = read_values(record_type, request.POST)
    problems: dict[str, str] = {}
    for name, upload in request.FILES.items():
        known = record_type.field(str(name))
        if not isinstance(known, FileField) or not isinstance(upload, UploadedFile):
            problems[str(name)] = gettext("没有这个字段")
            continue
        try:
            values[known.key] = str(keep_upload(record_type, known.key, upload, actor=actor).pk)
        except ValueProblem as problem:
            problems[known.key] = problem.message
    return values, problems | refused_files(request)


def _made(
    request: HttpRequest, record_type: RecordType, record_id: int, actor: Actor, *, is_repeat: bool, differs: bool
) -> HttpResponse:
    back = _back(request)
    if differs:
        toast(request, gettext("这张表单先前已经保存过；后来改的内容没有另存，请在这里修改。"), tone="warning")
        return redirect(record_url("record", record_type, record_id))
    if not is_repeat:
        text = gettext("已新建%(type)s") % {"type": record_type.label}
        toast(request, text, undo_url=undo_url(actor))
    return redirect(back or record_url("record", record_type, record_id))


def _back(request: HttpRequest) -> str:
    """Where the form was opened from, if it said so and it is one of our pages."""
    wanted = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and wanted.startswith("/") else ""


def _show_new(
    request: HttpRequest, record_type: RecordType, actor: Actor, form: RecordForm, status: int = 200
) -> HttpResponse:
    place = Place(request, actor, record_type, values={control.key: control.value for control in form.controls})
    context = {
        "record_type": record_type,
        "form": form,
        "back": request.POST.get("back") or request.GET.get("back", ""),
        "top": fill_slot("form.top", place),
        "hint": fill_slot("form.hint", place) if status == 422 else "",
        "hint_url": record_url("record_hint", record_type),
    }
    return render(request, "records/form/new.html", context, status=status)


def _show_edit(
    request: HttpRequest, record_type: RecordType, record: Any, form: RecordForm, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "record_type": record_type,
        "form": form,
        "presented": present(record, actor),
        "back": request.POST.get("back") or request.GET.get("back", ""),
        "top": fill_slot("form.top", Place(request, actor, record_type, record, present(record, actor))),
        "hint_url": record_url("record_hint", record_type),
    }
    return render(request, "records/form/edit.html", context, status=status)


def _keeps_theirs(request: HttpRequest, key: str) -> bool:
    return request.POST.get(f"{KEEP_PREFIX}{key}") == "theirs"


def conflict_lines(record_type: RecordType, conflict: Conflict) -> list[ConflictLine]:
    """Both versions of every field two people changed, in words."""
    lines = []
    for clash in conflict.clashes:
        known = record_type.field(clash.field)
        if known is not None:
            theirs, mine = known.text(clash.theirs), known.text(clash.mine)
            lines.append(ConflictLine(clash.field, str(known.label), theirs, mine, clash.by))
    return lines


def posted_pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Raw values as a form posts them, for hidden inputs."""
    return [(key, part) for key, value in values.items() for part in (value if isinstance(value, list) else [value])]


def _show_conflict(
    request: HttpRequest, record_type: RecordType, conflict: Conflict, values: Mapping[str, Any], initial: str
) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "record_type": record_type,
        "presented": present(visible_record(record_type, conflict.record.pk, actor), actor),
        "lines": conflict_lines(record_type, conflict),
        "hidden": posted_pairs(values),
        "initial": initial,
        "version": conflict.record.version,
        "back": request.POST.get("back", ""),
    }
    return render(request, "records/form/conflict.html", context, status=409)
