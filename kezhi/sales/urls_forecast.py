"""Addresses of the forecast."""

from django.urls import URLPattern, URLResolver, path

from kezhi.sales.views import forecast

urlpatterns: list[URLPattern | URLResolver] = [
    path("forecast/", forecast.forecast, name="forecast"),
    path("forecast/analysis/", forecast.analysis, name="forecast_analysis"),
    path("forecast/changes/", forecast.changes, name="forecast_changes"),
    path("forecast/targets/", forecast.targets, name="forecast_targets"),
]
