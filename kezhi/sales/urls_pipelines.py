"""Addresses of pipelines and of moving through them."""

from django.urls import URLPattern, path

from kezhi.sales.views import pipelines_moves, pipelines_settings

_STAGE = "settings/pipelines/<slug:key>/stages/<int:stage_id>/"

urlpatterns: list[URLPattern] = [
    path("opportunities/<int:opportunity_id>/stage/", pipelines_moves.move, name="opportunity_stage"),
    path("opportunities/<int:opportunity_id>/step/", pipelines_moves.plan_step, name="opportunity_step"),
    path("settings/pipelines/", pipelines_settings.show_pipelines, name="pipelines"),
    path("settings/pipelines/new/", pipelines_settings.edit_pipeline, name="pipeline_new"),
    path("settings/pipelines/<slug:key>/", pipelines_settings.edit_pipeline, name="pipeline"),
    path("settings/pipelines/<slug:key>/order/", pipelines_settings.order, name="stage_order"),
    path("settings/pipelines/<slug:key>/stages/new/", pipelines_settings.edit_stage, name="stage_new"),
    path(_STAGE, pipelines_settings.edit_stage, name="stage"),
    path(f"{_STAGE}removal/", pipelines_settings.take_out, name="stage_removal"),
    path(f"{_STAGE}restoration/", pipelines_settings.bring_back, name="stage_restoration"),
]
