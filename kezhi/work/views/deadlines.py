"""Promises: the list of what is at risk and broken, one with its history and acts, and their terms in the settings."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.core.clock import now
from kezhi.core.events import read_facts
from kezhi.core.models import Event
from kezhi.core.values.dirt import written
from kezhi.records.operations import InvalidRecord
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast
from kezhi.work.deadlines_chips import full_time
from kezhi.work.deadlines_events import KINDS
from kezhi.work.deadlines_list import deadline_page, deadline_rows, read_filter
from kezhi.work.deadlines_plan import percent_used
from kezhi.work.deadlines_policy import POLICY
from kezhi.work.deadlines_timeline import clock_line
from kezhi.work.models.deadlines import Deadline
from kezhi.work.operations.deadlines import cancel_deadline, meet_deadline, pause_deadline, resume_deadline

_HISTORY = 40


@require_GET
@signed_in
def deadlines(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /deadlines/?state=broken&kind=first_contact&owner=5&after=…"""
    page = deadline_page(read_filter(request.GET.dict()), actor)
    return render(request, "work/deadlines.html", {"page": page})


@require_GET
@signed_in
def deadline(request: HttpRequest, actor: Actor, deadline_id: int) -> HttpResponseBase:
    """GET /deadlines/12/: one promise, what happened to it, and what may be done."""
    return _page(request, _visible(deadline_id, actor), actor)


@require_POST
@signed_in
def pause(request: HttpRequest, actor: Actor, deadline_id: int) -> HttpResponseBase:
    """POST /deadlines/12/pause/: the clock stands still for a reason."""
    found = _editable(deadline_id, actor)
    try:
        pause_deadline(found, request.POST.get("reason", ""), actor=actor)
    except InvalidRecord as error:
        return _page(request, found, actor, problem=str(next(iter(error.problems.values()))), act="pause")
    return _answer(request, found, _("计时已暂停"))


@require_POST
@signed_in
def resume(request: HttpRequest, actor: Actor, deadline_id: int) -> HttpResponseBase:
    """POST /deadlines/12/resume/: the clock goes on."""
    found = resume_deadline(_editable(deadline_id, actor), actor=actor)
    return _answer(request, found, _("继续计时，%(due)s 截止") % {"due": full_time(found.due_at)})


@require_POST
@signed_in
def meet(request: HttpRequest, actor: Actor, deadline_id: int) -> HttpResponseBase:
    """POST /deadlines/12/meet/: the promise is kept."""
    found = meet_deadline(_editable(deadline_id, actor), actor=actor)
    return _answer(request, found, _("已标为完成"))


@require_POST
@signed_in
def cancel(request: HttpRequest, actor: Actor, deadline_id: int) -> HttpResponseBase:
    """POST /deadlines/12/cancel/: the promise no longer stands; why is required."""
    found = _editable(deadline_id, actor)
    reason = written(request.POST.get("reason", ""))
    if not reason:
        return _page(request, found, actor, problem=_("请写明取消的原因"), act="cancel")
    cancel_deadline(found, actor=actor, reason=reason)
    return _answer(request, found, _("已不再计时"))


def _visible(deadline_id: int, actor: Actor) -> Deadline:
    found: Deadline = Deadline.objects.visible_to(actor).get(pk=deadline_id)
    return found


def _editable(deadline_id: int, actor: Actor) -> Deadline:
    found = _visible(deadline_id, actor)
    if not POLICY.allows(actor, "edit", found):
        raise NotAllowed(subject=found.record_type, action="edit")
    return found


def _page(request: HttpRequest, found: Deadline, actor: Actor, *, problem: str = "", act: str = "") -> HttpResponse:
    rows = deadline_rows([found], actor)
    if not rows:
        raise Http404
    history = Event.objects.filter(
        subjects__record_type=found.record_type,
        subjects__record_id=found.record_id,
        record_type=found.record_type,
        kind__in=[kind.key for kind in KINDS],
    ).order_by("-pk")[:_HISTORY]
    context = {
        "row": rows[0],
        "deadline": found,
        "due": full_time(found.due_at),
        "started": full_time(found.started_at),
        "percent": percent_used(found, now()),
        "history": [
            (event.at, clock_line(event)) for event in history if read_facts(event).get("deadline") == found.pk
        ],
        "may_edit": found.is_open and POLICY.allows(actor, "edit", found),
        "problem": problem,
        "act": act,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "work/deadline.html", context, status=422 if problem else 200)


def _answer(request: HttpRequest, found: Deadline, words: str) -> HttpResponse:
    toast(request, words)
    if request.headers.get("HX-Request"):
        # The page beneath the sheet shows the clock as well.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect(reverse("work:deadline", args=[found.pk]))
