"""Addresses of sales: each part brings its own list."""

from django.urls import URLPattern, URLResolver, include, path

app_name = "sales"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kezhi.sales.urls_contracts")),
    path("", include("kezhi.sales.urls_forecast")),
    path("", include("kezhi.sales.urls_leads")),
    path("", include("kezhi.sales.urls_quotes")),
    path("", include("kezhi.sales.urls_pipelines")),
]
