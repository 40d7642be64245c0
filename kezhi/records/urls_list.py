"""Addresses of lists: pages, views, bulk acts, boards, tags."""

from django.urls import URLPattern, path

from kezhi.records import slugs  # noqa: F401 - registers the path converter
from kezhi.records.registry import record_types
from kezhi.records.views import board, bulk, list_parts, tags, views
from kezhi.records.views import list as list_page

urlpatterns: list[URLPattern] = [
    path("pins/", views.pins, name="pins"),
    path("settings/tags/", tags.show_tags, name="tags"),
    path("settings/tags/groups/new/", tags.new_group, name="tag_group_new"),
    path("settings/tags/groups/<int:group_id>/", tags.edit_group, name="tag_group"),
    path("settings/tags/groups/<int:group_id>/new/", tags.new_tag, name="tag_new"),
    path("settings/tags/<int:tag_id>/", tags.edit_tag, name="tag"),
    path("settings/tags/<int:tag_id>/merge/", tags.merge_tag, name="tag_merge"),
    path("<record_type:record_type>/", list_page.show_list, name="list"),
    path("<record_type:record_type>/counts/", list_page.show_counts, name="list_counts"),
    path("<record_type:record_type>/totals/", list_page.show_totals, name="list_totals"),
    path("<record_type:record_type>/filter/", list_parts.edit_filter, name="list_filter"),
    path("<record_type:record_type>/filter/count/", list_parts.count_filter, name="list_filter_count"),
    path("<record_type:record_type>/columns/", list_parts.choose_columns, name="list_columns"),
    path("<record_type:record_type>/options/", list_parts.options, name="options"),
    path("<record_type:record_type>/views/", views.arrange_views, name="views"),
    path("<record_type:record_type>/views/new/", views.new_view, name="view_new"),
    path("<record_type:record_type>/views/<int:view_id>/", views.edit_view, name="view"),
    path("<record_type:record_type>/views/<int:view_id>/delete/", views.remove_view, name="view_delete"),
    path("<record_type:record_type>/bulk/runs/<int:run_id>/", bulk.show_run, name="bulk_run"),
    path("<record_type:record_type>/bulk/<slug:act>/", bulk.bulk, name="bulk"),
    path("<record_type:record_type>/board/", board.show_board, name="board"),
    path("<record_type:record_type>/board/column/", board.more_cards, name="board_column"),
    path("<record_type:record_type>/board/totals/", board.show_totals, name="board_totals"),
    path("<record_type:record_type>/board/move/", board.move, name="board_move"),
]

# Places of the rail and of the palette have names without arguments: "records:customer_list".
urlpatterns += [
    path(f"{known.slug}/", list_page.show_list, {"record_type": known}, name=f"{known.key}_list")
    for known in record_types()
]
