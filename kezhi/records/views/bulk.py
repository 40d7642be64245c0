"""Acts on many records: what will happen is shown first, then done at once or in the background."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.directory import people_options
from kezhi.access.policies import require_area
from kezhi.core.figures import integer_figure
from kezhi.records.fields import Field
from kezhi.records.listing.bulk import (
    ACTS,
    ASSIGN,
    DELETE,
    SET,
    BulkAct,
    Selection,
    act_on,
    read_selection,
    read_wanted,
    settable_fields,
    start_run,
    told,
)
from kezhi.records.listing.controls import write_control
from kezhi.records.listing.head import automate_url
from kezhi.records.listing.state import ListState, read_state
from kezhi.records.models import BulkRun
from kezhi.records.operations import InvalidRecord, NeedsApproval, require_agreed
from kezhi.records.operations.tags import tags_field
from kezhi.records.presenting import Presenter
from kezhi.records.registry import RecordType
from kezhi.records.views.answers import signed_in
from kezhi.records.views.chrome import hidden_state
from kezhi.ui.toasts import toast

_NAMED = 5


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def bulk(request: HttpRequest, actor: Actor, record_type: RecordType, act: str) -> HttpResponse:
    """Ask for what is missing and show what will happen; a POST does it."""
    chosen = ACTS.get(act)
    if chosen is None:
        raise record_type.model.DoesNotExist
    require_area(actor, record_type.key, chosen.right)
    given = request.POST if request.method == "POST" else request.GET
    state = read_state(record_type, actor, given)
    selection = read_selection(state, given)
    if request.method != "POST":
        return _ask(request, chosen, selection, {})
    try:
        wanted = read_wanted(record_type, chosen, given, actor)
    except InvalidRecord as refused:
        return _ask(request, chosen, selection, refused.problems, status=422)
    ids = selection.resolve(chosen.right)
    if chosen is DELETE:
        try:
            require_agreed(record_type, ids, actor)
        except NeedsApproval as asked:
            if not asked.url:
                raise
            return HttpResponseRedirect(asked.url)
    if len(ids) > integer_figure("lists.bulk_at_once"):
        run = start_run(record_type, chosen.key, wanted, ids, actor)
        return HttpResponseRedirect(f"{state.base_url}bulk/runs/{run.pk}/")
    result = act_on(record_type, chosen.key, wanted, ids, actor)
    said = told(chosen, result.changed, result.unchanged, len(result.refused))
    if result.refused:
        said += gettext("：%(reason)s") % {"reason": next(iter(result.refused.values()))}
    toast(
        request,
        said,
        undo_url=undo_url(result.operation) if result.changed else "",
        tone="done" if result.changed or not result.refused else "warning",
    )
    return HttpResponseRedirect(state.url())


@require_GET
@signed_in
def show_run(request: HttpRequest, actor: Actor, record_type: RecordType, run_id: int) -> HttpResponse:
    """How far a bulk act in the background has got."""
    run = get_object_or_404(BulkRun, pk=run_id, record_type=record_type.key, user_id=actor.user_id)
    act = ACTS[run.act]
    presenter = Presenter(record_type, actor)
    rows = record_type.model.objects.visible_to(actor).filter(pk__in=[pk for pk, _why in run.refused])
    found = {row.pk: row for row in rows.select_related(*record_type.related_load)}
    refused = [
        (presenter.text(found[pk], record_type.title_field) or found[pk].number, why)
        for pk, why in run.refused
        if pk in found
    ]
    context = {
        "record_type": record_type,
        "run": run,
        "act": act,
        "percent": round(run.done / run.total * 100) if run.total else 100,
        "refused": refused,
        "said": told(act, run.changed, run.unchanged, run.refused_count),
        "undo_url": undo_url(run.operation) if run.finished_at and run.changed else "",
        "list_url": f"/{record_type.slug}/",
    }
    template = "records/list/_run.html" if request.headers.get("HX-Target") == "bulk-run" else "records/list/run.html"
    return render(request, template, context)


def undo_url(operation: str) -> str:
    """Where an act is taken back; empty where that page is not there."""
    try:
        return reverse("records:undo", kwargs={"operation": operation})
    except NoReverseMatch:
        return ""


def _ask(
    request: HttpRequest, act: BulkAct, selection: Selection, problems: dict[str, Any], status: int = 200
) -> HttpResponse:
    state = selection.state
    record_type, actor = state.record_type, state.actor
    given = request.POST if request.method == "POST" else request.GET
    field = _field(act, record_type, actor, given.get("field", ""))
    total, allowed = selection.count(), selection.count(act.right)
    most = integer_figure("lists.bulk_most")
    presenter = Presenter(record_type, actor)
    sample = selection.rows(act.right).order_by("pk").select_related(*record_type.related_load)[:_NAMED]
    value = given.getlist("value")
    context = {
        "record_type": record_type,
        "act": act,
        "state": state,
        "total": total,
        "allowed": allowed,
        "skipped": total - allowed if total <= most else 0,
        "is_too_many": allowed > most,
        "most": most,
        "in_background": allowed > integer_figure("lists.bulk_at_once"),
        "names": [presenter.text(row, record_type.title_field) or row.number for row in sample],
        "fields": settable_fields(record_type, actor) if act is SET else [],
        "field": field,
        "control": _control(act, field, state, value) if field else "",
        "may_empty": act is SET and field is not None and not field.required,
        "problem": problems.get("value") or problems.get("field") or problems.get(""),
        "is_delete": act is DELETE,
        "automate_url": _automate_url(act, field, state),
        "hidden": [*hidden_state(state), *(("ids", pk) for pk in selection.ids if not selection.is_everything)],
        "everything": "1" if selection.is_everything else "",
        "here": f"{state.base_url}bulk/{act.key}/",
        "back_url": state.url(),
    }
    return render(request, "records/list/bulk.html", context, status=status)


def _automate_url(act: BulkAct, field: Field | None, state: ListState) -> str:
    """Where a rule about what this act changes begins; "" for those who write none."""
    begin = automate_url(state.record_type.key, state.actor, "deleted" if act is DELETE else "changed")
    return f"{begin}&field={field.key}" if begin and field is not None else begin


def _field(act: BulkAct, record_type: RecordType, actor: Actor, key: str) -> Field | None:
    if act is ASSIGN:
        return record_type.field("owner")
    if act is SET:
        return next((field for field in settable_fields(record_type, actor) if field.key == key), None)
    return None if act is DELETE else tags_field(record_type)


def _control(act: BulkAct, field: Field, state: ListState, value: list[str]) -> str:
    options = None
    if act is ASSIGN:
        # Nobody gives records to people outside their own reach; the operation refuses it as well.
        reach = state.actor.owners(state.record_type.key, "assign")
        options = [(key, name) for key, name in people_options() if reach is None or int(key) in reach]
    return write_control(field, state.actor, "value", value, options=options)
