"""Rows of a list written in plain Python: one function per column, made once per reader and kept (architecture §4)."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.access.rights import EPOCH as ACCESS_EPOCH
from kezhi.core import epochs
from kezhi.core.clock import today
from kezhi.records.fields import (
    ChoiceField,
    DateField,
    Field,
    MultiChoiceField,
    NumberField,
    PhoneField,
    RateField,
    RecordField,
    UserField,
)
from kezhi.records.fields.base import MISSING
from kezhi.records.linking import link_to, names_of
from kezhi.records.listing.marks import marks_for
from kezhi.records.listing.ordering import may_sort
from kezhi.records.lists import EPOCH as LISTS_EPOCH
from kezhi.records.registry import EPOCH as FIELDS_EPOCH
from kezhi.records.registry import RecordType, find_record_type

Show = Callable[[Any], str]

_MOST_KEPT = 2000
_READABLE = (FieldLevel.READ, FieldLevel.WRITE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as one reader sees it. ``css`` is the cell's class; ``is_editable`` means that some cells may be.

    ``show`` is None where the cell names a linked record, which is read for all rows at once.
    """

    field: Field
    css: str
    is_sortable: bool
    is_editable: bool
    show: Show | None
    is_clear: bool = True

    @property
    def key(self) -> str:
        """The field's key."""
        return self.field.key

    @property
    def label(self) -> str:
        """The field's name."""
        return str(self.field.label)

    @property
    def is_number(self) -> bool:
        """Whether figures stand at the right."""
        return "num" in self.css


@dataclass(frozen=True)
class Layout:
    """The columns of a list for one reader, ready to write rows with."""

    record_type: RecordType
    columns: tuple[Column, ...]
    title: Show
    linked: tuple[tuple[int, RecordField], ...]


def layout_for(record_type: RecordType, actor: Actor, keys: Sequence[str]) -> Layout:
    """The columns this actor may know of, in the order asked for; kept until fields, lists or rights change."""
    slot = (
        "layout",
        record_type.key,
        actor.user_id,
        actor.limits,
        get_language(),
        tuple(keys),
        epochs.current(ACCESS_EPOCH),
        epochs.current(LISTS_EPOCH),
        today(),
    )
    return epochs.cached(FIELDS_EPOCH, slot, lambda: _layout(record_type, actor, keys))


def shown_columns(record_type: RecordType, actor: Actor, keys: Iterable[str]) -> list[str]:
    """Those of ``keys`` that exist and are not hidden from the actor, each once; the name always leads."""
    known = record_type.all_fields()
    title = record_type.title_field
    rest = [key for key in dict.fromkeys(keys) if key in known and key != title]
    return [title, *(key for key in rest if record_type.level(key, actor) != FieldLevel.HIDDEN)]


def choosable_columns(record_type: RecordType, actor: Actor) -> list[Field]:
    """The fields the actor may show as columns."""
    return [
        field
        for key, field in record_type.all_fields().items()
        if field.listed and record_type.level(key, actor) != FieldLevel.HIDDEN
    ]


def default_columns(record_type: RecordType) -> list[str]:
    """The columns of a list nobody has arranged: the declared ones, and custom fields meant for lists."""
    custom = [key for key, field in record_type.all_fields().items() if field.custom_id is not None and field.listed]
    return [*record_type.columns, *custom]


