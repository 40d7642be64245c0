"""Addresses of engagement."""

from django.urls import path

from kezhi.engagement.views import compose

app_name = "engagement"

urlpatterns = [
    path("follow-up/", compose.compose, name="compose"),
    path("customers/<int:customer_id>/follow-up/", compose.record, name="record"),
]
