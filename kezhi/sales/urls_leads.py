"""Addresses of leads: entry pages and what is done with a lead."""

from django.urls import path

from kezhi.sales.views import entry_forms, entry_public, leads, skills

urlpatterns = [
    path("f/<str:token>/", entry_public.entry_page, name="entry_page"),
    path("f/<str:token>/phone/", entry_public.check_phone, name="entry_phone"),
    path("settings/entry-pages/", entry_forms.show_forms, name="entry_forms"),
    path("settings/entry-pages/new/", entry_forms.edit_form, name="entry_form_new"),
    path("settings/entry-pages/<int:form_id>/", entry_forms.edit_form, name="entry_form"),
    path("settings/entry-pages/<int:form_id>/qr.svg", entry_forms.qr_code, name="entry_form_qr"),
    path("settings/skills/", skills.show_skills, name="skills"),
    path("settings/skills/<int:user_id>/", skills.edit_skills, name="skill"),
    path("leads/<int:lead_id>/contact/", leads.contact, name="lead_contact"),
    path("leads/<int:lead_id>/qualify/", leads.qualify, name="lead_qualify"),
    path("leads/<int:lead_id>/qualify/undo/", leads.untake, name="lead_take_back"),
    path("leads/<int:lead_id>/disqualify/", leads.disqualify, name="lead_disqualify"),
    path("leads/<int:lead_id>/recycle/", leads.recycle, name="lead_recycle"),
    path("leads/<int:lead_id>/assign/", leads.assign, name="lead_assign"),
    path("leads/<int:lead_id>/wake/", leads.wake, name="lead_wake"),
]
