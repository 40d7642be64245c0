"""The board of any record type by one of its choice fields; moving a card is an ordinary change of that field."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.records.fields import ChoiceField
from kezhi.records.listing.board_kinds import BoardKind, board_kind
from kezhi.records.listing.boards import (
    BoardColumn,
    ColumnTotal,
    board_field,
    board_fields,
    card_fields,
    column_totals,
    columns_of,
    read_column,
    write_card,
    write_cards,
)
from kezhi.records.listing.guard import TooSlow
from kezhi.records.listing.head import automate_url
from kezhi.records.listing.marks import marks_for
from kezhi.records.listing.render import layout_for, linked_titles
from kezhi.records.listing.state import ListState, read_state
from kezhi.records.operations import Conflict, InvalidRecord
from kezhi.records.registry import RecordType
from kezhi.records.views.answers import require_view, signed_in
from kezhi.records.views.bulk import undo_url
from kezhi.records.views.chrome import frame_of_list, hidden_state
from kezhi.ui import html
from kezhi.ui.toasts import toast


@require_safe
@signed_in
def show_board(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """The board."""
    require_view(actor, record_type)
    state = read_state(record_type, actor, request.GET)
    field = _field(state, request.GET.get("by", ""))
    kind, more = _kind(state, field, request)
    options = kind.options(columns_of(field), more.get(kind.parameter, ""))
    pages = [read_column(state, field, option.value) for option in options]
    columns = [BoardColumn(*each) for each in zip(options, pages, write_cards(state, field, pages), strict=True)]
    shown = request.GET.get("column", "")
    if "column" not in request.GET or shown not in {column.option.value for column in columns}:
        shown = next((column.option.value for column in columns if column.page.records), "")
    context = frame_of_list(state, "board") | {
        "field": field,
        "columns": [
            (
                column,
                state.url("board/column/", by=field.key, column=column.option.value, cursor=column.page.next_cursor),
                kind.note(column.option),
            )
            for column in columns
        ],
        "fields": [
            (other.label, state.url("board/", by=other.key), other.key == field.key)
            for other in board_fields(record_type, actor)
        ],
        "may_move": record_type.writable(field.key, actor, None) and actor.allows(record_type.key, "edit"),
        "totals_url": state.url("board/totals/", by=field.key, **more),
        "move_url": state.url("board/move/", by=field.key, **more),
        "filter_url": state.url("filter/", layout="board"),
        "save_url": state.url("views/new/", layout="board", by=field.key),
        "phone_tabs": [
            (
                column,
                state.url("board/", by=field.key, column=column.option.value, **more),
                column.option.value == shown,
            )
            for column in columns
        ],
        "switch_label": kind.switch_label,
        "switches": [
            (each.label, state.url("board/", by=field.key, **{kind.parameter: each.value}), each.is_here)
            for each in kind.switches(more.get(kind.parameter, ""))
        ],
        "shown": shown,
        "automate_column_url": f"{automate_url(record_type.key, actor, 'saved')}&field={field.key}",
        "hidden": hidden_state(state),
        "may_create": actor.allows(record_type.key, "create"),
    }
    response = render(request, "records/list/board.html", context)
    kind.remember(response, more.get(kind.parameter, ""))
    return response


@require_GET
@signed_in
def more_cards(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """Further cards of one column, and the button for those after them."""
    require_view(actor, record_type)
    state = read_state(record_type, actor, request.GET)
    field = _field(state, request.GET.get("by", ""))
    value = request.GET.get("column", "")
    page = read_column(state, field, value, state.cursor)
    url = state.url("board/column/", by=field.key, column=value, cursor=page.next_cursor)
    context = {"cards": write_cards(state, field, [page])[0], "more_url": url if page.next_cursor else ""}
    return render(request, "records/list/_cards.html", context)


@require_GET
@signed_in
def show_totals(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """How many cards each column holds, and their sum; put into the heads afterwards."""
    require_view(actor, record_type)
    state = read_state(record_type, actor, request.GET)
    field = _field(state, request.GET.get("by", ""))
    try:
        totals = column_totals(state, field)
    except TooSlow:
        return HttpResponse("")
    parts = []
    kind, more = _kind(state, field, request)
    for number, option in enumerate(kind.options(columns_of(field), more.get(kind.parameter, ""))):
        total = totals.get(option.value, ColumnTotal())
        amount = total.amount
        for place in (f"column-count-{number}", f"column-tab-{number}"):
            parts.append(f'<span class="count" id="{place}" hx-swap-oob="true">{total.held:,}</span>')
        if amount is not None:
            parts.append(f'<b id="column-sum-{number}" hx-swap-oob="true">{escape(html.wan(amount))}</b>')
        if total.second is not None:
            second = gettext("加权 %(amount)s") % {"amount": html.wan(total.second)}
            parts.append(f'<span id="column-second-{number}" hx-swap-oob="true">{escape(second)}</span>')
    return HttpResponse("".join(parts))


@require_POST
@signed_in
def move(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """Give one record the value of another column; a refusal is said on the card, which goes back."""
    state = read_state(record_type, actor, request.GET)
    field = _field(state, request.GET.get("by", ""))
    text, value = request.POST.get("id", ""), request.POST.get("column", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise record_type.model.DoesNotExist
    rows = record_type.model.objects.visible_to(actor).select_related(*record_type.related_load)
    record = rows.get(pk=int(text))
    kind, more = _kind(state, field, request)
    status, said, sheet = 200, "", ""
    note: str | None = None
    if (field.get(record) or "") != value:
        version = request.POST.get("version", "")
        try:
            record = kind.move(
                record, field.key, value, actor=actor, version=int(version) if version.isdecimal() else None
            )
        except InvalidRecord as refused:
            status, said = 422, str(next(iter(refused.problems.values())))
            note, sheet = kind.refusal(record, value, refused, state.url("board/", by=field.key, **more))
        except NotAllowed as refused:
            status, said = 422, str(refused.message)
        except Conflict as clash:
            status = 409
            said = gettext("%(name)s 刚刚改过这条记录，请刷新后再移动") % {"name": clash.clashes[0].by}
        else:
            label = field.text(value) or gettext("未填")
            toast(
                request,
                gettext("已移到“%(column)s”") % {"column": label},
                undo_url=undo_url(actor.ref.operation),
            )
    if said:
        record = rows.get(pk=int(text))
        note = note or f'<div class="deal__refusal" role="alert"><p>{html.icon("ban")}{escape(said)}</p></div>'
    layout = layout_for(record_type, actor, card_fields(record_type, actor, field))
    marks = marks_for(record_type.key, [record.pk]).get(record.pk, "")
    card = write_card(
        layout,
        record,
        linked_titles(layout, [record], actor),
        note=note or "",
        marks=marks,
        extra=kind.card(record, actor),
    )
    response = HttpResponse(card, status=status)
    if status == 200:
        response["HX-Trigger"] = "boardMoved"
    elif sheet:
        response["HX-Trigger"] = json.dumps({"kezhi:sheet": {"url": sheet}})
    return response


def _kind(state: ListState, field: ChoiceField, request: HttpRequest) -> tuple[BoardKind, dict[str, str]]:
    """The board's kind, and the part of addresses that keeps the chosen set of columns."""
    kind = board_kind(state.record_type, field.key)
    return kind, {kind.parameter: kind.chosen(request)} if kind.parameter else {}


def _field(state: ListState, key: str) -> ChoiceField:
    field = board_field(state, key)
    if field is None:
        raise state.record_type.model.DoesNotExist
    return field
