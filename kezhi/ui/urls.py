from django.urls import path

from kezhi.ui import views
from kezhi.ui.gallery import gallery, gallery_form, gallery_taken
from kezhi.ui.specimens import specimen

app_name = "ui"

urlpatterns = [
    path("ui/", gallery, name="gallery"),
    path("ui/form/", gallery_form, name="gallery_form"),
    path("ui/taken/", gallery_taken, name="gallery_taken"),
    path("ui/specimen/<slug:what>/", specimen, name="specimen"),
    path("ui/preferences/", views.preferences, name="preferences"),
    path("ui/commands/", views.commands, name="commands"),
    path("ui/offline/", views.offline, name="offline"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("sw.js", views.service_worker, name="service_worker"),
]
