"""Addresses of contracts, plans, receipts and orders beyond the generic ones."""

from django.urls import path

from kezhi.sales.views import contracts, orders, payments

urlpatterns = [
    path("quotes/<int:quote_id>/contract/", contracts.draft, name="contract_draft"),
    path("contracts/<int:contract_id>/submission/", contracts.submission, name="contract_submission"),
    path("contracts/<int:contract_id>/readiness/", contracts.readiness, name="contract_readiness"),
    path("contracts/<int:contract_id>/legal/", contracts.legal, name="contract_legal"),
    path("contracts/<int:contract_id>/signing/", contracts.signing, name="contract_signing"),
    path("contracts/<int:contract_id>/completion/", contracts.completion, name="contract_completion"),
    path("contracts/<int:contract_id>/ending/", contracts.ending, name="contract_ending"),
    path("contracts/<int:contract_id>/amendment/", contracts.amendment, name="contract_amendment"),
    path("contracts/<int:contract_id>/order/", orders.from_contract, name="contract_order"),
    path("orders/<int:order_id>/lines/", orders.lines, name="order_lines"),
    path("orders/<int:order_id>/link/", orders.link, name="order_link"),
    path("orders/<int:order_id>/link/end/", orders.link_end_now, name="order_link_end"),
    path("api/v1/orders/external/<str:external_number>/", orders.external, name="order_external"),
    path("contracts/<int:contract_id>/plan/", payments.plan, name="contract_plan"),
    path("payments/<int:payment_id>/confirmation/", payments.confirmation, name="payment_confirmation"),
    path("payments/<int:payment_id>/reversal/", payments.reversal, name="payment_reversal"),
]
