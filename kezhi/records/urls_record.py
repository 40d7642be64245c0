"""Addresses of the record page, of forms, files, undo, and of the settings of fields and lists."""

from django.urls import path

import kezhi.records.slugs  # noqa: F401 - the converter "record_type"
from kezhi.records.views import (
    files,
    form,
    inline,
    record,
    record_undo,
    settings_fields,
    settings_lists,
    settings_recycle,
)

_ONE = "<record_type:record_type>/<int:record_id>/"

urlpatterns = [
    path("undo/<slug:operation>/", record_undo.undo, name="undo"),
    path("regions/", form.regions, name="regions"),
    path("settings/fields/", settings_fields.fields, name="fields"),
    path("settings/fields/<slug:key>/", settings_fields.fields, name="fields_of"),
    path("settings/fields/<slug:key>/new/", settings_fields.new, name="field_new"),
    path("settings/fields/<slug:key>/order/", settings_fields.order, name="field_order"),
    path("settings/fields/<slug:key>/built-in/<slug:field_key>/", settings_fields.built_in, name="field_built_in"),
    path("settings/fields/<slug:key>/<slug:field_key>/", settings_fields.edit, name="custom_field"),
    path("settings/lists/", settings_lists.lists, name="pick_lists"),
    path("settings/lists/<slug:key>/", settings_lists.lists, name="pick_list"),
    path("settings/lists/<slug:key>/new/", settings_lists.new, name="pick_item_new"),
    path("settings/lists/<slug:key>/order/", settings_lists.order, name="pick_item_order"),
    path("settings/lists/<slug:key>/<int:item_id>/", settings_lists.edit, name="pick_item"),
    path("settings/lists/<slug:key>/<int:item_id>/removal/", settings_lists.removal, name="pick_item_removal"),
    path("settings/recycle/", settings_recycle.recycle_bin, name="recycle_bin"),
    path("settings/recycle/files/", settings_recycle.removed_files, name="recycle_files"),
    path("settings/recycle/<slug:key>/", settings_recycle.recycle_bin, name="recycle_bin_of"),
    path("settings/recycle/<slug:key>/restoration/", settings_recycle.restoration, name="recycle_restoration"),
    path("files/<int:file_id>/", files.download_any, name="file"),
    path("<record_type:record_type>/new/", form.new, name="record_new"),
    path("<record_type:record_type>/check/<str:key>/", form.check, name="field_check"),
    path("<record_type:record_type>/options/<str:key>/", form.options, name="field_options"),
    path("<record_type:record_type>/hint/", form.hint, name="record_hint"),
    path(_ONE, record.record, name="record"),
    path(_ONE + "edit/", form.edit, name="record_edit"),
    path(_ONE + "fields/<str:key>/", inline.field, name="record_field"),
    path(_ONE + "fields/<str:key>/reveal/", record.reveal, name="record_reveal"),
    path(_ONE + "timeline/", record.timeline, name="record_timeline"),
    path(_ONE + "deletion/", record.deletion, name="record_deletion"),
    path(_ONE + "restoration/", record.restoration, name="record_restoration"),
    path(_ONE + "pin/", record.pin, name="record_pin"),
    path(_ONE + "files/", files.upload, name="record_files"),
    path(_ONE + "files/<int:file_id>/", files.download, name="record_file"),
    path(_ONE + "files/<int:file_id>/removal/", files.removal, name="record_file_removal"),
    path(_ONE + "files/<int:file_id>/restoration/", files.restoration, name="record_file_restoration"),
]
