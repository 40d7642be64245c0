"""Addresses of engagement."""

from django.urls import path

from kezhi.engagement.views import cadence_plans, calendar, calendar_moves, compose

app_name = "engagement"

urlpatterns = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/move/", calendar_moves.move, name="calendar_move"),
    path("calendar/feed/", calendar.feed_settings, name="feed"),
    path("calendar/feed/<str:token>.ics", calendar.feed, name="feed_file"),
    path("settings/cadence/", cadence_plans.listing, name="cadence_plans"),
    path("settings/cadence/new/", cadence_plans.new, name="cadence_plan_new"),
    path("settings/cadence/<int:plan_id>/", cadence_plans.edit, name="cadence_plan"),
    path("settings/cadence/<int:plan_id>/move/", cadence_plans.move, name="cadence_plan_move"),
    path("follow-up/", compose.compose, name="compose"),
    path("customers/<int:customer_id>/follow-up/", compose.record, name="record"),
]
