"""Addresses of leads: entry pages and what is done with a lead."""

from django.urls import path

from kezhi.sales.views import entry_forms, entry_public

urlpatterns = [
    path("f/<str:token>/", entry_public.entry_page, name="entry_page"),
    path("f/<str:token>/phone/", entry_public.check_phone, name="entry_phone"),
    path("settings/entry-pages/", entry_forms.show_forms, name="entry_forms"),
    path("settings/entry-pages/new/", entry_forms.edit_form, name="entry_form_new"),
    path("settings/entry-pages/<int:form_id>/", entry_forms.edit_form, name="entry_form"),
    path("settings/entry-pages/<int:form_id>/qr.svg", entry_forms.qr_code, name="entry_form_qr"),
]
