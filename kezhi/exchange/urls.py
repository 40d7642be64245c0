"""Addresses of import and export."""

from django.urls import path

from kezhi.exchange.channels import views as channels
from kezhi.exchange.views import exports, import_rows, imports
from kezhi.records import slugs  # noqa: F401 - registers the part of an address that names a record type

app_name = "exchange"

urlpatterns = [
    path("imports/", imports.import_list, name="imports"),
    path("imports/new/", imports.import_start, name="import_start"),
    path("imports/<int:run_id>/", imports.import_page, name="import"),
    path("imports/<int:run_id>/sheet/", imports.sheet, name="import_sheet"),
    path("imports/<int:run_id>/columns/", imports.columns, name="import_columns"),
    path("imports/<int:run_id>/progress/", imports.progress, name="import_progress"),
    path("imports/<int:run_id>/application/", imports.application, name="import_application"),
    path("imports/<int:run_id>/undoing/", imports.undoing, name="import_undoing"),
    path("imports/<int:run_id>/resumption/", imports.resumption, name="import_resumption"),
    path("imports/<int:run_id>/removal/", imports.removal, name="import_removal"),
    path("imports/<int:run_id>/bad-rows/", import_rows.bad_rows, name="import_bad_rows"),
    path("imports/<int:run_id>/decisions/", import_rows.decisions, name="import_decisions"),
    path("imports/<int:run_id>/rows/<int:number>/", import_rows.row, name="import_row"),
    path("imports/<int:run_id>/rows/<int:number>/decision/", import_rows.decision, name="import_decision"),
    path("exports/", exports.export_list, name="exports"),
    path("exports/new/", exports.export_start, name="export_start"),
    path("exports/<int:run_id>/", exports.export_page, name="export"),
    path("exports/<int:run_id>/file/", exports.export_file, name="export_file"),
    path("me/robots/", channels.my_robots, name="my_robots"),
    path("settings/channels/", channels.channels, name="channels"),
    path("settings/channels/<slug:key>/", channels.channel, name="channel"),
    path("settings/channels/<slug:key>/test/", channels.channel_test, name="channel_test"),
    path("<record_type:record_type>/bulk/export/", exports.export_records, name="export_records"),
]
