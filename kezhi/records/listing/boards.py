"""A board for any choice field: one column per choice, each read by key like a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import Any

from django.db.models import Count as CountOf
from django.db.models import Q, Sum
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.figures import integer_figure
from kezhi.records.fields import ChoiceField, DateField, Field, MoneyField, MultiChoiceField, UserField
from kezhi.records.fields.base import MISSING
from kezhi.records.listing.board_kinds import CardExtra, board_kind
from kezhi.records.listing.guard import time_guard
from kezhi.records.listing.marks import marks_for
from kezhi.records.listing.query import ListPage
from kezhi.records.listing.render import Layout, layout_for, linked_titles, shown_columns
from kezhi.records.listing.state import ListState
from kezhi.records.lists import Option
from kezhi.records.registry import RecordType
from kezhi.ui import html

_MOST_FIELDS = 5


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """One column: a choice ("" for none), its first cards, and the address of the next ones."""

    option: Option
    page: ListPage
    cards: SafeString


def board_fields(record_type: RecordType, actor: Actor) -> list[ChoiceField]:
    """The fields the actor may make a board of: one choice each, in the clear, stored in a column."""
    return [
        field
        for key, field in record_type.all_fields().items()
        if isinstance(field, ChoiceField)
        and not isinstance(field, MultiChoiceField)
        and field.custom_id is None
        and field.filterable
        and record_type.level(key, actor) in (FieldLevel.READ, FieldLevel.WRITE)
    ]


def columns_of(field: ChoiceField, *, has_empty: bool = True) -> list[Option]:
    """The columns of a board: the active choices in their order, and last those without a choice."""
    options = [option for option in field.options() if option.is_active]
    return [*options, Option("", gettext("未填"))] if has_empty and not field.required else options


def read_column(state: ListState, field: ChoiceField, value: str, cursor: str = "") -> ListPage:
    """The cards of one column from a place on."""
    kind = board_kind(state.record_type, field.key)
    keys = [*card_fields(state.record_type, state.actor, field), *kind.reads]
    shown = replace(state, columns=tuple(dict.fromkeys(keys)), cursor="")
    wanted = shown.request(size=integer_figure("lists.board_cards"))
    return replace(wanted, extra=_in_column(field, value), cursor=cursor).page()


@dataclass(frozen=True, slots=True)
class ColumnTotal:
    """How many records a column holds and, where cards show an amount, its sum; ``second`` is the kind's other sum."""

    held: int = 0
    amount: Decimal | None = None
    second: Decimal | None = None


def column_totals(state: ListState, field: ChoiceField) -> dict[str, ColumnTotal]:
    """What each column holds.

    Raises:
        TooSlow: it took longer than the figure allows.
    """
    money = money_field(state.record_type, state.actor)
    rows: Any = state.request().matching().order_by().values(field.attribute)
    wanted: dict[str, Any] = {"held": CountOf("pk")}
    if money is not None:
        wanted["sum_of_amount"] = Sum(money.attribute)
    second = state.record_type.field(board_kind(state.record_type, field.key).second_sum)
    if second is not None and state.record_type.level(second.key, state.actor) in (FieldLevel.READ, FieldLevel.WRITE):
        wanted["sum_of_second"] = Sum(second.attribute)
    with time_guard(integer_figure("lists.sum_seconds")):
        found = list(rows.annotate(**wanted))
    return {
        row[field.attribute] or "": ColumnTotal(row["held"], row.get("sum_of_amount"), row.get("sum_of_second"))
        for row in found
    }


def money_field(record_type: RecordType, actor: Actor) -> Field | None:
    """The amount that cards show and columns sum up: the first one declared for sums and readable."""
    for key in record_type.sum_fields:
        field = record_type.field(key)
        if isinstance(field, MoneyField) and record_type.level(key, actor) in (FieldLevel.READ, FieldLevel.WRITE):
            return field
    return None


