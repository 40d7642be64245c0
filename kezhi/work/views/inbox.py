"""The inbox: one page, acts on one line or several, postponing, and the pulse that shows what is new."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.core.clock import company_zone, local, now
from kezhi.core.values.problem import ValueProblem
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast
from kezhi.work import inbox_acts
from kezhi.work.inbox import Place, inbox_page
from kezhi.work.inbox_acts import DONE, POSTPONE, READ, UNREAD, mine, moment_key, moment_of
from kezhi.work.models import Notification

_MOST = 500


@require_GET
@signed_in
def show(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /inbox/: what waits for me."""
    return _page(request, actor, Place.read(request.GET.dict()))


@require_GET
@signed_in
def open_one(request: HttpRequest, actor: Actor, notice_id: int) -> HttpResponseBase:
    """GET /inbox/12/open/: the record itself; what led there counts as read."""
    row = mine(actor).get(pk=notice_id)
    inbox_acts.mark_read([row.pk], actor=actor)
    is_ours = row.url.startswith("/") and not row.url.startswith("//")
    return redirect(row.url if is_ours else "/inbox/")


@require_POST
@signed_in
def act_on_one(request: HttpRequest, actor: Actor, notice_id: int, act: str) -> HttpResponseBase:
    """POST /inbox/12/done/ (read, unread): one line."""
    return _done(request, actor, act, [mine(actor).only("pk").get(pk=notice_id).pk])


@require_POST
@signed_in
def act_on_many(request: HttpRequest, actor: Actor, act: str) -> HttpResponseBase:
    """POST /inbox/done/ (read, unread): the chosen lines; ``everything`` for all unread ones."""
    if act == READ and request.POST.get("everything"):
        count, moment = inbox_acts.mark_read(None, actor=actor)
        return _told(request, actor, act, count, moment)
    return _done(request, actor, act, _ids(request.POST.getlist("ids")))


@require_http_methods(["GET", "POST"])
@signed_in
def postpone(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET/POST /inbox/postpone/?ids=12: until when."""
    given = request.POST if request.method == "POST" else request.GET
    ids = _ids(given.getlist("ids"))
    rows = list(mine(actor).filter(pk__in=ids).exclude(state=Notification.State.DONE).values_list("pk", flat=True))
    if not rows:
        raise Http404
    if request.method != "POST":
        return _ask(request, rows, "", given.get("here", ""))
    try:
        count, moment = inbox_acts.postpone(rows, _until(request), actor=actor)
    except ValueProblem as problem:
        return _ask(request, rows, str(problem.message), given.get("here", ""))
    return _told(request, actor, POSTPONE, count, moment)


@require_POST
@signed_in
def undo(request: HttpRequest, actor: Actor, act: str, key: int) -> HttpResponseBase:
    """POST /inbox/undo/done/1764…/: as it was before."""
    try:
        moment = moment_of(key)
    except OverflowError:
        raise Http404 from None
    inbox_acts.undo(act, moment, actor=actor)
    return _back(request, actor, Place.read(request.GET.dict()))


def _done(request: HttpRequest, actor: Actor, act: str, ids: Sequence[int]) -> HttpResponseBase:
    match act:
        case "read":
            count, moment = inbox_acts.mark_read(ids, actor=actor)
        case "unread":
            count, moment = inbox_acts.mark_unread(ids, actor=actor)
        case "done":
            count, moment = inbox_acts.mark_done(ids, actor=actor)
            return _told(request, actor, act, count, moment, left=inbox_acts.count_held(ids, actor=actor))
        case _:
            raise Http404
    return _told(request, actor, act, count, moment)


def _told(
    request: HttpRequest, actor: Actor, act: str, count: int, moment: datetime, *, left: int = 0
) -> HttpResponseBase:
    place = _place_of(request)
    if count:
        address = f"/inbox/undo/{act}/{moment_key(moment)}/?{urlsplit(place.url(after=place.after)).query}"
        toast(request, _words(act, count, left), undo_url=address)
    elif left:
        toast(request, _held_words(left), tone="warning")
    return _back(request, actor, place)


def _held_words(left: int) -> str:
    """What is said of lines that only go by the act they ask for."""
    return ngettext(
        "%(count)s 条要先办完它要求的事，比如审批。", "%(count)s 条要先办完它们要求的事，比如审批。", left
    ) % {"count": left}


def _words(act: str, count: int, left: int = 0) -> str:
    words = {
        READ: ngettext("%(count)s 条已标为已读", "%(count)s 条已标为已读", count),
        UNREAD: ngettext("%(count)s 条已放回待处理", "%(count)s 条已放回待处理", count),
        DONE: ngettext("%(count)s 条已处理", "%(count)s 条已处理", count),
        POSTPONE: ngettext("%(count)s 条已推迟", "%(count)s 条已推迟", count),
    }[act]
    said = words % {"count": count}
    return _("%(said)s；%(held)s") % {"said": said, "held": _held_words(left)} if left else said


def _back(request: HttpRequest, actor: Actor, place: Place) -> HttpResponseBase:
    """The list again: at once for the script that holds it, by address for everybody else."""
    if request.headers.get("HX-Target") == "inbox":
        return _page(request, actor, place)
    return redirect(place.url(after=place.after))


def _page(request: HttpRequest, actor: Actor, place: Place) -> HttpResponse:
    return render(request, "work/inbox.html", {"page": inbox_page(actor, place)})


def _place_of(request: HttpRequest) -> Place:
    return Place.read(dict(parse_qsl(urlsplit(request.POST.get("here", "")).query)))


def _ids(raw: Sequence[str]) -> list[int]:
    return [int(text) for text in raw[:_MOST] if text.isdecimal() and len(text) < 19]


def _until(request: HttpRequest) -> datetime:
    key = request.POST.get("choice", "")
    choices = dict(inbox_acts.postpone_choices())
    if key in choices:
        return choices[key]
    try:
        moment = parse_datetime(request.POST.get("until", "").strip())
    except ValueError:
        moment = None
    if moment is None:
        raise ValueProblem("postpone.none", _("请选一个时间"))
    return moment if moment.tzinfo else moment.replace(tzinfo=company_zone())


def _ask(request: HttpRequest, ids: Sequence[int], problem: str, here: str) -> HttpResponse:
    names = {"later": _("今天晚些时候"), "tomorrow": _("明天"), "monday": _("下周一")}
    current = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    context = {
        "ids": ids,
        "action": f"/inbox/postpone/?{urlencode({'ids': ids[0]})}",
        "choices": [(key, names[key], moment) for key, moment in inbox_acts.postpone_choices()],
        "until": f"{local(now() + timedelta(days=1)):%Y-%m-%dT09:00}",
        "problem": problem,
        "here": here or (f"/inbox/?{urlsplit(current).query}" if "/inbox/" in current else ""),
        "count": len(ids),
    }
    return render(request, "work/inbox_postpone.html", context, status=422 if problem else 200)