def write_rows(layout: Layout, records: Sequence[Any], actor: Actor, *, selectable: bool = True) -> SafeString:
    """The rows as HTML: cells masked as the actor's rights ask, editable ones marked for inline editing."""
    known = layout.record_type
    names = linked_titles(layout, records, actor)
    marks = marks_for(known.key, [record.pk for record in records]) if selectable else {}
    may_edit = _may_edit(known, actor)
    slug = known.slug
    select = escape(gettext("选择 {name}"))
    title = layout.title
    columns = [
        (number, f'<td class="{column.css}"' if column.css else "<td", column.show, column.key, column.is_editable)
        for number, column in enumerate(layout.columns)
    ]
    # Only numbers, keys and what the columns' functions escaped goes into the rows.
    out: list[str] = []
    write = out.append
    for record in records:
        pk = record.pk
        url = f"/{slug}/{pk}/"
        name = title(record)
        write(f'<tr data-row data-href="{url}" id="row-{pk}">')
        if selectable:
            write(
                f'<td class="table__check"><input type="checkbox" class="check" name="ids" value="{pk}" '
                f'form="list-form" data-list-select-target="box" aria-label="{select.replace("{name}", name)}"></td>'
            )
        if mark := marks.get(pk):
            write(f'<th scope="row" class="table__name table__name--marked"><a href="{url}">{name}</a>{mark}</th>')
        else:
            write(f'<th scope="row" class="table__name"><a href="{url}">{name}</a></th>')
        edits = may_edit(record)
        for number, start, show, key, is_editable in columns:
            shown = show(record) if show is not None else names[number].get(record.pk, MISSING)
            if is_editable and edits:
                write(f'{start} data-edit="{url}fields/{key}/?in=list" tabindex="-1">{shown}</td>')
            else:
                write(f"{start}>{shown}</td>")
        write("</tr>")
    return mark_safe("".join(out))  # noqa: S308 - put together from escaped parts


def write_cell(record_type: RecordType, actor: Actor, record: Any, key: str) -> SafeString:
    """One cell as the list writes it, for the answer to an inline edit."""
    layout = layout_for(record_type, actor, (record_type.title_field, key))
    rows = str(write_rows(layout, [record], actor, selectable=False))
    start = rows.index("</th>") + len("</th>")
    return mark_safe(rows[start : rows.rindex("</tr>")])  # noqa: S308 - cut from written rows


def _layout(record_type: RecordType, actor: Actor, keys: Sequence[str]) -> Layout:
    fields = record_type.all_fields()
    title_field = fields[record_type.title_field]
    columns: list[Column] = []
    linked: list[tuple[int, RecordField]] = []
    roles = _phone_roles([fields[key] for key in keys[1:]])
    for key in keys[1:]:
        field = fields[key].read_by(actor)
        level = record_type.level(key, actor)
        readable = level in (*_READABLE, FieldLevel.OWNER)
        show: Show | None
        if isinstance(field, RecordField) and level in _READABLE:
            linked.append((len(columns), field))
            show = None
        else:
            show = _show(record_type, field, level, actor)
        writable = not field.read_only and readable and level != FieldLevel.READ and field.control != "file"
        columns.append(
            Column(field, _css(field, roles), may_sort(record_type, actor, key), writable, show, level in _READABLE)
        )
    return Layout(record_type, tuple(columns), _title(record_type, title_field, actor), tuple(linked))


def _phone_roles(fields: Sequence[Field]) -> dict[str, str]:
    """Which three columns a phone's two-line card shows: a stamp, a clock, and a line about whom or what."""
    roles: dict[str, str] = {}
    for field in fields:
        if isinstance(field, ChoiceField) and not isinstance(field, MultiChoiceField):
            if "level" not in roles.values() and (field.badge or field.list_key == "level"):
                roles[field.key] = "level"
        elif isinstance(field, DateField) and "clock" not in roles.values():
            roles[field.key] = "clock"
    for wanted in (PhoneField, RecordField, UserField, Field):
        for field in fields:
            if (
                isinstance(field, wanted)
                and field.key not in roles
                and "phone" not in roles.values()
                and (field.key != "number")
            ):
                roles[field.key] = "phone"
    return roles


def _css(field: Field, roles: dict[str, str]) -> str:
    css = []
    if field.key in roles:
        css.append(f"table__{roles[field.key]}")
    if isinstance(field, NumberField):
        css.append("num")
    elif field.key == "number":
        css.append("faint")
    elif not isinstance(field, ChoiceField | UserField | RecordField):
        css.append("soft")
    return " ".join(css)


def _title(record_type: RecordType, field: Field, actor: Actor) -> Show:
    level = record_type.level(field.key, actor)
    attribute = field.attribute

    def named(record: Any) -> str:
        return escape(str(getattr(record, attribute) or record.number))

    if level in _READABLE and type(field).text is Field.text and field.custom_id is None:
        return named
    show_masked = _show(record_type, field, level, actor, as_text=True)
    return lambda record: show_masked(record) or escape(record.number)


