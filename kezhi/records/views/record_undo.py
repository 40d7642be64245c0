"""Taking an act back."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from kezhi.access.actors import Actor
from kezhi.core.models.events import Event
from kezhi.records.operations import UndoResult, undo_operation
from kezhi.records.presenting import present
from kezhi.records.registry import find_record_type
from kezhi.records.views.record import actor_of
from kezhi.ui.toasts import toast

_NAMED = 3


@require_POST
def undo(request: HttpRequest, operation: str) -> HttpResponse:
    """POST /undo/<operation>/: everything of one act goes back; what cannot is named in the toast.

    ``?only=firm-7`` takes back only what the act did to that record.
    """
    actor = actor_of(request)
    only = _only(request.GET.get("only", ""))
    rows = Event.objects.filter(operation=operation)
    if not (rows.filter(record_type=only[0], record_id=only[1]) if only else rows).exists():
        raise Http404
    result = undo_operation(operation, actor=actor.fresh(), only=only)
    toast(request, undo_words(result, actor), tone="warning" if result.kept else "done")
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return redirect(_way_back(request))


def undo_words(result: UndoResult, actor: Actor) -> str:
    """What went back, and what did not and why."""
    parts = []
    if result.undone:
        text = ngettext("已撤销 %(count)d 处修改。", "已撤销 %(count)d 处修改。", result.undone)
        parts.append(text % {"count": result.undone})
    if result.withdrawn:
        text = ngettext(
            "由此产生的 %(count)d 项任务、时限和提醒已收回。",
            "由此产生的 %(count)d 项任务、时限和提醒已收回。",
            result.withdrawn,
        )
        parts.append(text % {"count": result.withdrawn})
    kept = list(result.kept.items())
    for (key, record_id), reason in kept[:_NAMED]:
        text = gettext("“%(record)s”没有撤销：%(reason)s。")
        parts.append(text % {"record": _name(key, record_id, actor), "reason": str(reason).rstrip("。.")})
    if len(kept) > _NAMED:
        parts.append(gettext("另有 %(count)d 条没有撤销。") % {"count": len(kept) - _NAMED})
    return " ".join(parts) or gettext("没有可以撤销的内容。")


def _only(text: str) -> tuple[str, int] | None:
    if not text:
        return None
    key, _dash, number = text.rpartition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise Http404
    return key, int(number)


def _name(key: str, record_id: int, actor: Actor) -> str:
    known = find_record_type(key)
    if known is None:
        return f"{key} {record_id}"
    rows = known.model.objects.get_queryset().visible_to(actor).filter(pk=record_id)
    record = rows.select_related(*known.related_load).first()
    return present(record, actor).title if record is not None else str(known.label)


def _way_back(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if wanted and is_ours else "/"
