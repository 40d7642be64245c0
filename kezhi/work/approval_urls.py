"""Addresses of approvals."""

from django.urls import path

from kezhi.work.views import (
    approval_api,
    approval_asking,
    approval_flows,
    approval_links,
    approvals,
    approvals_several,
)

urlpatterns = [
    path("approvals/", approvals.index, name="approvals"),
    path("approvals/new/", approval_asking.new, name="approval_new"),
    path("approvals/chain/", approval_asking.chain, name="approval_chain"),
    path("approvals/decisions/", approvals_several.decisions, name="approval_decisions"),
    path("inbox/approvals/", approvals_several.of_inbox, name="inbox_approvals"),
    path("approvals/<int:approval_id>/", approvals.show, name="approval"),
    path("approvals/<int:approval_id>/decision/", approvals.decision, name="approval_decision"),
    path("approvals/<int:approval_id>/withdrawal/", approvals.withdrawal, name="approval_withdrawal"),
    path("approvals/<int:approval_id>/reminder/", approvals.reminder, name="approval_reminder"),
    path("approvals/<int:approval_id>/comments/", approvals.comments, name="approval_comments"),
    path("approvals/<int:approval_id>/handing-on/", approvals.move, {"act": "handing_on"}, name="approval_handing_on"),
    path("approvals/<int:approval_id>/approver/", approvals.move, {"act": "approver"}, name="approval_approver"),
    path("approvals/<int:approval_id>/copies/", approvals.move, {"act": "copies"}, name="approval_copies"),
    path("a/<str:token>/", approval_links.private, name="approval_link"),
    path("settings/approvals/", approval_flows.flows, name="approval_flows"),
    path("settings/approvals/new/", approval_flows.flow_new, name="approval_flow_new"),
    path("settings/approvals/<int:flow_id>/", approval_flows.flow_edit, name="approval_flow"),
    path("settings/approvals/<int:flow_id>/switch/", approval_flows.flow_switch, name="approval_flow_switch"),
    path("api/v1/approvals/", approval_api.collection, name="api_approvals"),
    path("api/v1/approvals/<int:approval_id>/", approval_api.member, name="api_approval"),
    path("api/v1/approvals/<int:approval_id>/decision/", approval_api.decision, name="api_approval_decision"),
]
