"""All addresses of Kezhi: each app brings its own list."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kezhi.ui.urls")),
    path("", include("kezhi.access.urls")),
    path("", include("kezhi.work.urls")),
    path("", include("kezhi.engagement.urls")),
    path("", include("kezhi.sales.urls")),
    path("", include("kezhi.customers.urls")),
    path("", include("kezhi.automation.urls")),
    path("", include("kezhi.exchange.urls")),
    # Last, since it answers for every record type's own part of the address.
    path("", include("kezhi.records.urls")),
]

handler400 = "kezhi.ui.views.bad_request"
handler403 = "kezhi.ui.views.forbidden"
handler404 = "kezhi.ui.views.not_found"
handler500 = "kezhi.ui.views.server_error"
