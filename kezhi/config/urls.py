"""All addresses of Kezhi: each app brings its own list."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kezhi.ui.urls")),
]

handler400 = "kezhi.ui.views.bad_request"
handler403 = "kezhi.ui.views.forbidden"
handler404 = "kezhi.ui.views.not_found"
handler500 = "kezhi.ui.views.server_error"
