"""What stands around a list's rows: head line, tabs, condition, table head, bulk bar. Drawn once and kept.

It is the larger part of a list page and the same for all pages of one list and one reader, until rights, fields, lists,
views or figures change.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from kezhi.access.actors import Actor
from kezhi.core import epochs
from kezhi.core.figures import integer_figure
from kezhi.records.listing.bulk import acts_for
from kezhi.records.listing.head import automate_url, write_head, write_tabs
from kezhi.records.listing.render import Layout
from kezhi.records.listing.state import ListState
from kezhi.records.listing.views import may_change, views_for
from kezhi.records.models import Pin, SavedView
from kezhi.records.registry import RecordType
from kezhi.ui import html
from kezhi.ui.assets import asset_url
from kezhi.ui.context import address

_EPOCHS = ("access", "fields", "lists", "views", "figures")
_TOKEN = "@@token@@"  # noqa: S105 - a mark, replaced by the reader's token
_MOST = 400
_kept: dict[tuple[object, ...], "Chrome"] = {}


@dataclass(frozen=True, slots=True)
class Chrome:
    """The drawn pieces."""

    head_line: SafeString
    tabs: SafeString
    toolbar: SafeString
    head: SafeString
    bulkbar: SafeString
    bulk_most: int

    def with_token(self, token: str) -> "Chrome":
        """The pieces for one request: forms in them carry its token."""
        return Chrome(
            mark_safe(self.head_line.replace(_TOKEN, token)),  # noqa: S308 - drawn by templates
            self.tabs,
            mark_safe(self.toolbar.replace(_TOKEN, token)),  # noqa: S308 - drawn by templates
            self.head,
            self.bulkbar,
            self.bulk_most,
        )


def list_chrome(request: HttpRequest, state: ListState, layout: Layout) -> Chrome:
    """The pieces of a list page."""
    pinned = is_pinned(state.actor, state.view)
    slot = (
        state.record_type.key,
        state.actor.user_id,
        state.query(),
        pinned,
        get_language(),
        get_urlconf(),
        asset_url("icons.svg"),
        *(epochs.current(name) for name in _EPOCHS),
    )
    found = _kept.get(slot)
    if found is None:
        if len(_kept) >= _MOST:
            _kept.clear()
        found = _kept[slot] = _draw(state, layout, pinned)
    return found.with_token(get_token(request))


def _draw(state: ListState, layout: Layout, pinned: bool) -> Chrome:
    context = frame_of_list(state) | {
        "may_create": state.actor.allows(state.record_type.key, "create"),
        "acts": acts_for(state.record_type, state.actor),
        "is_pinned": pinned,
        "hidden": hidden_state(state),
        "csrf_token": _TOKEN,
    }

    def draw(name: str) -> SafeString:
        return render_to_string(f"records/list/{name}.html", context)

    return Chrome(
        draw("_head"),
        draw("_tabs"),
        draw("_toolbar"),
        write_head(state, layout),
        draw("_bulkbar"),
        integer_figure("lists.bulk_most"),
    )


def frame_of_list(state: ListState, layout: str = "list") -> dict[str, object]:
    """What list and board have in common: views, chips, switches, addresses."""
    record_type, actor, view = state.record_type, state.actor, state.view
    save = html.icon_button("plus", gettext("把当前条件存为视图"), size="s", href=state.url("views/new/"), sheet=True)
    return {
        "record_type": record_type,
        "record_type_url": state.base_url,
        "state": state,
        "view": view,
        "tabs": write_tabs(state, views_for(record_type.key, actor), save),
        "counts_url": f"{state.base_url}counts/",
        "chips": state.chips(),
        "filter_url": state.url("filter/"),
        "columns_url": state.url("columns/"),
        "list_url": state.url(),
        "board_url": state.url("board/") if record_type.board_field else "",
        "save_url": state.url("views/new/"),
        "update_url": f"{state.base_url}views/{view.pk}/" if view and may_change(view, actor) else "",
        "layout": layout,
        "new_url": f"{state.base_url}new/",
        "arrange_url": f"{state.base_url}views/",
        "import_url": f"{address('exchange:import_start')}?type={record_type.slug}"
        if actor.allows(record_type.key, "import")
        else "",
        "export_url": f"{state.base_url}bulk/export/" if may_export(state) else "",
        "export_all_url": state.url("bulk/export/", everything="1"),
        "merge_url": merge_url(state),
        "duplicates_url": duplicates_url(state),
        "automate_url": automate_url(record_type.key, actor),
        "try_url": try_url(record_type, actor),
    }


def try_url(record_type: RecordType, actor: Actor) -> str:
    """Where a rule is tried on chosen records; "" for those who see no rules."""
    if not actor.allows("automation", "view"):
        return ""
    try:
        return reverse("automation:try_chosen", args=[record_type.slug])
    except NoReverseMatch:
        return ""


def hidden_state(state: ListState) -> list[tuple[str, str]]:
    """The list's state as hidden inputs, for forms that come back to it."""
    values = dict(state.own)
    if state.view is not None:
        values["view"] = str(state.view.pk)
    return list(values.items())


def is_pinned(actor: Actor, view: SavedView | None) -> bool:
    """Whether the actor keeps this view in the rail."""
    if view is None or actor.user_id is None:
        return False
    return Pin.objects.filter(user_id=actor.user_id, view_id=view.pk).exists()


def may_export(state: ListState) -> bool:
    """Whether the actor may take records of this type out."""
    return bool(address("exchange:export_start")) and state.actor.allows(state.record_type.key, "export")


def merge_url(state: ListState) -> str:
    """Where records of this type are merged; empty where that is not possible."""
    known = state.record_type
    return address(f"{known.slug}:merge") if state.actor.allows(known.key, "merge") else ""


def duplicates_url(state: ListState) -> str:
    """Where pairs that may be one record wait for a decision; empty where the actor merges nothing."""
    known = state.record_type
    return address(f"{known.slug}:duplicates") if state.actor.allows(known.key, "merge") else ""
