"""Addresses of everything generic, collected from the parts: lists, records, search."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver

app_name = "records"

urlpatterns: list[URLPattern | URLResolver] = []

for _part in ("urls_api", "urls_search", "urls_list", "urls_record"):
    if find_spec(f"kezhi.records.{_part}") is not None:
        urlpatterns += import_module(f"kezhi.records.{_part}").urlpatterns
