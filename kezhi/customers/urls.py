"""Addresses of customers beyond the generic ones."""

from django.urls import path

from kezhi.customers.views import care, duplicates

app_name = "customers"

urlpatterns = [
    path("customers/duplicates/", duplicates.duplicates, name="duplicates"),
    path("customers/duplicates/search/", duplicates.look_again, name="look_again"),
    path("customers/duplicates/<int:candidate_id>/different/", duplicates.different, name="different"),
    path("customers/merge/", duplicates.merge, name="merge"),
    path("customers/merges/<int:merge_id>/undo/", duplicates.unmerge, name="unmerge"),
    path("customers/<int:customer_id>/review/", care.review, name="review"),
    path("customers/<int:customer_id>/consents/", care.consent, name="consent"),
    path("customers/<int:customer_id>/consents/<int:consent_id>/withdrawal/", care.withdrawal, name="withdrawal"),
]
