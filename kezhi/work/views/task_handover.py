"""Handing a task over, from wherever it is shown."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import present
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast
from kezhi.work.models import Task
from kezhi.work.operations.task_handover import hand_over_task, may_take


@require_http_methods(["GET", "POST"])
@signed_in
def hand_over(request: HttpRequest, actor: Actor, task_id: int) -> HttpResponseBase:
    """GET/POST /tasks/12/hand-over/: to whom, and a word for them."""
    task: Task = Task.objects.visible_to(actor).get(pk=task_id)
    if request.method == "GET":
        return _ask(request, task, actor, "")
    raw = request.POST.get("owner", "")
    owner_id = int(raw) if raw.isdecimal() and len(raw) < 19 else 0
    title = present(task, actor).title
    try:
        hand_over_task(task, owner_id, actor=actor, note=request.POST.get("note", ""))
    except InvalidRecord as refused:
        return _ask(request, task, actor, next(str(words) for words in refused.problems.values()))
    toast(request, _("“%(title)s”已转交给%(name)s") % {"title": title, "name": person_name(owner_id)})
    address = _own_path(request.POST.get("back", ""))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _ask(request: HttpRequest, task: Task, actor: Actor, problem: str) -> HttpResponse:
    context = {
        "task": present(task, actor),
        "people": may_take(actor),
        "chosen": request.POST.get("owner", ""),
        "note": request.POST.get("note", ""),
        "problem": problem,
        "back": request.POST.get("back")
        or request.headers.get("HX-Current-URL")
        or request.headers.get("Referer", "/inbox/"),
    }
    return render(request, "work/task_handover.html", context, status=422 if problem else 200)


def _own_path(back: str) -> str:
    """Only places of our own; a task's own page may be out of sight by now."""
    path = back.split("://", 1)[-1].partition("/")[2] if "://" in back else back.lstrip("/")
    address = iri_to_uri("/" + path.lstrip("/\\"))
    return "/inbox/" if address.startswith("/tasks/") else address
