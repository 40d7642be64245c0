"""Addresses of products, quotes and private links."""

from django.urls import URLPattern, URLResolver, path

from kezhi.sales.views import private_links

urlpatterns: list[URLPattern | URLResolver] = [
    path("p/<str:token>/", private_links.private, name="private"),
    path("p/<str:token>/<slug:part>/", private_links.private, name="private_part"),
]
