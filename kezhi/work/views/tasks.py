"""Acts on a task: done, postponed, dropped, open again."""

from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.core.clock import company_zone, local, now
from kezhi.core.workdays import add_workdays
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import present
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast
from kezhi.work.models import Task
from kezhi.work.operations import complete_task, drop_task, postpone_task, reopen_task


@require_http_methods(["GET", "POST"])
@signed_in
def done(request: HttpRequest, actor: Actor, task_id: int) -> HttpResponseBase:
    """GET/POST /tasks/12/done/: what came of it."""
    task = _task(task_id, actor)
    if request.method == "GET":
        return _ask(request, task, "done", {}, actor)
    try:
        complete_task(task, actor=actor, result=request.POST.get("result", "")[:500])
    except InvalidRecord as error:
        return _ask(request, task, "done", error.problems, actor)
    return _answer(request, task, _("“%(title)s”已完成") % {"title": present(task, actor).title}, actor)


@require_http_methods(["GET", "POST"])
@signed_in
def drop(request: HttpRequest, actor: Actor, task_id: int) -> HttpResponseBase:
    """GET/POST /tasks/12/drop/: why it will not be done."""
    task = _task(task_id, actor)
    if request.method == "GET":
        return _ask(request, task, "drop", {}, actor)
    try:
        drop_task(task, actor=actor, reason=request.POST.get("result", "")[:500])
    except InvalidRecord as error:
        return _ask(request, task, "drop", error.problems, actor)
    return _answer(request, task, _("“%(title)s”已取消") % {"title": present(task, actor).title}, actor)


@require_http_methods(["GET", "POST"])
@signed_in
def postpone(request: HttpRequest, actor: Actor, task_id: int) -> HttpResponseBase:
    """GET/POST /tasks/12/postpone/: a new time."""
    task = _task(task_id, actor)
    if request.method == "GET":
        return _ask(request, task, "postpone", {}, actor)
    try:
        moment = parse_datetime(request.POST.get("due_at", "").strip())
    except ValueError:
        moment = None
    if moment is None:
        return _ask(request, task, "postpone", {"due_at": _("请填写新的截止时间")}, actor)
    try:
        postpone_task(task, moment.replace(tzinfo=moment.tzinfo or company_zone()), actor=actor)
    except InvalidRecord as error:
        return _ask(request, task, "postpone", error.problems, actor)
    return _answer(request, task, _("“%(title)s”已推迟") % {"title": present(task, actor).title}, actor)


@require_POST
@signed_in
def reopen(request: HttpRequest, actor: Actor, task_id: int) -> HttpResponseBase:
    """POST /tasks/12/reopening/: open again."""
    task = _task(task_id, actor)
    reopen_task(task, actor=actor)
    return _answer(request, task, _("“%(title)s”已重新打开") % {"title": present(task, actor).title}, actor)


def _task(task_id: int, actor: Actor) -> Task:
    found: Task = Task.objects.visible_to(actor).get(pk=task_id)
    return found


def _ask(request: HttpRequest, task: Task, act: str, problems: Any, actor: Actor) -> HttpResponse:
    day = add_workdays(local(now()).date(), 1)
    context = {
        "task": present(task, actor),
        "about": present(task, actor).text("about_title"),
        "act": act,
        "action": reverse(f"work:task_{act}", args=[task.pk]),
        "problem": next((str(text) for text in problems.values()), ""),
        "due_at": datetime.combine(day, time(17), company_zone()).strftime("%Y-%m-%dT%H:%M"),
        "choices": [
            (label, (local(now()) + timedelta(days=days)).strftime("%Y-%m-%dT17:00"))
            for label, days in ((_("明天"), 1), (_("三天后"), 3), (_("一周后"), 7))
        ],
        "back": request.POST.get("back")
        or request.headers.get("HX-Current-URL")
        or request.headers.get("Referer", "/"),
    }
    return render(request, "work/task_act.html", context, status=422 if problems else 200)


def _answer(request: HttpRequest, task: Task, words: str, actor: Actor) -> HttpResponse:
    toast(request, words, undo_url=reverse("records:undo", args=[actor.ref.operation]))
    back = request.POST.get("back", "")
    # Only places of our own: the path of whatever address came.
    path = back.split("://", 1)[-1].partition("/")[2] if "://" in back else back.lstrip("/")
    address = iri_to_uri("/" + path.lstrip("/\\"))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
