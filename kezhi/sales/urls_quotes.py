"""Addresses of products, quotes and private links."""

from django.urls import URLPattern, URLResolver, path

from kezhi.sales.views import private_links, products, quote_sending, quote_settings, quotes

urlpatterns: list[URLPattern | URLResolver] = [
    path("quotes/products/", quotes.products, name="quote_products"),
    path("quotes/<int:quote_id>/lines/", quotes.lines, name="quote_lines"),
    path("quotes/<int:quote_id>/submission/", quotes.submission, name="quote_submission"),
    path("quotes/<int:quote_id>/versions/", quotes.version, name="quote_version"),
    path("quotes/<int:quote_id>/differences/", quotes.difference, name="quote_differences"),
    path("quotes/<int:quote_id>/pdf/", quote_sending.pdf, name="quote_pdf"),
    path("quotes/<int:quote_id>/papers/<int:paper_id>/", quote_sending.sent_paper, name="quote_sent_paper"),
    path("quotes/<int:quote_id>/sending/", quote_sending.sending, name="quote_sending"),
    path("quotes/<int:quote_id>/revocation/", quote_sending.revocation, name="quote_revocation"),
    path("products/<int:product_id>/prices/", products.prices, name="prices"),
    path("products/<int:product_id>/bundle/", products.bundle, name="bundle"),
    path("settings/letterhead/", quote_settings.company, name="letterhead"),
    path("settings/letterhead/logo/", quote_settings.logo, name="letterhead_logo"),
    path("settings/rates/", quote_settings.rates, name="rates"),
    path("p/<str:token>/", private_links.private, name="private"),
    path("p/<str:token>/<slug:part>/", private_links.private, name="private_part"),
]
