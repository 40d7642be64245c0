"""The search box's address."""

from django.urls import path

from kezhi.records.views.search import search

urlpatterns = [path("search/", search, name="search")]
