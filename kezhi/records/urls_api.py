"""Addresses of the API and of its tokens."""

from django.urls import path

from kezhi.records.api import openapi, views
from kezhi.records.views import tokens

urlpatterns = [
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/<int:token_id>/revocation/", tokens.revocation, name="token_revocation"),
    path("api/v1/openapi.json", openapi.openapi, name="openapi"),
    path("api/v1/<record_type:record_type>/", views.collection, name="api_collection"),
    path("api/v1/<record_type:record_type>/<int:record_id>/", views.member, name="api_member"),
    path("api/<path:rest>", views.unknown, name="api_unknown"),
]
