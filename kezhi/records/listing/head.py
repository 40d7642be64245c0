"""The head and the foot of a list's table, and the tabs of its views, in plain Python like its rows."""

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.records.listing.ordering import may_sort
from kezhi.records.listing.render import Column, Layout
from kezhi.records.listing.state import ListState
from kezhi.records.listing.totals import Count, Total
from kezhi.records.listing.views import is_everything, start_view
from kezhi.records.models import SavedView
from kezhi.ui import html
from kezhi.ui.context import address


def write_head(state: ListState, layout: Layout) -> SafeString:
    """The table's head: a box for the whole page, each sortable name a link to the other order."""
    ordering = state.request().ordering
    title = layout.record_type.all_fields()[layout.record_type.title_field]
    name = Column(title, "table__name", _sorts_by_name(state), False, None)
    cells = [
        f'<th class="table__check" scope="col"><input type="checkbox" class="check" '
        f'aria-label="{escape(gettext("选择本页全部"))}" data-list-select-target="head"></th>'
    ]
    begin = automate_url(layout.record_type.key, state.actor)
    for column in (name, *layout.columns):
        bolt = _automate(begin, column) if begin else ""
        css = f' class="{column.css}"' if column.css else ""
        label = escape(column.label)
        if not column.is_sortable:
            cells.append(f'<th scope="col"{css}>{label}{bolt}</th>')
            continue
        here = ordering.key == column.key
        way = ("descending" if ordering.is_descending else "ascending") if here else ""
        mark = html.icon("sort") if here else ""
        other = f"-{column.key}" if here and not ordering.is_descending else column.key
        url = escape(state.url(sort=other))
        aria = f' aria-sort="{way}"' if here else ""
        cells.append(f'<th scope="col"{css}{aria}><a href="{url}">{label}{mark}</a>{bolt}</th>')
    return mark_safe(f"<tr>{''.join(cells)}</tr>")  # noqa: S308 - put together from escaped parts


def automate_url(record_type: str, actor: Actor, on: str = "created") -> str:
    """Where a rule about these records begins; "" for those who write none."""
    place = address("automation:rule_new") if actor.allows("automation", "edit") else ""
    return f"{place}?record_type={record_type}&on={on}" if place else ""


def _automate(begin: str, column: Column) -> str:
    """Where a rule about changes of this column begins; shown while the head is pointed at or has the focus."""
    words = gettext("%(name)s改变时写一条规则") % {"name": column.label}
    url = begin.replace("&on=created", f"&on=changed&field={column.key}")
    return (
        f'<a class="table__automate" href="{escape(url)}" data-sheet aria-label="{escape(words)}" '
        f'title="{escape(words)}">{html.icon("bolt")}</a>'
    )


def _sorts_by_name(state: ListState) -> bool:
    return may_sort(state.record_type, state.actor, state.record_type.title_field)


def write_foot(state: ListState, layout: Layout, count: Count, totals: dict[str, Total] | None) -> SafeString:
    """The foot: how many records match, and sums under their columns; ``totals`` None when they took too long."""
    said = gettext("共 %(number)s 条") % {"number": f"<b>{count.text}</b>"}
    if totals is None:
        said += f' <span class="faint">{escape(gettext("数据太多，合计没有算完；加上条件再看"))}</span>'
        totals = {}
    on_phone = "".join(
        f'<span class="only-phone">{html.DOT}{escape(total.field.label)} {escape(total.label)} '
        f"<b>{escape(total.text)}</b></span>"
        for total in totals.values()
        if total.text
    )
    cells = [
        '<td class="table__check"></td>',
        f'<th scope="row" class="table__name table__sum" data-list-count="{count.text}">{said}{on_phone}</th>',
    ]
    gap = 0
    for column in layout.columns:
        total = totals.get(column.key)
        if total is None or not total.text:
            gap += 1
            continue
        if gap:
            cells.append(f'<td colspan="{gap}"></td>')
            gap = 0
        cells.append(f'<td class="num">{escape(total.label)} <b>{escape(total.text)}</b></td>')
    if gap:
        cells.append(f'<td colspan="{gap}"></td>')
    return mark_safe(f"<tr>{''.join(cells)}</tr>")  # noqa: S308 - put together from escaped parts


def write_tabs(state: ListState, views: Sequence[SavedView], end: SafeString) -> SafeString:
    """The views as tabs, the present one marked; counts come afterwards."""
    everything = gettext("全部%(plural)s") % {"plural": state.record_type.plural}
    shipped = next((view for view in views if is_everything(view)), None)
    # Where a list opens with another view, everything has an address of its own, and its place among the views.
    has_start = start_view(state.record_type, state.actor) is not None
    url = f"{state.base_url}?view={shipped.pk if shipped is not None else ''}" if has_start else state.base_url
    whole = _tab(url, everything, 0, state.view is None or is_everything(state.view))
    parts = [] if has_start and shipped is not None else [whole]
    for view in views:
        if is_everything(view):
            if view is shipped and has_start:
                parts.append(whole)
            continue
        here = state.view is not None and state.view.pk == view.pk
        place = "board/" if view.layout == "board" else ""
        parts.append(_tab(f"{state.base_url}{place}?view={view.pk}", view.label, view.pk, here))
    label = escape(gettext("视图"))
    return mark_safe(  # noqa: S308 - put together from escaped parts
        f'<nav class="tabs" aria-label="{label}">{"".join(parts)}<span class="tabs__end not-phone">{end}</span></nav>'
    )


def write_count(view_id: int, count: Count) -> str:
    """A tab's count as it is put in place afterwards."""
    return f'<span class="count" id="view-count-{view_id}" hx-swap-oob="true">{escape(count.text)}</span>'


def _tab(url: str, label: str, view_id: int, here: bool) -> str:
    current = ' aria-current="page"' if here else ""
    return (
        f'<a class="tabs__tab" href="{escape(url)}"{current}>{escape(label)} '
        f'<span class="count" id="view-count-{view_id}"></span></a>'
    )