def _show(record_type: RecordType, field: Field, level: str, actor: Actor, *, as_text: bool = False) -> Show:
    """The function that writes one value, with the rights already worked out."""
    clear = _clear_text(field) if as_text else _clear(field)

    def masked(record: Any) -> str:
        value = field.get(record)
        if field.is_empty(value):
            return "" if as_text else MISSING
        text = escape(field.mask(value))
        return text if as_text else f'<span class="masked">{text}</span>'

    if level in _READABLE:
        return clear
    if level == FieldLevel.OWNER:
        above = actor.rights.above_ids
        owner_id = record_type.policy.owner_id

        def by_owner(record: Any) -> str:
            return clear(record) if owner_id(record) in above else masked(record)

        return by_owner
    if level == FieldLevel.MASKED:
        return masked
    return lambda record: "" if as_text else MISSING


def _clear_text(field: Field) -> Show:
    return lambda record: escape(field.text(field.get(record)))


def _clear(field: Field) -> Show:
    attribute = field.attribute
    html, text = field.html, field.text
    if field.custom_id is not None or isinstance(field, MultiChoiceField | RecordField):
        return lambda record: html(field.get(record))
    if isinstance(field, DateField):
        return _kept_for_a_minute(attribute, html)
    if isinstance(field, ChoiceField | RateField | UserField):
        return _kept(attribute, html)
    if type(field).html is not Field.html:
        return lambda record: html(getattr(record, attribute))
    if type(field).text is Field.text:
        return lambda record: escape(str(value)) if (value := getattr(record, attribute)) else MISSING
    return lambda record: escape(shown) if (shown := text(getattr(record, attribute))) else MISSING


def _kept(attribute: str, html: Callable[[Any], str]) -> Show:
    """For fields of few values: each is written once for the life of the layout."""
    known: dict[Any, str] = {}

    def show(record: Any) -> str:
        value = getattr(record, attribute)
        found = known.get(value)
        if found is None:
            found = str(html(value))
            if len(known) < _MOST_KEPT:
                known[value] = found
        return found

    return show


def _kept_for_a_minute(attribute: str, html: Callable[[Any], str]) -> Show:
    """For moments and days, whose words change as time passes."""
    known: dict[Any, str] = {}
    minute = 0

    def show(record: Any) -> str:
        nonlocal minute
        value = getattr(record, attribute)
        found = known.get(value)
        this_minute = int(time.time() // 60)
        if this_minute != minute or len(known) >= _MOST_KEPT:
            known.clear()
            minute, found = this_minute, None
        if found is None:
            found = known[value] = str(html(value))
        return found

    return show


def linked_titles(layout: Layout, records: Sequence[Any], actor: Actor) -> dict[int, dict[int, str]]:
    """Names of linked records by column and row, one query per type of record."""
    values = {
        number: {record.pk: value for record in records if (value := field.get(record)) is not None}
        for number, field in layout.linked
    }
    wanted: dict[str, set[int]] = {}
    for number, field in layout.linked:
        wanted.setdefault(field.to, set()).update(values[number].values())
    found = {to: names_of(to, sorted(ids), actor) for to, ids in wanted.items()}
    result: dict[int, dict[int, str]] = {}
    for number, field in layout.linked:
        known = find_record_type(field.to)
        names = found[field.to]
        result[number] = {
            pk: link_to(known, value, names[value])
            for pk, value in values[number].items()
            if known is not None and value in names and names[value].title
        }
    return result


def _may_edit(record_type: RecordType, actor: Actor) -> Callable[[Any], bool]:
    """Whether the actor may edit a record of the list, from what is in memory."""
    owners = actor.owners(record_type.key, "edit")
    if owners is None:
        return lambda record: True
    if not owners:
        return lambda record: False
    if record_type.owner_path == "owner_id":
        return lambda record: record.owner_id in owners
    owner_id = record_type.policy.owner_id
    return lambda record: owner_id(record) in owners