def card_fields(record_type: RecordType, actor: Actor, by: Field) -> list[str]:
    """What a card shows: the name, then the type's subtitle and first columns without the board's own field."""
    keys = [*record_type.subtitle_fields, *record_type.columns]
    money = money_field(record_type, actor)
    if money is not None:
        keys.append(money.key)
    shown = shown_columns(record_type, actor, [key for key in keys if key not in (by.key, "number")])
    return shown[: _MOST_FIELDS + 1]


def write_cards(state: ListState, field: ChoiceField, pages: Sequence[ListPage]) -> list[SafeString]:
    """The cards of each column as HTML; linked records are named for all columns at once."""
    layout = layout_for(state.record_type, state.actor, card_fields(state.record_type, state.actor, field))
    records = [record for page in pages for record in page.records]
    names = linked_titles(layout, records, state.actor)
    marks = marks_for(state.record_type.key, [record.pk for record in records])
    kind, actor = board_kind(state.record_type, field.key), state.actor
    return [
        mark_safe(  # noqa: S308 - it escapes
            "".join(
                write_card(layout, record, names, marks=marks.get(record.pk, ""), extra=kind.card(record, actor))
                for record in page.records
            )
        )
        for page in pages
    ]


_NO_EXTRA = CardExtra()


def write_card(
    layout: Layout,
    record: Any,
    names: Mapping[int, Mapping[int, str]],
    *,
    note: str = "",
    marks: str = "",
    extra: CardExtra = _NO_EXTRA,
) -> SafeString:
    """One card; ``names`` are those of linked records, ``note`` is put below (why a move was refused)."""
    url = f"/{layout.record_type.slug}/{record.pk}/"
    who: list[str] = []
    rows: list[str] = []
    last = ""
    for number, column in enumerate(layout.columns):
        shown = column.show(record) if column.show is not None else names[number].get(record.pk, "")
        if not shown or shown == MISSING:
            continue
        if isinstance(column.field, UserField) and column.is_clear:
            last = last or _chop(column.field.text(column.field.get(record)))
        elif isinstance(column.field, MoneyField):
            rows.insert(0, f'<span class="deal__money">{shown}</span>')
        elif isinstance(column.field, DateField):
            if not any("<time" in row or "clock" in row for row in rows):
                rows.append(f'<span title="{escape(column.label)}">{shown}</span>')
        else:
            who.append(shown)
    sub = html.DOT.join(who)
    css = "deal deal--refused" if note else "deal"
    if extra.css:
        css = f"{css} {extra.css}"
    end = last
    if extra.beside or extra.below:
        rows = [*rows[:1], extra.beside, *rows[1:]] if extra.beside else rows
        end = "" if extra.below else last
    return mark_safe(  # noqa: S308 - columns' functions escape
        f'<li class="{css}" tabindex="0" data-board-target="card" data-id="{record.pk}" '
        f'data-version="{record.version}" data-row data-href="{url}" '
        f'id="card-{record.pk}"><p class="deal__name"><a href="{url}">{layout.title(record)}</a></p>'
        + (f'<p class="deal__who">{sub}</p>' if sub else "")
        + (f'<p class="deal__row">{"".join(rows[:2])}{end}</p>' if rows or end else "")
        + (f'<p class="deal__row">{extra.below}{last}</p>' if extra.below else "")
        + (f'<p class="deal__row">{marks}</p>' if marks else "")
        + note
        + "</li>"
    )


@lru_cache(maxsize=2000)
def _chop(name: str) -> str:
    """A person's chop; the name is read out and shown on hover."""
    said = escape(name)
    return f'<span title="{said}">{html.avatar(name)}<span class="visually-hidden">{said}</span></span>'


def _in_column(field: ChoiceField, value: str) -> Q:
    return Q(**{field.attribute: value})


def board_field(state: ListState, key: str) -> ChoiceField | None:
    """The field a board is made of: the one asked for, else the view's, else the type's own."""
    known = {field.key: field for field in board_fields(state.record_type, state.actor)}
    kept = state.view.board_field if state.view is not None else ""
    for wanted in (key, kept, state.record_type.board_field):
        if wanted in known:
            return known[wanted]
    return next(iter(known.values()), None)
