"""Addresses of pipelines and of moving through them."""

from django.urls import URLPattern, path

from kezhi.sales.views import pipelines_moves

urlpatterns: list[URLPattern] = [
    path("opportunities/<int:opportunity_id>/stage/", pipelines_moves.move, name="opportunity_stage"),
]
