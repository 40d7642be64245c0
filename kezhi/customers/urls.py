"""Addresses of customers beyond the generic ones."""

from django.urls import path

from kezhi.customers.views import care, duplicates, pool, pool_terms

app_name = "customers"

urlpatterns = [
    path("pool/", pool.pool, name="pool"),
    path("pool/claim/", pool.claim, name="pool_claim"),
    path("pool/assign/", pool.assign, name="pool_assign"),
    path("pool/<int:customer_id>/", pool.one, name="pool_one"),
    path("settings/pool/", pool_terms.terms, name="pool_terms"),
    path("customers/<int:customer_id>/release/", pool.release, name="release"),
    path("customers/duplicates/", duplicates.duplicates, name="duplicates"),
    path("customers/duplicates/search/", duplicates.look_again, name="look_again"),
    path("customers/duplicates/<int:candidate_id>/different/", duplicates.different, name="different"),
    path("customers/duplicates/<int:candidate_id>/undecided/", duplicates.undecided, name="undecided"),
    path("customers/merge/", duplicates.merge, name="merge"),
    path("customers/merges/<int:merge_id>/undo/", duplicates.unmerge, name="unmerge"),
    path("customers/<int:customer_id>/review/", care.review, name="review"),
    path("customers/<int:customer_id>/consents/", care.consent, name="consent"),
    path("customers/<int:customer_id>/consents/<int:consent_id>/withdrawal/", care.withdrawal, name="withdrawal"),
]
