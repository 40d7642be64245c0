"""Files on a record: uploading, downloading through the gate, taking away and back (CUS-17)."""

from django.core.exceptions import ObjectDoesNotExist
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from kezhi.access.policies import require
from kezhi.core.values.problem import ValueProblem
from kezhi.records.addresses import record_url
from kezhi.records.models import RecordFile
from kezhi.records.operations.files import add_file, read_file, remove_file, restore_file
from kezhi.records.registry import RecordType
from kezhi.records.related import record_files
from kezhi.records.upload_quota import refused_files
from kezhi.records.views.answers import said_so
from kezhi.records.views.record import actor_of, visible_record
from kezhi.ui.toasts import toast

_MOST_AT_ONCE = 20
# Nothing that came from outside runs or is drawn here, whatever a browser makes of it.
_STRICT_POLICY = "default-src 'none'; sandbox"


@require_POST
def upload(request: HttpRequest, record_type: RecordType, record_id: int) -> HttpResponse:
    """POST /customers/12/files/ ``file`` (several): each that is fine is kept, the others are named with the reason."""
    actor = actor_of(request)
    record = visible_record(record_type, record_id, actor)
    require(actor, "edit", record)
    uploads = [each for each in request.FILES.getlist("file") if isinstance(each, UploadedFile)]
    refused = list(refused_files(request).values())
    problems = refused if uploads or refused else [gettext("请选择文件")]
    if len(uploads) > _MOST_AT_ONCE:
        problems = [gettext("一次最多上传 %(most)d 个文件") % {"most": _MOST_AT_ONCE}]
        uploads = []
    added = 0
    for each in uploads:
        try:
            add_file(record, each, actor=actor)
            added += 1
        except ValueProblem as problem:
            problems.append(problem.message)
    if not request.headers.get("HX-Request"):
        for sentence in problems:
            toast(request, sentence, tone="danger")
        return redirect(record_url("record", record_type, record_id))
    if added:
        toast(request, gettext("已添加 %(count)d 个文件") % {"count": added})
    shown = record_files(record_type, record, actor, gettext("；").join(problems))
    context = {"files": shown, "record_type": record_type}
    if added:
        return said_so(render(request, "records/files/_files.html", context))
    return render(request, "records/files/_files.html", context, status=422)


@require_GET
def download(request: HttpRequest, record_type: RecordType, record_id: int, file_id: int) -> HttpResponseBase:
    """GET /customers/12/files/5/: the bytes, as a download; logged."""
    return _send(request, _find(file_id, record_type, record_id))


@require_GET
def download_any(request: HttpRequest, file_id: int) -> HttpResponseBase:
    """GET /files/5/: a file by its id, as file fields link to it; through the gate of its record."""
    row = RecordFile.objects.filter(pk=file_id, deleted_at=None).first()
    if row is None:
        raise Http404
    return _send(request, row)


@require_POST
def removal(request: HttpRequest, record_type: RecordType, record_id: int, file_id: int) -> HttpResponse:
    """POST /customers/12/files/5/removal/: off the record, with a way back."""
    actor = actor_of(request)
    record = visible_record(record_type, record_id, actor)
    row = _find(file_id, record_type, record_id)
    remove_file(row, actor=actor)
    toast(
        request,
        gettext("已删除文件“%(name)s”") % {"name": row.name},
        undo_url=record_url("record_file_restoration", record_type, record_id, file_id),
    )
    if not request.headers.get("HX-Request"):
        return redirect(record_url("record", record_type, record_id))
    context = {"files": record_files(record_type, record, actor), "record_type": record_type}
    return said_so(render(request, "records/files/_files.html", context))


@require_POST
def restoration(request: HttpRequest, record_type: RecordType, record_id: int, file_id: int) -> HttpResponse:
    """POST /customers/12/files/5/restoration/: back on the record."""
    actor = actor_of(request)
    visible_record(record_type, record_id, actor)
    row = _find(file_id, record_type, record_id, is_removed=True)
    restore_file(row, actor=actor)
    toast(request, gettext("已恢复文件“%(name)s”") % {"name": row.name})
    return redirect(record_url("record", record_type, record_id))


def _find(file_id: int, record_type: RecordType, record_id: int, *, is_removed: bool = False) -> RecordFile:
    row = RecordFile.objects.filter(
        pk=file_id, record_type=record_type.key, record_id=record_id, deleted_at__isnull=not is_removed
    ).first()
    if row is None:
        raise Http404
    return row


def _send(request: HttpRequest, row: RecordFile) -> HttpResponseBase:
    try:
        path = read_file(row, actor=actor_of(request))
    except ObjectDoesNotExist:
        raise Http404 from None
    response = FileResponse(path.open("rb"), content_type="application/octet-stream")
    response["Content-Type"] = row.content_type
    response["Content-Length"] = str(row.size)
    response["Content-Disposition"] = content_disposition_header(True, row.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _STRICT_POLICY
    response["Cache-Control"] = "private, no-store"
    return response
