"""One line of the inbox by itself, as mails and robots lead to it, and handing over what it is about."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.core.clock import company_zone, local
from kezhi.records.operations import InvalidRecord
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast
from kezhi.work.inbox import lines_of
from kezhi.work.inbox_acts import mine
from kezhi.work.inbox_rows import hand_over_url
from kezhi.work.models import Notification
from kezhi.work.operations.notice_handover import can_be_handed_over, hand_over_notice, usual_due
from kezhi.work.operations.task_handover import may_take
from kezhi.work.views.approval_answers import go_back, way_back


@require_GET
@signed_in
def show(request: HttpRequest, actor: Actor, notice_id: int) -> HttpResponseBase:
    """GET /inbox/12/: what it says and everything that can be done about it, each a button with its name."""
    [line] = lines_of([_own(notice_id, actor)], actor)
    return render(
        request, "work/inbox_line.html", {"line": line, "row": line.row, "hand_over_url": hand_over_url(line)}
    )


@require_http_methods(["GET", "POST"])
@signed_in
def hand_over(request: HttpRequest, actor: Actor, notice_id: int) -> HttpResponseBase:
    """GET/POST /inbox/12/hand-over/: to whom, what they should do and until when."""
    row = _own(notice_id, actor)
    [line] = lines_of([row], actor)
    if line.is_hidden or not can_be_handed_over(row):
        address = hand_over_url(line)
        if request.method == "GET" and address:
            return redirect(address)
        raise Http404
    if request.method == "GET":
        return _ask(request, row, actor, {})
    raw = request.POST.get("owner", "")
    owner_id = int(raw) if raw.isdecimal() and len(raw) < 19 else 0
    try:
        task = hand_over_notice(
            row,
            owner_id,
            actor=actor,
            title=request.POST.get("title", ""),
            due_at=_moment(request.POST.get("due_at", "")),
            note=request.POST.get("note", "")[:500],
        )
    except InvalidRecord as refused:
        return _ask(request, row, actor, {key: str(words) for key, words in refused.problems.items()})
    toast(request, _("“%(title)s”已转交给%(name)s") % {"title": task.title, "name": person_name(owner_id)})
    return go_back(request, reverse("work:inbox"))


def _own(notice_id: int, actor: Actor) -> Notification:
    found: Notification | None = mine(actor).filter(pk=notice_id).first()
    if found is None:
        raise Http404
    return found


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text.strip())
    except ValueError:
        moment = None
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=company_zone())


def _ask(request: HttpRequest, row: Notification, actor: Actor, problems: dict[str, str]) -> HttpResponse:
    typed = request.POST if request.method == "POST" else {}
    context = {
        "row": row,
        "people": may_take(actor),
        "chosen": typed.get("owner", ""),
        "title": typed.get("title", row.title),
        "due_at": typed.get("due_at", f"{local(usual_due(row)):%Y-%m-%dT%H:%M}"),
        "note": typed.get("note", ""),
        "problems": problems,
        "back": way_back(request),
    }
    return render(request, "work/notice_handover.html", context, status=422 if problems else 200)
