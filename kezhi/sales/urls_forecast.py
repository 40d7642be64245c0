"""Addresses of the forecast."""

from django.urls import URLPattern, URLResolver, path

from kezhi.sales.views import forecast, sources, targets

urlpatterns: list[URLPattern | URLResolver] = [
    path("forecast/", forecast.forecast, name="forecast"),
    path("forecast/analysis/", forecast.analysis, name="forecast_analysis"),
    path("forecast/stages/<str:stage>/", forecast.stage, name="forecast_stage"),
    path("forecast/changes/", forecast.changes, name="forecast_changes"),
    path("forecast/targets/", targets.targets, name="forecast_targets"),
    path("forecast/targets/file/", targets.from_file, name="forecast_targets_file"),
    path("forecast/targets/export/", targets.export, name="forecast_targets_export"),
    path("forecast/sources/", sources.sources, name="forecast_sources"),
    path("forecast/sources/export/", sources.export, name="forecast_sources_export"),
]
